//! Another program on the machine, that syncs what it writes.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use swupd_fixtures::world::Machine;

use crate::look::STIRRED;

/// Goes on until it is dropped.
#[derive(Debug)]
pub(super) struct Stirring {
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Stirring {
    pub(super) fn begin(machine: &Machine) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        let places = STIRRED.map(|path| machine.at(path));
        let thread = thread::spawn(move || {
            for turn in 0_u64.. {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                places.iter().try_for_each(|place| stir(place, turn))?;
                thread::sleep(PAUSE);
            }
            Ok(())
        });
        Self { enough, thread: Some(thread) }
    }
}

impl Drop for Stirring {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        // That it could not write harms nobody: there is less to see in the recording.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Makes a new file, so that names have to come to the disk, too.
fn stir(place: &Path, turn: u64) -> io::Result<()> {
    let file = place.join((turn % 4).to_string());
    drop(fs_err::remove_file(&file));
    fs_err::write(&file, turn.to_le_bytes())?;
    fs_err::File::open(&file)?.sync_all()
}

const PAUSE: Duration = Duration::from_millis(8);

//! Another program on the machine, that syncs what it writes, and with it much of what others
//! wrote: a file system does so at any time.

use std::{io, path::PathBuf, process::Command};

use swupd_fixtures::{
    syscalls::{Class, Counted, Tracer},
    world::{Machine, Ran, STATE, WORK},
};

use crate::{command::Ended, disk::Disks, look::STIRRED};

/// The other program.
#[derive(Debug)]
pub(crate) struct Stirring<'a> {
    disks: &'a Disks,
    places: [PathBuf; 2],
    turn: u64,
}

impl<'a> Stirring<'a> {
    /// Returns one that writes where nobody looks.
    pub(crate) fn on(disks: &'a Disks, machine: &Machine) -> Self {
        Self { disks, places: STIRRED.map(|path| machine.at(path)), turn: 0 }
    }

    /// Writes and syncs a new file on each disk, so that names have to come to the disk, too.
    pub(crate) fn stir(&mut self) -> io::Result<()> {
        self.turn += 1;
        for place in &self.places {
            let file = place.join((self.turn % 4).to_string());
            drop(fs_err::remove_file(&file));
            fs_err::write(&file, self.turn.to_le_bytes())?;
            fs_err::File::open(&file)?.sync_all()?;
        }
        Ok(())
    }

    /// Runs a program to its end, and stirs before it makes, moves or removes any name in the tree;
    /// those outside its own directories are noted.
    pub(crate) fn run(
        &mut self,
        tracer: &Tracer,
        machine: &Machine,
        command: &Command,
    ) -> io::Result<Ended> {
        let names = Counted::new(&[Class::Name], &[machine.tree()]);
        let own = [machine.at(STATE), machine.at(WORK)];
        let is_own = |file: &PathBuf| own.iter().any(|own| file.starts_with(own));
        let mut stirred = Ok(());
        let traced = tracer.watch(command, &names, &mut |call| {
            if stirred.is_ok() {
                stirred = self.stir();
            }
            if !call.files.iter().all(is_own) {
                self.disks.visible();
            }
        });
        stirred?;
        let Ran { code, stdout, stderr, .. } = traced.ran;
        Ok(Ended { code: Some(code), said: stdout + &stderr })
    }
}

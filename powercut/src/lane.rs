//! A machine's disks as block devices, mounted where its tree is. Everything that is set up here
//! is taken down again when it is dropped.

use std::{
    ffi::CString,
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};

use fuser::BackgroundSession;
use rustix::{
    fs::{Mode, OFlags, open},
    mount::{MountFlags, UnmountFlags, mount, unmount},
};
use serde::{Deserialize, Serialize};

use crate::{
    disk::{self, Disks},
    file_system::{FileSystem, run},
    image::Image,
    trouble::Trouble,
};

/// What is on a disk of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Apart {
    Nothing,
    /// The state directory.
    State,
    /// `/usr`.
    Usr,
}

impl Apart {
    /// Returns which directories of the tree have disks of their own.
    pub(crate) fn directories(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::State => &["var"],
            Self::Usr => &["usr"],
        }
    }
}

/// Disks, and where they are mounted.
#[derive(Debug)]
pub(crate) struct Lane {
    // In the order in which they have to go.
    devices: Vec<Device>,
    _session: BackgroundSession,
    disks: Arc<Disks>,
    file_system: FileSystem,
    places: Vec<PathBuf>,
}

impl Lane {
    /// Sets up empty disks: the first becomes the root of `tree`, each other one a directory in it.
    /// `served` is an empty directory.
    pub(crate) fn open(
        file_system: FileSystem,
        served: &Path,
        tree: &Path,
        others: &[&str],
    ) -> Result<Self, Trouble> {
        let places: Vec<PathBuf> = std::iter::once(tree.to_owned())
            .chain(others.iter().map(|other| tree.join(other)))
            .collect();
        let disks = Disks::new(&vec![file_system.blocks(); places.len()]);
        let session = disk::serve(&disks, served);
        let session = session.map_err(Trouble::when("mount a FUSE file system"))?;
        let devices = (0..places.len()).map(|disk| Device::attach(&served.join(disk.to_string())));
        let devices = devices.collect::<Result<_, Trouble>>()?;
        Ok(Self { devices, _session: session, disks, file_system, places })
    }

    /// Makes empty file systems on the disks, and returns what is on them then.
    pub(crate) fn format(&self) -> Result<Vec<Image>, Trouble> {
        let empty = Image::of_zeros(self.file_system.blocks());
        self.disks.load(vec![empty; self.devices.len()]);
        self.devices.iter().try_for_each(|device| self.file_system.make_on(&device.path))?;
        Ok(self.disks.images())
    }

    /// Returns the disks.
    pub(crate) fn disks(&self) -> &Disks {
        &self.disks
    }

    /// Returns where the disks are mounted.
    pub(crate) fn places(&self) -> &[PathBuf] {
        &self.places
    }

    /// Puts other disks in, and mounts them.
    pub(crate) fn mount(&self, images: Vec<Image>) -> io::Result<Mounted<'_>> {
        self.disks.load(images);
        self.mount_again()
    }

    /// Mounts the disks as they are, recording from before that.
    pub(crate) fn mount_again(&self) -> io::Result<Mounted<'_>> {
        self.disks.begin();
        let mut mounted = Mounted { lane: self, count: 0 };
        let options = CString::new(self.file_system.options())?;
        for (device, place) in self.devices.iter().zip(&self.places) {
            fs_err::create_dir_all(place)?;
            let flags = MountFlags::empty();
            mount(&device.path, place, self.file_system.name(), flags, options.as_c_str())?;
            mounted.count += 1;
        }
        Ok(mounted)
    }
}

/// Disks that are mounted.
#[derive(Debug)]
pub(crate) struct Mounted<'a> {
    lane: &'a Lane,
    count: usize,
}

impl Mounted<'_> {
    /// Unmounts them, which writes back what is still in memory.
    pub(crate) fn unmount(mut self) -> io::Result<()> {
        while let Some(last) = self.count.checked_sub(1) {
            let place = &self.lane.places[last];
            patiently(|| unmount(place, UnmountFlags::empty()))?;
            // The client may have mounted something over it.
            while unmount(place, UnmountFlags::empty()).is_ok() {}
            self.count = last;
        }
        // A mount that the client made for itself goes a moment after it.
        self.lane.devices.iter().try_for_each(|device| patiently(|| device.must_be_free()))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        for place in self.lane.places[..self.count].iter().rev() {
            // If somebody is still in it, it goes when that one does.
            drop(
                patiently(|| unmount(place, UnmountFlags::empty()))
                    .or_else(|_| unmount(place, UnmountFlags::DETACH).map_err(io::Error::from)),
            );
        }
    }
}

/// Tries for a second: whoever ends may still be busy with it.
fn patiently(try_once: impl Fn() -> rustix::io::Result<()>) -> io::Result<()> {
    for _ in 0..50 {
        match try_once() {
            Err(rustix::io::Errno::BUSY) => thread::sleep(Duration::from_millis(20)),
            other => return Ok(other?),
        }
    }
    Ok(try_once()?)
}

/// A loop device.
#[derive(Debug)]
struct Device {
    path: PathBuf,
}

impl Device {
    fn attach(file: &Path) -> Result<Self, Trouble> {
        let mut losetup = Command::new("losetup");
        let path = run(losetup.args(["--find", "--show", "--direct-io=on"]).arg(file))?;
        Ok(Self { path: path.into() })
    }

    /// Fails as long as a file system uses it.
    fn must_be_free(&self) -> rustix::io::Result<()> {
        open(&self.path, OFlags::RDONLY | OFlags::EXCL | OFlags::CLOEXEC, Mode::empty()).map(drop)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // Nothing can be done about a failure; the next to use the device is told.
        drop(run(Command::new("losetup").arg("--detach").arg(&self.path)));
    }
}

//! Where the exchanged directory lies: in the tree itself, below what is mounted on it, or in the
//! file system that is mounted there.

use std::{
    collections::BTreeMap,
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

use swupd_protocol::path::TreePath;

use super::{
    along::{self, Along},
    volume::Volume,
};
use crate::host::{
    directory::Directory,
    generations::{KEPT, STAGING},
    mounts,
    root::{HIDDEN, Root, UNIT},
    sys::{
        self,
        mount::{self, Access},
    },
};

/// The tree's root without what is mounted below it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    root: &'a Root,
    base: Directory,
    cover: Option<Access>,
    /// The file system of its own that it lies in.
    volume: Option<Volume>,
    /// What is mounted below the exchanged directory, relative to that.
    below: Vec<PathBuf>,
    /// The mount through which `base` is seen, where that is not everybody's.
    mount: Option<OwnedFd>,
}

/// What the exchanged directory changes places with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    /// The tree that was staged.
    Staged,
    /// A kept one.
    Kept(crate::host::generations::Number),
}

impl<'a> Place<'a> {
    /// Looks what is mounted on the exchanged directory.
    pub(crate) fn look(root: &'a Root) -> io::Result<Self> {
        let mounts = mounts::all_below(root)?;
        let is_unit = |path: &TreePath| path.relative() == unit();
        let is_of_its_own = mounts.others.iter().any(is_unit);
        let below = along::points(root)?;
        let is_covered = is_of_its_own || mounts.on_themselves.iter().any(is_unit);
        if !is_covered && below.is_empty() {
            let base = root.directory().again()?;
            return Ok(Self { root, base, cover: None, volume: None, below, mount: None });
        }
        let seen = root.directory().directory(unit())?;
        let access = if sys::is_read_only(&seen)? { Access::ReadOnly } else { Access::ReadWrite };
        let cover = is_covered.then_some(access);
        let volume = if is_of_its_own { Volume::open(root).or_else(unless_a_part)? } else { None };
        if let Some(volume) = volume {
            return Ok(Self {
                root,
                base: volume.base()?,
                cover,
                volume: Some(volume),
                below,
                mount: None,
            });
        }
        let mount = match mount::without_mounts(root.directory().as_fd()) {
            // What is below is only in the way of who exchanges trees.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !is_covered => {
                let base = root.directory().again()?;
                return Ok(Self { root, base, cover, volume: None, below, mount: None });
            }
            cloned => cloned?,
        };
        let base = Directory::at_top_of(&mount)?;
        Ok(Self { root, base, cover, volume: None, below, mount: Some(mount) })
    }

    /// Returns the file system of its own that the exchanged directory lies in; none where it has
    /// none.
    pub(super) fn volume(&self) -> Option<&Volume> {
        self.volume.as_ref()
    }

    /// Says whether what is mounted below can come along.
    pub(in crate::update::switch) fn can_bring_along(&self) -> bool {
        self.below.is_empty() || self.mount.is_some()
    }

    /// Returns where a staged or kept tree can be looked at, as long as `tree` is open.
    pub(super) fn shown(&self, with: With, tree: &Directory) -> PathBuf {
        if self.volume.is_none() {
            return self.path_of(with);
        }
        // It lies where nobody else has a path to.
        let number = tree.as_fd().as_raw_fd();
        PathBuf::from(format!("/proc/{}/fd/{number}", std::process::id()))
    }

    /// Returns the tree's root without what is mounted below it.
    pub(crate) fn base(&self) -> &Directory {
        &self.base
    }

    /// Says whether something is mounted on the exchanged directory.
    pub(crate) fn is_covered(&self) -> bool {
        self.cover.is_some()
    }

    /// Says whether nothing can be written through what is mounted there.
    pub(crate) fn is_covered_read_only(&self) -> bool {
        self.cover == Some(Access::ReadOnly)
    }

    /// Opens the exchanged directory; none where it is missing.
    pub(crate) fn live(&self) -> io::Result<Option<Directory>> {
        crate::host::directory::absent_as_none(self.base.directory(unit()))
    }

    /// Lets the exchanged directory and the one in `slot` change places at one instant. With
    /// `access` nothing can be written through the new one from that instant on, or all can.
    pub(crate) fn exchange(
        &self,
        with: With,
        slot: &Directory,
        access: Option<Access>,
    ) -> io::Result<()> {
        if let Some(volume) = &self.volume {
            let access = access.unwrap_or(Access::ReadWrite);
            return volume.exchange((&self.base, slot), &path_below(with), access);
        }
        if self.base.stat(unit())?.is_none() {
            return slot.rename_new_to(unit(), &self.base, unit());
        }
        let along = Along::of(self.root)?;
        if !self.is_covered() && access.is_none() && along.is_empty() {
            return self.base.exchange(unit(), slot, unit());
        }
        let (here, there) = (self.root.path().join(UNIT), self.path_of(with));
        if let Some(access) = access {
            mount::bind(&there, &there, access)?;
        }
        // A mount stays with the directory that it is on, wherever that is moved: the new tree
        // brings its own. Only who does not see them mounted can move them.
        let exchanged = along.mount_in(&there).and_then(|()| {
            mount::unseen(&[&here, &there], || self.base.exchange(unit(), slot, unit()))
        });
        if exchanged.is_err() {
            self.release()?;
        }
        exchanged
    }

    /// Makes sure that what is mounted below the exchanged directory can be mounted in another tree;
    /// returns the first mount point for which there is no room.
    pub(super) fn make_room_in(&self, tree: &Directory) -> io::Result<Option<TreePath>> {
        along::make_room(&self.below, self.root, tree)
    }

    /// Returns the first mount point below the exchanged directory of which something holds.
    pub(super) fn mounted_where(&self, holds: impl Fn(&Path) -> bool) -> Option<TreePath> {
        let point = self.below.iter().find(|point| holds(point))?;
        TreePath::from_relative(&unit().join(point)).ok()
    }

    /// Leaves out the directories in or at which something is mounted: a mount stays with the tree
    /// that it is in.
    pub(super) fn without_mounted<T>(&self, directories: &mut BTreeMap<PathBuf, T>) {
        directories.retain(|path, _| !self.below.iter().any(|point| point.starts_with(path)));
    }

    /// Makes the exchanged directory, as it is, read-only, or writable.
    pub(crate) fn set_access(&self, access: Access) -> io::Result<()> {
        if let Some(volume) = &self.volume {
            return volume.show_live(self.root, access);
        }
        let path = self.root.path().join(UNIT);
        if self.is_covered() {
            mount::set_access(&path, access)
        } else if access == Access::ReadOnly {
            mount::bind_on_itself(&path, access)
        } else {
            Ok(())
        }
    }

    /// Says whether the exchanged directory, as everybody sees it, can be written to.
    pub(crate) fn is_writable(&self) -> io::Result<bool> {
        // The directory that we hold open is that of the tree, not what is mounted on it by now.
        Ok(!sys::is_read_only(self.root.directory().directory(unit())?)?)
    }

    /// Brings to the disk what has changed in it and around it.
    pub(super) fn sync(&self) -> io::Result<()> {
        sys::sync_file_system(&self.base)?;
        if self.volume.is_some() {
            sys::sync_file_system(self.root.directory())?;
        }
        Ok(())
    }

    /// Shows the live tree where something else shows.
    pub(super) fn show(&self) -> io::Result<()> {
        let (Some(volume), Some(access)) = (&self.volume, self.cover) else { return Ok(()) };
        volume.show_live(self.root, access)
    }

    /// Takes away what is mounted on trees that are not live, so that they can be moved and removed.
    pub(crate) fn release(&self) -> io::Result<()> {
        // What is mounted in something goes with it, and shows what was mounted there before.
        while let Some(point) = self.first_in_hidden()? {
            mount::detach(&self.root.path().join(point.relative()))?;
        }
        Ok(())
    }

    fn first_in_hidden(&self) -> io::Result<Option<TreePath>> {
        let hidden = Path::new(HIDDEN);
        let mounts = mounts::all_below(self.root)?;
        let mut points = mounts.others.into_iter().chain(mounts.on_themselves);
        Ok(points.find(|point| point.relative().starts_with(hidden) && point.relative() != hidden))
    }

    fn path_of(&self, with: With) -> PathBuf {
        self.root.path().join(path_below(with))
    }
}

/// Returns where a tree lies below what takes the place of the tree's root.
fn path_below(with: With) -> PathBuf {
    let hidden = Path::new(HIDDEN);
    let slot = match with {
        With::Staged => hidden.join(STAGING),
        With::Kept(number) => hidden.join(KEPT).join(number.to_string()),
    };
    slot.join(UNIT)
}

/// What is a part of some other file system is nothing to keep trees in.
fn unless_a_part(error: io::Error) -> io::Result<Option<Volume>> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(None) } else { Err(error) }
}

fn unit() -> &'static Path {
    Path::new(UNIT)
}

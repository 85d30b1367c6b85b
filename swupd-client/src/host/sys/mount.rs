//! Mounts. All of it needs the right to administrate the system.

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
    path::Path,
};

use nix::sched::{CloneFlags, unshare};
use rustix::mount::{self, MountFlags, MountPropagationFlags, OpenTreeFlags, UnmountFlags};

/// Whether anything can be written through a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

/// Mounts a directory on another one, or on itself.
pub(crate) fn bind(from: &Path, onto: &Path, access: Access) -> io::Result<()> {
    mount::mount_bind(from, onto)?;
    if access == Access::ReadOnly {
        let made = mount::mount_remount(onto, MountFlags::BIND | MountFlags::RDONLY, "");
        if let Err(error) = made {
            mount::unmount(onto, UnmountFlags::DETACH)?;
            return Err(error.into());
        }
    }
    Ok(())
}

/// Changes whether anything can be written through the mount at a path.
pub(crate) fn set_access(at: &Path, access: Access) -> io::Result<()> {
    let flags = match access {
        Access::ReadOnly => MountFlags::BIND | MountFlags::RDONLY,
        Access::ReadWrite => MountFlags::BIND,
    };
    Ok(mount::mount_remount(at, flags, "")?)
}

/// Takes a mount away; who uses it goes on until done.
pub(crate) fn detach(at: &Path) -> io::Result<()> {
    Ok(mount::unmount(at, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)?)
}

/// Returns a directory as its file system has it, without what is mounted on or below it.
pub(crate) fn without_mounts(directory: BorrowedFd) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH;
    Ok(mount::open_tree(directory, "", flags)?)
}

/// Does something where the mounts at some paths are not there, which nobody else notices.
pub(crate) fn unseen<T: Send>(
    hidden: &[&Path],
    act: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            // The namespace belongs to this thread and ends with it.
            unshare(CloneFlags::CLONE_NEWNS)?;
            mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
            for path in hidden {
                // There may be several on top of each other.
                while mount::unmount(*path, UnmountFlags::DETACH).is_ok() {}
            }
            act()
        });
        worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended early")))
    })
}

//! Mounts. All of it needs the right to administrate the system.

use std::{
    ffi::OsStr,
    io,
    os::fd::{BorrowedFd, OwnedFd},
    path::Path,
};

use nix::sched::{CloneFlags, unshare};
use rustix::{
    fs::{CWD, StatVfsMountFlags, statvfs},
    mount::{
        self, FsPickFlags, MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags,
        UnmountFlags,
    },
};

/// Whether anything can be written through a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

/// Mounts a directory on itself, with all that is mounted below it; that stays as it is.
pub(crate) fn bind_on_itself(at: &Path, access: Access) -> io::Result<()> {
    mount::mount_bind_recursive(at, at)?;
    set_access_or_detach(at, access)
}

/// Mounts a directory on another one, or on itself.
pub(crate) fn bind(from: &Path, onto: &Path, access: Access) -> io::Result<()> {
    mount::mount_bind(from, onto)?;
    set_access_or_detach(onto, access)
}

fn set_access_or_detach(at: &Path, access: Access) -> io::Result<()> {
    let set = set_access(at, access);
    if set.is_err() {
        mount::unmount(at, UnmountFlags::DETACH)?;
    }
    set
}

/// Changes whether anything can be written through the mount at a path. What else holds for it (no
/// devices, for example) stays.
pub(crate) fn set_access(at: &Path, access: Access) -> io::Result<()> {
    let set = statvfs(at)?.f_flag;
    let kept = [
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ];
    let kept = kept.into_iter().filter(|(here, _)| set.contains(*here)).map(|(_, flag)| flag);
    let mut flags = kept.fold(MountFlags::BIND, |flags, flag| flags | flag);
    flags.set(MountFlags::RDONLY, access == Access::ReadOnly);
    Ok(mount::mount_remount(at, flags, "")?)
}

/// Mounts a file system; an empty option is none.
pub(crate) fn file_system(
    (kind, source): (&OsStr, &Path),
    at: &Path,
    option: &std::ffi::CStr,
    access: Access,
) -> io::Result<()> {
    let mut flags = MountFlags::empty();
    flags.set(MountFlags::RDONLY, access == Access::ReadOnly);
    Ok(mount::mount(source, at, kind, flags, Some(option))?)
}

/// Lets a file system be written to, or not, as far as its mounts let it; given by the top of one.
pub(crate) fn set_file_system_access(top: BorrowedFd, access: Access) -> io::Result<()> {
    let picked =
        mount::fspick(top, "", FsPickFlags::FSPICK_EMPTY_PATH | FsPickFlags::FSPICK_CLOEXEC)?;
    mount::fsconfig_set_flag(&picked, if access == Access::ReadOnly { "ro" } else { "rw" })?;
    Ok(mount::fsconfig_reconfigure(&picked)?)
}

/// Returns what is mounted at a path once more, mounted nowhere yet.
pub(crate) fn another(at: &Path) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    Ok(mount::open_tree(CWD, at, flags)?)
}

/// Returns what is mounted at a path once more, with all that is mounted below it.
pub(crate) fn another_with_all_below(at: &Path) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE;
    Ok(mount::open_tree(CWD, at, flags)?)
}

/// Mounts what is mounted nowhere yet on an open file or directory.
pub(crate) fn onto(tree: BorrowedFd, onto: BorrowedFd) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(mount::move_mount(tree, "", onto, "", flags)?)
}

/// Mounts what is mounted nowhere yet on top of all that is at a path.
pub(crate) fn over(tree: BorrowedFd, at: &Path) -> io::Result<()> {
    Ok(mount::move_mount(tree, "", CWD, at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}

/// Mounts what is mounted nowhere yet under the topmost at a path. Linux can since 6.5.
pub(crate) fn beneath(tree: BorrowedFd, at: &Path) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_BENEATH;
    Ok(mount::move_mount(tree, "", CWD, at, flags)?)
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
    privately(|| {
        for path in hidden {
            // There may be several on top of each other.
            while mount::unmount(*path, UnmountFlags::DETACH).is_ok() {}
        }
        act()
    })
}

/// Does something in a thread whose mounts are its own: what it mounts and unmounts nobody else
/// notices, and it ends with it. What it opened there stays open.
pub(crate) fn privately<T: Send>(act: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNS)?;
            mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
            act()
        });
        worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended early")))
    })
}

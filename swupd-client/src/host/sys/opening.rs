//! Opens what lies below a directory, through no link on the way.

use std::{
    ffi::OsStr,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Component, Path},
};

use rustix::{
    fs::{self, CWD, Mode, OFlags, ResolveFlags},
    io::Errno,
};

use super::{Stat, stat};

/// How paths below a directory are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the kernel, in one call.
    Kernel,
    /// Component by component, where the kernel or a sandbox has no such call.
    Walk,
}

/// Opens a directory by any path, through links if it has some.
pub(crate) fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(fs::openat(CWD, path, flags, Mode::empty())?)
}

/// Returns the way that works here.
pub(crate) fn probe(directory: BorrowedFd) -> Way {
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    match open_by_kernel(directory, Path::new("."), flags, 0, ResolveFlags::empty()) {
        Err(Errno::NOSYS | Errno::PERM) => Way::Walk,
        _ => Way::Kernel,
    }
}

/// Opens what lies below a directory, through no link of any kind.
pub(crate) fn open_beneath(
    directory: BorrowedFd,
    way: Way,
    path: &Path,
    flags: OFlags,
    mode: u32,
) -> io::Result<OwnedFd> {
    let opened = match way {
        Way::Kernel => open_by_kernel(directory, path, flags, mode, ResolveFlags::empty()),
        Way::Walk => open_by_walk(directory, path, flags, mode),
    };
    Ok(opened?)
}

/// Opens a directory in a directory if nothing is mounted on it.
pub(crate) fn open_unmounted(directory: BorrowedFd, way: Way, name: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let opened = match way {
        Way::Kernel => open_by_kernel(directory, name, flags, 0, ResolveFlags::NO_XDEV),
        Way::Walk => open_by_walk(directory, name, flags, 0).and_then(|opened| {
            let is_same = fs::fstat(&opened)?.st_dev == fs::fstat(directory)?.st_dev;
            if is_same { Ok(opened) } else { Err(Errno::XDEV) }
        }),
    };
    opened.map_err(|errno| if errno == Errno::XDEV { Errno::BUSY.into() } else { errno.into() })
}

fn open_by_kernel(
    directory: BorrowedFd,
    path: &Path,
    flags: OFlags,
    mode: u32,
    resolve: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    let resolve =
        resolve | ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    loop {
        match fs::openat2(directory, path, flags, Mode::from_raw_mode(mode), resolve) {
            // Somebody renamed something meanwhile, so that the kernel could not be sure.
            Err(Errno::AGAIN | Errno::INTR) => {}
            opened => return opened,
        }
    }
}

fn open_by_walk(
    directory: BorrowedFd,
    path: &Path,
    flags: OFlags,
    mode: u32,
) -> Result<OwnedFd, Errno> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut at: Option<OwnedFd> = None;
    let mut components = path.components().peekable();
    while let Some(component) = components.next() {
        let name = match component {
            Component::Normal(name) => name,
            Component::CurDir => OsStr::new("."),
            _ => return Err(Errno::XDEV),
        };
        let here = at.as_ref().map_or(directory, AsFd::as_fd);
        if components.peek().is_none() {
            let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            return fs::openat(here, name, flags, Mode::from_raw_mode(mode));
        }
        at = Some(fs::openat(here, name, step, Mode::empty())?);
    }
    Err(Errno::NOENT)
}

/// Tells what stands at the end of a path, as a process sees it whose root is the directory: links
/// are followed, and lead nowhere else. Errs where the kernel has no such call.
pub(crate) fn stat_in_root(root: BorrowedFd, path: &Path) -> io::Result<Stat> {
    stat(open_in_root(root, path, OFlags::PATH)?)
}

/// Opens what is at the end of a path, in the same way.
pub(crate) fn open_in_root(root: BorrowedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        match fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            opened => return Ok(opened?),
        }
    }
}

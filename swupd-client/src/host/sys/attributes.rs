//! Modes, owners, times and extended attributes.

use std::{
    ffi::OsStr,
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::ffi::OsStrExt,
    },
};

use rustix::{
    fs::{self, AtFlags, Mode, Timespec, Timestamps, XattrFlags},
    io::Errno,
};

pub(crate) fn set_mode(fd: impl AsFd, mode: u32) -> io::Result<()> {
    Ok(fs::fchmod(fd, Mode::from_raw_mode(mode))?)
}

pub(crate) fn set_owner(fd: impl AsFd, uid: u32, gid: u32) -> io::Result<()> {
    Ok(fs::fchown(fd, Some(fs::Uid::from_raw(uid)), Some(fs::Gid::from_raw(gid)))?)
}

/// Sets the owner of what stands at a name, itself if it is a link.
pub(crate) fn set_owner_at(
    directory: BorrowedFd,
    name: &OsStr,
    (uid, gid): (u32, u32),
) -> io::Result<()> {
    let (uid, gid) = (fs::Uid::from_raw(uid), fs::Gid::from_raw(gid));
    Ok(fs::chownat(directory, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Sets the time of the last change of what stands at a name, itself if it is a link.
pub(crate) fn set_mtime_at(directory: BorrowedFd, name: &OsStr, seconds: i64) -> io::Result<()> {
    Ok(fs::utimensat(directory, name, &mtime_of(seconds), AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Sets the time of the last change of what a descriptor stands for.
pub(crate) fn set_mtime(fd: impl AsFd, seconds: i64) -> io::Result<()> {
    Ok(fs::futimens(fd, &mtime_of(seconds))?)
}

fn mtime_of(seconds: i64) -> Timestamps {
    let omit = Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT };
    Timestamps { last_access: omit, last_modification: Timespec { tv_sec: seconds, tv_nsec: 0 } }
}

pub(crate) fn set_xattr(fd: impl AsFd, name: &[u8], value: &[u8]) -> io::Result<()> {
    Ok(fs::fsetxattr(fd, OsStr::from_bytes(name), value, XattrFlags::empty())?)
}

pub(crate) fn remove_xattr(fd: impl AsFd, name: &[u8]) -> io::Result<()> {
    match fs::fremovexattr(fd, OsStr::from_bytes(name)) {
        Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Reads an extended attribute; none where it is not there or the file system has none.
pub(crate) fn xattr(fd: impl AsFd, name: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut value = vec![0; 65_536];
    match fs::fgetxattr(fd, OsStr::from_bytes(name), &mut value[..]) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lists the names of extended attributes; none where the file system has none.
pub(crate) fn xattrs(fd: impl AsFd) -> io::Result<Vec<Vec<u8>>> {
    let mut names = vec![0; 65_536];
    match fs::flistxattr(fd, &mut names[..]) {
        Ok(length) => {
            let names = names[..length].split(|b| *b == 0);
            Ok(names.filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
        }
        Err(Errno::OPNOTSUPP) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

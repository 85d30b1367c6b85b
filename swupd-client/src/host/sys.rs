//! The system calls that the machine's rooms need, with `std`'s errors: the only room that makes
//! them. Nothing here decides anything.

mod attributes;
pub(crate) mod extents;
mod locks;
pub(crate) mod mount;
mod opening;
mod refusals;

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::ffi::OsStrExt,
    },
};

use rustix::{
    fs::{self, AtFlags, CWD, Mode, RenameFlags},
    io::Errno,
};

pub(crate) use rustix::fs::OFlags;

pub(crate) use self::{
    attributes::{
        remove_xattr, set_mode, set_mtime, set_mtime_at, set_owner, set_owner_at, set_xattr, xattr,
        xattrs,
    },
    locks::{lock, use_alone, use_together},
    opening::{
        Way, open_beneath, open_directory, open_in_root, open_unmounted, probe, stat_in_root,
    },
    refusals::{cannot_exchange, is_damage, is_link_in_the_way, needs_a_copy},
};

/// What stands at a name, as far as the system tells without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: FileKind,
    /// Permission bits alone.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Bytes.
    pub(crate) size: u64,
    /// Bytes that it takes on the disk.
    pub(crate) disk_use: u64,
    pub(crate) links: u64,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Seconds.
    pub(crate) mtime: i64,
    /// Seconds and nanoseconds at which anything about it last changed.
    pub(crate) ctime: (i64, u64),
}

impl Stat {
    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }
}

/// The types of file that matter to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    File,
    Directory,
    Symlink,
    /// A device, a pipe or a socket.
    Special,
}

/// Tells what a descriptor stands for.
pub(crate) fn stat(fd: impl AsFd) -> io::Result<Stat> {
    Ok(of_stat(&fs::fstat(fd)?))
}

/// Tells what stands at a name, itself if it is a link.
pub(crate) fn stat_at(directory: BorrowedFd, name: &OsStr) -> io::Result<Stat> {
    Ok(of_stat(&fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?))
}

fn of_stat(stat: &fs::Stat) -> Stat {
    let kind = match fs::FileType::from_raw_mode(stat.st_mode) {
        fs::FileType::RegularFile => FileKind::File,
        fs::FileType::Directory => FileKind::Directory,
        fs::FileType::Symlink => FileKind::Symlink,
        _ => FileKind::Special,
    };
    Stat {
        kind,
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        disk_use: u64::try_from(stat.st_blocks).unwrap_or(0) * 512,
        links: stat.st_nlink,
        device: stat.st_dev,
        inode: stat.st_ino,
        mtime: stat.st_mtime,
        ctime: (stat.st_ctime, stat.st_ctime_nsec),
    }
}

/// Says whether a descriptor's file may not be changed or replaced: `chattr +i` or `+a`.
pub(crate) fn is_immutable(fd: impl AsFd) -> bool {
    let fixed = fs::StatxAttributes::IMMUTABLE | fs::StatxAttributes::APPEND;
    fs::statx(fd, "", AtFlags::EMPTY_PATH, fs::StatxFlags::BASIC_STATS)
        .is_ok_and(|stat| stat.stx_attributes.intersects(fixed))
}

/// Reads where a link points that was opened by itself.
pub(crate) fn read_link(fd: impl AsFd) -> io::Result<Vec<u8>> {
    Ok(fs::readlinkat(fd, "", Vec::new())?.into_bytes())
}

/// Returns the path by which a descriptor was reached.
pub(crate) fn path_of(fd: impl AsFd) -> io::Result<Vec<u8>> {
    let link = format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd());
    Ok(fs::readlinkat(CWD, link, Vec::new())?.into_bytes())
}

/// Lists the names in a directory, but for itself and its parent.
pub(crate) fn list(directory: BorrowedFd) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in fs::Dir::read_from(directory)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    Ok(names)
}

/// Lists the names in a directory with what stands there, but for itself and its parent.
pub(crate) fn list_kinds(directory: BorrowedFd) -> io::Result<Vec<(Vec<u8>, FileKind)>> {
    let mut names = Vec::new();
    for entry in fs::Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        let kind = match entry.file_type() {
            fs::FileType::RegularFile => FileKind::File,
            fs::FileType::Directory => FileKind::Directory,
            fs::FileType::Symlink => FileKind::Symlink,
            fs::FileType::Unknown => stat_at(directory, OsStr::from_bytes(name))?.kind,
            _ => FileKind::Special,
        };
        names.push((name.to_vec(), kind));
    }
    Ok(names)
}

pub(crate) fn make_directory(directory: BorrowedFd, name: &OsStr, mode: u32) -> io::Result<()> {
    Ok(fs::mkdirat(directory, name, Mode::from_raw_mode(mode))?)
}

pub(crate) fn make_symlink(directory: BorrowedFd, name: &OsStr, target: &[u8]) -> io::Result<()> {
    Ok(fs::symlinkat(OsStr::from_bytes(target), directory, name)?)
}

pub(crate) fn remove(directory: BorrowedFd, name: &OsStr, kind: FileKind) -> io::Result<()> {
    let flags = if kind == FileKind::Directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
    Ok(fs::unlinkat(directory, name, flags)?)
}

/// Renames; what stands at the new name is replaced.
pub(crate) fn rename(from: (BorrowedFd, &OsStr), to: (BorrowedFd, &OsStr)) -> io::Result<()> {
    Ok(fs::renameat(from.0, from.1, to.0, to.1)?)
}

/// Renames where nothing stands at the new name.
pub(crate) fn rename_new(from: (BorrowedFd, &OsStr), to: (BorrowedFd, &OsStr)) -> io::Result<()> {
    match fs::renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE) {
        // A file system without the flag: the check is not atomic then.
        Err(Errno::INVAL) => match stat_at(to.0, to.1) {
            Ok(_) => Err(Errno::EXIST.into()),
            Err(_) => rename(from, to),
        },
        renamed => Ok(renamed?),
    }
}

/// Lets two names change places at one instant.
pub(crate) fn exchange(one: (BorrowedFd, &OsStr), other: (BorrowedFd, &OsStr)) -> io::Result<()> {
    Ok(fs::renameat_with(one.0, one.1, other.0, other.1, RenameFlags::EXCHANGE)?)
}

/// Gives what stands at a name one more name.
pub(crate) fn link(from: (BorrowedFd, &OsStr), to: (BorrowedFd, &OsStr)) -> io::Result<()> {
    Ok(fs::linkat(from.0, from.1, to.0, to.1, AtFlags::empty())?)
}

/// Creates a file without a name in a directory; none where the file system cannot.
pub(crate) fn unnamed_file(directory: BorrowedFd) -> io::Result<Option<File>> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match fs::openat(directory, ".", flags, Mode::from_raw_mode(0o600)) {
        Ok(fd) => Ok(Some(File::from(fd))),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives a file without a name one.
pub(crate) fn link_unnamed(file: &File, directory: BorrowedFd, name: &OsStr) -> io::Result<()> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    match fs::linkat(CWD, path, directory, name, AtFlags::SYMLINK_FOLLOW) {
        // Where /proc is not mounted the descriptor itself can be linked, given the right to.
        Err(Errno::NOENT) => Ok(fs::linkat(file, "", directory, name, AtFlags::EMPTY_PATH)?),
        linked => Ok(linked?),
    }
}

/// Makes a new file share the bytes of another until one of them is written to; false where the
/// file system cannot.
pub(crate) fn share_bytes(from: &File, to: &File) -> io::Result<bool> {
    match fs::ioctl_ficlone(to, from) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::NOTTY | Errno::TXTBSY) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes everything to disk that its file system holds back.
pub(crate) fn sync_file_system(fd: impl AsFd) -> io::Result<()> {
    Ok(fs::syncfs(fd)?)
}

pub(crate) fn sync(fd: impl AsFd) -> io::Result<()> {
    Ok(fs::fsync(fd)?)
}

/// Takes up room for so many bytes of a file, where the file system can.
pub(crate) fn allocate(fd: impl AsFd, bytes: u64) -> io::Result<()> {
    match fs::fallocate(fd, fs::FallocateFlags::empty(), 0, bytes) {
        // It would have to be written: not worth it.
        Err(Errno::OPNOTSUPP) => Ok(()),
        allocated => Ok(allocated?),
    }
}

/// Says whether a directory lies on an overlay file system.
pub(crate) fn is_overlay(fd: impl AsFd) -> bool {
    fs::fstatfs(fd).is_ok_and(|stat| stat.f_type == OVERLAY)
}

/// Says whether nothing can be written through a descriptor's mount.
pub(crate) fn is_read_only(fd: impl AsFd) -> io::Result<bool> {
    Ok(fs::fstatvfs(fd)?.f_flag.contains(fs::StatVfsMountFlags::RDONLY))
}

/// Says whether names may be added to a directory and taken from it.
pub(crate) fn may_change(directory: impl AsFd) -> io::Result<()> {
    let rights = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
    Ok(fs::accessat(directory, ".", rights, AtFlags::EACCESS)?)
}

/// Returns the user that this process acts as.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Asks every process of a group to end, or ends them all the same.
pub(crate) fn end_group(leader: u32, way: Ending) -> io::Result<()> {
    let leader = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    let leader = leader.ok_or(io::ErrorKind::InvalidInput)?;
    let signal = match way {
        Ending::Asked => rustix::process::Signal::TERM,
        Ending::Forced => rustix::process::Signal::KILL,
    };
    Ok(rustix::process::kill_process_group(leader, signal)?)
}

/// How processes are made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// They may tidy up.
    Asked,
    /// At once.
    Forced,
}

/// Returns the device's and the file system's free bytes as an ordinary process may use them.
pub(crate) fn free_space(fd: impl AsFd) -> io::Result<u64> {
    let stat = fs::fstatvfs(fd)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// The magic number of overlayfs, from `linux/magic.h`.
const OVERLAY: fs::FsWord = 0x794C_7630;

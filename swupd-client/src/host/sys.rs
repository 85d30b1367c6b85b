//! The system calls that the machine's rooms need, with `std`'s errors: the only file that makes
//! them. Nothing here decides anything.

pub(crate) mod extents;
pub(crate) mod mount;

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Component, Path},
};

use nix::fcntl::{FcntlArg, fcntl};
use rustix::{
    fs::{self, AtFlags, CWD, Mode, RenameFlags, ResolveFlags, Timespec, Timestamps, XattrFlags},
    io::Errno,
};

pub(crate) use rustix::fs::OFlags;

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

/// Locks a file for one writer, without waiting; says whether that worked. The lock belongs to the
/// open file, so it ends with the process however that ends.
pub(crate) fn lock(file: &File) -> io::Result<bool> {
    let whole = whole_file();
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole)) {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Marks a directory as used by us, among others; waits for whoever has it alone.
pub(crate) fn use_together(directory: impl AsFd) -> io::Result<()> {
    flocked(fs::flock(directory, fs::FlockOperation::LockShared)).map(drop)
}

/// Marks a directory as used by us alone; says whether nobody else uses it. The mark belongs to the open
/// directory, and ends with it.
pub(crate) fn use_alone(directory: impl AsFd) -> io::Result<bool> {
    flocked(fs::flock(directory, fs::FlockOperation::NonBlockingLockExclusive))
}

fn flocked(locked: rustix::io::Result<()>) -> io::Result<bool> {
    use rustix::io::Errno;
    match locked {
        // A file system that knows no such marks is nothing that several use at once.
        Ok(()) | Err(Errno::NOTSUP | Errno::NOLCK | Errno::NOSYS | Errno::INVAL) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn whole_file() -> nix::libc::flock {
    #[expect(clippy::cast_possible_truncation, reason = "both constants are small")]
    let (write, from_start) = (nix::libc::F_WRLCK as i16, nix::libc::SEEK_SET as i16);
    nix::libc::flock { l_type: write, l_whence: from_start, l_start: 0, l_len: 0, l_pid: 0 }
}

/// Says whether names may be added to a directory and taken from it.
pub(crate) fn may_change(directory: impl AsFd) -> io::Result<()> {
    let rights = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
    Ok(fs::accessat(directory, ".", rights, AtFlags::EACCESS)?)
}

/// Says whether a file cannot be linked for a reason that does not keep it from being copied:
/// another file system or mount, too many links, or a file that may not be linked.
pub(crate) fn needs_a_copy(error: &io::Error) -> bool {
    let numbers = [Errno::XDEV, Errno::MLINK, Errno::PERM, Errno::OPNOTSUPP];
    numbers.iter().any(|number| error.raw_os_error() == Some(number.raw_os_error()))
}

/// Says whether the disk does not give back what was written to it: a bad sector, or a file system
/// that finds itself damaged.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    let numbers = [Errno::IO, Errno::UCLEAN, Errno::BADMSG];
    numbers.iter().any(|number| error.raw_os_error() == Some(number.raw_os_error()))
}

/// Says whether two directories cannot change places for a reason that lies in where they are: other
/// file systems or mounts, a mount on one of them, or a file system that knows no such thing.
pub(crate) fn cannot_exchange(error: &io::Error) -> bool {
    let numbers = [Errno::XDEV, Errno::BUSY, Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP];
    numbers.iter().any(|number| error.raw_os_error() == Some(number.raw_os_error()))
}

/// Says whether a path could not be resolved because it leads through a link.
pub(crate) fn is_link_in_the_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
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

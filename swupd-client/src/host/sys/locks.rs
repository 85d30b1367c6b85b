//! Marks on files and directories that others respect, and that end with whoever made them.

use std::{fs::File, io, os::fd::AsFd};

use nix::fcntl::{FcntlArg, fcntl};
use rustix::{fs, io::Errno};

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

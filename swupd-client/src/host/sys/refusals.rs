//! What the system's refusals mean.

use std::io;

use rustix::io::Errno;

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

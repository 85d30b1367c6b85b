//! What kind of thing stands in the way when the system refuses something: the user does something
//! different about each.

use std::{error::Error, io};

/// Why the system refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// No space, no quota or no inode is left.
    NoSpace,
    /// The file system is mounted read-only.
    ReadOnly,
    /// We may not: permissions, or the file is immutable.
    NoPermission,
    /// The disk failed, or something else that is told by the error itself.
    Other,
}

impl Obstacle {
    /// Returns what an error says, or what it wraps.
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::PermissionDenied => Self::NoPermission,
            _ => match error.get_ref() {
                Some(wrapped) => Self::behind(wrapped),
                None => Self::Other,
            },
        }
    }

    /// Returns what the system said, somewhere among the causes of an error.
    pub fn behind(error: &(dyn Error + 'static)) -> Self {
        let mut causes = std::iter::successors(Some(error), |&error| error.source());
        let found = causes.find_map(|cause| cause.downcast_ref::<io::Error>());
        found.map_or(Self::Other, Self::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_answers_are_told_apart() {
        for (number, obstacle) in [
            (28, Obstacle::NoSpace),      // ENOSPC
            (122, Obstacle::NoSpace),     // EDQUOT
            (30, Obstacle::ReadOnly),     // EROFS
            (13, Obstacle::NoPermission), // EACCES
            (1, Obstacle::NoPermission),  // EPERM
            (5, Obstacle::Other),         // EIO
        ] {
            assert_eq!(Obstacle::of(&io::Error::from_raw_os_error(number)), obstacle, "{number}");
        }
    }
    #[test]
    fn what_is_wrapped_is_found() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot")]
        struct Cannot(#[source] io::Error);
        let full = || io::Error::from_raw_os_error(28);
        assert_eq!(Obstacle::behind(&Cannot(full())), Obstacle::NoSpace);
        assert_eq!(Obstacle::of(&io::Error::other(Cannot(full()))), Obstacle::NoSpace);
        assert_eq!(Obstacle::of(&io::Error::other(Cannot(io::Error::other("x")))), Obstacle::Other);
        assert_eq!(Obstacle::of(&io::Error::other("x")), Obstacle::Other);
    }
}

//! What kind of thing stands in the way when the system refuses something: the user does something
//! different about each.

use std::io;

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
    /// Returns what an error says.
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::PermissionDenied => Self::NoPermission,
            _ => Self::Other,
        }
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
}

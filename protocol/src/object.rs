//! What stands at a path: a file, a directory or a symbolic link, with all that its hash covers
//! besides a file's content.

use crate::hash::{ContentHash, ContentHasher};

/// Owner and permissions of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes {
    /// Permission bits with set-user-id, set-group-id and sticky: at most `0o7777`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
}

impl Attributes {
    /// The bits of a mode that are permissions and not the type.
    pub const PERMISSIONS: u32 = 0o7777;

    /// Returns attributes; bits of the file type in `mode` are dropped.
    pub fn new(mode: u32, uid: u32, gid: u32) -> Self {
        Self { mode: mode & Self::PERMISSIONS, uid, gid }
    }
}

/// The kinds of object that a version may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory, without what is in it.
    Directory,
    /// A symbolic link.
    Symlink,
}

/// One object but for a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A regular file of `size` bytes.
    File {
        /// Owner and permissions.
        attributes: Attributes,
        /// Length of the content in bytes.
        size: u64,
    },
    /// A directory.
    Directory {
        /// Owner and permissions.
        attributes: Attributes,
    },
    /// A symbolic link; its mode means nothing and is in no hash.
    Symlink {
        /// Numeric owner.
        uid: u32,
        /// Numeric group.
        gid: u32,
        /// Where it points, as bytes.
        target: Vec<u8>,
    },
}

impl Object {
    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::File { .. } => Kind::File,
            Self::Directory { .. } => Kind::Directory,
            Self::Symlink { .. } => Kind::Symlink,
        }
    }

    /// Returns owner and permissions; a link's permissions are given as `0o777`.
    pub fn attributes(&self) -> Attributes {
        match self {
            Self::File { attributes, .. } | Self::Directory { attributes } => *attributes,
            Self::Symlink { uid, gid, .. } => Attributes::new(0o777, *uid, *gid),
        }
    }

    /// Returns the bytes that a manifest's `contentsize` counts for it: a file's length or a link
    /// target's.
    pub fn content_size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Directory { .. } => 0,
            Self::Symlink { target, .. } => target.len() as u64,
        }
    }

    /// Starts the hash of the object. For a file its content must follow through
    /// [`ContentHasher::update`]; a directory or link is already complete.
    pub fn hasher(&self) -> ContentHasher {
        match self {
            Self::File { attributes, size } => ContentHasher::file(*attributes, *size),
            Self::Directory { attributes } => ContentHasher::directory(*attributes),
            Self::Symlink { uid, gid, target } => ContentHasher::symlink(*uid, *gid, target),
        }
    }

    /// Returns the hash where no content has to follow: of a directory, a link or an empty file.
    pub fn hash_without_content(&self) -> Option<ContentHash> {
        match self {
            Self::File { size, .. } if *size > 0 => None,
            _ => Some(self.hasher().finish()),
        }
    }
}

//! Archives of objects: a strict reader and a writer of the narrow part of tar that the protocol
//! needs. Extended attributes are written, and never taken from what is read.
//!
//! Read is what Go's `archive/tar` (and so `mixer`), bsdtar and GNU tar write for files,
//! directories and symbolic links: the v7, ustar, PAX and GNU headers. Whatever two readers could
//! understand differently is refused.

use std::io;

use crate::{limits::MAX_PATH, object::Object};

mod files;
mod header;
mod pax;
mod reader;
mod writer;

pub use files::{NamedFile, read_files, write_files};
pub use reader::ArchiveReader;
pub(crate) use writer::size_of_single;
pub use writer::{ArchiveWriter, Unhashed};

/// One object in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name: relative, without a `..`; a directory's without a final `/`.
    pub name: Vec<u8>,
    /// What it is.
    pub object: Object,
}

/// Why an archive is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The stream cannot be read or unpacked, or is larger than it may be.
    #[error("the archive cannot be read")]
    Read(#[source] io::Error),
    /// It ends before its end marker.
    #[error("the archive ends too early")]
    Truncated,
    /// A header is damaged, or none.
    #[error("a header of the archive cannot be read: {0}")]
    Header(&'static str),
    /// What stands in front of a member's header (PAX, GNU) is malformed, or contradicts it.
    #[error("an extended header of the archive cannot be read: {0}")]
    Extension(&'static str),
    /// A member is neither file nor directory nor symbolic link.
    #[error("a member of the archive has a type that objects cannot have: {letter:?}")]
    Type {
        /// What stands in its header.
        letter: char,
    },
    /// A member's name is empty, absolute, too long, or holds `..` or a NUL; or what is no
    /// directory has the name of one.
    #[error("{name:?} cannot be the name of a member")]
    Name {
        /// The name, at most its first 200 bytes.
        name: String,
    },
    /// A member is larger than anything may be.
    #[error("a member of the archive is too large ({size} bytes)")]
    TooLarge {
        /// Its stated size in bytes.
        size: u64,
    },
    /// More members than there may be.
    #[error("the archive has more members than it may")]
    UnexpectedMember,
    /// Behind the end marker stands something else than zeros, or too many of them.
    #[error("something follows the end of the archive")]
    Trailing,
    /// It was read on after an error.
    #[error("the archive was already found to be damaged")]
    Damaged,
}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Says whether a member may have this name.
fn is_name(name: &[u8]) -> bool {
    let length_fits = (1..=MAX_PATH).contains(&name.len());
    let climbs = name.split(|b| *b == b'/').any(|component| component == b"..");
    let is_relative = !name.starts_with(b"/") && !name.ends_with(b"/");
    length_fits && is_relative && !climbs && !name.contains(&0)
}

/// Returns how many bytes fill up the last block of `size` bytes.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// Bytes of the blocks that an archive consists of.
const BLOCK: usize = 512;

#[cfg(test)]
#[path = "archive/tests.rs"]
mod tests;

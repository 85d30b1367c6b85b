//! Archives of a few small files that are wanted whole: manifests and their signatures.

use std::io::{self, Read, Write};

use super::{ArchiveError, ArchiveReader, ArchiveWriter, Unhashed};
use crate::{
    compression::{Bounded, Encoding, decoder, encoder},
    limits::MAX_ARCHIVE_PADDING,
    object::{Attributes, Object},
};

/// A small file, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Its name in the archive.
    pub name: Vec<u8>,
    /// What it holds.
    pub content: Vec<u8>,
}

/// Reads a compressed archive of nothing but files, and returns them in its order.
/// `limit` bounds the bytes of all contents together.
pub fn read_files(input: impl Read + Send, limit: u64) -> Result<Vec<NamedFile>, ArchiveError> {
    let unpacked = Bounded::new(decoder(input)?, limit.saturating_add(MAX_ARCHIVE_PADDING));
    let mut archive = ArchiveReader::new(unpacked);
    let mut files = Vec::new();
    let mut left = limit;
    while let Some(member) = archive.next_member()? {
        let Object::File { size, .. } = member.object else {
            return Err(ArchiveError::UnexpectedMember);
        };
        left = left.checked_sub(size).ok_or(ArchiveError::TooLarge { size })?;
        if files.len() == MOST_FILES {
            return Err(ArchiveError::UnexpectedMember);
        }
        // What is stated is not yet there: the room grows with what comes.
        let mut content = Vec::new();
        archive.read_to_end(&mut content)?;
        files.push(NamedFile { name: member.name, content });
    }
    archive.finish()?;
    Ok(files)
}

/// Writes a compressed archive of files that belong to root and may be read by everyone.
/// `mtime` is in seconds since 1970.
pub fn write_files<W: Write>(
    output: W,
    encoding: Encoding,
    mtime: u64,
    files: &[(&str, &[u8])],
) -> io::Result<W> {
    let mut archive = ArchiveWriter::new(encoder(output, encoding)?);
    for (name, content) in files {
        let attributes = Attributes::new(0o644, 0, 0);
        let object = Object::File { attributes, size: content.len() as u64 };
        let unhashed = Unhashed { mtime, xattrs: &[] };
        archive.append(name.as_bytes(), &object, unhashed, &mut &content[..])?;
    }
    archive.finish()?.finish()
}

/// The MoM travels with its signature; nothing has more companions than a few.
const MOST_FILES: usize = 16;

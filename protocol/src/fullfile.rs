//! One object travelling alone: an archive with a single member that is named by its hash.

use std::{
    fmt,
    io::{self, Read, Write},
};

use crate::{
    archive::{ArchiveError, ArchiveReader, ArchiveWriter, Unhashed, size_of_single},
    compression::{BUFFER, Bounded, Encoding, decoder, encoder},
    hash::ContentHash,
    limits::{MAX_ARCHIVE_HEADER, MAX_ARCHIVE_PADDING, MAX_OBJECT},
    object::Object,
};

/// An object as it is stored in fullfiles and packs, but for a file's content.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// Its name.
    pub hash: ContentHash,
    /// What it is.
    pub object: &'a Object,
    /// What travels with it besides.
    pub unhashed: Unhashed<'a>,
}

/// A fullfile that is being read, compressed in any way.
pub struct Fullfile<'a> {
    archive: ArchiveReader<Bounded<Box<dyn Read + Send + 'a>>>,
    hash: ContentHash,
    object: Object,
}

impl<'a> Fullfile<'a> {
    /// Reads up to the content of the object, which must be named `hash`. Nothing is verified yet.
    pub fn open(input: impl Read + Send + 'a, hash: ContentHash) -> Result<Self, FullfileError> {
        let unpacked = decoder(input).map_err(ArchiveError::Read)?;
        let mut archive = ArchiveReader::new(Bounded::new(unpacked, MAX_FULLFILE));
        let member = archive.next_member()?.ok_or(FullfileError::Empty)?;
        if member.name != hash.to_hex() {
            return Err(FullfileError::OtherName);
        }
        Ok(Self { archive, hash, object: member.object })
    }

    /// Returns what the archive says that the object is: true only if the copy succeeds.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Copies a file's content and verifies the object, whatever its kind. Where that fails, what
    /// was written must not be used.
    pub fn copy_to(mut self, output: &mut dyn Write) -> Result<(), FullfileError> {
        let mut hasher = self.object.hasher();
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = match self.archive.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(ArchiveError::Read)?,
            };
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            output.write_all(&buffer[..read]).map_err(FullfileError::Write)?;
        }
        self.archive.finish()?;
        let found = hasher.finish();
        if found != self.hash {
            return Err(FullfileError::OtherHash { stated: self.hash, found });
        }
        Ok(())
    }
}

impl fmt::Debug for Fullfile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fullfile")
            .field("hash", &self.hash)
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}

/// Writes a fullfile. For a file, `content` must give exactly its bytes.
pub fn write<W: Write>(
    output: W,
    stored: Stored<'_>,
    content: &mut dyn Read,
    encoding: Encoding,
) -> io::Result<W> {
    let Stored { hash, object, unhashed } = stored;
    let name = hash.to_hex();
    let size = size_of_single(&name, object, unhashed)?;
    let mut archive = ArchiveWriter::new(encoder(output, encoding.of_size(size))?);
    archive.append(&name, object, unhashed, content)?;
    archive.finish()?.finish()
}

/// Why an object is not taken from a fullfile.
#[derive(Debug, thiserror::Error)]
pub enum FullfileError {
    /// It is damaged, has more than one member, or cannot be read.
    #[error("the fullfile is damaged")]
    Archive(#[from] ArchiveError),
    /// It has no member.
    #[error("the fullfile is empty")]
    Empty,
    /// Its member is named otherwise than the object that was asked for.
    #[error("the fullfile holds another object")]
    OtherName,
    /// Its content is another than its name says.
    #[error("the object in the fullfile has the hash {found} instead of {stated}")]
    OtherHash {
        /// The name.
        stated: ContentHash,
        /// What the content makes.
        found: ContentHash,
    },
    /// The content cannot be written where it shall go.
    #[error("the object cannot be written")]
    Write(#[source] io::Error),
}

const MAX_FULLFILE: u64 = MAX_OBJECT + MAX_ARCHIVE_HEADER + MAX_ARCHIVE_PADDING;

#[cfg(test)]
#[path = "fullfile_tests.rs"]
mod tests;

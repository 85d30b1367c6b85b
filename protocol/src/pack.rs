//! Many objects travelling together, whole or as the difference to an older one, read while they
//! arrive.

use std::{
    fmt,
    io::{self, Read, Write},
};

use crate::{
    archive::{ArchiveError, ArchiveReader, ArchiveWriter, Member, Unhashed},
    compression::{Bounded, Encoder, Encoding, decoder, encoder},
    fullfile::Stored,
    hash::ContentHash,
    layout::{delta_file, parse_delta_file},
    limits::{MAX_DELTA, MAX_PACK, MAX_PACK_MEMBERS},
    object::{Attributes, Object},
};

/// One member of a pack, as it names itself: nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackMember {
    /// An object as a whole; a file's content follows.
    Whole {
        /// The name that it has.
        hash: ContentHash,
        /// What the archive says that it is.
        object: Object,
    },
    /// The difference of two files; a delta container follows.
    Delta {
        /// The file that it starts from.
        from: ContentHash,
        /// The file that it makes.
        to: ContentHash,
        /// Length of the container in bytes.
        size: u64,
    },
}

/// Reads a pack, compressed in any way. The reader itself reads the content of the member that
/// [`PackReader::next_member`] returned last.
pub struct PackReader<'a> {
    archive: ArchiveReader<Bounded<Box<dyn Read + Send + 'a>>>,
    members: u64,
    name: Vec<u8>,
}

impl<'a> PackReader<'a> {
    /// Returns a reader of a pack.
    pub fn new(input: impl Read + Send + 'a) -> io::Result<Self> {
        Self::bounded(input, MAX_PACK)
    }

    /// Returns a reader of a pack that may unpack to `limit` bytes at most.
    pub fn bounded(input: impl Read + Send + 'a, limit: u64) -> io::Result<Self> {
        let unpacked = Bounded::new(decoder(input)?, limit);
        Ok(Self { archive: ArchiveReader::new(unpacked), members: 0, name: Vec::new() })
    }

    /// Goes to the next member that can be of use, past what was not read of the current one.
    /// Directories of the pack and members that are named or made otherwise are passed over.
    /// `None` at the end.
    pub fn next_member(&mut self) -> Result<Option<PackMember>, PackError> {
        while let Some(member) = self.archive.next_member()? {
            self.members += 1;
            if self.members > MAX_PACK_MEMBERS {
                return Err(PackError::TooManyMembers);
            }
            self.name.clone_from(&member.name);
            if let Some(member) = useful(member) {
                return Ok(Some(member));
            }
        }
        Ok(None)
    }

    /// Returns the name of the file that the current member is: that of a delta may have the older
    /// form, and is also its name in a repository.
    pub fn file_name(&self) -> &[u8] {
        self.name.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// Checks, after the last member, that the stream ends as it should.
    pub fn finish(self) -> Result<(), PackError> {
        Ok(self.archive.finish()?)
    }
}

/// The content of the current member.
impl Read for PackReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.archive.read(buffer)
    }
}

impl fmt::Debug for PackReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackReader").field("members", &self.members).finish_non_exhaustive()
    }
}

/// Writes a pack.
#[derive(Debug)]
pub struct PackWriter<W: Write> {
    archive: ArchiveWriter<Encoder<W>>,
    mtime: u64,
}

impl<W: Write> PackWriter<W> {
    /// Begins a pack. `mtime`, in seconds since 1970, is that of its directories and deltas.
    pub fn new(output: W, encoding: Encoding, mtime: u64) -> io::Result<Self> {
        let archive = ArchiveWriter::new(encoder(output, encoding)?);
        let mut pack = Self { archive, mtime };
        let directory = Object::Directory { attributes: Attributes::new(0o700, 0, 0) };
        for name in [DELTAS, WHOLES] {
            pack.archive.append(name, &directory, pack.unhashed(), &mut io::empty())?;
        }
        Ok(pack)
    }

    /// Adds an object as a whole. For a file, `content` must give exactly its bytes.
    pub fn whole(&mut self, stored: Stored<'_>, content: &mut dyn Read) -> io::Result<()> {
        let name = [WHOLES, b"/", &stored.hash.to_hex()].concat();
        self.archive.append(&name, stored.object, stored.unhashed, content)
    }

    /// Adds the difference of two files, a container of `size` bytes.
    pub fn delta(
        &mut self,
        from: ContentHash,
        to: ContentHash,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let name = [DELTAS, b"/", delta_file(from, to).as_bytes()].concat();
        let object = Object::File { attributes: Attributes::new(0o600, 0, 0), size };
        self.archive.append(&name, &object, self.unhashed(), content)
    }

    /// Ends the pack and returns the output.
    pub fn finish(self) -> io::Result<W> {
        self.archive.finish()?.finish()
    }

    fn unhashed(&self) -> Unhashed<'static> {
        Unhashed { mtime: self.mtime, xattrs: &[] }
    }
}

/// Tells what a member of the archive is for; `None` if for nothing.
fn useful(member: Member) -> Option<PackMember> {
    let Member { name, object } = member;
    let name = name.strip_prefix(b"./").unwrap_or(&name);
    let slash = name.iter().position(|b| *b == b'/')?;
    match (&name[..slash], &name[slash + 1..], object) {
        (WHOLES, name, object) => {
            let hash = ContentHash::parse(name).ok()?;
            Some(PackMember::Whole { hash, object })
        }
        (DELTAS, name, Object::File { size, .. }) if size <= MAX_DELTA => {
            let (from, to) = parse_delta_file(std::str::from_utf8(name).ok()?)?;
            Some(PackMember::Delta { from, to, size })
        }
        _ => None,
    }
}

/// Why a pack is not read on. What came before is as good as its hashes.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is damaged, or cannot be read.
    #[error("the pack is damaged")]
    Archive(#[from] ArchiveError),
    /// It has more members than any version has objects.
    #[error("the pack has too many members")]
    TooManyMembers,
}

const DELTAS: &[u8] = b"delta";
const WHOLES: &[u8] = b"staged";

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;

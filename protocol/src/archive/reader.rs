//! Reads an archive member by member, from a stream.

use std::{
    fmt,
    io::{self, BufReader, Read},
};

use super::{
    ArchiveError, BLOCK, Member,
    header::{GID, Header, LINK, MODE, SIZE, UID},
    is_name, padding,
    pax::{Extensions, check_global},
};
use crate::{
    compression::{BUFFER, read_up_to},
    limits::{MAX_ARCHIVE_HEADER, MAX_ARCHIVE_PADDING, MAX_LINK_TARGET, MAX_OBJECT, MAX_PATH},
    object::{Attributes, Object},
};

/// Reads an archive that is not compressed (any more). The reader itself reads the content of the
/// member that [`ArchiveReader::next_member`] returned last.
pub struct ArchiveReader<R: Read> {
    input: BufReader<R>,
    /// Bytes of the current member's content that are still to be read.
    left: u64,
    /// Bytes behind that content that fill up its last block.
    padding: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Members may follow.
    Open,
    /// The end marker was read.
    Ended,
    /// Something was wrong: where members begin and end is no longer known.
    Damaged,
}

impl<R: Read> ArchiveReader<R> {
    /// Returns a reader of an archive.
    pub fn new(input: R) -> Self {
        let input = BufReader::with_capacity(BUFFER, input);
        Self { input, left: 0, padding: 0, state: State::Open }
    }

    /// Goes to the next member, past what was not read of the current one. `None` at the end.
    pub fn next_member(&mut self) -> Result<Option<Member>, ArchiveError> {
        match self.state {
            State::Damaged => return Err(ArchiveError::Damaged),
            State::Ended => return Ok(None),
            State::Open => self.state = State::Damaged,
        }
        self.skip_content()?;
        let member = self.read_member()?;
        self.state = if member.is_some() { State::Open } else { State::Ended };
        Ok(member)
    }

    /// Reads to the end. After the current member none may follow, and after the end marker
    /// nothing but zeros that fill up a block.
    pub fn finish(mut self) -> Result<(), ArchiveError> {
        if self.next_member()?.is_some() {
            return Err(ArchiveError::UnexpectedMember);
        }
        let mut buffer = vec![0; BUFFER];
        let mut length = 0;
        loop {
            let read = read_up_to(&mut self.input, &mut buffer)?;
            length += read as u64;
            if length > MAX_ARCHIVE_PADDING || buffer[..read].iter().any(|b| *b != 0) {
                return Err(ArchiveError::Trailing);
            }
            if read == 0 {
                return Ok(());
            }
        }
    }

    fn read_member(&mut self) -> Result<Option<Member>, ArchiveError> {
        let mut extensions = Extensions::default();
        loop {
            let Some(header) = self.read_header()? else {
                if extensions.is_empty() {
                    return Ok(None);
                }
                return Err(ArchiveError::Extension("no member follows it"));
            };
            match header.letter() {
                b'x' => {
                    let content = self.read_extension(&header, MAX_ARCHIVE_HEADER)?;
                    extensions.take_records(&content)?;
                }
                b'g' => check_global(&self.read_extension(&header, MAX_ARCHIVE_HEADER)?)?,
                // Two more than a name has: a directory's `/`, and a NUL.
                b'L' => {
                    let content = self.read_extension(&header, MAX_PATH as u64 + 2)?;
                    extensions.take_long_name(&content)?;
                }
                b'K' => {
                    let content = self.read_extension(&header, MAX_LINK_TARGET as u64 + 1)?;
                    extensions.take_long_link(&content)?;
                }
                _ => return self.member(&header, extensions).map(Some),
            }
        }
    }

    /// Reads a header; `None` for the end marker, two blocks of zeros.
    fn read_header(&mut self) -> Result<Option<Header>, ArchiveError> {
        let block = self.read_block()?;
        if block != [0; BLOCK] {
            return Header::check(&block).map(Some);
        }
        if self.read_block()? != [0; BLOCK] {
            return Err(ArchiveError::Header("it follows a lone block of zeros"));
        }
        Ok(None)
    }

    fn read_block(&mut self) -> Result<[u8; BLOCK], ArchiveError> {
        let mut block = [0; BLOCK];
        match read_up_to(&mut self.input, &mut block)? {
            BLOCK => Ok(block),
            _ => Err(ArchiveError::Truncated),
        }
    }

    /// Reads the content of an extended header.
    fn read_extension(&mut self, header: &Header, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let size = header.number(SIZE)?;
        if size > limit {
            return Err(ArchiveError::Extension("it is too large"));
        }
        let mut content = Vec::new();
        self.input.by_ref().take(size).read_to_end(&mut content)?;
        if content.len() as u64 != size {
            return Err(ArchiveError::Truncated);
        }
        self.skip(padding(size))?;
        Ok(content)
    }

    /// Puts together what the header and the extensions in front of it say.
    fn member(&mut self, header: &Header, with: Extensions) -> Result<Member, ArchiveError> {
        let mut name = with.path.map_or_else(|| header.name(), Ok)?;
        // Before there was a letter for directories, their names ended so.
        let is_directory = match header.letter() {
            b'5' => true,
            0 | b'0' => name.ends_with(b"/"),
            _ => false,
        };
        if is_directory {
            let end = name.iter().rposition(|b| *b != b'/').map_or(0, |last| last + 1);
            name.truncate(end);
        }
        if !is_name(&name) {
            let shown = &name[..name.len().min(200)];
            return Err(ArchiveError::Name { name: String::from_utf8_lossy(shown).into_owned() });
        }
        let size = size_of(header, with.size)?;
        let (uid, gid) = (owner(header, UID, with.uid)?, owner(header, GID, with.gid)?);
        let mode = u32::try_from(header.number(MODE)? & 0o7777).unwrap_or(0);
        let attributes = Attributes::new(mode, uid, gid);
        let target = with.link.unwrap_or_else(|| header.text(LINK).to_vec());
        let object = match header.letter() {
            _ if is_directory => Object::Directory { attributes },
            0 | b'0' => Object::File { attributes, size },
            b'2' => Object::Symlink { uid, gid, target },
            letter => return Err(ArchiveError::Type { letter: char::from(letter) }),
        };
        match &object {
            Object::File { .. } => {}
            _ if size != 0 => return Err(ArchiveError::Header("what is no file has content")),
            Object::Symlink { target, .. } if !(1..=MAX_LINK_TARGET).contains(&target.len()) => {
                return Err(ArchiveError::Header("a link has no target, or too long a one"));
            }
            _ => {}
        }
        self.left = size;
        self.padding = padding(size);
        Ok(Member { name, object })
    }

    fn skip_content(&mut self) -> Result<(), ArchiveError> {
        let (left, padding) = (self.left, self.padding);
        (self.left, self.padding) = (0, 0);
        self.skip(left + padding)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), ArchiveError> {
        match io::copy(&mut self.input.by_ref().take(bytes), &mut io::sink())? {
            skipped if skipped == bytes => Ok(()),
            _ => Err(ArchiveError::Truncated),
        }
    }
}

/// The content of the current member. Where the archive ends before it does, that is an error.
impl<R: Read> Read for ArchiveReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.input.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, ArchiveError::Truncated));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

impl<R: Read> fmt::Debug for ArchiveReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveReader")
            .field("left", &self.left)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The size that header and record agree on; in the header it may be missing.
fn size_of(header: &Header, record: Option<u64>) -> Result<u64, ArchiveError> {
    let stated = header.number(SIZE)?;
    let size = match record {
        Some(size) if stated != 0 && stated != size => {
            return Err(ArchiveError::Extension("its size is not that of the header"));
        }
        Some(size) => size,
        None => stated,
    };
    if size > MAX_OBJECT { Err(ArchiveError::TooLarge { size }) } else { Ok(size) }
}

fn owner(
    header: &Header,
    field: super::header::Field,
    record: Option<u64>,
) -> Result<u32, ArchiveError> {
    let number = record.map_or_else(|| header.number(field), Ok)?;
    // The largest number means "leave it as it is" where owners are set.
    let owner = u32::try_from(number).ok().filter(|owner| *owner != u32::MAX);
    owner.ok_or(ArchiveError::Header("an owner is no owner"))
}

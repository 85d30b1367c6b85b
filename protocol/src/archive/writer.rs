//! Writes an archive, so that its bytes depend on what it holds alone.

use std::io::{self, Read, Write};

use super::{
    BLOCK,
    header::{self, Dialect, GID, Header, LINK, MODE, MTIME, NAME, SIZE, TYPE, UID},
    is_name, padding,
    pax::write_record,
};
use crate::{
    compression::BUFFER,
    limits::{MAX_ARCHIVE_HEADER, MAX_LINK_TARGET, MAX_OBJECT},
    object::Object,
};

/// What travels with an object and is in no hash. Our own client takes it from a signed table
/// instead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unhashed<'a> {
    /// Modification time in seconds since 1970.
    pub mtime: u64,
    /// Names and values of extended attributes, in the order in which they are written.
    pub xattrs: &'a [(Vec<u8>, Vec<u8>)],
}

/// Writes an archive that is not compressed (yet).
#[derive(Debug)]
pub struct ArchiveWriter<W> {
    output: W,
    buffer: Vec<u8>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Returns a writer of an empty archive.
    pub fn new(output: W) -> Self {
        Self { output, buffer: Vec::new() }
    }

    /// Appends an object. For a file, `content` must give exactly as many bytes as the object
    /// states; for another it is not read.
    ///
    /// A name or target over 100 bytes, and an owner or size beyond the octal fields, are written
    /// GNU's way; where there are extended attributes, all of it as PAX records.
    pub fn append(
        &mut self,
        name: &[u8],
        object: &Object,
        unhashed: Unhashed<'_>,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        self.output.write_all(&headers(name, object, unhashed)?)?;
        let Object::File { size, .. } = object else { return Ok(()) };
        self.copy(*size, content)?;
        self.output.write_all(&[0; BLOCK][..usize_of(padding(*size))])
    }

    /// Writes the end marker and returns the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.write_all(&END)?;
        Ok(self.output)
    }

    fn copy(&mut self, size: u64, content: &mut dyn Read) -> io::Result<()> {
        self.buffer.resize(BUFFER, 0);
        let mut left = size;
        loop {
            // At the end one byte is asked for that must not come.
            let most = usize::try_from(left.max(1)).unwrap_or(usize::MAX).min(BUFFER);
            let read = match content.read(&mut self.buffer[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            match (read, left) {
                (0, 0) => return Ok(()),
                (0, _) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, SHORTER)),
                (_, 0) => return Err(io::Error::new(io::ErrorKind::InvalidData, LONGER)),
                _ => {}
            }
            self.output.write_all(&self.buffer[..read])?;
            left -= read as u64;
        }
    }
}

/// Returns how long an archive of this one object is, in bytes.
pub(crate) fn size_of_single(
    name: &[u8],
    object: &Object,
    unhashed: Unhashed<'_>,
) -> io::Result<u64> {
    let headers = headers(name, object, unhashed)?.len() + END.len();
    let content = match object {
        Object::File { size, .. } => size + padding(*size),
        _ => 0,
    };
    Ok(headers as u64 + content)
}

/// Returns the header of an object and whatever must stand in front of it.
fn headers(name: &[u8], object: &Object, unhashed: Unhashed<'_>) -> io::Result<Vec<u8>> {
    let mut parts = Parts::of(name, object)?;
    let mut blocks = Vec::with_capacity(4 * BLOCK);
    if !header::fits(MTIME, unhashed.mtime) {
        return Err(invalid("no archive can hold so late a time"));
    }
    let mut main = if unhashed.xattrs.is_empty() {
        let dialect = parts.put_gnu_extensions(&mut blocks);
        Header::new(dialect)
    } else {
        let records = parts.take_records(unhashed.xattrs)?;
        put_extension(b'x', Dialect::Ustar, &records, &mut blocks);
        Header::new(Dialect::Ustar)
    };
    main.0[TYPE] = parts.letter;
    main.put(NAME, &parts.name);
    main.put(LINK, &parts.target);
    main.put_number(MODE, u64::from(object.attributes().mode));
    main.put_number(UID, parts.uid);
    main.put_number(GID, parts.gid);
    main.put_number(SIZE, parts.size);
    main.put_number(MTIME, unhashed.mtime);
    blocks.extend_from_slice(&main.seal());
    Ok(blocks)
}

/// What a header says, as far as it may not fit there.
struct Parts {
    letter: u8,
    name: Vec<u8>,
    target: Vec<u8>,
    uid: u64,
    gid: u64,
    size: u64,
}

impl Parts {
    fn of(name: &[u8], object: &Object) -> io::Result<Self> {
        let attributes = object.attributes();
        let (letter, suffix, target, size): (_, &[u8], &[u8], _) = match object {
            Object::File { size, .. } => (b'0', b"", b"", *size),
            Object::Directory { .. } => (b'5', b"/", b"", 0),
            Object::Symlink { target, .. } => (b'2', b"", target, 0),
        };
        let target_fits = target.len() <= MAX_LINK_TARGET && !target.contains(&0);
        if !is_name(name) {
            return Err(invalid("no member of an archive can have such a name"));
        } else if letter == b'2' && (target.is_empty() || !target_fits) {
            return Err(invalid("no link in an archive can have such a target"));
        } else if size > MAX_OBJECT {
            return Err(invalid("readers refuse so large a member"));
        } else if [attributes.uid, attributes.gid].contains(&u32::MAX) {
            return Err(invalid("readers refuse such an owner"));
        }
        let name = [name, suffix].concat();
        let (uid, gid) = (u64::from(attributes.uid), u64::from(attributes.gid));
        Ok(Self { letter, name, target: target.to_vec(), uid, gid, size })
    }

    /// Appends GNU's extended headers where they are needed; says how the header itself must be.
    fn put_gnu_extensions(&self, blocks: &mut Vec<u8>) -> Dialect {
        let texts = [(b'L', &self.name, NAME), (b'K', &self.target, LINK)];
        for (letter, text, header::Field(_, room)) in texts {
            if text.len() > room {
                put_extension(letter, Dialect::Gnu, &[text, &b"\0"[..]].concat(), blocks);
            }
        }
        let numbers = [(UID, self.uid), (GID, self.gid), (SIZE, self.size)];
        let fits = numbers.iter().all(|(field, number)| header::fits(*field, *number));
        if blocks.is_empty() && fits { Dialect::Ustar } else { Dialect::Gnu }
    }

    /// Returns PAX records of the attributes and of what does not fit the header, and leaves for
    /// the header what does.
    fn take_records(&mut self, xattrs: &[(Vec<u8>, Vec<u8>)]) -> io::Result<Vec<u8>> {
        let mut records = Vec::new();
        let texts = [(&b"path"[..], &mut self.name, NAME), (b"linkpath", &mut self.target, LINK)];
        for (key, text, header::Field(_, room)) in texts {
            if text.len() > room {
                write_record(key, text, &mut records);
                text.truncate(room);
            }
        }
        let numbers = [
            (&b"size"[..], &mut self.size, SIZE),
            (b"uid", &mut self.uid, UID),
            (b"gid", &mut self.gid, GID),
        ];
        for (key, number, field) in numbers {
            if !header::fits(field, *number) {
                write_record(key, number.to_string().as_bytes(), &mut records);
                *number = 0;
            }
        }
        for (name, value) in xattrs {
            if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
                return Err(invalid("no archive can hold such an extended attribute"));
            }
            write_record(&[b"SCHILY.xattr.", &name[..]].concat(), value, &mut records);
        }
        match records.len() as u64 {
            0..=MAX_ARCHIVE_HEADER => Ok(records),
            _ => Err(invalid("readers refuse so many extended attributes")),
        }
    }
}

/// Appends an extended header: a header of its own, its content, and zeros to fill up.
fn put_extension(letter: u8, dialect: Dialect, content: &[u8], blocks: &mut Vec<u8>) {
    let mut header = Header::new(dialect);
    header.0[TYPE] = letter;
    header.put(NAME, if letter == b'x' { b"PaxHeader" } else { b"././@LongLink" });
    header.put_number(MODE, 0o644);
    header.put_number(UID, 0);
    header.put_number(GID, 0);
    header.put_number(SIZE, content.len() as u64);
    header.put_number(MTIME, 0);
    blocks.extend_from_slice(&header.seal());
    blocks.extend_from_slice(content);
    blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
}

fn usize_of(padding: u64) -> usize {
    usize::try_from(padding).unwrap_or(0)
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];
const SHORTER: &str = "the content is shorter than was stated";
const LONGER: &str = "the content is longer than was stated";

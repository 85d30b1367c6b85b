//! The block of 512 bytes in front of each member.

use super::{ArchiveError, BLOCK};

/// A header block whose checksum is right.
#[derive(Clone)]
pub(super) struct Header(pub(super) [u8; BLOCK]);

/// Which of the formats a header says it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Before POSIX: no magic.
    V7,
    /// POSIX: a prefix continues the name.
    Ustar,
    /// GNU: where the prefix would be, stands something else.
    Gnu,
}

/// Where a field stands in the block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field(pub(super) usize, pub(super) usize);

impl Header {
    /// Checks a block that was read.
    pub(super) fn check(block: &[u8; BLOCK]) -> Result<Self, ArchiveError> {
        let header = Self(*block);
        if header.number(CHECKSUM)? != header.checksum() {
            return Err(ArchiveError::Header("its checksum is wrong"));
        }
        header.dialect()?;
        Ok(header)
    }

    /// Returns an empty header of a dialect, to be filled in.
    pub(super) fn new(dialect: Dialect) -> Self {
        let mut header = Self([0; BLOCK]);
        header.put(
            MAGIC,
            match dialect {
                Dialect::V7 => b"",
                Dialect::Ustar => b"ustar\x0000",
                Dialect::Gnu => b"ustar  \0",
            },
        );
        header
    }

    pub(super) fn dialect(&self) -> Result<Dialect, ArchiveError> {
        match self.field(MAGIC) {
            b"ustar\x0000" if self.field(BEHIND_PREFIX).iter().all(|b| *b == 0) => {
                Ok(Dialect::Ustar)
            }
            b"ustar  \0" => Ok(Dialect::Gnu),
            [0, 0, 0, 0, 0, 0, 0, 0] => Ok(Dialect::V7),
            _ => Err(ArchiveError::Header("its format is unknown")),
        }
    }

    /// Returns the letter that says what the member is.
    pub(super) fn letter(&self) -> u8 {
        self.0[TYPE]
    }

    /// Returns the name as the header alone has it.
    pub(super) fn name(&self) -> Result<Vec<u8>, ArchiveError> {
        let (name, prefix) = (self.text(NAME), self.text(PREFIX));
        Ok(match self.dialect()? {
            Dialect::Ustar if !prefix.is_empty() => [prefix, b"/", name].concat(),
            _ => name.to_vec(),
        })
    }

    /// Returns a text field up to its first NUL.
    pub(super) fn text(&self, field: Field) -> &[u8] {
        let bytes = self.field(field);
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        &bytes[..end]
    }

    /// Reads a number: octal digits among blanks and NULs, or GNU's binary form. An empty field
    /// is 0.
    pub(super) fn number(&self, field: Field) -> Result<u64, ArchiveError> {
        let bad = ArchiveError::Header("a number cannot be read");
        let bytes = self.field(field);
        if bytes[0] & 0x80 != 0 {
            // The next bit is the sign: nothing that is read here can be negative.
            let first = u64::from(bytes[0] & 0x7f);
            if first & 0x40 != 0 {
                return Err(bad);
            }
            let value = bytes[1..].iter().try_fold(first, |value, byte| {
                (value >> 56 == 0).then_some(value << 8 | u64::from(*byte))
            });
            return value.ok_or(bad);
        }
        let blank = |byte: &u8| matches!(byte, 0 | b' ');
        let start = bytes.iter().position(|b| !blank(b)).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(|b| !blank(b)).map_or(start, |last| last + 1);
        // A field has 12 bytes at most, which is 36 bits.
        let value = bytes[start..end].iter().try_fold(0, |value, digit| {
            matches!(digit, b'0'..=b'7').then(|| value << 3 | u64::from(digit - b'0'))
        });
        value.ok_or(bad)
    }

    /// Writes bytes to the beginning of a field that can hold them.
    pub(super) fn put(&mut self, Field(start, length): Field, bytes: &[u8]) {
        let taken = bytes.len().min(length);
        self.0[start..start + taken].copy_from_slice(&bytes[..taken]);
    }

    /// Writes a number in octal, or in GNU's binary form where it is too large for that.
    pub(super) fn put_number(&mut self, field: Field, number: u64) {
        let Field(start, length) = field;
        if fits(field, number) {
            let digits = format!("{number:0width$o}", width = length - 1);
            self.put(field, digits.as_bytes());
        } else {
            let binary = number.to_be_bytes();
            let end = start + length;
            // The shortest fields have 8 bytes, of which the first marks the form; no owner or
            // size that we write needs more than 7.
            let tail = binary.len().min(length - 1);
            self.0[start] = 0x80;
            self.0[end - tail..end].copy_from_slice(&binary[binary.len() - tail..]);
        }
    }

    /// Fills in the checksum and returns the block.
    pub(super) fn seal(mut self) -> [u8; BLOCK] {
        let sum = self.checksum();
        self.put(CHECKSUM, format!("{sum:06o}\0 ").as_bytes());
        self.0
    }

    fn field(&self, Field(start, length): Field) -> &[u8] {
        &self.0[start..start + length]
    }

    /// The sum of all bytes, where the checksum counts as blanks.
    fn checksum(&self) -> u64 {
        let sum = |bytes: &[u8]| bytes.iter().map(|b| u64::from(*b)).sum::<u64>();
        let Field(_, length) = CHECKSUM;
        sum(&self.0) - sum(self.field(CHECKSUM)) + length as u64 * u64::from(b' ')
    }
}

/// Says whether a number can stand in a field in octal.
pub(super) fn fits(Field(_, length): Field, number: u64) -> bool {
    number >> (3 * (length - 1)) == 0
}

pub(super) const NAME: Field = Field(0, 100);
pub(super) const MODE: Field = Field(100, 8);
pub(super) const UID: Field = Field(108, 8);
pub(super) const GID: Field = Field(116, 8);
pub(super) const SIZE: Field = Field(124, 12);
pub(super) const MTIME: Field = Field(136, 12);
const CHECKSUM: Field = Field(148, 8);
pub(super) const TYPE: usize = 156;
pub(super) const LINK: Field = Field(157, 100);
const MAGIC: Field = Field(257, 8);
const PREFIX: Field = Field(345, 155);
/// What POSIX leaves empty; other readers take their own fields from there.
const BEHIND_PREFIX: Field = Field(500, 12);

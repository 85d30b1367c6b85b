//! Extended headers: PAX records and GNU long names, which say of the next member what its own
//! header has no room for.

use std::collections::BTreeSet;

use super::ArchiveError;

/// What stands in front of a member's header.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    has_records: bool,
}

impl Extensions {
    /// Says whether nothing was given.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_records && self.path.is_none() && self.link.is_none()
    }

    /// Takes GNU's long name of the next member.
    pub(super) fn take_long_name(&mut self, content: &[u8]) -> Result<(), ArchiveError> {
        let name = long_text(content)?;
        refuse_several(self.has_records || self.path.is_some())?;
        self.path = Some(name);
        Ok(())
    }

    /// Takes GNU's long link target of the next member.
    pub(super) fn take_long_link(&mut self, content: &[u8]) -> Result<(), ArchiveError> {
        let target = long_text(content)?;
        refuse_several(self.has_records || self.link.is_some())?;
        self.link = Some(target);
        Ok(())
    }

    /// Takes the PAX records of the next member.
    pub(super) fn take_records(&mut self, content: &[u8]) -> Result<(), ArchiveError> {
        refuse_several(!self.is_empty())?;
        self.has_records = true;
        let mut seen = BTreeSet::new();
        for record in records(content) {
            let (key, value) = record?;
            if !seen.insert(key) {
                return Err(ArchiveError::Extension("a record is repeated"));
            }
            match key {
                b"path" => self.path = Some(text(value)?),
                b"linkpath" => self.link = Some(text(value)?),
                b"size" => self.size = Some(decimal(value)?),
                b"uid" => self.uid = Some(decimal(value)?),
                b"gid" => self.gid = Some(decimal(value)?),
                _ => refuse_sparse(key)?,
            }
        }
        Ok(())
    }
}

/// Checks records that concern all members that follow: they may say nothing that counts here.
pub(super) fn check_global(content: &[u8]) -> Result<(), ArchiveError> {
    for record in records(content) {
        let (key, _) = record?;
        if matches!(key, b"path" | b"linkpath" | b"size" | b"uid" | b"gid") {
            return Err(ArchiveError::Extension("one for all members tells what is each one's"));
        }
        refuse_sparse(key)?;
    }
    Ok(())
}

/// Appends a record: its own length in decimal, a blank, key, `=`, value and a newline.
pub(super) fn write_record(key: &[u8], value: &[u8], records: &mut Vec<u8>) {
    let rest = key.len() + value.len() + 3;
    // The length counts its own digits too.
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    for part in [length.to_string().as_bytes(), b" ", key, b"=", value, b"\n"] {
        records.extend_from_slice(part);
    }
}

/// The records of an extended header.
fn records(content: &[u8]) -> impl Iterator<Item = Result<(&[u8], &[u8]), ArchiveError>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((key, value, behind)) = record(rest) else {
            rest = &[];
            return Some(Err(ArchiveError::Extension("a record is malformed")));
        };
        rest = behind;
        Some(Ok((key, value)))
    })
}

/// Splits the first record off: key, value and what is behind it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = bytes.iter().take(MAX_LENGTH_DIGITS + 1).position(|b| *b == b' ')?;
    let length = usize::try_from(decimal(&bytes[..blank]).ok()?).ok()?;
    let record = bytes.get(blank + 1..length)?;
    let (newline, record) = record.split_last()?;
    let equals = record.iter().position(|b| *b == b'=')?;
    let (key, value) = (&record[..equals], &record[equals + 1..]);
    let fits = *newline == b'\n' && !key.is_empty();
    fits.then(|| (key, value, &bytes[length..]))
}

fn refuse_several(several: bool) -> Result<(), ArchiveError> {
    if several {
        return Err(ArchiveError::Extension("there are several for one member"));
    }
    Ok(())
}

/// A file in pieces would be written out as something else than its content.
fn refuse_sparse(key: &[u8]) -> Result<(), ArchiveError> {
    if key.starts_with(b"GNU.sparse") {
        return Err(ArchiveError::Extension("it is of a sparse file"));
    }
    Ok(())
}

fn text(value: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    if value.is_empty() || value.contains(&0) {
        return Err(ArchiveError::Extension("a name is empty or holds a NUL"));
    }
    Ok(value.to_vec())
}

/// A GNU long name: ended by a NUL, with nothing behind it.
fn long_text(content: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    text(content.strip_suffix(b"\0").unwrap_or(content))
}

fn decimal(value: &[u8]) -> Result<u64, ArchiveError> {
    let digits = value.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(value).ok());
    let number = digits.flatten().and_then(|digits| digits.parse().ok());
    number.ok_or(ArchiveError::Extension("a number is malformed"))
}

const MAX_LENGTH_DIGITS: usize = 7;

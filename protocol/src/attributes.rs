//! The table of what no hash covers: extended attributes, and times where they matter.
//!
//! Archives come from mirrors, and nothing in a manifest authenticates the attributes of their
//! members: one could add the capability to become root. So each bundle that needs any has a
//! table among its content, `usr/share/swupd/attributes/<bundle>`, hashed and signed like every
//! file; a client takes them from nowhere else.
//!
//! The first line is `ATTRIBUTES` and the number of the table's format. Every other line is one
//! attribute, fields parted by tabs, the path last because it may hold tabs itself:
//!
//! ```text
//! ATTRIBUTES      1
//! mtime   1700000000      /usr/lib/python3/os.py
//! xattr   security.capability     0100000200040000        /usr/bin/ping
//! ```
//!
//! Lines are sorted by path, then as written, without repetition; numbers are decimal, values
//! are lower-case hexadecimal. There is one way to write a table, and no other is read.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use crate::{
    bundle::BundleName,
    limits::{MAX_ATTRIBUTES, MAX_XATTR_NAME, MAX_XATTR_VALUE, MAX_XATTRS},
    path::TreePath,
};

/// Returns where a bundle's table lies in the tree.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the name of a bundle is always a component of a path"
)]
pub fn table_path(bundle: &BundleName) -> TreePath {
    let path = format!("/usr/share/swupd/attributes/{bundle}");
    TreePath::parse(path.as_bytes()).expect("a bundle's name is a component of a path")
}

/// What no hash covers, of the paths of one bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeTable(BTreeMap<TreePath, PathAttributes>);

/// What no hash covers, of one path: at least one attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathAttributes {
    mtime: Option<i64>,
    xattrs: BTreeMap<XattrName, Vec<u8>>,
}

impl PathAttributes {
    /// Returns when the content last changed, in seconds since 1970, where that matters.
    pub fn mtime(&self) -> Option<i64> {
        self.mtime
    }

    /// Returns the extended attributes.
    pub fn xattrs(&self) -> &BTreeMap<XattrName, Vec<u8>> {
        &self.xattrs
    }
}

impl AttributeTable {
    /// States when the content at a path last changed, in seconds since 1970.
    pub fn set_mtime(&mut self, path: TreePath, seconds: i64) {
        self.0.entry(path).or_default().mtime = Some(seconds);
    }

    /// States the value of an extended attribute. What is larger or more than a file system can
    /// hold is refused.
    pub fn set_xattr(
        &mut self,
        path: TreePath,
        name: XattrName,
        value: Vec<u8>,
    ) -> Result<(), TooManyAttributes> {
        let others = self.0.get(&path).map_or(0, |attributes| attributes.xattrs.len());
        if value.len() > MAX_XATTR_VALUE || others >= MAX_XATTRS {
            return Err(TooManyAttributes { path });
        }
        self.0.entry(path).or_default().xattrs.insert(name, value);
        Ok(())
    }

    /// Says whether there is nothing to state, so that no table need be written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what is stated of a path.
    pub fn get(&self, path: &TreePath) -> Option<&PathAttributes> {
        self.0.get(path)
    }

    /// Returns what is stated, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &PathAttributes)> {
        self.0.iter()
    }

    /// Reads a table's text.
    pub fn parse(text: &[u8]) -> Result<Self, AttributesError> {
        if text.len() as u64 > MAX_ATTRIBUTES {
            return Err(AttributesError::TooLarge);
        }
        let body = text.strip_prefix(HEADER).ok_or(AttributesError::NotATable)?;
        let body = match body {
            b"" => return Ok(Self::default()),
            _ => body.strip_suffix(b"\n").ok_or(AttributesError::NoEnd)?,
        };
        let mut table = Self::default();
        let mut last = None;
        for (line, number) in body.split(|byte| *byte == b'\n').zip(2..) {
            let path = table.read_line(line).ok_or(AttributesError::Line { line: number })?;
            let place = Some((path, line));
            if place <= last {
                return Err(AttributesError::Order { line: number });
            }
            last = place;
        }
        Ok(table)
    }

    /// Reads one line and returns the path that it speaks of. What was stated before is refused.
    fn read_line(&mut self, line: &[u8]) -> Option<TreePath> {
        let (kind, rest) = split_at_tab(line)?;
        match kind {
            b"mtime" => {
                let (seconds, path) = split_at_tab(rest)?;
                let path = TreePath::parse(path).ok()?;
                let stated = self.get(&path).is_some_and(|before| before.mtime.is_some());
                self.set_mtime(path.clone(), number(seconds)?);
                (!stated).then_some(path)
            }
            b"xattr" => {
                let (name, rest) = split_at_tab(rest)?;
                let (value, path) = split_at_tab(rest)?;
                let path = TreePath::parse(path).ok()?;
                let name = XattrName::parse(name).ok()?;
                let stated =
                    self.get(&path).is_some_and(|before| before.xattrs.contains_key(&name));
                self.set_xattr(path.clone(), name, from_hex(value)?).ok()?;
                (!stated).then_some(path)
            }
            _ => None,
        }
    }

    /// Writes the table.
    pub fn to_text(&self) -> Vec<u8> {
        let mut text = HEADER.to_vec();
        let mut line = |fields: String, path: &TreePath| {
            text.extend_from_slice(fields.as_bytes());
            text.extend_from_slice(path.as_bytes());
            text.push(b'\n');
        };
        for (path, attributes) in &self.0 {
            if let Some(seconds) = attributes.mtime {
                line(format!("mtime\t{seconds}\t"), path);
            }
            for (name, value) in &attributes.xattrs {
                line(format!("xattr\t{name}\t{}\t", hex(value)), path);
            }
        }
        text
    }
}

/// The name of an extended attribute that a version may set on a machine.
///
/// These are capabilities, labels, measurements and what programs keep for themselves. Not those
/// that the machine itself decides on (`trusted.`, `system.`), nor our own (`user.swupd.`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XattrName(String);

impl XattrName {
    /// Reads a name.
    pub fn parse(name: &[u8]) -> Result<Self, NotAnXattrName> {
        let bad = || NotAnXattrName(String::from_utf8_lossy(&name[..name.len().min(80)]).into());
        let text = std::str::from_utf8(name).map_err(|_| bad())?;
        let of_programs = text.len() > USER.len()
            && text.starts_with(USER)
            && !text.starts_with(OUR_OWN)
            && !text.chars().any(char::is_control);
        let known = of_programs || OF_THE_SYSTEM.contains(&text);
        if known && text.len() <= MAX_XATTR_NAME { Ok(Self(text.into())) } else { Err(bad()) }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for XattrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn split_at_tab(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let tab = bytes.iter().position(|byte| *byte == b'\t')?;
    Some((&bytes[..tab], &bytes[tab + 1..]))
}

/// Reads a number as it would be written.
fn number(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| bytes.collect())?
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

/// Why a text is no table of attributes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributesError {
    /// Another text, or a format that is not known here.
    #[error("it does not begin with ATTRIBUTES and a format that is known")]
    NotATable,
    /// It is larger than anything that a server publishes.
    #[error("it is too large")]
    TooLarge,
    /// The last line is not ended.
    #[error("its last line has no end")]
    NoEnd,
    /// A line that states nothing, or something that may not be set.
    #[error("line {line} cannot be read")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A line that should stand before the one above it, or is that one again.
    #[error("line {line} is not in order")]
    Order {
        /// Counted from 1.
        line: usize,
    },
}

/// The name is not one of those that a version may set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no extended attribute that a version may set")]
pub struct NotAnXattrName(String);

/// A path cannot have so many or so large attributes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the extended attributes of {path} are too many or too large")]
pub struct TooManyAttributes {
    /// The path.
    pub path: TreePath,
}

const HEADER: &[u8] = b"ATTRIBUTES\t1\n";
const USER: &str = "user.";
const OUR_OWN: &str = "user.swupd.";
const OF_THE_SYSTEM: &[&str] = &["security.capability", "security.ima", "security.selinux"];

#[cfg(test)]
#[path = "attributes_tests.rs"]
mod tests;

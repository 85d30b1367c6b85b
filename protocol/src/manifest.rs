//! The text of a bundle's manifest: a header, an empty line, an entry a line.
//!
//! Reading is strict about structure (a blank or short line is an error, never skipped) and lenient
//! about unknown header keys and flag letters, as the reference client is. Writing gives the bytes
//! that the reference server gives.

use std::collections::BTreeSet;

use crate::{
    bundle::BundleName,
    hash::{ContentHash, NotAHash},
    limits::{MAX_CONTENT_SIZE, MAX_FILE_COUNT, MAX_INCLUDES, MAX_MANIFEST, MAX_MANIFEST_LINE},
    object::Kind,
    path::{NotATreePath, TreePath},
    variant::Variant,
    version::{FormatNumber, Version},
};

/// What a manifest or a MoM says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format it is written in.
    pub format: FormatNumber,
    /// The version in which it last changed.
    pub version: Version,
    /// The version before, where there was one.
    pub previous: Option<Version>,
    /// The version that every entry was lifted to at least, where the server did that.
    pub min_version: Option<Version>,
    /// When it was made, in seconds since 1970.
    pub timestamp: u64,
    /// Bytes of its present files and link targets.
    pub content_size: u64,
    /// Bundles that must come with this one.
    pub includes: Vec<BundleName>,
    /// Bundles that come with this one unless they are unwanted.
    pub also_add: Vec<BundleName>,
}

/// A bundle's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What it says of itself.
    pub header: Header,
    /// What it holds.
    pub entries: Vec<Entry>,
}

/// One path of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of object; none for an entry that is not present.
    pub kind: Option<Kind>,
    /// Whether it is present, deleted or ghosted.
    pub status: Status,
    /// Which CPUs this object is built for.
    pub variant: Variant,
    /// What else is said of it.
    pub misc: Misc,
    /// The name of the object; [`ContentHash::ABSENT`] where deleted.
    pub hash: ContentHash,
    /// The version in which the entry last changed.
    pub version: Version,
    /// Where it lies in the tree.
    pub path: TreePath,
}

impl Entry {
    /// Says whether the version has the object: it is neither deleted nor ghosted, and of a kind
    /// that can be installed.
    pub fn is_present(&self) -> bool {
        self.kind.is_some() && matches!(self.status, Status::Present | Status::Experimental)
    }

    /// Says whether hash and flags are those of `other`, so that nothing changed but a number.
    pub fn same_content(&self, other: &Self) -> bool {
        (self.kind, self.status, self.variant, self.misc, self.hash)
            == (other.kind, other.status, other.variant, other.misc, other.hash)
    }
}

/// The second flag of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Part of the version.
    Present,
    /// Gone since an earlier version: clients remove it.
    Deleted,
    /// Gone from the image, but left alone on clients.
    Ghosted,
    /// Part of the version, and not yet meant for everyone.
    Experimental,
}

/// The fourth flag of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misc {
    /// Nothing else is said.
    None,
    /// Came by a rename; readers pay no heed.
    Renamed,
    /// Made by a local mixer.
    Mixed,
    /// A program that third-party content offers in the `PATH`.
    Exported,
}

impl Manifest {
    /// Reads a manifest's text.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let mut lines = Lines::new(text)?;
        let header = Header::parse(&mut lines)?;
        let mut entries = Vec::new();
        while let Some(line) = lines.next()? {
            let fields = Fields::parse(line, lines.number)?;
            if fields.flags[0] == b'I' {
                continue;
            }
            let path = TreePath::parse(fields.name)
                .map_err(|source| ManifestError::Path { line: lines.number, source })?;
            let [kind, status, variant, misc] = fields.flags;
            entries.push(Entry {
                kind: kind_from(kind),
                status: status_from(status),
                variant: Variant::from_letter(variant),
                misc: misc_from(misc),
                hash: fields.hash,
                version: fields.version,
                path,
            });
        }
        Ok(Self { header, entries })
    }

    /// Writes the manifest as the reference server would: entries by version, then path.
    pub fn to_text(&self) -> Vec<u8> {
        let mut sorted: Vec<&Entry> = self.entries.iter().collect();
        sorted.sort_by(|a, b| (a.version, &a.path).cmp(&(b.version, &b.path)));
        let mut text = Vec::with_capacity(256 + sorted.len() * 128);
        self.header.write(sorted.len(), &mut text);
        for entry in sorted {
            let flags = [
                kind_letter(entry.kind),
                status_letter(entry.status),
                entry.variant.letter(),
                misc_letter(entry.misc),
            ];
            write_line(flags, entry.hash, entry.version, entry.path.as_bytes(), &mut text);
        }
        text
    }

    /// Returns the entries that the version has.
    pub fn present(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_present())
    }

    /// Returns every bundle that it names, required ones first, each once.
    pub fn named_bundles(&self) -> BTreeSet<&BundleName> {
        self.header.includes.iter().chain(&self.header.also_add).collect()
    }
}

impl Header {
    /// Reads the lines up to and including the empty one.
    pub(crate) fn parse(lines: &mut Lines<'_>) -> Result<Self, ManifestError> {
        let format = lines.first_line()?;
        let mut version = None;
        let mut header = Self {
            format,
            // Replaced below; a header without a version is refused.
            version: Version::new(1).map_err(|_| ManifestError::NoVersion)?,
            previous: None,
            min_version: None,
            timestamp: 0,
            content_size: 0,
            includes: Vec::new(),
            also_add: Vec::new(),
        };
        loop {
            let Some(line) = lines.next()? else { return Err(ManifestError::NoBody) };
            if line.is_empty() {
                break;
            }
            let bad = || ManifestError::HeaderLine { line: lines.number };
            let tab = line.iter().position(|b| *b == b'\t').ok_or_else(bad)?;
            let value = std::str::from_utf8(&line[tab + 1..]).map_err(|_| bad())?;
            match &line[..tab] {
                b"version:" => version = Some(value.parse().map_err(|_| bad())?),
                b"previous:" => header.previous = value.parse().ok(),
                b"minversion:" => header.min_version = value.parse().ok(),
                b"filecount:" => bounded(value, MAX_FILE_COUNT).map(drop).ok_or_else(bad)?,
                b"timestamp:" => header.timestamp = value.parse().unwrap_or(0),
                b"contentsize:" => {
                    header.content_size = bounded(value, MAX_CONTENT_SIZE).ok_or_else(bad)?;
                }
                b"includes:" => header.includes.push(value.parse().map_err(|_| bad())?),
                b"also-add:" => header.also_add.push(value.parse().map_err(|_| bad())?),
                _ => {}
            }
            if header.includes.len() + header.also_add.len() > MAX_INCLUDES {
                return Err(bad());
            }
        }
        header.version = version.ok_or(ManifestError::NoVersion)?;
        Ok(header)
    }

    /// Writes the header of a manifest with `file_count` entries, the empty line included.
    pub(crate) fn write(&self, file_count: usize, text: &mut Vec<u8>) {
        let number = |version: Option<Version>| version.map_or(0, Version::number);
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            text.extend_from_slice(format!("{key}\t{value}\n").as_bytes());
        };
        line("MANIFEST", &self.format);
        line("version:", &self.version);
        line("previous:", &number(self.previous));
        if let Some(min) = self.min_version
            && self.format.number() >= FIRST_FORMAT_WITH_MIN_VERSION
        {
            line("minversion:", &min);
        }
        line("filecount:", &file_count);
        line("timestamp:", &self.timestamp);
        line("contentsize:", &self.content_size);
        for bundle in &self.includes {
            line("includes:", bundle);
        }
        if self.format.number() >= FIRST_FORMAT_WITH_ALSO_ADD {
            for bundle in &self.also_add {
                line("also-add:", bundle);
            }
        }
        text.push(b'\n');
    }
}

/// The lines of a manifest, counted, each ended by a newline.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    pub(crate) number: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Result<Self, ManifestError> {
        if text.len() as u64 > MAX_MANIFEST {
            return Err(ManifestError::TooLarge);
        }
        Ok(Self { rest: text, number: 0 })
    }

    pub(crate) fn next(&mut self) -> Result<Option<&'a [u8]>, ManifestError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if self.number as u64 > MAX_FILE_COUNT + MAX_INCLUDES as u64 + 64 {
            return Err(ManifestError::TooLarge);
        }
        let end = self.rest.iter().take(MAX_MANIFEST_LINE).position(|b| *b == b'\n');
        let end = end.ok_or(ManifestError::LineEnd { line: self.number })?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Ok(Some(line))
    }

    fn first_line(&mut self) -> Result<FormatNumber, ManifestError> {
        let line = self.next()?.unwrap_or_default();
        let format = line.strip_prefix(b"MANIFEST\t").and_then(|f| std::str::from_utf8(f).ok());
        format.and_then(|f| f.parse().ok()).ok_or(ManifestError::NotAManifest)
    }
}

/// One line of a manifest's body, of whatever kind.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) flags: [u8; 4],
    pub(crate) hash: ContentHash,
    pub(crate) version: Version,
    pub(crate) name: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn parse(line: &'a [u8], number: usize) -> Result<Self, ManifestError> {
        let bad = || ManifestError::Line { line: number };
        // The name is everything behind the third tab, tabs included.
        let mut fields = line.splitn(4, |b| *b == b'\t');
        let mut field = || fields.next().ok_or_else(bad);
        let (flags, hash, version, name) = (field()?, field()?, field()?, field()?);
        let version = std::str::from_utf8(version).ok().and_then(|v| v.parse().ok());
        Ok(Self {
            flags: flags.try_into().map_err(|_| bad())?,
            hash: ContentHash::parse(hash)
                .map_err(|source| ManifestError::Hash { line: number, source })?,
            version: version.ok_or_else(bad)?,
            name,
        })
    }
}

/// Writes one line of a manifest's body.
pub(crate) fn write_line(
    flags: [u8; 4],
    hash: ContentHash,
    version: Version,
    name: &[u8],
    text: &mut Vec<u8>,
) {
    text.extend_from_slice(&flags);
    text.push(b'\t');
    text.extend_from_slice(&hash.to_hex());
    text.extend_from_slice(format!("\t{version}\t").as_bytes());
    text.extend_from_slice(name);
    text.push(b'\n');
}

pub(crate) fn status_from(letter: u8) -> Status {
    match letter {
        b'd' => Status::Deleted,
        b'g' => Status::Ghosted,
        b'e' => Status::Experimental,
        _ => Status::Present,
    }
}

pub(crate) fn status_letter(status: Status) -> u8 {
    match status {
        Status::Present => b'.',
        Status::Deleted => b'd',
        Status::Ghosted => b'g',
        Status::Experimental => b'e',
    }
}

fn kind_from(letter: u8) -> Option<Kind> {
    match letter {
        b'F' => Some(Kind::File),
        b'D' => Some(Kind::Directory),
        b'L' => Some(Kind::Symlink),
        _ => None,
    }
}

fn kind_letter(kind: Option<Kind>) -> u8 {
    match kind {
        Some(Kind::File) => b'F',
        Some(Kind::Directory) => b'D',
        Some(Kind::Symlink) => b'L',
        None => b'.',
    }
}

fn misc_from(letter: u8) -> Misc {
    match letter {
        b'r' => Misc::Renamed,
        b'm' => Misc::Mixed,
        b'x' => Misc::Exported,
        _ => Misc::None,
    }
}

fn misc_letter(misc: Misc) -> u8 {
    match misc {
        Misc::None => b'.',
        Misc::Renamed => b'r',
        Misc::Mixed => b'm',
        Misc::Exported => b'x',
    }
}

fn bounded(value: &str, most: u64) -> Option<u64> {
    value.parse().ok().filter(|number| *number <= most)
}

/// Why a text is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The first line is not `MANIFEST` and a format.
    #[error("it does not begin with MANIFEST and a format")]
    NotAManifest,
    /// It is larger than anything that a server publishes.
    #[error("it is too large, or has too many lines")]
    TooLarge,
    /// A header line has no tab, or a value that cannot be.
    #[error("line {line} of the header cannot be read")]
    HeaderLine {
        /// Counted from 1.
        line: usize,
    },
    /// No usable `version:` in the header.
    #[error("the header states no version")]
    NoVersion,
    /// The text ends within the header.
    #[error("it ends within the header")]
    NoBody,
    /// A line that is too long or not ended by a newline.
    #[error("line {line} has no end")]
    LineEnd {
        /// Counted from 1.
        line: usize,
    },
    /// A line of the body that is not flags, hash, version and name.
    #[error("line {line} is not flags, hash, version and name")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A hash field that holds no hash.
    #[error("line {line} has no hash")]
    Hash {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        source: NotAHash,
    },
    /// A path that could leave the tree.
    #[error("line {line} has no usable path")]
    Path {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        source: NotATreePath,
    },
    /// A MoM line that names no bundle.
    #[error("line {line} names no bundle")]
    Bundle {
        /// Counted from 1.
        line: usize,
    },
}

const FIRST_FORMAT_WITH_MIN_VERSION: u32 = 26;
const FIRST_FORMAT_WITH_ALSO_ADD: u32 = 29;

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;

//! What is written down of a generation, apart from what is in it: a word and its value a line.
//! Unknown words are passed over, so that an older program can go on.

use std::{collections::BTreeSet, fmt, io, path::Path, str::FromStr};

use swupd_protocol::{bundle::BundleName, version::Version};

use crate::host::directory::Directory;

/// Which of a tree's generations: they are counted as they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(u32);

impl Number {
    /// The first.
    pub const FIRST: Self = Self(1);

    /// Returns the one after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Returns the number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        // One way of writing each: the numbers are names of directories, too.
        let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        let number = text.parse().ok().filter(|_| is_plain).ok_or(NotANumber)?;
        Ok(Self(number))
    }
}

/// A text is no number of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("generations are numbered 1, 2, 3 and so on; `swupd history` lists them")]
pub struct NotANumber;

/// What a generation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Which it is.
    pub number: Number,
    /// Its version; none where the tree did not say.
    pub version: Option<Version>,
    /// The bundles that are in it.
    pub bundles: BTreeSet<BundleName>,
    /// Those of them that somebody asked for.
    pub tracked: BTreeSet<BundleName>,
    /// When it was made, in seconds since 1970.
    pub made: u64,
    /// The command that made it.
    pub why: String,
    /// The one that ran before it; none where none was known.
    pub from: Option<Number>,
    /// The inode of its tree's directory: tells which it is where the file system has no extended
    /// attributes. 0 where that is not known.
    pub inode: u64,
}

impl About {
    /// Writes it into the directory of its generation.
    pub(super) fn write(&self, directory: &Directory) -> io::Result<()> {
        directory.write_whole(Path::new(NAME), self.to_text().as_bytes(), 0o600)
    }

    /// Reads it; none where it is not there or makes no sense.
    pub(super) fn read(directory: &Directory) -> io::Result<Option<Self>> {
        let text = directory.read_whole(Path::new(NAME), MOST)?;
        Ok(text.and_then(|text| Self::parse(std::str::from_utf8(&text).ok()?)))
    }

    fn to_text(&self) -> String {
        let one = |word: &str, value: &dyn fmt::Display| format!("{word} {value}\n");
        let mut text = one("number", &self.number);
        text += &one("made", &self.made);
        text += &one("inode", &self.inode);
        // Of several lines only the first could be read back.
        text += &one("why", &self.why.split('\n').next().unwrap_or_default());
        text.extend(self.version.map(|version| one("version", &version)));
        text.extend(self.from.map(|from| one("from", &from)));
        text.extend(self.bundles.iter().map(|bundle| one("bundle", bundle)));
        text.extend(self.tracked.iter().map(|bundle| one("tracked", bundle)));
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = || text.lines().filter_map(|line| line.split_once(' '));
        let first = |word: &str| lines().find(|(w, _)| *w == word).map(|(_, value)| value);
        let bundles = |word: &str| {
            let named = lines().filter(|(w, _)| *w == word);
            named.filter_map(|(_, value)| value.parse().ok()).collect()
        };
        Some(Self {
            number: first("number")?.parse().ok()?,
            version: first("version").and_then(|value| value.parse().ok()),
            bundles: bundles("bundle"),
            tracked: bundles("tracked"),
            made: first("made")?.parse().ok()?,
            why: first("why").unwrap_or_default().to_owned(),
            from: first("from").and_then(|value| value.parse().ok()),
            inode: first("inode").and_then(|value| value.parse().ok()).unwrap_or_default(),
        })
    }
}

pub(super) const NAME: &str = "about";
/// Bytes that are read at most: the names of many thousand bundles.
const MOST: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bundles() -> impl Strategy<Value = BTreeSet<BundleName>> {
        let names = proptest::collection::btree_set("[a-z][a-z0-9-]{0,8}", 0..5);
        names.prop_map(|names| names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            number in 1_u32..,
            version in proptest::option::of(1_u32..),
            (bundles, tracked) in (bundles(), bundles()),
            (made, inode) in (any::<u64>(), any::<u64>()),
            why in "[ -~]{0,30}",
            from in proptest::option::of(1_u32..),
        ) {
            let about = About {
                number: Number(number),
                version: version.and_then(|version| version.to_string().parse().ok()),
                bundles,
                tracked,
                made,
                why,
                from: from.map(Number),
                inode,
            };
            prop_assert_eq!(About::parse(&about.to_text()), Some(about));
        }

        #[test]
        fn nonsense_is_none_or_something(text in ".{0,200}") {
            drop(About::parse(&text));
        }
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        assert_eq!("7".parse(), Ok(Number(7)));
        for text in ["0", "07", "+7", "-1", "", " 7", "4294967296"] {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text}");
        }
    }
}

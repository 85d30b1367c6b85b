//! Is there anything to go to? Reads the pointers to the newest versions, and believes none that is
//! not signed, and none that is older than one that the same place had before.

use std::{cell::RefCell, sync::Arc};

use swupd_protocol::{
    layout::{self, RepoPath},
    limits::{MAX_LATEST, MAX_SIGNATURE},
    trust::{Authority, Signed, TrustError},
    version::Version,
};

use crate::{
    host::state::{Cache, KeptPointer, Seen, StateError},
    remote::{Base, FetchError, Remote, Source, Verdict},
};

/// What is needed to read pointers and to believe them.
#[derive(Debug, Clone, Copy)]
pub struct Pointers<'a> {
    /// The server.
    pub remote: &'a Remote,
    /// Who may speak for the numbers of versions.
    pub authority: &'a Authority,
    /// Which versions were named before.
    pub seen: &'a Seen,
    /// Seconds since 1970.
    pub now: u64,
}

/// What a pointer says, believed.
#[derive(Debug, Clone)]
pub struct Published {
    newest: Version,
    /// All that are listed, newest first.
    versions: Vec<Version>,
    url: String,
    text: Vec<u8>,
    signature: Vec<u8>,
}

impl Published {
    /// Returns the newest version.
    pub fn newest(&self) -> Version {
        self.newest
    }

    /// Returns all versions that are listed, newest first.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Returns the version that follows one, of those that are listed.
    pub fn next_after(&self, version: Version) -> Option<Version> {
        self.versions.iter().copied().filter(|listed| *listed > version).min()
    }

    /// Keeps it, for a time when nobody answers.
    pub fn keep(&self, cache: &Cache) {
        // A cache that cannot be written costs a question next time and nothing else.
        cache.keep_pointer(&self.text, &self.signature).unwrap_or_default();
    }
}

impl Pointers<'_> {
    /// Reads a pointer at the first place where it can be believed.
    pub fn read(&self, path: &RepoPath) -> Result<Published, PointerError> {
        self.first(|source| self.read_at(source, path))
    }

    /// Reads the pointer to the newest version of any format: it is not older than that of one.
    pub fn read_any(&self, of_one: &RepoPath) -> Result<Published, PointerError> {
        let path = layout::latest_version();
        self.first(|source| {
            let published = self.read_at(source, &path)?;
            self.refuse_older(self.remote.url(source, of_one), published)
        })
    }

    /// Returns what the first place says that can be believed. Where there is none, that one of them
    /// said something that cannot be matters more than that others do not answer: somebody may see
    /// to both.
    fn first(
        &self,
        read_at: impl Fn(Source) -> Result<Published, PointerError>,
    ) -> Result<Published, PointerError> {
        let doubted = RefCell::new(None);
        let at = |source| {
            read_at(source).inspect_err(|error| {
                if error.is_doubt() {
                    doubted.borrow_mut().get_or_insert_with(|| error.clone());
                }
            })
        };
        let read = self.remote.try_each(Base::Version, at, PointerError::verdict);
        read.map_err(|error| doubted.take().unwrap_or(error))
    }

    /// Reads a pointer at one place.
    pub fn read_at(&self, source: Source, path: &RepoPath) -> Result<Published, PointerError> {
        let url = self.remote.url(source, path);
        let text = self.remote.fetch(source, path, MAX_LATEST)?;
        let signature = match self.authority {
            Authority::Nobody => Vec::new(),
            Authority::Anchor(_) => self
                .remote
                .fetch(source, &path.signature(), MAX_SIGNATURE)
                .map_err(PointerError::Unsigned)?,
        };
        let published = self.believe(&url, text, signature)?;
        self.refuse_older(url, published)
    }

    /// Refuses what is older than what a URL named before, where that was signed.
    fn refuse_older(&self, url: String, published: Published) -> Result<Published, PointerError> {
        let before = match self.authority {
            Authority::Nobody => None,
            Authority::Anchor(_) => self.seen.newest(&url),
        };
        match before.filter(|before| *before > published.newest) {
            Some(before) => {
                Err(PointerError::Older { url, published: Box::new(published), before })
            }
            None => Ok(published),
        }
    }

    /// Remembers what was named as newest, once that is known to be there: a slip of whoever
    /// publishes must not keep what is there out.
    pub fn remember(&self, published: &Published) -> Result<(), StateError> {
        match self.authority {
            Authority::Anchor(_) => self.seen.note(&published.url, published.newest),
            Authority::Nobody => Ok(()),
        }
    }

    /// Returns what was kept when somebody answered; none where that cannot be believed.
    pub fn kept(&self, cache: &Cache) -> Option<Published> {
        let KeptPointer { text, signature } = cache.pointer().ok()??;
        self.believe("the cache", text, signature).ok()
    }

    fn believe(
        &self,
        url: &str,
        text: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<Published, PointerError> {
        let signed = Signed { text: &text, signature: &signature };
        let versions = self.authority.trust_latest(signed, self.now).map_err(|source| {
            // Not believed anyhow: only how that is told depends on the text.
            let is_number = text.iter().all(|b| b.is_ascii_digit() || b.is_ascii_whitespace());
            let url = url.to_owned();
            if is_number {
                PointerError::NotBelieved { url, source: source.into() }
            } else {
                PointerError::NoNumber { url }
            }
        })?;
        let versions = versions.to_vec();
        let newest = versions.first().copied();
        let newest = newest.ok_or_else(|| PointerError::NoNumber { url: url.to_owned() })?;
        Ok(Published { newest, versions, url: url.to_owned(), text, signature })
    }
}

/// How far a mirror is behind what it mirrors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// Not worth a word.
    Little,
    /// Worth a word.
    Much,
    /// So far that it is of no use.
    TooMuch,
}

impl Lag {
    /// Compares what a mirror says is newest with what the origin says, as the reference client does.
    pub fn of(mirror: Version, origin: Version) -> Self {
        match origin.number().saturating_sub(mirror.number()) {
            0..=MUCH => Self::Little,
            behind if behind <= TOO_MUCH => Self::Much,
            _ => Self::TooMuch,
        }
    }
}

/// Why a pointer cannot be read or believed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PointerError {
    /// It does not come.
    #[error("cannot learn the newest version")]
    Fetch(#[from] FetchError),
    /// Its signature does not come.
    #[error("the number of the newest version is not signed")]
    Unsigned(#[source] FetchError),
    /// It is not believed.
    #[error("cannot believe {url}")]
    NotBelieved {
        /// Where it stands.
        url: String,
        /// Why not.
        source: Arc<TrustError>,
    },
    /// Something answers, but not with the number of a version.
    #[error("{url} is not the number of the newest version: an update server has one there")]
    NoNumber {
        /// What was asked for.
        url: String,
    },
    /// It is older than what stood there before.
    #[error(
        "{} says that {} is the newest version, but {url} said {before} before",
        published.url,
        published.newest
    )]
    Older {
        /// Where it said something else.
        url: String,
        /// What it says now.
        published: Box<Published>,
        /// What it said before.
        before: Version,
    },
}

impl PointerError {
    /// Returns what is published all the same, where it is refused for its age alone and not newer
    /// than a version: then nothing would follow from it.
    pub fn or_nothing_newer_than(self, version: Option<Version>) -> Result<Published, Self> {
        match self {
            Self::Older { published, .. }
                if version.is_some_and(|version| published.newest <= version) =>
            {
                Ok(*published)
            }
            other => Err(other),
        }
    }

    /// Says whether somebody answers who is not believed.
    fn is_doubt(&self) -> bool {
        match self {
            Self::Fetch(_) => false,
            Self::Unsigned(error) => error.verdict() == Verdict::Lacks,
            Self::NotBelieved { .. } | Self::NoNumber { .. } | Self::Older { .. } => true,
        }
    }

    /// Says what the failure means for asking another place.
    fn verdict(&self) -> Verdict {
        match self {
            Self::Fetch(error) => error.verdict(),
            Self::Unsigned(error) => match error.verdict() {
                Verdict::Lacks => Verdict::Failing,
                other => other,
            },
            // It may have been changed between its text and its signature.
            Self::NotBelieved { .. } => Verdict::Damaged,
            Self::NoNumber { .. } => Verdict::Useless,
            Self::Older { .. } => Verdict::Failing,
        }
    }
}

/// How many versions a mirror may be behind without a word, and how many at all.
const MUCH: u32 = 20;
const TOO_MUCH: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32) -> Version {
        Version::new(number).unwrap()
    }

    #[test]
    fn a_mirror_may_be_behind_so_far() {
        let lag = |mirror, origin| Lag::of(version(mirror), version(origin));
        assert_eq!([lag(100, 100), lag(200, 100), lag(100, 120)], [Lag::Little; 3]);
        assert_eq!([lag(100, 121), lag(100, 600)], [Lag::Much; 2]);
        assert_eq!([lag(100, 601), lag(1, 2_000_000_000)], [Lag::TooMuch; 2]);
    }

    #[test]
    fn of_several_versions_the_next_is_the_oldest_that_is_newer() {
        let published = Published {
            newest: version(40),
            versions: [40, 30, 20, 10].map(version).to_vec(),
            url: String::new(),
            text: Vec::new(),
            signature: Vec::new(),
        };
        assert_eq!(published.newest(), version(40));
        assert_eq!(published.next_after(version(10)), Some(version(20)));
        assert_eq!(published.next_after(version(25)), Some(version(30)));
        assert_eq!(published.next_after(version(40)), None);
    }
}

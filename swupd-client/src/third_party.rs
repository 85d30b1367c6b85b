//! Content of others: repositories that are no part of the OS, each in a tree of its own below
//! `/opt/3rd-party`, with its own state, its own certificate and its own versions.
//!
//! ```text
//! <tree>/opt/3rd-party/
//!     repo.ini                    which repositories there are
//!     bundles/<repository>/       the tree of each, with a /usr that changes at one instant
//!     bin/<program>               scripts that run the programs that they offer
//! <data>/3rd-party/<repository>/  the state of each
//! <cache>/3rd-party/<repository>/ the cache of each
//! ```
//! Everything that a command does to the OS it does to such a tree in the same way.

mod danger;
mod offer;
mod register;
mod script;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
};

pub use self::{
    danger::{Danger, Why, dangers},
    offer::{Offer, OfferError, Settled, programs},
    register::{Register, RegisterError},
};
use crate::host::{
    root::Root,
    state::{self, StateError},
};

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What it is called here.
    pub name: RepositoryName,
    /// Where its versions and its content come from.
    pub url: String,
}

/// What a repository is called: a word of ASCII letters, digits and `-_.+@` that begins with a
/// letter or digit.
///
/// It is a directory's name, stands in scripts, and in a list of directories with colons between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RepositoryName {
    type Err = NotARepositoryName;

    fn from_str(text: &str) -> Result<Self, NotARepositoryName> {
        let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+@".contains(&byte);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if begins && text.len() <= LONGEST && text.bytes().all(may_stand) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotARepositoryName { text: text.to_owned() })
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot be the name of a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` cannot be the name of a repository: letters, digits and `-_.+@` can, a letter or \
     digit first"
)]
pub struct NotARepositoryName {
    text: String,
}

/// Where a repository's parts lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Its tree.
    pub tree: PathBuf,
    /// Its data directory.
    pub data: PathBuf,
    /// Its cache directory.
    pub cache: PathBuf,
}

impl Places {
    /// Returns the places in a tree, below its data and its cache directory.
    pub fn of(name: &RepositoryName, tree: &Path, data: &Path, cache: &Path) -> Self {
        let within = state_within(name);
        Self {
            tree: tree.join(DIRECTORY).join(TREES).join(name.as_str()),
            data: data.join(&within),
            cache: cache.join(within),
        }
    }

    /// Makes them where they are missing, through no link that lies in the OS's tree.
    pub fn make(&self, os: &Root) -> Result<(), StateError> {
        for place in [&self.tree, &self.data, &self.cache] {
            state::open_own(place, os)?;
        }
        Ok(())
    }

    /// Makes sure that no link in the OS's tree leads to them.
    pub fn check(&self, os: &Root) -> Result<(), StateError> {
        for place in [&self.tree, &self.data, &self.cache] {
            let is_by_link = state::look_own(place, os)?.is_none() && place.exists();
            if is_by_link {
                let (path, source) = (place.clone(), io::ErrorKind::NotADirectory.into());
                return Err(StateError::Io { doing: "open", path, source });
            }
        }
        Ok(())
    }

    /// Says whether something lies where the tree goes.
    pub fn is_occupied(&self, os: &Root) -> Result<bool, StateError> {
        let trouble =
            |source: io::Error| StateError::Io { doing: "list", path: self.tree.clone(), source };
        match state::look_own(&self.tree, os)? {
            Some(tree) => Ok(!tree.list().map_err(trouble)?.is_empty()),
            None => Ok(false),
        }
    }

    /// Removes everything; says whether there was anything. The tree goes first: without it nothing
    /// else is of use.
    pub fn remove(&self, os: &Root) -> Result<bool, StateError> {
        let mut was_there = false;
        for place in [&self.tree, &self.data, &self.cache] {
            was_there |= state::remove_own(place, os)?;
        }
        Ok(was_there)
    }
}

/// Returns the way to a repository's state, below the directories of the OS's.
pub fn state_within(name: &RepositoryName) -> PathBuf {
    Path::new(STATE).join(name.as_str())
}

/// Where everything lies, in the OS's tree.
const DIRECTORY: &str = "opt/3rd-party";
const TREES: &str = "bundles";
const STATE: &str = "3rd-party";
/// A file's name has 255 bytes, and something may be added.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_that_means_nothing_to_a_path_or_a_shell() {
        for good in ["a", "repo1", "test-repo", "Org_2.x+y@z", "9"] {
            assert_eq!(good.parse::<RepositoryName>().unwrap().as_str(), good);
        }
        let long = "x".repeat(201);
        for bad in ["", ".", "..", "a/b", "/a", "-a", ".a", "a b", "a:b", "a\nb", "a]", "ä", &long]
        {
            assert!(bad.parse::<RepositoryName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn everything_of_a_repository_goes_with_it_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let root = Root::open(scratch.path()).unwrap();
        let [data, cache] = ["data", "cache"].map(|name| scratch.path().join(name));
        let places = |name: &str| Places::of(&name.parse().unwrap(), scratch.path(), &data, &cache);
        let (one, other) = (places("one"), places("other"));
        one.make(&root).unwrap();
        other.make(&root).unwrap();
        assert!(!one.is_occupied(&root).unwrap() && one.check(&root).is_ok());
        fs_err::write(one.tree.join("file"), "").unwrap();
        assert!(one.is_occupied(&root).unwrap());
        assert!(one.remove(&root).unwrap() && !one.remove(&root).unwrap());
        assert!(!one.tree.exists() && !one.data.exists() && !one.cache.exists());
        assert!(one.check(&root).is_ok() && other.check(&root).is_ok());
        assert!(other.tree.exists() && other.data.exists() && other.cache.exists());
    }

    #[test]
    fn no_link_leads_out_of_the_tree() {
        let scratch = tempfile::tempdir().unwrap();
        let tree = scratch.path().join("tree");
        fs_err::create_dir_all(tree.join("opt/3rd-party")).unwrap();
        fs_err::create_dir(scratch.path().join("bundles")).unwrap();
        fs_err::create_dir(scratch.path().join("bundles/one")).unwrap();
        fs_err::os::unix::fs::symlink("../../../bundles", tree.join("opt/3rd-party/bundles"))
            .unwrap();
        let root = Root::open(&tree).unwrap();
        let [data, cache] = ["data", "cache"].map(|name| tree.join(name));
        let one = Places::of(&"one".parse().unwrap(), &tree, &data, &cache);
        assert!(one.make(&root).is_err() && one.check(&root).is_err());
        assert!(!one.remove(&root).unwrap_or_default());
        assert!(scratch.path().join("bundles/one").exists());
    }
}

//! What is remembered of checks and updates: `<data>/last-check` and `<data>/last-result`, each one
//! line of JSON. They only inform; nothing is decided by them, so whatever cannot be read counts as
//! nothing, and what another version of this program wrote is read as far as it is known.

use std::path::Path;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use swupd_protocol::version::Version;

use super::{Data, StateError};

/// What asking the server for the newest version came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastCheck {
    /// When it last answered, in seconds since 1970.
    pub at: Option<u64>,
    /// The newest version, by its last answer.
    #[serde(with = "number")]
    pub newest: Option<Version>,
    /// Since when a newer version than the installed one is known.
    pub behind_since: Option<u64>,
    /// What an update to that version was found to fetch, in bytes.
    pub to_fetch: Option<u64>,
    /// Why it has not answered since.
    pub failing: Option<Failing>,
}

/// What updates came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastResult {
    /// When the last one succeeded, whether it changed something or not.
    pub at: Option<u64>,
    /// The last one that changed something.
    pub changed: Option<Changed>,
    /// Why none has succeeded since.
    pub failing: Option<Failing>,
}

/// A way from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// When it ended.
    pub at: u64,
    /// The version before.
    #[serde(with = "number")]
    pub from: Option<Version>,
    /// The version after.
    #[serde(with = "number")]
    pub to: Option<Version>,
}

/// Failures without a success between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// When the first of them was.
    pub since: u64,
    /// When the last one was.
    pub last: u64,
    /// How many there were.
    pub times: u32,
    /// What the last one said.
    pub why: String,
    /// The exit code that it gave.
    pub exit: u8,
}

impl LastCheck {
    /// Takes note of an answer.
    #[must_use]
    pub fn answered(self, now: u64, installed: Version, newest: Version) -> Self {
        let is_behind = newest > installed;
        let behind_since = is_behind.then(|| self.behind_since.unwrap_or(now));
        // What was found for another version, or from another one, says nothing of this.
        let is_the_same = is_behind && self.newest == Some(newest);
        let to_fetch = self.to_fetch.filter(|_| is_the_same);
        Self { at: Some(now), newest: Some(newest), behind_since, to_fetch, failing: None }
    }

    /// Takes note of what an update to the newest version would fetch.
    #[must_use]
    pub fn foreseen(self, bytes: u64) -> Self {
        Self { to_fetch: Some(bytes), ..self }
    }

    /// Takes note that there was none.
    #[must_use]
    pub fn failed(self, now: u64, (why, exit): (String, u8)) -> Self {
        Self { failing: Some(Failing::again(self.failing.as_ref(), now, (why, exit))), ..self }
    }
}

impl LastResult {
    /// Takes note of how an update ended; `versions` are those before and after. One that changed
    /// the tree has done so even where what followed failed.
    #[must_use]
    pub fn ended(
        self,
        now: u64,
        versions: (Option<Version>, Option<Version>),
        failure: Option<(String, u8)>,
    ) -> Self {
        let (from, to) = versions;
        let new = (from != to).then_some(Changed { at: now, from, to });
        let at = if failure.is_none() { Some(now) } else { self.at };
        let failing = failure.map(|failure| Failing::again(self.failing.as_ref(), now, failure));
        Self { at, changed: new.or(self.changed), failing }
    }
}

impl Failing {
    fn again(before: Option<&Self>, now: u64, (why, exit): (String, u8)) -> Self {
        Self {
            since: before.map_or(now, |before| before.since),
            last: now,
            times: before.map_or(0, |before| before.times).saturating_add(1),
            why: why.chars().take(LONGEST_REASON).collect(),
            exit,
        }
    }
}

impl Data {
    /// Returns what is known of the last check.
    pub fn last_check(&self) -> LastCheck {
        self.recall(LAST_CHECK)
    }

    /// Remembers a check.
    pub fn set_last_check(&self, check: &LastCheck) -> Result<(), StateError> {
        self.remember(LAST_CHECK, check)
    }

    /// Returns what is known of the last update.
    pub fn last_result(&self) -> LastResult {
        self.recall(LAST_RESULT)
    }

    /// Remembers an update.
    pub fn set_last_result(&self, result: &LastResult) -> Result<(), StateError> {
        self.remember(LAST_RESULT, result)
    }

    fn recall<T: DeserializeOwned + Default>(&self, name: &str) -> T {
        let read = self.directory().read_whole(Path::new(name), MAX_MEMORY).ok().flatten();
        read.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    fn remember<T: Serialize>(&self, name: &'static str, what: &T) -> Result<(), StateError> {
        let written =
            serde_json::to_vec(what).map_err(std::io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                self.directory().write_whole(Path::new(name), &line, 0o644)
            });
        if written.is_err() {
            // It is not worth a piece of a file.
            drop(self.directory().remove_all(Path::new(&format!("{name}.new"))));
        }
        written.map_err(|source| StateError::Io {
            doing: "write",
            path: self.path().join(name),
            source,
        })
    }
}

/// A version is written as its number; a number that can be none is nothing.
mod number {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use swupd_protocol::version::Version;

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "the form that serde calls"
    )]
    pub(super) fn serialize<S: Serializer>(
        version: &Option<Version>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        version.map(Version::number).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Version>, D::Error> {
        Ok(Option::<u32>::deserialize(from)?.and_then(|number| Version::new(number).ok()))
    }
}

pub(crate) const LAST_CHECK: &str = "last-check";
pub(crate) const LAST_RESULT: &str = "last-result";
/// Bytes that are read of either.
const MAX_MEMORY: u64 = 64 << 10;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 1000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::host::root::Root;

    fn version(number: u32) -> Version {
        Version::new(number).unwrap()
    }

    fn why() -> (String, u8) {
        ("no network".into(), 16)
    }

    #[test]
    fn a_check_remembers_since_when_there_is_something_newer() {
        let (ten, twenty, thirty) = (version(10), version(20), version(30));
        let check = LastCheck::default().answered(100, ten, ten);
        assert_eq!(check.behind_since, None);
        let check = check.answered(200, ten, twenty).answered(300, ten, thirty);
        assert_eq!(
            (check.at, check.newest, check.behind_since),
            (Some(300), Some(thirty), Some(200))
        );
        assert_eq!(check.clone().answered(350, thirty, thirty).behind_since, None);
        let check = check.failed(400, why()).failed(500, why());
        let failing = check.failing.clone().unwrap();
        assert_eq!((failing.since, failing.last, failing.times), (400, 500, 2));
        assert_eq!(check.newest, Some(thirty));
        assert_eq!(check.answered(600, ten, thirty).failing, None);
    }

    #[test]
    fn a_result_remembers_the_last_change_and_what_fails_since() {
        let (ten, twenty) = (Some(version(10)), Some(version(20)));
        let result = LastResult::default().ended(100, (ten, twenty), None);
        let result = result.ended(200, (twenty, twenty), None);
        assert_eq!(result.at, Some(200));
        assert_eq!(result.changed, Some(Changed { at: 100, from: ten, to: twenty }));
        let result = result.ended(300, (twenty, twenty), Some(("x".repeat(5000), 4)));
        assert_eq!((result.at, result.failing.as_ref().unwrap().why.len()), (Some(200), 1000));
        // It changed the tree, and a hook failed afterwards.
        let result = result.ended(400, (twenty, ten), Some(("a hook".into(), 28)));
        assert_eq!(result.changed, Some(Changed { at: 400, from: twenty, to: ten }));
        assert_eq!(result.failing.as_ref().unwrap().times, 2);
        assert_eq!(result.ended(500, (ten, ten), None).failing, None);
    }

    #[test]
    fn what_was_remembered_is_recalled_and_garbage_is_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let root = Root::open(scratch.path()).unwrap();
        let data = Data::open(&scratch.path().join("data"), &root).unwrap();
        assert_eq!(data.last_check(), LastCheck::default());
        let check = LastCheck::default().answered(1, version(10), version(20)).failed(2, why());
        data.set_last_check(&check).unwrap();
        assert_eq!(data.last_check(), check);
        let result = LastResult::default().ended(1, (None, Some(version(10))), None);
        data.set_last_result(&result).unwrap();
        assert_eq!(data.last_result(), result);
        let path = data.path().join(LAST_CHECK);
        let garbage =
            ["", "{", "[]", "7", "\0\0", "{\"at\":-1}", "{\"newest\":\"x\"}", "{\"failing\":{}}"];
        for text in garbage {
            fs_err::write(&path, text).unwrap();
            assert_eq!(data.last_check(), LastCheck::default(), "{text:?}");
        }
        fs_err::write(&path, "{\"newest\":0,\"at\":5,\"tomorrow\":[1]}").unwrap();
        assert_eq!(data.last_check(), LastCheck { at: Some(5), ..LastCheck::default() });
        fs_err::remove_file(&path).unwrap();
        fs_err::create_dir(&path).unwrap();
        assert_eq!(data.last_check(), LastCheck::default());
    }

    proptest! {
        #[test]
        fn any_reason_survives(why in ".{0,1200}", exit: u8) {
            let check = LastCheck::default().failed(7, (why, exit));
            let read: LastCheck = serde_json::from_slice(&serde_json::to_vec(&check).unwrap()).unwrap();
            prop_assert_eq!(read, check);
        }
    }
}

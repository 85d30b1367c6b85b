//! What a machine has and knows, to the last byte.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use swupd_fixtures::{
    tree::{Snapshot, snapshot},
    world::STATE,
};
use swupd_protocol::hash::ContentHash;

/// What a machine has and knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    tree: Snapshot,
    /// Seconds at which files and links were last changed.
    times: BTreeMap<PathBuf, i64>,
    /// What the client has written down, but for what can be fetched again.
    books: BTreeMap<PathBuf, Vec<u8>>,
    /// Lines of its history that are none.
    torn: Vec<u8>,
    /// What is only there while something is done.
    passing: BTreeSet<PathBuf>,
    /// What can be.
    cache: BTreeSet<PathBuf>,
    /// What the client keeps in the tree for itself.
    hidden: BTreeSet<PathBuf>,
}

impl Known {
    /// Looks at a tree, and at its state wherever that is.
    pub(crate) fn of(root: &Path, state: &Path) -> Self {
        let all = snapshot(root).unwrap().without(STATE);
        let hidden = below(&all, HIDDEN);
        let all = all.without(HIDDEN).without(OF_USR);
        let time = |path: &PathBuf| {
            let metadata = fs_err::symlink_metadata(root.join(path)).unwrap();
            (!metadata.is_dir()).then(|| (timeless(path), metadata.mtime()))
        };
        let times = all.iter().filter_map(|(path, _)| time(path)).collect();
        let tree = all.iter().map(|(path, seen)| (timeless(path), seen.clone())).collect();
        let kept = if state.exists() { snapshot(state).unwrap() } else { Snapshot::default() };
        let cache = below(&kept, "cache");
        let is_passing = |path: &Path| {
            path == Path::new("reserve") || path.extension().is_some_and(|end| end == "new")
        };
        let passing: BTreeSet<PathBuf> =
            kept.iter().map(|(path, _)| path.clone()).filter(|path| is_passing(path)).collect();
        // They tell of runs and their times, and of what was seen on the way.
        let history = fs_err::read(state.join("history")).unwrap_or_default();
        let told = ["history", "last-check", "last-result", "newest-seen"].map(PathBuf::from);
        // The spare room is taken in the end, where there is some.
        let of_runs = ["cache", "swupd_lock", "journal", "spare"].map(PathBuf::from);
        let kept = passing.iter().chain(&told).chain(&of_runs).fold(kept, Snapshot::without);
        let content = |path: &PathBuf| fs_err::read(state.join(path)).unwrap_or_default();
        let books = kept.iter().map(|(path, _)| (path.clone(), content(path))).collect();
        Self { tree, times, books, torn: lines_that_are_none(&history), passing, cache, hidden }
    }

    /// Returns how this differs from what it should be in what belongs to one version or another: a
    /// line each.
    pub(crate) fn differences(&self, should: &Self) -> Vec<String> {
        let mut all = self.tree.differences(&should.tree);
        for (path, time) in &should.times {
            let ours = self.times.get(path);
            if ours.is_some_and(|ours| ours != time) {
                all.push(format!("{}: its time is {ours:?} and not {time}", path.display()));
            }
        }
        if !self.torn.is_empty() {
            all.push(format!("history: {:?}", String::from_utf8_lossy(&self.torn)));
        }
        let names: BTreeSet<&PathBuf> = self.books.keys().chain(should.books.keys()).collect();
        for name in names {
            let text = |of: &Self| {
                of.books.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            if text(self) != text(should) {
                let (ours, theirs) = (text(self), text(should));
                all.push(format!("{}: {ours:?} and not {theirs:?}", name.display()));
            }
        }
        all
    }

    /// Returns the same for what is below `/usr` alone.
    pub(crate) fn differences_of_usr(&self, should: &Self) -> Vec<String> {
        let usr = |tree: &Snapshot| -> Snapshot {
            let below = tree.iter().filter(|(path, _)| path.starts_with("usr"));
            below.map(|(path, seen)| (path.clone(), seen.clone())).collect()
        };
        usr(&self.tree).differences(&usr(&should.tree))
    }

    /// Returns what else differs: what is left over or lacking in what the client has for itself.
    pub(crate) fn leftovers(&self, should: &Self) -> Vec<String> {
        let pairs = [
            (&self.cache, &should.cache),
            (&self.hidden, &should.hidden),
            (&self.passing, &should.passing),
        ];
        let mut all = Vec::new();
        for (ours, theirs) in pairs {
            let more = ours.difference(theirs).filter(|path| !may_be_kept(path));
            let less = theirs.difference(ours).filter(|path| !may_be_kept(path));
            all.extend(more.map(|path| format!("{} is left", path.display())));
            all.extend(less.map(|path| format!("{} is gone", path.display())));
        }
        all
    }
}

/// Says whether a path of the cache is that of an object or a manifest: whoever finishes what
/// another run began knows nothing of them, so that they are cleared away by the next change; and
/// what is not there is fetched again.
fn may_be_kept(path: &Path) -> bool {
    let is_in = |directory| path.parent().is_some_and(|parent| parent.ends_with(directory));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_object = is_in("staged") && name.parse::<ContentHash>().is_ok();
    is_object || path.iter().any(|part| part == "manifest") && name.starts_with("Manifest.")
}

/// Returns the lines that are not JSON.
fn lines_that_are_none(text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let torn = lines.filter(|line| serde_json::from_slice::<serde_json::Value>(line).is_err());
    torn.flatten().copied().collect()
}

/// Returns some of the lines, for people.
pub(crate) fn some(lines: &[String]) -> String {
    let first: Vec<&str> = lines.iter().take(6).map(String::as_str).collect();
    format!("[{} differences: {}]", lines.len(), first.join("; "))
}

fn below(all: &Snapshot, top: &str) -> BTreeSet<PathBuf> {
    let below = all.iter().filter(|(path, _)| path.starts_with(top));
    below.map(|(path, _)| path.clone()).collect()
}

/// Returns a path without the time in the name of something that was put aside.
fn timeless(path: &Path) -> PathBuf {
    let component = |name: &std::ffi::OsStr| -> PathBuf {
        let kept = name.to_str().and_then(|name| name.strip_prefix(".deleted."));
        match kept.and_then(|rest| rest.split_once('.')) {
            Some((_, rest)) => format!(".deleted.TIME.{rest}").into(),
            None => name.into(),
        }
    };
    path.iter().map(component).collect()
}

/// Where the client keeps what it works with, relative to the tree.
/// The same, in a `/usr` that is a file system of its own.
const OF_USR: &str = "usr/.swupd";
const HIDDEN: &str = ".swupd";

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
        let all = all.without(HIDDEN);
        let time = |path: &PathBuf| {
            let metadata = fs_err::symlink_metadata(root.join(path)).unwrap();
            (!metadata.is_dir()).then(|| (timeless(path), metadata.mtime()))
        };
        let times = all.iter().filter_map(|(path, _)| time(path)).collect();
        let tree = all.iter().map(|(path, seen)| (timeless(path), seen.clone())).collect();
        let kept = if state.exists() { snapshot(state).unwrap() } else { Snapshot::default() };
        let cache = below(&kept, "cache");
        let kept = kept
            .without("cache")
            .without("swupd_lock")
            .without("journal")
            .without("history")
            .without("reserve");
        // That it was tried, and what came of it.
        let kept = kept.without("last-check").without("last-check.new");
        let kept = kept.without("last-result").without("last-result.new");
        let kept = kept.without("newest-seen").without("newest-seen.new");
        let content = |path: &PathBuf| fs_err::read(state.join(path)).unwrap_or_default();
        let books = kept.iter().map(|(path, _)| (path.clone(), content(path))).collect();
        Self { tree, times, books, cache, hidden }
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
        let mut all = Vec::new();
        for (ours, theirs) in [(&self.cache, &should.cache), (&self.hidden, &should.hidden)] {
            let more = ours.difference(theirs).filter(|path| !may_be_kept(path));
            let more = more.map(|path| format!("{} is left", path.display()));
            let less = theirs.difference(ours).map(|path| format!("{} is gone", path.display()));
            all.extend(more.chain(less));
        }
        all
    }
}

/// Says whether a path of the cache is that of an object or a manifest, which the next change
/// clears away: whoever finishes what another run began knows nothing of them.
fn may_be_kept(path: &Path) -> bool {
    let is_in = |directory| path.parent().is_some_and(|parent| parent.ends_with(directory));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_object = is_in("staged") && name.parse::<ContentHash>().is_ok();
    is_object || path.iter().any(|part| part == "manifest") && name.starts_with("Manifest.")
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
const HIDDEN: &str = ".swupd";

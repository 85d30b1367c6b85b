//! What in the exchanged directory belongs to whom. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use swupd_protocol::{hash::ContentHash, manifest::Manifest, object::Kind, path::TreePath};

use crate::{
    host::root::UNIT,
    update::{
        content::is_left_alone,
        stage::farm::{Carries, Planted},
        step::Change,
    },
};

/// What versions have below the exchanged directory, by path below that.
#[derive(Debug, Default)]
pub(super) struct Owned {
    /// Directories and everything else.
    paths: BTreeSet<PathBuf>,
    /// Directories that hold something that is no directory, directly or deeper.
    holders: BTreeSet<PathBuf>,
}

impl Owned {
    /// Returns what the versions before and after a change have.
    pub(super) fn of(change: &Change) -> Self {
        let mut owned = Self::default();
        for inventory in [&change.before, &change.after].into_iter().flatten() {
            owned.add(&inventory.manifest);
        }
        owned
    }

    /// Says whether a directory holds something that is no directory, directly or deeper.
    pub(super) fn holds_below(&self, path: &Path) -> bool {
        self.holders.contains(path)
    }

    /// Adds what a version has.
    pub(super) fn add(&mut self, manifest: &Manifest) {
        for entry in manifest.present().filter(|entry| !is_left_alone(entry)) {
            let Some(path) = below_unit(&entry.path) else { continue };
            if entry.kind != Some(Kind::Directory) {
                self.add_holders_of(path);
            }
            self.paths.insert(path.to_owned());
        }
    }

    fn add_holders_of(&mut self, path: &Path) {
        for holder in path.ancestors().skip(1) {
            // Those above the first one that is known are known, too.
            if !self.holders.insert(holder.to_owned()) {
                return;
            }
        }
    }

    fn holds_at_or_below(&self, path: &Path) -> bool {
        has_at_or_below(&self.paths, path)
    }
}

/// What follows from who owns what: everything is carried over that the OS does not own.
impl Carries for Owned {
    fn carries(&self, path: &Path) -> bool {
        !self.paths.contains(path)
    }

    fn gives_up(&self, path: &Path) -> bool {
        !self.holds_at_or_below(path)
    }

    fn makes(&self, _: &Path) -> bool {
        true
    }
}

/// What a change leaves alone: everything but the paths of its steps, and directories that go back
/// to the tree as they are.
#[derive(Debug, Default)]
pub(super) struct Steps {
    paths: BTreeSet<PathBuf>,
    theirs: BTreeSet<PathBuf>,
    /// What each of two versions has for itself, where no steps lead from one to the other.
    owned: Option<Owned>,
}

impl Steps {
    pub(super) fn of<'a>(paths: impl IntoIterator<Item = &'a TreePath>) -> Self {
        let paths = paths.into_iter().filter_map(below_unit).map(Path::to_owned);
        Self { paths: paths.collect(), ..Self::default() }
    }

    /// Returns what differs between two versions in the directories that are made for others.
    pub(super) fn between_for_others(one: Option<&Manifest>, other: Option<&Manifest>) -> Self {
        type Said = BTreeMap<PathBuf, (Option<Kind>, ContentHash)>;
        let said = |manifest: Option<&Manifest>| -> Said {
            let present = manifest.into_iter().flat_map(Manifest::present);
            let entries = present.filter_map(|entry| {
                let path = below_unit(&entry.path)?;
                let is_for_others = THEIRS.iter().any(|theirs| path.starts_with(theirs));
                is_for_others.then(|| (path.to_owned(), (entry.kind, entry.hash)))
            });
            entries.collect()
        };
        let (one, other) = (said(one), said(other));
        let paths = one.keys().chain(other.keys());
        let paths = paths.filter(|path| one.get(*path) != other.get(*path)).cloned().collect();
        Self { paths, ..Self::default() }
    }

    /// Leaves all alone that the OS does not own.
    pub(super) fn unless(owned: Owned) -> Self {
        Self { owned: Some(owned), ..Self::default() }
    }

    /// Leaves these directories out with all that is in them.
    pub(super) fn without(&mut self, theirs: &BTreeMap<PathBuf, u64>) {
        self.theirs = theirs.keys().cloned().collect();
    }
}

impl Carries for Steps {
    fn carries(&self, path: &Path) -> bool {
        !self.paths.contains(path)
            && !path.ancestors().any(|above| self.theirs.contains(above))
            && self.owned.as_ref().is_none_or(|owned| owned.carries(path))
    }

    fn gives_up(&self, path: &Path) -> bool {
        !has_at_or_below(&self.paths, path)
            && !has_at_or_below(&self.theirs, path)
            && self.owned.as_ref().is_none_or(|owned| owned.gives_up(path))
    }

    fn makes(&self, path: &Path) -> bool {
        // A directory that goes takes along what it holds, under a name that tells so.
        !path.ancestors().any(|above| self.paths.contains(above) || self.theirs.contains(above))
    }
}

/// Returns the directories in which nothing is the OS's, each with its inode: they keep their
/// identity. Those that the OS has empty, for others to fill, are among them once they are filled; and
/// those that are made for others ([`THEIRS`]) whatever the OS has in them, unless that changes.
pub(super) fn theirs(planted: &Planted, owned: &Owned, steps: &Steps) -> BTreeMap<PathBuf, u64> {
    let mut theirs: BTreeMap<PathBuf, u64> = BTreeMap::new();
    for (path, stamp) in &planted.directories {
        let is_within = path.ancestors().any(|above| theirs.contains_key(above));
        let is_for_others = THEIRS.iter().any(|theirs| path == Path::new(theirs));
        let is_ours = path == Path::new("")
            || has_at_or_below(&steps.paths, path)
            || (owned.holders.contains(path) && !is_for_others)
            || (owned.paths.contains(path) && !is_used(path, planted, owned));
        // The journal keeps a path a line.
        let can_be_kept = !path.as_os_str().as_encoded_bytes().contains(&b'\n');
        if !is_within && !is_ours && can_be_kept {
            theirs.insert(path.clone(), stamp.inode);
        }
    }
    theirs
}

/// Says whether somebody uses a directory that the OS has empty: something is in it, or it is made
/// for that.
fn is_used(path: &Path, planted: &Planted, owned: &Owned) -> bool {
    let below = planted.directories.range(path.to_owned()..);
    let mut below = below.take_while(|(below, _)| below.starts_with(path));
    THEIRS.iter().any(|theirs| path == Path::new(theirs))
        || below.any(|(below, stamp)| stamp.files > 0 || !owned.paths.contains(below))
}

/// Returns the path below the exchanged directory; none for paths elsewhere.
pub(super) fn below_unit(path: &TreePath) -> Option<&Path> {
    path.relative().strip_prefix(UNIT).ok()
}

fn has_at_or_below(paths: &BTreeSet<PathBuf>, path: &Path) -> bool {
    // Paths are ordered component by component, so what is below follows at once.
    paths.range(path.to_owned()..).next().is_some_and(|first| first.starts_with(path))
}

/// Directories that are made for what others bring.
const THEIRS: &[&str] = &["local", "src"];

#[cfg(test)]
mod tests {
    use swupd_protocol::{
        hash::ContentHash,
        manifest::{Entry, Header, Misc, Status},
        variant::Variant,
    };

    use super::*;
    use crate::update::stage::farm::Stamp;

    fn manifest(entries: &[(&str, Kind)]) -> Manifest {
        let version = "10".parse().unwrap();
        let entries = entries.iter().map(|(path, kind)| Entry {
            kind: Some(*kind),
            status: Status::Present,
            variant: Variant::BASELINE,
            misc: Misc::None,
            hash: ContentHash::ABSENT,
            version,
            path: TreePath::parse(path.as_bytes()).unwrap(),
        });
        let entries = entries.collect();
        let header = Header {
            format: "1".parse().unwrap(),
            version,
            previous: None,
            min_version: None,
            timestamp: 0,
            content_size: 0,
            includes: Vec::new(),
            also_add: Vec::new(),
        };
        Manifest { header, entries }
    }

    fn planted(directories: &[(&str, usize)]) -> Planted {
        let stamp = |files| Stamp { files, ..Stamp::default() };
        let directories = directories.iter().map(|(path, files)| (path.into(), stamp(*files)));
        Planted { directories: directories.collect(), ..Planted::default() }
    }

    fn names(theirs: &BTreeMap<PathBuf, u64>) -> Vec<&str> {
        theirs.keys().map(|path| path.to_str().unwrap()).collect()
    }

    #[test]
    fn directories_without_content_of_the_os_keep_their_identity() {
        use Kind::{Directory, File};
        let mut owned = Owned::default();
        owned.add(&manifest(&[
            ("/bin/sh", Kind::Symlink),
            ("/usr", Directory),
            ("/usr/bin", Directory),
            ("/usr/bin/tool", File),
            ("/usr/lib/empty", Directory),
            ("/usr/lib/filled", Directory),
            ("/usr/local", Directory),
            ("/usr/local/bin", Directory),
            ("/usr/share/put", Directory),
        ]));
        let planted = planted(&[
            ("", 0),
            ("bin", 1),
            ("bin/cache", 2),
            ("bin/cache/deep", 2),
            ("lib/empty", 0),
            ("lib/filled", 1),
            ("local", 0),
            ("local/bin", 0),
            ("share/put", 1),
        ]);
        let step = TreePath::parse(b"/usr/share/put").unwrap();
        let theirs = theirs(&planted, &owned, &Steps::of([&step]));
        assert_eq!(names(&theirs), ["bin/cache", "lib/filled", "local"]);
    }

    #[test]
    fn what_is_made_for_others_keeps_its_identity_whatever_the_os_has_in_it() {
        use Kind::{Directory, Symlink};
        let has = manifest(&[("/usr/local", Directory), ("/usr/local/man", Symlink)]);
        let mut owned = Owned::default();
        owned.add(&has);
        let planted = planted(&[("", 0), ("local", 2), ("local/bin", 1)]);
        let same = Steps::between_for_others(Some(&has), Some(&has));
        assert_eq!(names(&theirs(&planted, &owned, &same)), ["local"]);
        let without = manifest(&[("/usr/local", Directory)]);
        let changed = Steps::between_for_others(Some(&has), Some(&without));
        assert_eq!(names(&theirs(&planted, &owned, &changed)), ["local/bin"]);
    }

    #[test]
    fn what_a_change_does_not_touch_is_carried_over() {
        let path = |text: &str| TreePath::parse(text.as_bytes()).unwrap();
        let steps = Steps::of([&path("/usr/lib/a/b"), &path("/opt/x")]);
        for (path, carries, gives_up) in [
            ("lib/a/b", false, false),
            ("lib/a", true, false),
            ("lib", true, false),
            ("lib/a-b", true, true),
            ("opt/x", true, true),
        ] {
            let path = Path::new(path);
            assert_eq!(
                (steps.carries(path), steps.gives_up(path)),
                (carries, gives_up),
                "{path:?}"
            );
        }
    }
}

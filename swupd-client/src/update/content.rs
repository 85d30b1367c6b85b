//! What a version puts at each path, once the manifests of several bundles are laid over each
//! other. Pure.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    hash::ContentHash,
    manifest::{Entry, Header, Manifest, Status},
    object::Kind,
    path::TreePath,
    territory::{self, Territory},
    variant::{Levels, Variant},
};

/// One bundle of those that are laid over each other.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// The bundle's manifest.
    pub manifest: &'a Manifest,
    /// Whether somebody asked for the bundle, instead of another bundle needing it.
    pub tracked: bool,
}

/// Path by path, what a version has and what it no longer has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    entries: BTreeMap<TreePath, Entry>,
    /// Paths at which bundles contradict each other; none of them is touched.
    pub contradictions: BTreeSet<TreePath>,
    /// How many entries are for CPUs that do not exist yet.
    pub reserved: usize,
}

impl Content {
    /// Lays manifests over each other. Of several builds of a path the one that suits the CPU is
    /// taken; a present entry goes before a deleted one; of the same object the tracked bundle's
    /// entry is taken, then the older one.
    pub fn of<'a>(layers: impl IntoIterator<Item = Layer<'a>>, runnable: Levels) -> Self {
        let mut content = Self::default();
        let mut tracked = BTreeMap::new();
        for layer in layers {
            for entry in &layer.manifest.entries {
                if entry.variant.build().is_none() {
                    content.reserved += 1;
                } else if entry.variant.suits(runnable) {
                    content.add(entry, layer.tracked, &mut tracked);
                }
            }
        }
        for path in &content.contradictions {
            content.entries.remove(path);
        }
        content
    }

    /// Returns what [`Self::to_manifest`] wrote down.
    pub fn of_manifest(manifest: &Manifest) -> Self {
        let entries = manifest.entries.iter().map(|entry| (entry.path.clone(), entry.clone()));
        Self { entries: entries.collect(), ..Self::default() }
    }

    /// Returns what the version has as if it were one bundle with no builds to choose from.
    pub fn to_manifest(&self, header: Header) -> Manifest {
        let entries =
            self.present().map(|entry| Entry { variant: Variant::BASELINE, ..entry.clone() });
        Manifest { header, entries: entries.collect() }
    }

    /// Returns every entry, present and gone, by path.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Returns the entries that the version has, by path.
    pub fn present(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| entry.is_present())
    }

    /// Returns what is said of a path.
    pub fn get(&self, path: &TreePath) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Returns for every file's object a path at which it lies.
    pub fn files(&self) -> BTreeMap<ContentHash, TreePath> {
        let files = self.present().filter(|entry| entry.kind == Some(Kind::File));
        files.map(|entry| (entry.hash, entry.path.clone())).collect()
    }

    fn add<'a>(
        &mut self,
        entry: &'a Entry,
        is_tracked: bool,
        tracked: &mut BTreeMap<&'a TreePath, bool>,
    ) {
        let Some(there) = self.entries.get(&entry.path) else {
            self.entries.insert(entry.path.clone(), entry.clone());
            tracked.insert(&entry.path, is_tracked);
            return;
        };
        let better = match (there.is_present(), entry.is_present()) {
            (true, false) => false,
            (false, true) => true,
            (false, false) => there.version > entry.version,
            (true, true) if (there.kind, there.hash) != (entry.kind, entry.hash) => {
                self.contradictions.insert(entry.path.clone());
                false
            }
            (true, true) => {
                let was_tracked = tracked.get(&entry.path).copied().unwrap_or_default();
                (is_tracked, std::cmp::Reverse(entry.version))
                    > (was_tracked, std::cmp::Reverse(there.version))
            }
        };
        if better {
            self.entries.insert(entry.path.clone(), entry.clone());
            tracked.insert(&entry.path, is_tracked);
        }
    }
}

/// Says whether an update leaves the entry's path alone: state, configuration, what is ghosted, and
/// what the machine may still boot from.
pub fn is_left_alone(entry: &Entry) -> bool {
    match territory::of(&entry.path) {
        Territory::State | Territory::Config => true,
        Territory::Boot => !entry.is_present(),
        Territory::Os => entry.status == Status::Ghosted,
    }
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;

//! Decides what a trip changes: from what the tree has and what it should have to the entries that
//! are put and the paths that are removed. Pure: what stands here is shown, tested and then done
//! without further choices.

use std::collections::BTreeSet;

use swupd_protocol::{
    manifest::Entry,
    path::TreePath,
    territory::{self, Territory},
};

use crate::update::content::{Content, is_left_alone};

/// What a trip changes, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is put at its path, in place of whatever stands there.
    pub puts: Vec<Entry>,
    /// What is put only where the tree does not have it yet: the version says that it changed, its
    /// hash says that it did not.
    pub puts_unless_there: Vec<Entry>,
    /// What is removed.
    pub removes: Vec<TreePath>,
}

impl Changes {
    /// Returns what leads from one version's content to another's, for a tree that has the first.
    pub fn between(had: &Content, wanted: &Content) -> Self {
        let mut changes = Self::default();
        for entry in wanted.entries().filter(|entry| !is_left_alone(entry)) {
            let before = had.get(&entry.path).filter(|before| before.is_present());
            match before {
                Some(_) if !entry.is_present() => changes.removes.push(entry.path.clone()),
                Some(before) if is_same_object(before, entry) && entry.version > before.version => {
                    changes.puts_unless_there.push(entry.clone());
                }
                Some(before) if is_same_object(before, entry) => {}
                _ if entry.is_present() => changes.puts.push(entry.clone()),
                _ => {}
            }
        }
        changes.removes.extend(had.present().filter(|e| has_vanished(e, wanted)).map(path_of));
        changes.removes.sort();
        changes.hold_what_stays(had);
        changes
    }

    /// Removes no directory above something that the tree has and that stays, whatever the version
    /// says of the directory.
    fn hold_what_stays(&mut self, had: &Content) {
        let goes = |entry: &&Entry| self.removes.binary_search(&entry.path).is_ok();
        let stays = had.present().filter(|entry| !goes(entry));
        let held: BTreeSet<TreePath> = stays.flat_map(|entry| entry.path.ancestors()).collect();
        self.removes.retain(|path| !held.contains(path));
    }

    /// Returns what brings new bundles into a tree that has the content `had`; nothing is removed.
    pub fn adding(had: &Content, wanted: &Content) -> Self {
        let mut changes = Self::default();
        for entry in wanted.present().filter(|entry| !is_left_alone(entry)) {
            match had.get(&entry.path) {
                Some(before) if before.is_present() && is_same_object(before, entry) => {}
                _ => changes.puts_unless_there.push(entry.clone()),
            }
        }
        changes
    }

    /// Returns what takes bundles out of a tree that has the content `had` and is to have `wanted`,
    /// which is the same version's with fewer bundles. State and configuration stay.
    pub fn removing(had: &Content, wanted: &Content) -> Self {
        let is_wanted = |path: &TreePath| {
            wanted.get(path).is_some_and(Entry::is_present) || wanted.contradictions.contains(path)
        };
        let here = had.present().map(|entry| &entry.path).chain(&had.contradictions);
        let goes = |path: &&TreePath| !is_wanted(path) && !is_of_the_machine(path);
        let mut removes: Vec<TreePath> = here.filter(goes).cloned().collect();
        removes.sort();
        // Where bundles contradicted each other, one of them may have the path to itself now.
        let puts = wanted.present().filter(|entry| had.contradictions.contains(&entry.path));
        let puts = puts.filter(|entry| !is_left_alone(entry)).cloned().collect();
        Self { puts: Vec::new(), puts_unless_there: puts, removes }
    }

    /// Returns the directories above what is put that are not put themselves, as the version has
    /// them: where the tree lacks one of them, it has to be put, too.
    pub fn parents<'a>(&self, wanted: &'a Content) -> Vec<&'a Entry> {
        let put: BTreeSet<&TreePath> = self.puts.iter().map(|entry| &entry.path).collect();
        let above: BTreeSet<TreePath> =
            self.puts.iter().flat_map(|entry| entry.path.ancestors()).collect();
        let above = above.iter().filter(|path| !put.contains(path));
        above.filter_map(|path| wanted.get(path)).filter(|entry| entry.is_present()).collect()
    }

    /// Says whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.puts_unless_there.is_empty() && self.removes.is_empty()
    }
}

fn is_same_object(a: &Entry, b: &Entry) -> bool {
    (a.kind, a.hash) == (b.kind, b.hash)
}

/// An entry that the later version does not even name counts as deleted there.
fn has_vanished(before: &Entry, wanted: &Content) -> bool {
    let gone =
        Entry { kind: None, status: swupd_protocol::manifest::Status::Deleted, ..before.clone() };
    wanted.get(&before.path).is_none()
        && !wanted.contradictions.contains(&before.path)
        && !is_left_alone(&gone)
}

/// What the machine boots from goes where it is asked to; what the machine wrote, or somebody who
/// administers it, does not.
fn is_of_the_machine(path: &TreePath) -> bool {
    matches!(territory::of(path), Territory::State | Territory::Config)
}

fn path_of(entry: &Entry) -> TreePath {
    entry.path.clone()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

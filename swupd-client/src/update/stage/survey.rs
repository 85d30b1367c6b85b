//! Looks before anything is staged: completes the steps by directories that are missing, says on
//! which file system each is staged, and refuses what could not be carried out.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use rayon::prelude::*;
use swupd_protocol::{
    object::{Attributes, Kind, Object},
    path::TreePath,
};

use super::StageError;
use crate::{
    host::{
        mounts,
        root::{Ownership, Root},
        sys,
    },
    update::{
        step::{Change, Step, add},
        work::{Put, Why, Work},
    },
};

/// What was found.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) work: Work,
    /// Paths of steps on which something is mounted: they are left alone.
    pub(crate) left_alone: Vec<TreePath>,
}

/// Returns the directory that is made where one is missing and no step says what it is like.
pub(super) fn plain_directory() -> Object {
    Object::Directory { attributes: Attributes::new(0o755, 0, 0) }
}

pub(super) fn survey(root: &Root, change: &Change) -> Result<Survey, StageError> {
    let mounted = mounts::below(root)
        .map_err(|source| StageError::Look { path: root.path().display().to_string(), source })?;
    let mut puts = BTreeMap::new();
    let mut removes = BTreeSet::new();
    let mut left_alone = Vec::new();
    for step in &change.steps {
        let path = step.path();
        if puts.contains_key(path) || removes.contains(path) {
            return Err(StageError::Twice { path: path.clone() });
        }
        match step {
            _ if mounted.contains(path) => left_alone.push(path.clone()),
            Step::Put { path, kind, hash } => {
                puts.insert(path.clone(), (*kind, *hash, Why::Asked));
            }
            Step::Remove { path } => drop(removes.insert(path.clone())),
        }
    }
    let wanted: Vec<TreePath> = puts.keys().cloned().collect();
    let mut settled = BTreeSet::new();
    for path in &wanted {
        for parent in missing_parents(root, path, &puts, &removes, &mut settled)? {
            let hash = plain_directory().hasher().finish();
            puts.insert(parent, (Kind::Directory, hash, Why::NeededAsParent));
        }
    }
    refuse_mounts_below_files(&mounted, &puts)?;
    refuse_what_cannot_be_changed(root, puts.keys().chain(&removes))?;
    let mut work = work_of(&mounted, puts, removes);
    see_to_attributes(change, &mut work);
    Ok(Survey { work, left_alone })
}

type Puts = BTreeMap<TreePath, (Kind, swupd_protocol::hash::ContentHash, Why)>;

/// Returns the directories above a path that must be made and that no step makes.
fn missing_parents(
    root: &Root,
    path: &TreePath,
    puts: &Puts,
    removes: &BTreeSet<TreePath>,
    settled: &mut BTreeSet<TreePath>,
) -> Result<Vec<TreePath>, StageError> {
    let mut missing = Vec::new();
    for parent in path.ancestors() {
        if !settled.insert(parent.clone()) {
            continue;
        }
        let made_otherwise = puts.get(&parent).is_some_and(|(kind, ..)| *kind != Kind::Directory);
        if made_otherwise || removes.contains(&parent) {
            return Err(StageError::Contradiction { path: path.clone(), parent });
        }
        if puts.contains_key(&parent) {
            continue;
        }
        let stat = root.directory().stat(parent.relative());
        let stat = stat.map_err(|source| StageError::look(&parent, source))?;
        if !stat.is_some_and(|stat| stat.is_directory()) {
            missing.push(parent);
        }
    }
    Ok(missing)
}

/// What is mounted below a path would vanish with the directory that a file takes the place of.
fn refuse_mounts_below_files(mounted: &BTreeSet<TreePath>, puts: &Puts) -> Result<(), StageError> {
    for point in mounted {
        let covered = point
            .ancestors()
            .find(|above| puts.get(above).is_some_and(|(kind, ..)| *kind != Kind::Directory));
        if let Some(path) = covered {
            return Err(StageError::MountBelow { path, mounted: point.clone() });
        }
    }
    Ok(())
}

/// Lets the user change a directory of a tree of theirs again: one that took that right from itself
/// is damaged, and could not be mended otherwise. Gives the refusal back where that is not possible.
fn take_back(root: &Root, path: &TreePath, refusal: io::Error) -> io::Result<()> {
    if root.ownership() == Ownership::AsStated {
        return Err(refusal);
    }
    let taken = root.directory().directory(path.relative()).and_then(|directory| {
        let mode = sys::stat(&directory)?.mode;
        sys::set_mode(&directory, root.ownership().mode_on_disk(Kind::Directory, mode))
    });
    taken.map_err(|_| refusal)
}

fn refuse_what_cannot_be_changed<'a>(
    root: &Root,
    paths: impl Iterator<Item = &'a TreePath>,
) -> Result<(), StageError> {
    let paths: Vec<&TreePath> = paths.collect();
    let mut parents: Vec<TreePath> = paths.iter().filter_map(|path| path.parent()).collect();
    parents.dedup();
    refuse_a_fixed_top(root, &paths)?;
    parents.par_iter().try_for_each(|parent| {
        let handle = root.directory().handle(parent.relative());
        match handle.map_err(|source| StageError::look(parent, source))? {
            Some(handle) if sys::is_immutable(&handle) => {
                Err(StageError::Immutable { path: parent.clone() })
            }
            Some(handle) if sys::stat(&handle).is_ok_and(|stat| stat.is_directory()) => {
                let may = sys::may_change(&handle).or_else(|error| take_back(root, parent, error));
                may.map_err(|source| StageError::Refused { path: parent.clone(), source })
            }
            _ => Ok(()),
        }
    })?;
    paths.par_iter().try_for_each(|path| {
        let handle = root.directory().handle(path.relative());
        let handle = handle.map_err(|source| StageError::look(path, source))?;
        if handle.is_some_and(sys::is_immutable) {
            return Err(StageError::Immutable { path: (*path).clone() });
        }
        Ok(())
    })
}

/// The tree's root is nobody's parent that has a path of its own.
fn refuse_a_fixed_top(root: &Root, paths: &[&TreePath]) -> Result<(), StageError> {
    let Some(path) = paths.iter().find(|path| path.parent().is_none()) else { return Ok(()) };
    if sys::is_immutable(root.directory()) {
        let source = io::Error::from(io::ErrorKind::PermissionDenied);
        return Err(StageError::Refused { path: (*path).clone(), source });
    }
    Ok(())
}

fn work_of(mounted: &BTreeSet<TreePath>, puts: Puts, removes: BTreeSet<TreePath>) -> Work {
    let mut work = Work { areas: vec![None], ..Work::default() };
    let mut numbers = BTreeMap::from([(None, 0)]);
    for (path, (kind, hash, why)) in puts {
        let place = path.ancestors().filter(|above| mounted.contains(above)).last();
        let area = *numbers.entry(place.clone()).or_insert_with(|| {
            work.areas.push(place);
            work.areas.len() - 1
        });
        work.puts.push(Put { area, path, kind, hash, why });
    }
    work.removes = removes.into_iter().collect();
    work
}

/// Keeps of the attributes those of paths that are neither put nor removed: the others get theirs
/// while they are staged.
fn see_to_attributes(change: &Change, work: &mut Work) {
    let changed: BTreeSet<&TreePath> = change.steps.iter().map(Step::path).collect();
    for (path, said) in change.attributes.iter().filter(|(path, _)| !changed.contains(path)) {
        add(&mut work.attributes, path, said);
    }
    work.bare = change.bare.iter().filter(|path| !changed.contains(path)).cloned().collect();
}

//! Looks at the tree: compares every path of a version with what stands there, and finds what no
//! version put there. Reads only.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    io,
    os::unix::ffi::OsStrExt,
    path::Path,
};

use swupd_protocol::{
    manifest::Entry,
    object::Kind,
    path::TreePath,
    territory::{self, Territory},
};

use crate::{
    host::{
        mounts,
        root::{Found, HIDDEN, Root, Seen, UNIT},
        scan::{Closeness, Expected, scan},
        sys,
    },
    report::{Observer, Unit},
    update::{
        content::Content,
        findings::{Finding, Problem, Standing},
    },
};

/// Returns what stands at each path of `entries`, mount points and what is below them left out.
/// With [`Closeness::Presence`] nothing is read: what stands there at all counts as the same.
pub fn standing<'a>(
    root: &Root,
    entries: impl IntoIterator<Item = &'a Entry>,
    closeness: Closeness,
    observer: &dyn Observer,
) -> Result<BTreeMap<TreePath, Standing>, LookError> {
    let mounts = mount_points(root)?;
    let expected: Vec<Expected> = entries
        .into_iter()
        .filter(|entry| !is_mounted(&entry.path, &mounts))
        .map(|entry| Expected {
            path: entry.path.clone(),
            // Of a path that should be gone no kind is right.
            kind: entry.kind.filter(|_| entry.is_present()),
            hash: entry.hash,
        })
        .collect();
    let total = expected.len() as u64;
    observer.stage("looking at the tree", Unit::Items, Some(total));
    let found = scan(root, &expected, closeness, &|done| {
        if done % TOLD_EVERY == 0 {
            observer.progress(done, None);
        }
    });
    observer.stage_done();
    let standing = expected.into_iter().zip(found).map(|(expected, found)| {
        let standing = match found {
            Found::Same => Standing::Same,
            Found::Missing => Standing::Nothing,
            Found::Different => Standing::Else,
            Found::Unreadable(source) if is_damaged_file(&expected, &source) => {
                let path = &expected.path;
                observer.warning(format!("{path} counts as changed: it cannot be read: {source}"));
                Standing::Else
            }
            Found::Unreadable(source) => {
                return Err(LookError { path: expected.path.to_string(), source });
            }
        };
        Ok((expected.path, standing))
    });
    standing.collect()
}

/// Says whether there is a file that the disk has lost: a repair puts another one there.
fn is_damaged_file(expected: &Expected, error: &io::Error) -> bool {
    expected.kind == Some(Kind::File) && sys::is_damage(error)
}

/// Returns what stands below `directory`, or in the whole tree where none is named, and is not in
/// the version. Below a directory that is extra as a whole everything is told, too. What `spared`
/// says is passed over with all below it; so is what belongs to the machine.
pub fn extra(
    root: &Root,
    content: &Content,
    directory: Option<&TreePath>,
    spared: impl Fn(&TreePath) -> bool,
    observer: &dyn Observer,
) -> Result<Vec<Finding>, LookError> {
    let mounts = mount_points(root)?;
    let mut extra: Vec<Finding> = Vec::new();
    let mut unspeakable = Vec::new();
    let mut ahead = vec![directory.cloned()];
    while let Some(directory) = ahead.pop() {
        let above = directory.as_ref().map_or(String::new(), ToString::to_string);
        let names = root.list(directory.as_ref());
        let names = names.map_err(|source| LookError { path: format!("{above}/"), source })?;
        for name in names.unwrap_or_default() {
            let path = match &directory {
                Some(directory) => directory.join(&name),
                None => TreePath::from_relative(Path::new(OsStr::from_bytes(&name))),
            };
            let Ok(path) = path else {
                // No version can have such a name, and no finding can tell it: whoever put it
                // there keeps it, and the directories that it lies in.
                let name = name.escape_ascii();
                observer.warning(format!("{above}/{name} cannot be in any version: it stays"));
                unspeakable.extend(directory.clone());
                continue;
            };
            if spared(&path) || mounts.contains(&path) || is_of_the_machine(&path) {
                continue;
            }
            let seen = root.look(&path).map_err(|e| LookError::new(&path, e))?;
            if matches!(&seen, Seen::Object(object) if object.kind() == Kind::Directory) {
                ahead.push(Some(path.clone()));
            }
            if content.get(&path).is_none() && !content.contradictions.contains(&path) {
                extra.push(Finding { problem: Problem::Extra, path });
            }
        }
    }
    extra.retain(|finding| {
        !unspeakable.iter().any(|held: &TreePath| held.is_at_or_below(finding.path.as_bytes()))
    });
    extra.sort();
    Ok(extra)
}

/// Says whether a path outside of `/usr` is state or configuration, or holds nothing else, or is
/// ours to work in.
fn is_of_the_machine(path: &TreePath) -> bool {
    let inside = path.join(b"x").map_or(Territory::State, |inside| territory::of(&inside));
    let is_outside = !path.is_at_or_below(b"/usr");
    path.name() == HIDDEN.as_bytes()
        || is_outside && matches!(inside, Territory::State | Territory::Config)
}

/// Returns the directories among `removes` that hold something else than what is among them, too:
/// they cannot go without it.
pub fn occupied(root: &Root, removes: &[TreePath]) -> Result<BTreeSet<TreePath>, LookError> {
    let going: BTreeSet<&TreePath> = removes.iter().collect();
    let mut occupied = BTreeSet::new();
    // Deepest first: what stays in a directory keeps those above it.
    for path in going.iter().rev() {
        let names = root.list(Some(path)).map_err(|e| LookError::new(path, e))?;
        let stays = |name: &Vec<u8>| {
            path.join(name).map_or(true, |at| !going.contains(&at) || occupied.contains(&at))
        };
        if names.unwrap_or_default().iter().any(stays) {
            occupied.insert((*path).clone());
        }
    }
    Ok(occupied)
}

/// Returns where something else begins than the OS. `/usr` is the OS's, whatever it lies on.
fn mount_points(root: &Root) -> Result<BTreeSet<TreePath>, LookError> {
    let mut points =
        mounts::below(root).map_err(|source| LookError { path: "/".into(), source })?;
    points.retain(|point| point.relative() != Path::new(UNIT));
    Ok(points)
}

fn is_mounted(path: &TreePath, mounts: &BTreeSet<TreePath>) -> bool {
    mounts.iter().any(|mount| path.is_at_or_below(mount.as_bytes()))
}

/// The tree cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}")]
pub struct LookError {
    /// Where.
    pub path: String,
    /// Why not.
    pub source: io::Error,
}

impl LookError {
    /// Returns the error at a path.
    pub fn new(path: &TreePath, source: io::Error) -> Self {
        Self { path: path.to_string(), source }
    }
}

const TOLD_EVERY: u64 = 64;

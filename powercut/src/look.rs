//! What a machine is at a moment: its tree, and what is recorded about it.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use swupd_fixtures::{
    tree::{Snapshot, snapshot},
    world::{Machine, STATE, WORK},
};

/// What a machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// Its tree, but for what belongs to the client, to file systems and to the harness.
    pub(crate) tree: Snapshot,
    /// The version that it was last brought to, as recorded.
    pub(crate) version: Option<String>,
    /// The bundles that somebody asked for, as recorded.
    pub(crate) tracked: BTreeSet<String>,
}

/// Looks at a machine.
pub(crate) fn look(machine: &Machine) -> io::Result<Look> {
    let mut tree = snapshot(machine.tree())?.without(STATE).without(WORK).without(WORK_IN_USR);
    for path in STIRRED {
        tree = tree.without(path);
    }
    let state = machine.at(STATE);
    let version = absent_as_none(fs_err::read_to_string(state.join("version")))?;
    let bundles = absent_as_none(fs_err::read_dir(state.join("bundles")))?;
    let names = bundles.into_iter().flatten().map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<io::Result<Vec<_>>>()?;
    Ok(Look {
        tree,
        version: version.map(|text| text.trim().to_owned()),
        tracked: names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect(),
    })
}

/// Looks at what is visible below `/usr` alone.
pub(crate) fn look_at_usr(machine: &Machine) -> io::Result<Snapshot> {
    let usr = machine.at(USR);
    let tree = usr.join(TREE);
    if tree.is_dir() {
        return look_through_links(&usr, &tree);
    }
    Ok(snapshot(&usr)?.without(WORK))
}

/// Looks at a `/usr` that is a file system of its own, before anything is mounted over it: its top leads
/// into the tree that runs.
fn look_through_links(usr: &Path, tree: &Path) -> io::Result<Snapshot> {
    for entry in fs_err::read_dir(tree)? {
        let name = entry?.file_name();
        let differs = || io::Error::other(format!("/usr/{} leads elsewhere", name.display()));
        let [led, wanted] = [usr.join(&name), tree.join(&name)].map(fs_err::canonicalize);
        let (led, wanted) = (led?, wanted?);
        if led != wanted && (!led.is_dir() || snapshot(&led)? != snapshot(&wanted)?) {
            return Err(differs());
        }
    }
    snapshot(tree)
}

/// Returns the part of a tree that is below `/usr`.
pub(crate) fn usr_of(tree: &Snapshot) -> Snapshot {
    let below = |path: &PathBuf| path.strip_prefix(USR).ok().map(Path::to_owned);
    let is_below = |path: &PathBuf| !path.as_os_str().is_empty();
    let parts = tree.iter().filter_map(|(path, seen)| Some((below(path)?, seen.clone())));
    parts.filter(|(path, _)| is_below(path)).collect()
}

fn absent_as_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

const USR: &str = "usr";
/// Where the tree lies in a `/usr` that is a file system of its own.
const TREE: &str = ".swupd/usr";
/// What the client keeps in such a file system, as long as nothing is mounted over it.
const WORK_IN_USR: &str = "usr/.swupd";
/// Where others than the client write, so that a file system has reasons of its own to bring what
/// it has to the disk.
pub(crate) const STIRRED: [&str; 2] = ["home/stirred", "var/stirred"];

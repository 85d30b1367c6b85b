//! The processes of this machine, as far as they concern a tree that has changed: which of them
//! still run what the tree no longer has, and what somebody should do about it.
//!
//! A process keeps the files that it has mapped, wherever their names have gone. One runs old code
//! where the file that it has mapped is not the file that now stands at that path: device and inode
//! tell. Where the whole tree was exchanged the kernel shows the path below the kept version for
//! files that did not change, too; those are the same in both, and so are not old.

mod advice;
mod kernel;
mod look;
mod maps;
mod unit;
mod vital;

use std::{collections::BTreeSet, io, path::Path};

use swupd_protocol::path::TreePath;

pub use self::{
    advice::{Advice, Need, Reason},
    kernel::Kernel,
    unit::Unit,
    vital::Vital,
};
use super::root::Root;

/// A process that runs what the tree no longer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Its number.
    pub pid: u32,
    /// Its name, as the kernel has it.
    pub name: String,
    /// What it belongs to.
    pub unit: Unit,
    /// The files that it runs and that the tree no longer has, by the paths that they had.
    pub files: BTreeSet<TreePath>,
    /// Whether even what it starts comes from an older tree, which it has mounted for itself.
    pub sees_old_tree: bool,
}

/// What a look at all processes found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Those that run something old, by their numbers.
    pub stale: Vec<Stale>,
    /// How many could not be looked at: only root with `CAP_SYS_PTRACE` can look at
    /// everybody's.
    pub hidden: usize,
}

/// Looks at every process but this one for what it runs of a tree. `proc` is where the kernel tells
/// of them, so `/proc`.
pub fn look(proc: &Path, root: &Root) -> io::Result<Looked> {
    look_ahead(proc, root, &BTreeSet::new())
}

/// Looks at them as if the files at the paths of `going` had been replaced already.
pub fn look_ahead(proc: &Path, root: &Root, going: &BTreeSet<TreePath>) -> io::Result<Looked> {
    look::Reader::new(proc, root, going)?.look()
}

/// Returns the name of a user, where the system knows one.
pub fn user_name(uid: u32) -> Option<String> {
    nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid)).ok()?.map(|user| user.name)
}

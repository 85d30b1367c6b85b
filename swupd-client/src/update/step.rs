//! What is done to the tree, path by path: what a plan comes down to and an engine carries out.

use std::collections::BTreeSet;

use swupd_protocol::{attributes::AttributeTable, hash::ContentHash, object::Kind, path::TreePath};

/// One change of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The object of this name stands there afterwards, whatever stood there before.
    Put {
        /// The path.
        path: TreePath,
        /// The object's kind.
        kind: Kind,
        /// The object's name.
        hash: ContentHash,
    },
    /// Nothing stands there afterwards.
    Remove {
        /// The path.
        path: TreePath,
    },
}

impl Step {
    /// Returns the path that is changed.
    pub fn path(&self) -> &TreePath {
        match self {
            Self::Put { path, .. } | Self::Remove { path } => path,
        }
    }
}

/// Everything that changes at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The steps, at most one a path, in any order.
    pub steps: Vec<Step>,
    /// What no hash covers, of every path of the new tree that has any.
    pub attributes: AttributeTable,
    /// Paths that had extended attributes and have none in the new tree.
    pub bare: BTreeSet<TreePath>,
    /// The time of the last change that files get, in seconds since 1970: their version's.
    pub timestamp: u64,
}

//! What is done to the tree, path by path: what a plan comes down to and an engine carries out.

use std::collections::BTreeSet;

use swupd_protocol::{
    attributes::{AttributeTable, PathAttributes},
    bundle::BundleName,
    hash::ContentHash,
    manifest::Manifest,
    object::Kind,
    path::TreePath,
};

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
    /// What the tree has before; none where that is not known.
    pub before: Option<Inventory>,
    /// What it has afterwards; none where that is not known.
    pub after: Option<Inventory>,
}

/// What belongs to a version in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Every path that it has, whatever bundle that is from.
    pub manifest: Manifest,
    /// The bundles.
    pub bundles: BTreeSet<BundleName>,
}

impl Change {
    /// Divides the change into what lies at or below a directory and all else.
    pub(crate) fn divide(&self, unit: &[u8]) -> (Self, Self) {
        let part = |is_inside: bool| {
            let belongs = |path: &TreePath| path.is_at_or_below(unit) == is_inside;
            let mut attributes = AttributeTable::default();
            for (path, said) in self.attributes.iter().filter(|(path, _)| belongs(path)) {
                add(&mut attributes, path, said);
            }
            Self {
                steps: self.steps.iter().filter(|step| belongs(step.path())).cloned().collect(),
                attributes,
                bare: self.bare.iter().filter(|path| belongs(path)).cloned().collect(),
                timestamp: self.timestamp,
                before: None,
                after: None,
            }
        };
        (part(true), part(false))
    }
}

/// Adds what is said of a path to a table.
pub(crate) fn add(table: &mut AttributeTable, path: &TreePath, said: &PathAttributes) {
    if let Some(seconds) = said.mtime() {
        table.set_mtime(path.clone(), seconds);
    }
    for (name, value) in said.xattrs() {
        // It was stated within the same limits before.
        drop(table.set_xattr(path.clone(), name.clone(), value.clone()));
    }
}

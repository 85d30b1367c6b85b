//! An OS tree as a build knows it: what stands where, and where its content can be read again.

use std::{collections::BTreeMap, sync::Arc};

use swupd_protocol::{hash::ContentHash, object::Object, path::TreePath};

/// What stands at each path of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<TreePath, TreeObject>);

/// One object of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeObject {
    /// Kind, owner, mode, size or target.
    pub object: Object,
    /// Its name.
    pub hash: ContentHash,
    /// Where its content can be read again.
    pub source: Source,
    /// Extended attributes worth keeping, by name.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// When it was last changed, in seconds since 1970, where that matters to what runs it.
    pub mtime: Option<i64>,
}

/// Where the content of a file can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the tree that is built from, at this path.
    Tree(TreePath),
    /// Here: it was made by the build.
    Bytes(Arc<[u8]>),
}

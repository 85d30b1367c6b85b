//! Where a command wants to go. Every command is the same trip with another goal: update means
//! another version, bundle-add other bundles, repair the same of both, but believing the disk
//! instead of the record.

use std::collections::BTreeSet;

use swupd_protocol::{bundle::BundleName, version::Version};

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The version that the tree should be.
    pub version: Version,
    /// The bundles that it should have; what these include comes with them.
    pub bundles: BTreeSet<BundleName>,
    /// What tells what the tree has now.
    pub believe: Believe,
}

/// What tells what the tree has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Believe {
    /// The manifests of the installed version: only what differs between two versions is looked at.
    TheRecord,
    /// The tree itself: every path of the version is looked at.
    TheDisk,
}

//! What must be brought here, and proof that it was: the order that `plan` gives to `pull`, and
//! what `pull` gives to `stage`. Pure data.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    limits::MAX_PACK,
    manifest::{Header, Manifest},
    object::Kind,
    path::TreePath,
    version::Version,
};

/// What must be in the store before anything is changed, and where it may come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obtain {
    /// Every object that is needed, by its name.
    pub objects: BTreeMap<ContentHash, Wanted>,
    /// Packs that may hold some of them. One that the server does not have is no error.
    pub packs: Vec<PackRequest>,
    /// Files that the tree should have, by the name of their object, with a path at which each
    /// lies: copies and the old side of deltas are taken from there, once they prove to be it.
    pub installed: BTreeMap<ContentHash, TreePath>,
}

/// An object that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What the manifest says that it is.
    pub kind: Kind,
    /// The version whose directory holds it as a fullfile.
    pub version: Version,
    /// A path at which it will lie, for messages.
    pub path: TreePath,
    /// The most bytes that its content may have: the `contentsize` of a bundle that lists it.
    pub limit: u64,
}

/// A pack that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRequest {
    /// The bundle.
    pub bundle: BundleName,
    /// The version of the bundle that is here; none for the pack with everything.
    pub from: Option<Version>,
    /// The version of the bundle that is wanted.
    pub to: Version,
    /// The most bytes that it may unpack to.
    pub limit: u64,
    /// What of the order it may hold.
    pub objects: BTreeSet<ContentHash>,
}

impl PackRequest {
    /// Returns the request for the pack of a bundle that leads from a version of it to that of the
    /// manifest, which also bounds the pack: each of its files comes whole or as a delta, and a
    /// delta is no larger than its file. `is_ordered` tells what is wanted of it.
    pub fn new(
        bundle: BundleName,
        from: Option<Version>,
        manifest: &Manifest,
        is_ordered: impl Fn(&ContentHash) -> bool,
    ) -> Self {
        let Header { version: to, content_size, .. } = manifest.header;
        let headers = (manifest.entries.len() as u64).saturating_mul(HEADERS_OF_A_MEMBER);
        let limit = content_size.saturating_add(headers).saturating_mul(2).saturating_add(ROOM);
        let is_new = |version: Version| from.is_none_or(|from| version > from);
        let entries = manifest.present().filter(|entry| is_new(entry.version));
        let objects = entries.map(|entry| entry.hash).filter(is_ordered).collect();
        Self { bundle, from, to, limit: limit.min(MAX_PACK), objects }
    }

    /// Says whether the pack is still worth its transfer: not where an earlier run, which was
    /// interrupted, left nothing of it to bring, or so little of a pack with everything that what
    /// is missing comes sooner alone.
    pub(super) fn is_worth_it(&self, is_missing: impl Fn(&ContentHash) -> bool) -> bool {
        let all = self.objects.len();
        let missing = self.objects.iter().filter(|hash| is_missing(hash)).count();
        let is_little = self.from.is_none() && all >= MANY && missing * LITTLE <= all;
        missing > 0 && !is_little
    }
}

/// Says that every object of an [`Obtain`] is in the store, each checked by its name. Only `pull`
/// says so.
#[derive(Debug)]
#[must_use]
pub struct Pulled {
    tally: Tally,
}

impl Pulled {
    /// Says so.
    pub(super) fn with(tally: Tally) -> Self {
        Self { tally }
    }

    /// Returns where the objects came from.
    pub fn tally(&self) -> Tally {
        self.tally
    }
}

/// How many objects came from where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// In the store already.
    pub stored: u64,
    /// Copied from another path of the tree.
    pub copied: u64,
    /// Whole, out of packs.
    pub packed: u64,
    /// Made from an installed file and a delta.
    pub patched: u64,
    /// Alone, as a fullfile.
    pub fetched: u64,
}

/// How many objects make a pack that is not taken for its last ones.
const MANY: usize = 20;
/// What part of them is little.
const LITTLE: usize = 4;
/// Bytes of an archive that one member may take besides its content.
const HEADERS_OF_A_MEMBER: u64 = 4096;
/// Bytes that a pack may have beyond what its manifest explains.
const ROOM: u64 = 1 << 20;

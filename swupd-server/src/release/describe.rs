//! What a version is: from a tree, its bundles and what was published before to manifests, and to
//! what has to be written. All choices of a build are made here; nothing is read or written.

mod bases;
mod manifests;
mod packs;

use std::{collections::BTreeMap, sync::Arc};

use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    manifest::Manifest,
    mom::Mom,
    object::Object,
    path::TreePath,
    version::{FormatNumber, Version},
};

use crate::{
    bundles::BundleContent,
    tree::{Source, Tree},
};

/// What a build is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The number of the new version.
    pub version: Version,
    /// The format of its manifests.
    pub format: FormatNumber,
    /// The time of the version, in seconds since 1970.
    pub timestamp: u64,
    /// What stands where, with all that the build itself adds.
    pub tree: &'a Tree,
    /// The bundles; every path of theirs is in the tree.
    pub bundles: &'a BTreeMap<BundleName, BundleContent>,
    /// What is published already, newest first, as far back as deltas shall go but at least the
    /// newest.
    pub history: &'a [Past],
    /// How many versions back deltas shall go.
    pub delta_packs_from: usize,
}

/// Describes the version that is asked for.
pub fn describe(request: &Request<'_>) -> Result<Described, DescribeError> {
    check_numbers(request.version, request.format, request.history)?;
    check_names(request)?;
    let changed = manifests::changed(request)?;
    let mom = manifests::mom(request, &changed);
    let full = manifests::full(request, &changed);
    let contents = packs::contents(request);
    let objects = packs::objects(request, &changed);
    let transport = packs::transport(request, &changed, &contents);
    Ok(Described {
        version: request.version,
        format: request.format,
        timestamp: request.timestamp,
        mom,
        full,
        changed,
        objects,
        contents,
        deltas: transport.deltas,
        packs: transport.packs,
        manifest_deltas: transport.manifest_deltas,
    })
}

/// A version that is already published.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its number.
    pub version: Version,
    /// Its bundles.
    pub mom: Mom,
    /// The manifests that the MoM lists, of every bundle that is present in it.
    pub manifests: BTreeMap<BundleName, Arc<Manifest>>,
}

/// All that a build needs to know before it writes anything.
#[derive(Debug, Clone)]
pub struct Described {
    /// The number of the new version.
    pub version: Version,
    /// The format of its manifests.
    pub format: FormatNumber,
    /// The time of the version and of every object in it, in seconds since 1970.
    pub timestamp: u64,
    /// The manifest of manifests.
    pub mom: Mom,
    /// The union of all bundles.
    pub full: Manifest,
    /// The manifests that are new in this version.
    pub changed: BTreeMap<BundleName, Manifest>,
    /// What must lie in this version's `files/`: every object that an entry of this version names.
    pub objects: BTreeMap<ContentHash, NewObject>,
    /// Every object of the version, new or not, and where its content can be read.
    pub contents: BTreeMap<ContentHash, Content>,
    /// The deltas that the packs need, each once, by path.
    pub deltas: Vec<DeltaPair>,
    /// The packs to make.
    pub packs: Vec<PackPlan>,
    /// The manifest deltas to make.
    pub manifest_deltas: Vec<ManifestDelta>,
}

/// One object to be published as a fullfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject {
    /// The first path at which it stands.
    pub path: TreePath,
    /// An earlier version that has the very same fullfile, which can then be linked.
    pub published: Option<Version>,
}

/// What an object is, and where its content can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Kind, owner, mode, size or target.
    pub object: Object,
    /// Where the content can be read.
    pub source: Source,
    /// Extended attributes, on which all paths with this object agree.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// The time that it travels with, in seconds since 1970.
    pub mtime: u64,
}

/// One file delta to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeltaPair {
    /// The object that the client has.
    pub from: ContentHash,
    /// The version in whose `files/` that object lies.
    pub from_version: Version,
    /// The object that it should get.
    pub to: ContentHash,
    /// A path of the new object.
    pub path: TreePath,
}

/// One pack to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackPlan {
    /// The bundle.
    pub bundle: BundleName,
    /// The version of the bundle that it starts from; none for the zero pack.
    pub from: Option<Version>,
    /// The version of the bundle that it leads to.
    pub to: Version,
    /// What goes into it, by path, each object once.
    pub members: Vec<PackMember>,
}

/// One object of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackMember {
    /// The object.
    pub hash: ContentHash,
    /// Its first path in the bundle.
    pub path: TreePath,
    /// The object that a delta could start from; may be the same object under another path.
    pub base: Option<ContentHash>,
}

/// One manifest delta to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestDelta {
    /// The bundle.
    pub bundle: BundleName,
    /// The version of the bundle that it starts from.
    pub from: Version,
    /// The version of the bundle that it leads to.
    pub to: Version,
}

/// Checks that a version of this number and format can follow what is published.
pub fn check_numbers(
    version: Version,
    format: FormatNumber,
    history: &[Past],
) -> Result<(), DescribeError> {
    let Some(past) = history.first() else { return Ok(()) };
    let (newest, published) = (past.version, past.mom.header.format);
    if version <= newest {
        return Err(DescribeError::NotNewer { asked: version, newest });
    }
    if format < published {
        return Err(DescribeError::OldFormat { asked: format, published });
    }
    Ok(())
}

fn check_names(request: &Request<'_>) -> Result<(), DescribeError> {
    for (bundle, content) in request.bundles {
        let unknown = |name: &&BundleName| !request.bundles.contains_key(*name);
        if let Some(named) = content.includes.iter().chain(&content.also_add).find(unknown) {
            return Err(DescribeError::Bundle { bundle: bundle.clone(), named: named.clone() });
        }
    }
    Ok(())
}

/// The latest time that an archive can hold, in seconds since 1970: eleven octal digits.
pub const LATEST_TIME: u64 = 0o77_777_777_777;

/// Why a version cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescribeError {
    /// Versions only go up: clients never go back by themselves.
    #[error("version {asked} is not newer than the newest published one, {newest}")]
    NotNewer {
        /// The number that was asked for.
        asked: Version,
        /// The newest published one.
        newest: Version,
    },
    /// Formats only go up, too.
    #[error("format {asked} is older than format {published} of the newest published version")]
    OldFormat {
        /// The format that is set.
        asked: FormatNumber,
        /// The format of the newest published version.
        published: FormatNumber,
    },
    /// A bundle names another that does not exist.
    #[error("bundle {bundle} names bundle {named}, which is not defined")]
    Bundle {
        /// The bundle.
        bundle: BundleName,
        /// The bundle that it names.
        named: BundleName,
    },
    /// A bundle has a path that the tree lacks.
    #[error("bundle {bundle} has {path}, which is not in the tree")]
    Path {
        /// The bundle.
        bundle: BundleName,
        /// The path.
        path: TreePath,
    },
}

#[cfg(test)]
#[path = "describe_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "describe_golden_tests.rs"]
mod golden_tests;

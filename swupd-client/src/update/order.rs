//! What has to be brought for a change, and the ways in which it may come: the order that goes to
//! `pull`. Pure.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName, hash::ContentHash, manifest::Entry, path::TreePath, release::Release,
    version::Version,
};

use crate::update::obtain::{Obtain, PackRequest, Wanted};

/// Which packs may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packs<'a> {
    /// For a bundle that is here in an older version the pack from there, for one that is new all
    /// of it.
    From(&'a BTreeMap<BundleName, Version>),
    /// For every bundle all of it.
    Zero,
    /// None: each object comes alone.
    None,
}

/// Returns the order for `puts`, of which `installed` are the files that are here already, by their
/// objects. A pack is asked for only where it can bring something.
pub(super) fn order(
    puts: &[Entry],
    release: &Release,
    packs: Packs<'_>,
    installed: BTreeMap<ContentHash, TreePath>,
) -> Obtain {
    let mut objects: BTreeMap<ContentHash, Wanted> = BTreeMap::new();
    for entry in puts {
        let Some(kind) = entry.kind else { continue };
        let wanted =
            Wanted { kind, version: entry.version, path: entry.path.clone(), limit: LEAST_LIMIT };
        objects.entry(entry.hash).or_insert(wanted);
    }
    let mut bringing = BTreeSet::new();
    for (bundle, manifest) in release.manifests() {
        for entry in manifest.present() {
            let Some(wanted) = objects.get_mut(&entry.hash) else { continue };
            // The size of one object is not stated; it cannot pass that of its bundle.
            wanted.limit = wanted.limit.max(manifest.header.content_size);
            bringing.insert(bundle);
        }
    }
    let is_ordered = |hash: &ContentHash| objects.contains_key(hash);
    let requests = bringing.into_iter().filter_map(|bundle| {
        let manifest = release.manifest(bundle)?;
        let from = match packs {
            Packs::From(versions) => versions.get(bundle).copied(),
            Packs::Zero => None,
            Packs::None => return None,
        };
        let is_newer = from != Some(manifest.header.version);
        is_newer.then(|| PackRequest::new(bundle.clone(), from, manifest, is_ordered))
    });
    let packs = requests.collect();
    Obtain { objects, packs, installed }
}

/// What an object may have at least, in bytes, however small its bundle says that it is: content of
/// old tools states no sizes.
const LEAST_LIMIT: u64 = 16 << 20;

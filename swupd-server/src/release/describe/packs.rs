//! What has to be written for the manifests: objects, packs, deltas.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map};

use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    manifest::{Entry, Manifest},
    object::Object,
    path::TreePath,
    version::Version,
};

use super::{
    Content, DeltaPair, LATEST_TIME, ManifestDelta, NewObject, PackMember, PackPlan, Past, Request,
    bases::Bases,
};
use crate::tree::TreeObject;

/// Returns every object of the bundles. Of paths with one object the first gives the content.
pub(super) fn contents(request: &Request<'_>) -> BTreeMap<ContentHash, Content> {
    let mut contents: BTreeMap<ContentHash, Content> = BTreeMap::new();
    let mut seen = HashSet::new();
    for path in request.bundles.values().flat_map(|bundle| &bundle.paths) {
        let Some(object) = request.tree.0.get(path).filter(|_| seen.insert(path)) else { continue };
        match contents.entry(object.hash) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(content(object, request.timestamp));
            }
            btree_map::Entry::Occupied(mut known) if known.get().xattrs != object.xattrs => {
                // No archive may give a path what belongs to another, capabilities least of all.
                known.get_mut().xattrs.clear();
            }
            btree_map::Entry::Occupied(_) => {}
        }
    }
    contents
}

fn content(object: &TreeObject, timestamp: u64) -> Content {
    let mtime = object.mtime.and_then(|time| u64::try_from(time).ok());
    let mtime = mtime.filter(|time| *time <= LATEST_TIME).unwrap_or(timestamp);
    Content {
        object: object.object.clone(),
        source: object.source.clone(),
        xattrs: object.xattrs.clone(),
        mtime,
    }
}

/// Returns the objects that entries of this version name.
pub(super) fn objects(
    request: &Request<'_>,
    changed: &BTreeMap<BundleName, Manifest>,
) -> BTreeMap<ContentHash, NewObject> {
    let mut published: HashMap<ContentHash, Version> = HashMap::new();
    let old = request.history.iter().flat_map(|past| past.manifests.values());
    for entry in old.flat_map(|manifest| manifest.present()) {
        let version = published.entry(entry.hash).or_insert(entry.version);
        *version = entry.version.min(*version);
    }
    let mut objects: BTreeMap<ContentHash, NewObject> = BTreeMap::new();
    let new = changed.values().flat_map(Manifest::present);
    for entry in new.filter(|entry| entry.version == request.version) {
        let object = objects.entry(entry.hash).or_insert_with(|| NewObject {
            path: entry.path.clone(),
            published: published.get(&entry.hash).copied(),
        });
        if entry.path < object.path {
            object.path = entry.path.clone();
        }
    }
    objects
}

/// What updates travel in.
#[derive(Debug, Default)]
pub(super) struct Transport {
    pub(super) packs: Vec<PackPlan>,
    pub(super) deltas: Vec<DeltaPair>,
    pub(super) manifest_deltas: Vec<ManifestDelta>,
}

/// Returns the packs of the changed bundles: a zero pack each, and one from each version that the
/// bundle had in the versions that the request goes back to.
pub(super) fn transport(
    request: &Request<'_>,
    changed: &BTreeMap<BundleName, Manifest>,
    contents: &BTreeMap<ContentHash, Content>,
) -> Transport {
    let mut transport = Transport::default();
    let mut deltas = BTreeMap::new();
    for (bundle, manifest) in changed {
        let present = by_path(manifest);
        let plan =
            |from, members| PackPlan { bundle: bundle.clone(), from, to: request.version, members };
        transport.packs.push(plan(None, members(&present, |_| None)));
        for (from, old) in earlier(bundle, request) {
            let news = news(&present, old);
            let bases = Bases::new(old);
            let base = |entry: &Entry| {
                let base = bases.find(entry.hash, &entry.path)?;
                let worthwhile = contents.get(&entry.hash).is_some_and(is_worth_a_delta);
                worthwhile.then(|| {
                    let pair = pair(base, entry);
                    deltas.entry((pair.from, pair.to)).or_insert(pair);
                    base.hash
                })
            };
            transport.packs.push(plan(Some(from), members(&news, base)));
            let to = request.version;
            transport.manifest_deltas.push(ManifestDelta { bundle: bundle.clone(), from, to });
        }
    }
    transport.deltas = deltas.into_values().collect();
    transport
        .deltas
        .sort_by(|a: &DeltaPair, b| (&a.path, a.to, a.from).cmp(&(&b.path, b.to, b.from)));
    transport
}

fn pair(base: &Entry, entry: &Entry) -> DeltaPair {
    DeltaPair {
        from: base.hash,
        from_version: base.version,
        to: entry.hash,
        path: entry.path.clone(),
    }
}

/// Returns the different manifests that the bundle had, newest first, with its versions then.
fn earlier<'a>(bundle: &BundleName, request: &Request<'a>) -> Vec<(Version, &'a Manifest)> {
    let mut earlier: Vec<(Version, &Manifest)> = Vec::new();
    let manifest = |past: &'a Past| {
        let version = past.mom.bundle(bundle)?.version;
        Some((version, past.manifests.get(bundle)?.as_ref()))
    };
    for (version, old) in request.history.iter().take(request.delta_packs_from).filter_map(manifest)
    {
        if earlier.iter().all(|(known, _)| *known != version) {
            earlier.push((version, old));
        }
    }
    earlier
}

fn by_path(manifest: &Manifest) -> Vec<&Entry> {
    let mut present: Vec<&Entry> = manifest.present().collect();
    present.sort_by(|a, b| a.path.cmp(&b.path));
    present
}

/// Returns the entries whose path had another object before, or none.
fn news<'a>(present: &[&'a Entry], old: &Manifest) -> Vec<&'a Entry> {
    let known: HashMap<&TreePath, ContentHash> =
        old.present().map(|entry| (&entry.path, entry.hash)).collect();
    let is_new = |entry: &&&Entry| known.get(&entry.path) != Some(&entry.hash);
    present.iter().filter(is_new).copied().collect()
}

/// Returns a member for each object, at its first path.
fn members(
    entries: &[&Entry],
    mut base: impl FnMut(&Entry) -> Option<ContentHash>,
) -> Vec<PackMember> {
    let mut seen = HashSet::with_capacity(entries.len());
    let first = entries.iter().filter(|entry| seen.insert(entry.hash));
    first
        .map(|entry| PackMember { hash: entry.hash, path: entry.path.clone(), base: base(entry) })
        .collect()
}

fn is_worth_a_delta(content: &Content) -> bool {
    matches!(content.object, Object::File { size, .. } if (LEAST..=MOST).contains(&size))
}

/// Below this many bytes a delta's header eats what it saves; the reference server has it, too.
const LEAST: u64 = 200;
/// What a client makes from a delta at most.
const MOST: u64 = swupd_protocol::limits::MAX_DELTA_RESULT;

//! The manifests of bundles: what stands in each, since when, and whether anything changed.

use std::collections::{BTreeMap, HashMap};

use swupd_protocol::{
    bundle::BundleName,
    hash::{ContentHash, ManifestHash},
    manifest::{Entry, Header, Manifest, Misc, Status},
    mom::{Mom, MomEntry},
    path::TreePath,
    variant::Variant,
    version::Version,
};

use super::{DescribeError, Past, Request};
use crate::{bundles::BundleContent, tree::Tree};

/// Returns the manifests that differ from those of the version before.
pub(super) fn changed(
    request: &Request<'_>,
) -> Result<BTreeMap<BundleName, Manifest>, DescribeError> {
    let mut changed = BTreeMap::new();
    for (name, content) in request.bundles {
        let old = request.history.first().and_then(|past| past.manifests.get(name));
        if let Some(manifest) = of_bundle(request, name, content, old.map(AsRef::as_ref))? {
            changed.insert(name.clone(), manifest);
        }
    }
    Ok(changed)
}

/// Returns the MoM: changed bundles with this version, all others as they were.
pub(super) fn mom(request: &Request<'_>, changed: &BTreeMap<BundleName, Manifest>) -> Mom {
    let old = request.history.first().map(|past| &past.mom);
    let entry = |(name, content): (&BundleName, &BundleContent)| {
        let status = if content.experimental { Status::Experimental } else { Status::Present };
        let (hash, version) = match changed.get(name) {
            Some(manifest) => (ManifestHash::of(&manifest.to_text()), request.version),
            None => old.and_then(|mom| mom.bundle(name)).map(|e| (e.hash, e.version))?,
        };
        Some(MomEntry { status, hash, version, name: name.clone() })
    };
    let bundles = request.bundles.iter().filter_map(entry).collect();
    Mom { header: header(request, 0), bundles }
}

/// Returns the header of a manifest without bundles that it names.
pub(super) fn header(request: &Request<'_>, content_size: u64) -> Header {
    Header {
        format: request.format,
        version: request.version,
        previous: request.history.first().map(|past| past.version),
        min_version: None,
        timestamp: request.timestamp,
        content_size,
        includes: Vec::new(),
        also_add: Vec::new(),
    }
}

/// Returns none where nothing changed.
fn of_bundle(
    request: &Request<'_>,
    name: &BundleName,
    content: &BundleContent,
    old: Option<&Manifest>,
) -> Result<Option<Manifest>, DescribeError> {
    let known: HashMap<&TreePath, &Entry> =
        old.iter().flat_map(|m| &m.entries).map(|entry| (&entry.path, entry)).collect();
    let mut entries = Vec::with_capacity(content.paths.len());
    let mut content_size = 0;
    for path in &content.paths {
        let missing = || DescribeError::Path { bundle: name.clone(), path: path.clone() };
        let object = request.tree.0.get(path).ok_or_else(missing)?;
        content_size += object.object.content_size();
        let exported = content.exported.contains(path);
        let mut entry = Entry {
            kind: Some(object.object.kind()),
            status: Status::Present,
            variant: Variant::BASELINE,
            misc: if exported { Misc::Exported } else { Misc::None },
            hash: object.hash,
            version: request.version,
            path: path.clone(),
        };
        if let Some(known) = known.get(path).filter(|known| known.same_content(&entry)) {
            entry.version = known.version;
        }
        entries.push(entry);
    }
    let same_format = old.is_some_and(|m| m.header.format == request.format);
    let gone = old.iter().flat_map(|m| &m.entries).filter(|e| !content.paths.contains(&e.path));
    entries.extend(gone.filter_map(|entry| gone_entry(entry, request.version, same_format)));

    let mut header = header(request, content_size);
    header.includes = content.includes.iter().cloned().collect();
    header.also_add = content.also_add.iter().cloned().collect();
    let changed = old.is_none_or(|old| names(&old.header) != names(&header))
        || entries.iter().any(|entry| entry.version == request.version);
    Ok(changed.then_some(Manifest { header, entries }))
}

/// Returns what stands in the manifest for a path that is there no more.
///
/// Deleted entries stay, so that a client that skips versions still learns of them, until the
/// format changes: no client skips that. Ghosted ones stand in one version.
fn gone_entry(entry: &Entry, version: Version, same_format: bool) -> Option<Entry> {
    if !entry.is_present() {
        let stays = entry.status == Status::Deleted && same_format;
        return stays.then(|| entry.clone());
    }
    let boot = BOOT.iter().any(|directory| entry.path.as_bytes().starts_with(directory));
    Some(Entry {
        kind: None,
        status: if boot { Status::Ghosted } else { Status::Deleted },
        variant: Variant::BASELINE,
        misc: Misc::None,
        hash: ContentHash::ABSENT,
        version,
        path: entry.path.clone(),
    })
}

fn names(header: &Header) -> [std::collections::BTreeSet<&BundleName>; 2] {
    [header.includes.iter().collect(), header.also_add.iter().collect()]
}

/// Returns the union of the bundles' manifests, in which no bundle is named.
///
/// Of several bundles that have a path the oldest entry counts: its fullfile lies there. A deleted
/// path counts as such only where no bundle has it, and not from before a change of format.
pub(super) fn full(request: &Request<'_>, changed: &BTreeMap<BundleName, Manifest>) -> Manifest {
    let past = request.history.first();
    let mut union: BTreeMap<&TreePath, &Entry> = BTreeMap::new();
    for name in request.bundles.keys() {
        let Some(manifest) = current(name, changed, past) else { continue };
        let same_format = manifest.header.format == request.format;
        for entry in &manifest.entries {
            let counts = match entry.status {
                Status::Deleted => same_format,
                Status::Ghosted => entry.version == request.version,
                Status::Present | Status::Experimental => true,
            };
            if counts {
                let known = union.entry(&entry.path).or_insert(entry);
                if prevails(entry, known) {
                    *known = entry;
                }
            }
        }
    }
    let entries: Vec<Entry> =
        union.into_values().map(|entry| Entry { misc: Misc::None, ..entry.clone() }).collect();
    let content_size = content_size(&entries, request.tree);
    Manifest { header: header(request, content_size), entries }
}

/// Returns the manifest that a bundle has in this version, new or not.
pub(super) fn current<'a>(
    name: &BundleName,
    changed: &'a BTreeMap<BundleName, Manifest>,
    past: Option<&'a Past>,
) -> Option<&'a Manifest> {
    changed.get(name).or_else(|| past?.manifests.get(name).map(AsRef::as_ref))
}

fn prevails(entry: &Entry, known: &Entry) -> bool {
    match (entry.is_present(), known.is_present()) {
        (true, true) => entry.version < known.version,
        (false, false) => entry.version > known.version,
        (present, _) => present,
    }
}

fn content_size(entries: &[Entry], tree: &Tree) -> u64 {
    let present = entries.iter().filter(|entry| entry.is_present());
    present.filter_map(|entry| tree.0.get(&entry.path)).map(|o| o.object.content_size()).sum()
}

/// Where a removed path is left on clients: they may be running from it.
const BOOT: [&[u8]; 3] = [b"/boot/", b"/usr/lib/modules/", b"/usr/lib/kernel/"];

//! What a trip will do, decided before it is done: shown to whoever wants to see it, or carried out
//! without further choices.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName, manifest::Manifest, object::Kind, object::Object, path::TreePath,
    version::Version,
};

use super::{
    Outcome, Target, Trip, UpdateError,
    look::{self, LookError},
    obtain::Obtain,
    order::{Packs, order},
    plan::Changes,
    pull::{self, Forecast},
    versions_of,
};
use crate::host::root::{Root, Seen};

/// What a trip will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    changes: Changes,
    order: Obtain,
}

impl Plan {
    /// Returns the paths at which something is put.
    pub fn puts(&self) -> impl Iterator<Item = &TreePath> {
        self.changes.puts.iter().map(|entry| &entry.path)
    }

    /// Returns the paths that are removed.
    pub fn removes(&self) -> impl Iterator<Item = &TreePath> {
        self.changes.removes.iter()
    }

    /// Returns the versions in which what is put came to be as it is.
    pub fn versions(&self) -> BTreeSet<Version> {
        self.changes.puts.iter().map(|entry| entry.version).collect()
    }
}

impl Trip<'_> {
    /// Decides how to get to another version or to other bundles, from a record that is believed.
    pub fn plan(&self, from: &Target, to: &Target) -> Result<Plan, UpdateError> {
        let here = versions_of(&from.release);
        let is_other_version = from.release.version() != to.release.version();
        let mut changes = if is_other_version {
            Changes::between(&from.content, &to.content)
        } else if to.bundles.is_subset(&from.bundles) {
            let mut changes = Changes::removing(&from.content, &to.content);
            let occupied = look::occupied(&self.machine.root, &changes.removes)?;
            changes.removes.retain(|path| !occupied.contains(path));
            changes
        } else {
            Changes::adding(&from.content, &to.content)
        };
        let unsure = std::mem::take(&mut changes.puts_unless_there);
        changes.puts.extend(self.not_there(unsure)?);
        self.add_parents(&mut changes, to)?;
        let new = to.bundles.difference(&from.bundles).count();
        // The reference client takes packs for bundles only where they spare many requests.
        let few = changes.puts.len() <= FILES_PER_PACK * new;
        let packs = match (is_other_version, few) {
            (false, true) => Packs::None,
            _ => Packs::From(&here),
        };
        let order = order(&changes.puts, &to.release, packs, from.content.files());
        Ok(Plan { changes, order })
    }

    /// Does what was decided.
    pub fn follow(&self, plan: Plan, from: &Target, to: &Target) -> Result<Outcome, UpdateError> {
        self.carry_out(Some(from), plan.changes, to, &plan.order)
    }

    /// Foresees what following a plan would fetch.
    pub fn foresee(&self, plan: &Plan, to: &Target) -> Forecast {
        let places = (&self.machine.store, &self.machine.root);
        let observer = self.metadata.observer;
        pull::foresee(&plan.order, &to.release, self.metadata.remote, places, observer)
    }

    /// Returns the bytes on the disk that the new tree takes besides what it shares with the old
    /// one: the files that are put, and every directory.
    pub fn room_for(&self, plan: &Plan, to: &Target) -> Result<u64, UpdateError> {
        let root = &self.machine.root;
        let put: BTreeMap<&TreePath, Option<Kind>> =
            plan.changes.puts.iter().map(|entry| (&entry.path, entry.kind)).collect();
        let mut bytes = 0;
        let mut told = BTreeSet::new();
        for (_, manifest) in to.release.manifests() {
            let concerned = manifest.present().any(|entry| put.contains_key(&entry.path));
            if concerned {
                bytes += new_bytes(root, manifest, &put, &mut told)?;
            }
        }
        let directories = to.content.present().filter(|e| e.kind == Some(Kind::Directory)).count();
        Ok(bytes + directories as u64 * BYTES_OF_A_DIRECTORY)
    }
}

/// Returns the bytes of a bundle's files that are put: all that the bundle says it has, without those
/// that stay. One that does not say it counts by what is replaced.
fn new_bytes<'a>(
    root: &Root,
    manifest: &'a Manifest,
    put: &BTreeMap<&TreePath, Option<Kind>>,
    told: &mut BTreeSet<&'a TreePath>,
) -> Result<u64, UpdateError> {
    let (mut kept, mut replaced) = (0, 0);
    for entry in manifest.present().filter(|entry| entry.kind == Some(Kind::File)) {
        let is_put = put.contains_key(&entry.path);
        // What several bundles have is put once.
        if !told.insert(&entry.path) && is_put {
            continue;
        }
        let seen = root.look(&entry.path).map_err(|e| LookError::new(&entry.path, e))?;
        if let Seen::Object(Object::File { size, .. }) = seen {
            *(if is_put { &mut replaced } else { &mut kept }) += size;
        }
    }
    Ok(manifest.header.content_size.checked_sub(kept).unwrap_or(replaced))
}

/// Returns which bundles change, come and go.
pub fn bundles_between(from: &Target, to: &Target) -> BundleChanges {
    let (before, after) = (versions_of(&from.release), versions_of(&to.release));
    let changed = after.iter().filter_map(|(bundle, version)| {
        let before = before.get(bundle).filter(|before| *before != version)?;
        Some((bundle.clone(), (*before, *version)))
    });
    BundleChanges {
        changed: changed.collect(),
        added: to.bundles.difference(&from.bundles).cloned().collect(),
        removed: from.bundles.difference(&to.bundles).cloned().collect(),
    }
}

/// Which bundles change, come and go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleChanges {
    /// Those that are another version, from which to which.
    pub changed: BTreeMap<BundleName, (Version, Version)>,
    /// Those that come.
    pub added: BTreeSet<BundleName>,
    /// Those that go.
    pub removed: BTreeSet<BundleName>,
}

/// How many files a new bundle must bring on average before its pack is asked for.
const FILES_PER_PACK: usize = 10;
/// What a small directory takes on most file systems.
const BYTES_OF_A_DIRECTORY: u64 = 4096;

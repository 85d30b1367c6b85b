//! The union of all bundles' manifests. Nobody signs it and no client reads it, but it must not say
//! anything that the manifests do not.

use std::collections::HashSet;

use swupd_protocol::{
    hash::ContentHash,
    layout::{self, FULL_FILE},
    limits::MAX_MANIFEST,
    manifest::{Entry, Manifest},
    mom::Mom,
    path::TreePath,
};

use super::{
    MirrorError, Order,
    bring::{Bringer, Piece, Stream, whole},
    inbox::Staged,
    metadata::{self, Listed},
};
use crate::report::causes;

/// What stands where.
type Objects = HashSet<(ContentHash, TreePath)>;

/// Fetches it in both its forms, where all bundles are wanted; `new` are the manifests that have no
/// place yet.
pub(super) fn fetch(
    order: Order<'_>,
    bringer: &Bringer<'_>,
    mom: &Mom,
    new: &[Listed],
) -> Result<Vec<Staged>, MirrorError> {
    if !order.wanted.bundles.is_empty() {
        return Ok(Vec::new());
    }
    let owner = layout::mom(mom.header.version);
    let path = layout::full_manifest(mom.header.version);
    let bare = Piece { path: path.clone(), limit: MAX_MANIFEST };
    let brought = bringer.fetch(&bare, whole);
    let Some((text, bare)) = bringer.or_leave_out(&owner, &path, brought)?.flatten() else {
        return Ok(Vec::new());
    };
    if let Err(why) = agrees(&text, mom, &objects(order, mom, new)?) {
        bringer.leave_out(&owner, &path, why);
        return Ok(Vec::new());
    }
    let same = |stream: &mut Stream<'_>| {
        let files = metadata::members(stream, MAX_MANIFEST)?;
        let is_it = metadata::member(&files, FULL_FILE) == Some(&text);
        is_it.then_some(()).ok_or_else(|| format!("it is not what {path} holds"))
    };
    let tar = Piece { path: path.tar(), limit: MAX_MANIFEST };
    let brought = bringer.or_leave_out(&owner, &tar.path, bringer.fetch(&tar, same))?.flatten();
    Ok(brought.map(|((), file)| file).into_iter().chain([bare]).collect())
}

/// Checks that a text is of the version of a MoM and says nothing but what its manifests do.
fn agrees(text: &[u8], mom: &Mom, objects: &Objects) -> Result<(), String> {
    let full = Manifest::parse(text).map_err(|error| causes(&error))?;
    let stated = (full.header.version, full.header.format);
    if stated != (mom.header.version, mom.header.format) {
        return Err(format!("it says that it is of version {} and format {}", stated.0, stated.1));
    }
    let is_strange = |entry: &&Entry| !objects.contains(&(entry.hash, entry.path.clone()));
    match full.present().find(is_strange) {
        Some(entry) => Err(format!("it has {}, which no bundle has", entry.path)),
        None => Ok(()),
    }
}

/// Returns what the bundles of a version have.
fn objects(order: Order<'_>, mom: &Mom, new: &[Listed]) -> Result<Objects, MirrorError> {
    let mut objects = Objects::new();
    let mut add = |manifest: &Manifest| {
        objects.extend(manifest.present().map(|entry| (entry.hash, entry.path.clone())));
    };
    for line in mom.bundles.iter().filter(|line| line.is_present()) {
        match new.iter().find(|listed| listed.line.hash == line.hash) {
            Some(listed) => add(&listed.manifest),
            None => add(&order.repo.manifest(line)?),
        }
    }
    Ok(objects)
}

//! Finds the bundles that hold a path: by an index of all bundles of a version, built once from
//! their manifests and kept in the cache.

pub mod index;
pub mod query;

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName, hash::ManifestHash, manifest::Manifest, mom::Mom, object::Kind,
    path::TreePath, trust::Trusted, variant::Levels,
};

use crate::{
    bundles::needs::Needs,
    report::{Unit, with_causes},
    update::{
        content::{Content, Layer},
        fetch::{Metadata, MetadataError},
    },
};
use index::{Line, NotAnIndex, Shelf, Writer};
use query::Query;

/// A bundle that holds what was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The bundle.
    pub bundle: BundleName,
    /// The paths, sorted.
    pub paths: Vec<TreePath>,
}

/// What an index says to a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The bundles that hold something, by name.
    pub hits: Vec<Hit>,
    /// Bytes of what is in each bundle.
    pub sizes: BTreeMap<BundleName, u64>,
    /// Which bundles need which.
    pub needs: Needs,
}

impl Answer {
    /// Returns the bytes of a bundle and all that it needs, but for what is in `installed`.
    pub fn size(&self, bundle: &BundleName, installed: &BTreeSet<BundleName>) -> u64 {
        let needed = self.needs.closure([bundle]);
        let missing = needed.iter().filter(|name| !installed.contains(*name));
        missing.filter_map(|name| self.sizes.get(name)).sum()
    }
}

/// An index, and what it lacks.
#[derive(Debug)]
pub struct Built {
    /// Its bytes.
    pub index: Vec<u8>,
    /// The bundles whose manifests could not be had, and why.
    pub missing: Vec<MetadataError>,
}

/// Builds the index of a version from the manifests of all its bundles.
pub fn build(
    metadata: &Metadata<'_>,
    mom: &Trusted<Mom>,
    runnable: Levels,
) -> Result<Built, NotAnIndex> {
    let present = mom.bundles.iter().filter(|bundle| bundle.is_present());
    let mut names: Vec<BundleName> = present.map(|bundle| bundle.name.clone()).collect();
    names.sort();
    let observer = metadata.observer;
    observer.stage("building the search index", Unit::Items, Some(names.len() as u64));
    let mut writer = Writer::new(of(mom))?;
    let mut missing = Vec::new();
    let mut done = 0;
    for round in names.chunks(BUNDLES_AT_ONCE) {
        for (name, manifest) in metadata.manifests(mom, round) {
            match manifest {
                Ok(manifest) => writer.add(&shelf(&name, &manifest, runnable))?,
                Err(error) => {
                    observer.debug(with_causes(&error));
                    missing.push(error);
                }
            }
        }
        done += round.len() as u64;
        observer.progress(done, None);
    }
    observer.stage_done();
    Ok(Built { index: writer.finish()?, missing })
}

/// Says whether bytes are the index of a version, whole.
pub fn check(index: &[u8], mom: &Mom) -> Result<(), NotAnIndex> {
    index::read(index, of(mom), &mut |_| {})
}

/// Asks the index of a version.
pub fn ask(index: &[u8], mom: &Mom, query: &Query) -> Result<Answer, NotAnIndex> {
    let mut answer = Answer::default();
    let mut needs = Vec::new();
    let mut hit: Option<Hit> = None;
    index::read(index, of(mom), &mut |line| match line {
        Line::Shelf { bundle, size, needed } => {
            answer.hits.extend(hit.take());
            answer.sizes.insert(bundle.clone(), size);
            needs.push((bundle.clone(), needed));
            hit = Some(Hit { bundle, paths: Vec::new() });
        }
        Line::Path(bytes) if query.is_met_by(bytes) => {
            if let (Some(hit), Ok(path)) = (&mut hit, TreePath::parse(bytes)) {
                hit.paths.push(path);
            }
        }
        Line::Path(_) => {}
    })?;
    answer.hits.extend(hit);
    answer.hits.retain(|hit| !hit.paths.is_empty());
    answer.needs = Needs::from_pairs(needs);
    Ok(answer)
}

/// Returns what an index is known by: of a version that is published anew none is used that was
/// built before.
fn of(mom: &Mom) -> ManifestHash {
    ManifestHash::of(&mom.to_text())
}

fn shelf(name: &BundleName, manifest: &Manifest, runnable: Levels) -> Shelf {
    let content = Content::of([Layer { manifest, tracked: true }], runnable);
    let files = content.present().filter(|entry| entry.kind != Some(Kind::Directory));
    Shelf {
        bundle: name.clone(),
        size: manifest.header.content_size,
        needed: manifest.header.includes.iter().cloned().collect(),
        paths: files.map(|entry| entry.path.clone()).collect(),
    }
}

/// The name of an index in the directory of its version's metadata.
pub const FILE: &str = "search-index";
/// How many manifests are held in memory at once.
const BUNDLES_AT_ONCE: usize = 64;

//! Every object that a manifest names, as the fullfile that a client would fetch.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;
use swupd_protocol::{hash::ContentHash, layout, manifest::Manifest, version::Version};

use super::{
    Check,
    finding::{Findings, Problem},
    metadata::{Ledger, Listed},
};
use crate::{
    repo::{Repo, RepoError},
    report::{Meter, causes},
};

/// Returns how many bytes there are to read.
pub(super) fn amount(repo: &Repo, ledger: &Ledger) -> u64 {
    let path = |(version, hash): &(Version, ContentHash)| layout::fullfile(*hash, *version);
    let sizes = ledger.objects.keys().map(|key| repo.size(&path(key)));
    sizes.sum()
}

/// Checks each fullfile by its hash, and each manifest by the sizes of what it names.
pub(super) fn check(what: Check<'_>, ledger: &Ledger, findings: &Findings, meter: &Meter<'_>) {
    let sizes = Mutex::new(HashMap::with_capacity(ledger.objects.len()));
    ledger.objects.par_iter().for_each(|((version, hash), listed)| {
        if let Some(size) = object(what.repo, *hash, *version, listed, findings) {
            sizes.lock().unwrap_or_else(PoisonError::into_inner).insert(*hash, size);
        }
        meter.add(what.repo.size(&layout::fullfile(*hash, *version)));
    });
    let sizes = sizes.into_inner().unwrap_or_else(PoisonError::into_inner);
    for ((bundle, version), manifest) in &ledger.manifests {
        let stated = manifest.header.content_size;
        if let Some(actual) = content_size(manifest, &sizes).filter(|actual| *actual != stated) {
            let (stated, actual) = (stated.to_string(), actual.to_string());
            let problem = Problem::States { what: "content size", stated, actual };
            findings.add(&layout::manifest(bundle, *version), problem);
        }
    }
}

/// Returns the size of an object that is as its name and its manifest say.
fn object(
    repo: &Repo,
    hash: ContentHash,
    version: Version,
    listed: &Listed,
    findings: &Findings,
) -> Option<u64> {
    let path = layout::fullfile(hash, version);
    let problem = match repo.copy_object(hash, version, &mut io::sink()) {
        Ok(object) if Some(object.kind()) == listed.kind => return Some(object.content_size()),
        Ok(object) => Problem::States {
            what: "kind",
            stated: format!("{:?}", object.kind()),
            actual: format!("that of {}", listed.path),
        },
        Err(RepoError::Missing { .. }) => Problem::Missing,
        Err(error) => Problem::Damaged { why: causes(&error) },
    };
    findings.add(&path, problem);
    None
}

/// Returns the bytes that a manifest should state, if all its objects are known.
fn content_size(manifest: &Manifest, sizes: &HashMap<ContentHash, u64>) -> Option<u64> {
    manifest.present().map(|entry| sizes.get(&entry.hash).copied()).sum()
}

//! What versions say of themselves: that each MoM and manifest is genuine, and that they agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;
use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    layout::{self, FULL_FILE, MOM_FILE, MOM_SIGNATURE_FILE, RepoPath},
    limits::{MAX_LATEST, MAX_MANIFEST, MAX_SIGNATURE},
    manifest::{Entry, Manifest},
    mom::{Mom, MomEntry},
    object::Kind,
    path::TreePath,
    trust::{Signed, Trusted},
    version::{Format, FormatNumber, Version},
};

use super::{
    Check,
    finding::{Findings, Problem},
};
use crate::{repo::Repo, report::causes};

/// All that versions list, each once.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) manifests: BTreeMap<(BundleName, Version), Arc<Manifest>>,
    /// By the version in whose directory an object lies, and its name.
    pub(super) objects: BTreeMap<(Version, ContentHash), Listed>,
    /// The newest version of each format.
    pub(super) newest: BTreeMap<FormatNumber, Version>,
}

/// What is said of an object where it is first named.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) kind: Option<Kind>,
    pub(super) path: TreePath,
}

impl Ledger {
    /// Reads the metadata of these versions; what cannot be trusted is a finding, and left out.
    pub(super) fn read(what: Check<'_>, versions: &BTreeSet<Version>, findings: &Findings) -> Self {
        let mut ledger = Self::default();
        for version in versions {
            if let Some(mom) = mom(what, *version, findings) {
                ledger.newest.insert(mom.header.format, *version);
                ledger.add(what.repo, &mom, findings);
            }
        }
        for manifest in ledger.manifests.values() {
            for entry in manifest.present() {
                let listed = || Listed { kind: entry.kind, path: entry.path.clone() };
                ledger.objects.entry((entry.version, entry.hash)).or_insert_with(listed);
            }
        }
        ledger
    }

    /// Reads the manifests of a version that no version before has.
    fn add(&mut self, repo: &Repo, mom: &Trusted<Mom>, findings: &Findings) {
        let new = |line: &&MomEntry| !self.manifests.contains_key(&key(line));
        let present = || mom.bundles.iter().filter(|line| line.is_present());
        let new: Vec<_> = present().filter(new).collect();
        let read = new.into_par_iter().filter_map(|line| {
            let manifest = manifest(repo, mom, &line.name, line.version, findings)?;
            Some((key(line), Arc::new(manifest)))
        });
        let read: Vec<_> = read.collect();
        self.manifests.extend(read);
        let manifests = present().filter_map(|line| self.manifests.get(&key(line)));
        let manifests: Vec<&Manifest> = manifests.map(|manifest| &**manifest).collect();
        full(repo, mom, &manifests, findings);
    }
}

fn key(line: &MomEntry) -> (BundleName, Version) {
    (line.name.clone(), line.version)
}

/// Reads a MoM in the forms in which clients may get it; returns it if it is to be trusted.
fn mom(what: Check<'_>, version: Version, findings: &Findings) -> Option<Trusted<Mom>> {
    let path = layout::mom(version);
    let text = bare(what.repo, &path, MAX_MANIFEST, findings)?;
    let signature = bare(what.repo, &path.signature(), MAX_SIGNATURE, findings).unwrap_or_default();
    let members = [(MOM_FILE, &text), (MOM_SIGNATURE_FILE, &signature)];
    tar_of(what.repo, &path, &members, findings);
    let signed = Signed { text: &text, signature: &signature };
    let mom = match what.authority.trust_mom(signed, version, Format::Staging, what.now) {
        Ok(mom) => mom,
        Err(error) => {
            findings.add(&path, Problem::Untrusted { why: causes(&error) });
            return None;
        }
    };
    let format_file = layout::format_of(version);
    let stated = bare(what.repo, &format_file, MAX_LATEST, findings);
    let stated = stated.map(|text| String::from_utf8_lossy(&text).trim_end().to_owned());
    let actual = mom.header.format.to_string();
    if let Some(stated) = stated.filter(|stated| *stated != actual) {
        findings.add(&format_file, Problem::States { what: "format", stated, actual });
    }
    Some(mom)
}

/// Reads a bundle's manifest in both its forms; returns it if it is the one that the MoM lists.
fn manifest(
    repo: &Repo,
    mom: &Trusted<Mom>,
    bundle: &BundleName,
    version: Version,
    findings: &Findings,
) -> Option<Manifest> {
    let path = layout::manifest(bundle, version);
    let text = bare(repo, &path, MAX_MANIFEST, findings)?;
    tar_of(repo, &path, &[(&layout::manifest_file(bundle), &text)], findings);
    let manifest = match mom.trust_manifest(bundle, &text) {
        Ok(manifest) => manifest.into_inner(),
        Err(error) => {
            findings.add(&path, Problem::Untrusted { why: causes(&error) });
            return None;
        }
    };
    for named in manifest.named_bundles() {
        if mom.bundle(named).is_none() {
            findings.add(&path, Problem::UnknownBundle { bundle: named.clone() });
        }
    }
    Some(manifest)
}

/// Checks that the union of all bundles is what it says.
fn full(repo: &Repo, mom: &Mom, manifests: &[&Manifest], findings: &Findings) {
    let path = layout::full_manifest(mom.header.version);
    let Some(text) = bare(repo, &path, MAX_MANIFEST, findings) else { return };
    tar_of(repo, &path, &[(FULL_FILE, &text)], findings);
    let full = match Manifest::parse(&text) {
        Ok(full) => full,
        Err(error) => return findings.add(&path, Problem::Damaged { why: causes(&error) }),
    };
    let objects = |entry: &Entry| (entry.path.clone(), entry.hash);
    let has: BTreeSet<_> = full.present().map(objects).collect();
    for (tree_path, hash) in manifests.iter().flat_map(|m| m.present()).map(objects) {
        if !has.contains(&(tree_path.clone(), hash)) {
            findings.add(&path, Problem::Lacks { path: tree_path, hash });
        }
    }
}

/// Reads a file that must be there.
fn bare(repo: &Repo, path: &RepoPath, limit: u64, findings: &Findings) -> Option<Vec<u8>> {
    match repo.read(path, limit) {
        Ok(Some(text)) => return Some(text),
        Ok(None) => findings.add(path, Problem::Missing),
        Err(error) => findings.add(path, Problem::Damaged { why: causes(&error) }),
    }
    None
}

/// Checks that the archive beside a file has these members and no others.
fn tar_of(repo: &Repo, path: &RepoPath, members: &[(&str, &Vec<u8>)], findings: &Findings) {
    let tar = path.tar();
    let files = match repo.read_tar(&tar, MAX_MANIFEST + MAX_SIGNATURE) {
        Ok(Some(files)) => files,
        Ok(None) => return findings.add(&tar, Problem::Missing),
        Err(error) => return findings.add(&tar, Problem::Damaged { why: causes(&error) }),
    };
    let found = files.iter().map(|file| (&file.name[..], &file.content));
    if !found.eq(members.iter().map(|(name, content)| (name.as_bytes(), *content))) {
        findings.add(&tar, Problem::Differs { from: path.clone() });
    }
}

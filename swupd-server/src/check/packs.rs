//! What saves clients from fetching objects one by one: packs, and the deltas in and beside them.
//! Each is taken apart and each delta applied, as a client would.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::atomic::{AtomicU64, Ordering},
};

use rayon::prelude::*;
use swupd_protocol::{
    bundle::BundleName,
    hash::{ContentHash, ManifestHash},
    layout::{self, RepoPath},
    limits::MAX_MANIFEST,
    manifest::Manifest,
    pack::{PackMember, PackReader},
    path::TreePath,
    version::Version,
};

use super::{
    finding::{Findings, Problem},
    metadata::Ledger,
};
use crate::{
    proof::{self, Bases},
    repo::{Repo, RepoError, names},
    report::{Meter, causes},
};

/// What was found in the directories of the bundles' versions.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    pub(super) packs: Vec<Job>,
    manifest_deltas: Vec<Job>,
    /// By version and name.
    deltas: BTreeSet<(Version, String)>,
}

/// A pack or a manifest delta.
#[derive(Debug)]
pub(super) struct Job {
    bundle: BundleName,
    from: Option<Version>,
    to: Version,
}

impl Job {
    fn pack(&self) -> RepoPath {
        layout::pack(&self.bundle, self.from, self.to)
    }
}

/// Lists the packs and deltas of the bundles' versions. Each bundle has a zero pack; that others
/// are missing is no fault, clients then fetch what they lack.
pub(super) fn find(repo: &Repo, ledger: &Ledger, findings: &Findings) -> Result<Jobs, RepoError> {
    let mut jobs = Jobs::default();
    let mut listed = BTreeMap::new();
    for (bundle, to) in ledger.manifests.keys() {
        let names = match listed.entry(*to) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let directory = repo.path(&layout::version_directory(*to));
                for delta in names(&repo.path(&layout::delta_directory(*to)))? {
                    jobs.deltas.insert((*to, delta));
                }
                new.insert(names(&directory)?)
            }
        };
        let job = |from| Job { bundle: bundle.clone(), from, to: *to };
        let packs = names.iter().filter_map(|name| layout::parse_pack_file(bundle, name));
        jobs.packs.extend(packs.map(job));
        let deltas =
            names.iter().filter_map(|name| layout::parse_manifest_delta_file(bundle, name));
        jobs.manifest_deltas.extend(deltas.map(|from| job(Some(from))));
        let zero = layout::pack(bundle, None, *to);
        if !repo.has(&zero) {
            findings.add(&zero, Problem::Missing);
        }
    }
    Ok(jobs)
}

/// Returns how many bytes of packs there are to read.
pub(super) fn amount(repo: &Repo, jobs: &Jobs) -> u64 {
    jobs.packs.iter().map(|job| repo.size(&job.pack())).sum()
}

/// Checks packs, file deltas and manifest deltas; returns the number of members of all packs.
pub(super) fn check(
    repo: &Repo,
    ledger: &Ledger,
    jobs: &Jobs,
    findings: &Findings,
    meter: &Meter<'_>,
) -> Result<u64, RepoError> {
    let bases = Bases::of(repo)?;
    let members = AtomicU64::new(0);
    let opener = Opener { repo, ledger, bases: &bases, findings };
    jobs.packs.par_iter().with_max_len(1).for_each(|job| {
        members.fetch_add(opener.pack(job), Ordering::Relaxed);
        meter.add(repo.size(&job.pack()));
    });
    jobs.deltas.par_iter().for_each(|(version, name)| opener.delta(*version, name));
    jobs.manifest_deltas.par_iter().for_each(|job| opener.manifest_delta(job));
    Ok(members.into_inner())
}

struct Opener<'a> {
    repo: &'a Repo,
    ledger: &'a Ledger,
    bases: &'a Bases<'a>,
    findings: &'a Findings,
}

impl Opener<'_> {
    /// Takes a pack apart; returns how many members it has.
    fn pack(&self, job: &Job) -> u64 {
        let path = job.pack();
        let mut got = BTreeSet::new();
        let members = match self.members(&path, &mut got) {
            Ok(members) => members,
            Err(why) => {
                self.findings.add(&path, Problem::Damaged { why });
                return 0;
            }
        };
        for (hash, tree_path) in self.wanted(job) {
            if !got.contains(&hash) {
                self.findings.add(&path, Problem::Lacks { path: tree_path.clone(), hash });
            }
        }
        members
    }

    fn members(&self, path: &RepoPath, got: &mut BTreeSet<ContentHash>) -> Result<u64, String> {
        let file = self.repo.open(path).map_err(|error| causes(&error))?;
        let file = file.ok_or_else(|| "it is gone".to_owned())?;
        let mut pack = PackReader::new(file).map_err(|error| causes(&error))?;
        let mut members = 0;
        while let Some(member) = pack.next_member().map_err(|error| causes(&error))? {
            members += 1;
            let (hash, name, used) = match member {
                PackMember::Whole { hash, object } => {
                    (hash, hash.to_string(), proof::whole(&mut pack, hash, object.hasher()))
                }
                PackMember::Delta { from, to, .. } => {
                    let used = self.bases.apply(&mut pack, from, to);
                    (to, layout::delta_file(from, to), used)
                }
            };
            match used {
                Ok(true) => drop(got.insert(hash)),
                Ok(false) => {}
                Err(why) => self.findings.add(path, Problem::Member { name, why }),
            }
        }
        pack.finish().map_err(|error| causes(&error))?;
        Ok(members)
    }

    /// Returns what a client may lack that has the bundle's version that the pack starts from.
    fn wanted(&self, job: &Job) -> BTreeMap<ContentHash, &TreePath> {
        let Some(manifest) = self.ledger.manifests.get(&(job.bundle.clone(), job.to)) else {
            return BTreeMap::new();
        };
        let earlier = job.from.and_then(|from| self.manifest(&job.bundle, from));
        let had: BTreeSet<ContentHash> =
            earlier.iter().flat_map(Manifest::present).map(|entry| entry.hash).collect();
        let new = manifest.present().filter(|entry| Some(entry.version) > job.from);
        let lacking = new.filter(|entry| !had.contains(&entry.hash));
        lacking.map(|entry| (entry.hash, &entry.path)).collect()
    }

    fn manifest(&self, bundle: &BundleName, version: Version) -> Option<Manifest> {
        let text = self.repo.manifest_text(&layout::manifest(bundle, version)).ok()??;
        Manifest::parse(&text).ok()
    }

    /// Applies a delta that lies in a directory of its own.
    fn delta(&self, version: Version, name: &str) {
        let Some((from, to)) = layout::parse_delta_file(name) else { return };
        let path = layout::delta_named(name, version);
        let applied = match self.repo.open(&path) {
            Ok(Some(mut file)) => self.bases.apply(&mut file, from, to).map(drop),
            Ok(None) => Err("it is gone".into()),
            Err(error) => Err(causes(&error)),
        };
        if let Err(why) = applied {
            self.findings.add(&path, Problem::Delta { why });
        }
    }

    fn manifest_delta(&self, job: &Job) {
        let Job { bundle, from: Some(from), to } = job else { return };
        let path = layout::manifest_delta(bundle, *from, *to);
        let read = |version| {
            let path = layout::manifest(bundle, version);
            let text = self.repo.manifest_text(&path).map_err(|error| causes(&error))?;
            text.ok_or_else(|| format!("{path} is missing"))
        };
        let apply = || {
            let (old, new) = (read(*from)?, read(*to)?);
            let delta = self.repo.read(&path, MAX_MANIFEST).map_err(|error| causes(&error))?;
            proof::manifest_delta(&delta.unwrap_or_default(), &old, ManifestHash::of(&new))
        };
        if let Err(why) = apply() {
            self.findings.add(&path, Problem::Delta { why });
        }
    }
}

//! Reads published versions again, as a client that trusts nothing would, and says what is missing
//! or wrong. It repairs nothing, and what it finds is no error but a list.

mod finding;
mod metadata;
mod objects;
mod packs;
mod pointers;

use std::collections::BTreeSet;

use swupd_protocol::{trust::Authority, version::Version};

pub use self::finding::{Finding, Problem};
use self::{finding::Findings, metadata::Ledger};
use crate::{
    repo::{Repo, RepoError},
    report::{Event, Meter, Observer},
};

/// What is checked, and against what.
#[derive(Clone, Copy)]
pub struct Check<'a> {
    /// What is published.
    pub repo: &'a Repo,
    /// Whose signatures are good.
    pub authority: &'a Authority,
    /// The only version to check; none means all.
    pub version: Option<Version>,
    /// The time by which certificates are judged, in seconds since 1970.
    pub now: u64,
    /// Who watches.
    pub observer: &'a dyn Observer,
}

impl std::fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("version", &self.version).finish_non_exhaustive()
    }
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The versions.
    pub versions: BTreeSet<Version>,
    /// How many manifests of bundles they list.
    pub manifests: u64,
    /// How many objects these name.
    pub objects: u64,
    /// How many packs lie ready.
    pub packs: u64,
    /// How many members these have.
    pub members: u64,
    /// What is wrong, by path.
    pub findings: Vec<Finding>,
}

/// Checks what is published: pointers, signatures, manifests, objects, packs and deltas.
pub fn check(what: Check<'_>) -> Result<Checked, CheckError> {
    let findings = Findings::default();
    let versions = versions(what)?;
    stage(what, 1, "reading manifests");
    let ledger = Ledger::read(what, &versions, &findings);
    if what.version.is_none() {
        pointers::check(what, &ledger.newest, &findings)?;
    }
    stage(what, 2, "reading objects");
    let meter = Meter::new(what.observer, objects::amount(what.repo, &ledger));
    objects::check(what, &ledger, &findings, &meter);
    stage(what, 3, "reading packs");
    let jobs = packs::find(what.repo, &ledger, &findings)?;
    let meter = Meter::new(what.observer, packs::amount(what.repo, &jobs));
    let members = packs::check(what.repo, &ledger, &jobs, &findings, &meter)?;
    Ok(Checked {
        versions,
        manifests: ledger.manifests.len() as u64,
        objects: ledger.objects.len() as u64,
        packs: jobs.packs.len() as u64,
        members,
        findings: findings.sorted(),
    })
}

fn versions(what: Check<'_>) -> Result<BTreeSet<Version>, CheckError> {
    let published = match what.repo.versions() {
        Ok(versions) if !versions.is_empty() => versions,
        // The pointers are gone or damaged, which is a finding: what do they hide?
        Ok(_) | Err(RepoError::Latest { .. }) => what.repo.directories()?,
        Err(error) => return Err(error.into()),
    };
    match what.version {
        Some(version) if published.contains(&version) => Ok([version].into()),
        Some(version) => Err(CheckError::Unpublished { version }),
        None if published.is_empty() => Err(CheckError::Nothing),
        None => Ok(published),
    }
}

fn stage(what: Check<'_>, number: u32, name: &'static str) {
    what.observer.event(Event::Stage { number, of: 3, name });
}

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// What is published cannot be listed.
    #[error("the published content cannot be listed")]
    Repo(#[from] RepoError),
    /// There is no such version.
    #[error("version {version} is not published")]
    Unpublished {
        /// The version.
        version: Version,
    },
    /// There is no version at all.
    #[error("nothing is published")]
    Nothing,
}

#[cfg(test)]
#[path = "check/tests.rs"]
mod tests;

//! `diagnose` and `repair`: what differs from the version that the tree should be, and mending it.

use std::collections::{BTreeMap, BTreeSet};

use regex::bytes::Regex;
use swupd_protocol::{bundle::BundleName, path::TreePath};

use super::{
    arguments::VerifyFlags,
    failure::Failure,
    output::Exit,
    session::{KeepCache, Server, Session, in_format},
};
use crate::{
    host::machine::Machine,
    settings::VersionWish,
    update::{
        Extent, Target, Trip, UpdateError,
        fetch::Named,
        findings::{Finding, Looked, Problem},
        look,
    },
};

/// Tells what differs; exit 1 if anything does.
pub(super) fn diagnose(session: &Session, flags: &VerifyFlags) -> Result<Exit, Failure> {
    let server = session.server()?;
    let machine = session.machine()?;
    let examined = Examination::begin(session, &server, &machine, flags)?;
    let findings = examined.findings(flags)?;
    for finding in &findings {
        let path = session.shown(&finding.path);
        if session.output.manner().quiet {
            session.output.answer(&path);
        } else {
            session.output.answer(&format!("{}: {path}", word(finding.problem)));
        }
    }
    tell_counts(session, &examined.target, &findings);
    Ok(if findings.is_empty() { Exit::Ok } else { Exit::No })
}

/// Mends what differs and looks again before it says so; exit 35 if something is left.
pub(super) fn repair(session: &Session, flags: &VerifyFlags) -> Result<Exit, Failure> {
    let server = session.server()?;
    let machine = session.machine()?;
    let examined = Examination::begin(session, &server, &machine, flags)?;
    let findings = examined.findings(flags)?;
    tell_counts(session, &examined.target, &findings);
    let outcome = examined.trip.mend(&findings, &examined.target)?;
    session.tell_fetched(&server);
    let left = examined.left(&findings)?;
    for finding in &findings {
        let is_left = left.contains(&finding.path);
        let done = match finding.problem {
            Problem::Missing | Problem::Mismatched => "fixed",
            Problem::ShouldBeGone | Problem::Extra => "deleted",
        };
        let done = if is_left { format!("not {done}") } else { done.into() };
        session.output.answer(&format!("{} -> {done}", session.shown(&finding.path)));
    }
    session.output.info(&format!(
        "{} of {} problems mended",
        findings.len() - left.len(),
        findings.len()
    ));
    session.finish(&machine, &examined.target, outcome, KeepCache::No)?;
    Ok(if left.is_empty() { Exit::Ok } else { Exit::VerifyFailed })
}

/// A tree and the version that it is compared with.
struct Examination<'a> {
    trip: Trip<'a>,
    target: Target,
}

impl<'a> Examination<'a> {
    fn begin(
        session: &'a Session,
        server: &'a Server,
        machine: &'a Machine,
        flags: &VerifyFlags,
    ) -> Result<Self, Failure> {
        let mut trip = Trip {
            machine,
            metadata: session.metadata(server, machine)?,
            runnable: session.runnable(),
            named: Named::Required,
            extent: Extent::All,
            track: BTreeSet::new(),
            untrack: BTreeSet::new(),
            how: session.how(),
            occasion: session.occasion(),
        };
        let installed = session.installed_version()?;
        let version = match flags.version {
            None => installed,
            Some(VersionWish::Latest) => trip.metadata.latest()?,
            Some(VersionWish::Number(version)) => version,
        };
        if version != installed && !flags.force && !flags.picky {
            return Err(Failure::OtherVersion { asked: version, installed });
        }
        trip.metadata = in_format(trip.metadata, version, flags.force)?;
        let bundles = machine.installed_bundles()?;
        let bundles =
            if flags.force { session.known_bundles(&trip, version, &bundles)? } else { bundles };
        // What the others have still belongs to the tree: it is no finding where one lacks it.
        let bundles = bundles.iter().chain(&flags.bundles).cloned().collect();
        let target = trip.target(version, &bundles, &BTreeMap::new())?;
        Ok(Self { trip, target })
    }

    fn findings(&self, flags: &VerifyFlags) -> Result<Vec<Finding>, Failure> {
        let file = flags.file.as_deref().map(tree_path).transpose()?;
        let named = self.paths_of(&flags.bundles);
        let concerned = |path: &TreePath| {
            file.as_ref().is_none_or(|file| path.is_at_or_below(file.as_bytes()))
                && named.as_ref().is_none_or(|named| named.contains(path))
        };
        if let Some(file) = &file
            && !self.target.content.entries().any(|entry| concerned(&entry.path))
            && !flags.picky
            && !flags.extra_files_only
        {
            return Err(Failure::NotInAManifest { path: file.to_string() });
        }
        let mut findings = Vec::new();
        if !flags.extra_files_only {
            let looked = Looked { only_missing: flags.quick };
            findings = self.trip.findings(&self.target, concerned, looked)?.0;
        }
        if flags.picky || flags.extra_files_only {
            findings.extend(self.extra(flags)?.into_iter().filter(|f| concerned(&f.path)));
        }
        Ok(findings)
    }

    /// Returns the paths that the manifests of bundles name; none where no bundles are.
    fn paths_of(&self, bundles: &[BundleName]) -> Option<BTreeSet<&TreePath>> {
        let manifests = bundles.iter().filter_map(|bundle| self.target.release.manifest(bundle));
        let paths = manifests.flat_map(|manifest| &manifest.entries).map(|entry| &entry.path);
        (!bundles.is_empty()).then(|| paths.collect())
    }

    fn extra(&self, flags: &VerifyFlags) -> Result<Vec<Finding>, Failure> {
        let pattern = format!("^(?:{})$", flags.picky_whitelist);
        let spared = Regex::new(&pattern).map_err(|source| Failure::Whitelist {
            pattern: flags.picky_whitelist.clone(),
            source: source.into(),
        })?;
        let directory = tree_path(&flags.picky_tree)?;
        let root = &self.trip.machine.root;
        let is_spared = |path: &TreePath| spared.is_match(path.as_bytes());
        let extra = look::extra(
            root,
            &self.target.content,
            &directory,
            is_spared,
            self.trip.metadata.observer,
        );
        Ok(extra.map_err(UpdateError::from)?)
    }

    /// Returns which of the findings still stand.
    fn left(&self, findings: &[Finding]) -> Result<BTreeSet<TreePath>, Failure> {
        let paths: BTreeSet<&TreePath> = findings.iter().map(|finding| &finding.path).collect();
        let looked = Looked { only_missing: false };
        let again = self.trip.findings(&self.target, |path| paths.contains(path), looked)?.0;
        let mut left: BTreeSet<TreePath> = again.into_iter().map(|finding| finding.path).collect();
        for extra in findings.iter().filter(|finding| finding.problem == Problem::Extra) {
            let seen = self.trip.machine.root.look(&extra.path);
            let seen = seen.map_err(|e| UpdateError::from(look::LookError::new(&extra.path, e)))?;
            if seen != crate::host::root::Seen::Nothing {
                left.insert(extra.path.clone());
            }
        }
        Ok(left)
    }
}

fn tell_counts(session: &Session, target: &Target, findings: &[Finding]) {
    let count = |problem| findings.iter().filter(|f| f.problem == problem).count();
    session.output.info(&format!(
        "{} paths of version {} looked at: {} missing, {} mismatched, {} to be deleted, {} extra",
        target.content.entries().count(),
        target.release.version(),
        count(Problem::Missing),
        count(Problem::Mismatched),
        count(Problem::ShouldBeGone),
        count(Problem::Extra)
    ));
}

fn word(problem: Problem) -> &'static str {
    match problem {
        Problem::Missing => "Missing",
        Problem::Mismatched => "Mismatched",
        Problem::ShouldBeGone => "To be deleted",
        Problem::Extra => "Extra",
    }
}

fn tree_path(text: &str) -> Result<TreePath, Failure> {
    let trimmed = text.trim_end_matches('/');
    TreePath::parse(trimmed.as_bytes()).map_err(|source| Failure::BadPath { source })
}

//! `diagnose` and `repair`: what differs from the version that the tree should be, and mending it.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use swupd_protocol::{
    bundle::BundleName, mom::Mom, object::Kind, path::TreePath, version::Version,
};

use super::{
    arguments::VerifyFlags,
    failure::Failure,
    output::Exit,
    place::Place,
    session::{KeepCache, Server, Session, in_format},
};
use crate::{
    host::{machine::Machine, root::Seen},
    settings::{Settings, VersionWish},
    update::{
        Outcome, Target, Trip, UpdateError,
        fetch::MetadataError,
        findings::{Finding, Looked, Problem},
        look,
        stage::StageError,
    },
};

/// Tells what differs; exit 1 if anything does.
pub(super) fn diagnose(session: &Session, flags: &VerifyFlags) -> Result<Exit, Failure> {
    let server = session.server()?;
    let machine = session.machine()?;
    let (trip, version) = trip(session, &server, &machine, flags)?;
    let scope = Scope::of(session, &trip, version, flags)?;
    if scope.is_empty() {
        return Ok(scope.exit(Exit::Ok));
    }
    let examined = Examination::begin(session, trip, version, scope)?;
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
    Ok(examined.scope.exit(if findings.is_empty() { Exit::Ok } else { Exit::No }))
}

/// Mends what differs and looks again before it says so; exit 35 if something is left.
pub(super) fn repair(session: &Session, flags: &VerifyFlags) -> Result<Exit, Failure> {
    let server = session.server()?;
    let machine = session.machine()?;
    let (mut trip, version) = trip(session, &server, &machine, flags)?;
    trip.metadata = trip.metadata.with_files_to_follow();
    refuse_another_version(session, version, flags)?;
    let scope = Scope::of(session, &trip, version, flags)?;
    if scope.is_empty() {
        return Ok(scope.exit(Exit::Ok));
    }
    let examined = Examination::begin(session, trip, version, scope)?;
    let findings = examined.findings(flags)?;
    tell_counts(session, &examined.target, &findings);
    let outcome = examined.mend(&findings)?;
    session.tell_fetched(&server);
    let left = examined.left(&findings)?;
    for finding in &findings {
        let done = result(finding, left.get(&finding.path));
        session.output.answer(&format!("{} -> {done}", session.shown(&finding.path)));
    }
    session.output.info(&format!(
        "{} of {} problems mended",
        findings.len() - left.len(),
        findings.len()
    ));
    session.finish(&machine, &examined.target, outcome, KeepCache::No)?;
    Ok(examined.scope.exit(if left.is_empty() { Exit::Ok } else { Exit::VerifyFailed }))
}

/// Makes ready to look, and says which version the tree is compared with.
fn trip<'a>(
    session: &'a Session,
    server: &'a Server,
    machine: &'a Machine,
    flags: &VerifyFlags,
) -> Result<(Trip<'a>, Version), Failure> {
    let mut trip = session.trip(machine, session.metadata(server, machine)?);
    let installed = session.installed_version();
    let version = match flags.version {
        None => installed?,
        Some(VersionWish::Latest) => trip.metadata.latest()?,
        Some(VersionWish::Number(version)) => version,
    };
    if session.installed_version().is_ok_and(|installed| installed == version) {
        // Everybody agreed to it when it came.
        trip.approver = None;
    }
    trip.metadata = in_format(trip.metadata, version, flags.force)?;
    Ok((trip, version))
}

/// Refuses to make another version of the tree than it is, unless that is wanted. Where the tree does
/// not say what it is, the version is meant on purpose.
fn refuse_another_version(
    session: &Session,
    version: Version,
    flags: &VerifyFlags,
) -> Result<(), Failure> {
    match session.installed_version() {
        Ok(installed) if installed != version && !flags.force && !flags.picky => {
            Err(Failure::OtherVersion { asked: version, installed })
        }
        _ => Ok(()),
    }
}

/// The bundles that are looked at.
struct Scope {
    /// Those that are installed.
    installed: BTreeSet<BundleName>,
    /// Those of them that count; none where all do.
    named: Option<BTreeSet<BundleName>>,
    /// What becomes of the command because one that was named cannot be looked at.
    refused: Option<Exit>,
}

impl Scope {
    fn of(
        session: &Session,
        trip: &Trip<'_>,
        version: Version,
        flags: &VerifyFlags,
    ) -> Result<Self, Failure> {
        let installed = trip.machine.installed_bundles()?;
        let installed =
            if flags.force { session.known_bundles(trip, version, &installed)? } else { installed };
        let mut scope = Self { installed, named: None, refused: None };
        if !flags.bundles.is_empty() {
            let mom = trip.metadata.mom(version)?;
            let mut named = BTreeSet::new();
            for name in &flags.bundles {
                match scope.checked(name, &mom) {
                    Ok(bundle) => drop(named.insert(bundle)),
                    Err(failure) => {
                        session.output.error(&failure, None);
                        scope.refuse(failure.exit());
                    }
                }
            }
            scope.named = Some(named);
        }
        Ok(scope)
    }

    fn checked(&self, name: &str, mom: &Mom) -> Result<BundleName, Failure> {
        let bundle: BundleName = name.parse()?;
        if mom.bundle(&bundle).is_none() {
            let version = mom.header.version;
            return Err(MetadataError::UnknownBundle { bundle, version }.into());
        }
        if self.installed.contains(&bundle) {
            Ok(bundle)
        } else {
            Err(Failure::BundleNotInstalled { bundle })
        }
    }

    /// Notes how a bundle was refused: that there is none counts for more than that it is not here.
    fn refuse(&mut self, exit: Exit) {
        if self.refused != Some(Exit::InvalidBundle) {
            self.refused = Some(exit);
        }
    }

    /// Says whether there is nothing to look at.
    fn is_empty(&self) -> bool {
        self.named.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Returns how the command ends whose look ended like that.
    fn exit(&self, exit: Exit) -> Exit {
        self.refused.unwrap_or(exit)
    }
}

/// A tree and the version that it is compared with.
struct Examination<'a> {
    session: &'a Session,
    trip: Trip<'a>,
    target: Target,
    scope: Scope,
}

impl<'a> Examination<'a> {
    fn begin(
        session: &'a Session,
        trip: Trip<'a>,
        version: Version,
        scope: Scope,
    ) -> Result<Self, Failure> {
        // What the others have still belongs to the tree: it is no finding where one lacks it.
        let target = trip.target(version, &scope.installed, &BTreeMap::new())?;
        Ok(Self { session, trip, target, scope })
    }

    fn findings(&self, flags: &VerifyFlags) -> Result<Vec<Finding>, Failure> {
        let file = flags.file.as_ref().map(|file| self.inside(file));
        let named = self.paths_of_named();
        let concerned = |path: &TreePath| {
            file.as_ref().is_none_or(|file| file.covers(path))
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

    /// Returns the place in the tree; one that was typed as this machine sees it loses the way to
    /// the tree.
    fn inside(&self, typed: &Place) -> Place {
        let Settings { tree, tree_as_named, .. } = &self.session.settings;
        let inside = |tree: &Path| {
            let tree = tree.as_os_str().as_bytes();
            let path = typed.path().filter(|path| path.is_at_or_below(tree))?;
            Place::parse(path.as_bytes().strip_prefix(tree)?).ok()
        };
        inside(tree_as_named).or_else(|| inside(tree)).unwrap_or_else(|| typed.clone())
    }

    /// Returns the paths of the bundles that count; none where all do.
    fn paths_of_named(&self) -> Option<BTreeSet<&TreePath>> {
        let named = self.scope.named.as_ref()?;
        let manifests = named.iter().filter_map(|bundle| self.target.release.manifest(bundle));
        let entries = manifests.flat_map(|manifest| &manifest.entries);
        Some(entries.map(|entry| &entry.path).collect())
    }

    fn extra(&self, flags: &VerifyFlags) -> Result<Vec<Finding>, Failure> {
        let extra = look::extra(
            &self.trip.machine.root,
            &self.target.content,
            flags.picky_tree.path(),
            |path| flags.picky_whitelist.has(path),
            self.trip.metadata.observer,
        );
        Ok(extra.map_err(UpdateError::from)?)
    }

    /// Mends what can be mended: what may not be changed keeps nothing else from it.
    fn mend(&self, findings: &[Finding]) -> Result<Outcome, Failure> {
        let mut able = findings.to_vec();
        loop {
            let fixed = match self.trip.mend(&able, &self.target) {
                Err(UpdateError::Stage(StageError::Immutable { path })) => path,
                mended => return Ok(mended?),
            };
            let before = able.len();
            // It may be the directory that something lies in.
            able.retain(|finding| !finding.path.is_at_or_below(fixed.as_bytes()));
            if able.len() == before {
                return Err(UpdateError::Stage(StageError::Immutable { path: fixed }).into());
            }
            let shown = self.session.shown(&fixed);
            let text = format!("{shown} is immutable (lsattr shows it), and stays as it is");
            self.session.output.warning(&text);
        }
    }

    /// Returns which of the findings still stand, and what stands there.
    fn left(&self, findings: &[Finding]) -> Result<BTreeMap<TreePath, Seen>, Failure> {
        let paths: BTreeSet<&TreePath> = findings.iter().map(|finding| &finding.path).collect();
        let looked = Looked { only_missing: false };
        let again = self.trip.findings(&self.target, |path| paths.contains(path), looked)?.0;
        let extra = findings.iter().filter(|finding| finding.problem == Problem::Extra);
        let mut left = BTreeMap::new();
        for finding in again.iter().chain(extra) {
            let path = &finding.path;
            let seen = self.trip.machine.root.look(path);
            let seen = seen.map_err(|e| UpdateError::from(look::LookError::new(path, e)))?;
            if finding.problem != Problem::Extra || seen != Seen::Nothing {
                left.insert(path.clone(), seen);
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

/// Returns how mending a finding went, of which `left` still stands.
fn result(finding: &Finding, left: Option<&Seen>) -> &'static str {
    let is_directory = |seen: &Seen| match seen {
        Seen::Object(object) => object.kind() == Kind::Directory,
        Seen::Nothing | Seen::Special => false,
    };
    match (finding.problem, left) {
        (Problem::Missing | Problem::Mismatched, None) => "fixed",
        (Problem::Missing | Problem::Mismatched, Some(_)) => "not fixed",
        (Problem::ShouldBeGone | Problem::Extra, None) => "deleted",
        (Problem::ShouldBeGone | Problem::Extra, Some(seen)) if is_directory(seen) => {
            "not deleted (not empty)"
        }
        (Problem::ShouldBeGone | Problem::Extra, Some(_)) => "not deleted (still there)",
    }
}

fn word(problem: Problem) -> &'static str {
    match problem {
        Problem::Missing => "Missing",
        Problem::Mismatched => "Mismatched",
        Problem::ShouldBeGone => "To be deleted",
        Problem::Extra => "Extra",
    }
}

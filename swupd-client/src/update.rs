//! The page: check → fetch → plan → pull → stage → switch → trigger.
//!
//! Every command is this trip with another goal: an update goes to another version, bundle-add to
//! other bundles; both believe the record of what is installed. os-install and repair go to a
//! version too, but believe the disk.

mod apply;
pub mod approval;
pub(crate) mod area;
pub mod attributes;
pub mod back;
mod bring;
pub mod check;
pub mod content;
pub mod difference;
pub mod faults;
pub mod fetch;
pub mod findings;
pub mod look;
pub mod obtain;
mod order;
mod packages;
pub mod plan;
pub mod prospect;
pub mod pull;
pub mod stage;
pub mod step;
pub mod switch;
pub mod trigger;
pub(crate) mod work;

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    manifest::{Entry, Header, Manifest},
    object::Kind,
    path::TreePath,
    release::Release,
    variant::Levels,
    version::Version,
};

use self::apply::Apply;
use crate::{
    host::{
        journal::{self, Intent, JournalError},
        machine::{Machine, MachineError},
        root::Seen,
        scan::Closeness,
    },
    update::{
        approval::{Approver, NotApproved, Proposed},
        attributes::AttributesError,
        content::{Content, Layer, is_left_alone},
        fetch::{Metadata, MetadataError, Named},
        findings::{Finding, Looked, Problem, Standing, judge},
        look::LookError,
        obtain::Obtain,
        order::{Packs, order},
        plan::Changes,
        pull::PullError,
        stage::StageError,
        step::{Change, Inventory, Step},
        switch::{How, SwitchError, Switched},
        trigger::{HookError, Occasion, Touched},
    },
};

/// What a trip works with.
#[derive(Debug)]
pub struct Trip<'a> {
    /// The machine, locked.
    pub machine: &'a Machine,
    /// What brings and believes metadata.
    pub metadata: Metadata<'a>,
    /// The optimised builds that may be installed.
    pub runnable: Levels,
    /// Whether bundles that others only suggest come with them.
    pub named: Named,
    /// Whether anything is changed, or only brought into the store.
    pub extent: Extent,
    /// Bundles that count as asked for once the tree has changed.
    pub track: BTreeSet<BundleName>,
    /// Bundles that no longer do.
    pub untrack: BTreeSet<BundleName>,
    /// How the tree is changed.
    pub how: How,
    /// Whose change it is.
    pub occasion: Occasion<'a>,
    /// Who must agree before the tree changes, where somebody must.
    pub approver: Option<&'a dyn Approver>,
}

/// How far a trip goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// To the end.
    All,
    /// Up to where everything is brought, and the tree untouched.
    Download,
}

/// A version as the machine should have it: what it says, and what that puts where.
#[derive(Debug)]
pub struct Target {
    /// What the version says.
    pub release: Release,
    /// The bundles, with those that they include.
    pub bundles: BTreeSet<BundleName>,
    /// What stands where.
    pub content: Content,
}

/// What a trip did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many paths were put.
    pub put: usize,
    /// How many were removed.
    pub removed: usize,
    /// What must follow.
    pub touched: Touched,
    /// The change itself, where there was one: finished once what must follow is done.
    pub switched: Option<Switched>,
}

impl Target {
    /// Returns what belongs to the version in this tree.
    fn inventory(&self) -> Inventory {
        let header = Header {
            format: self.release.format(),
            version: self.release.version(),
            previous: None,
            min_version: None,
            timestamp: self.release.timestamp(),
            content_size: 0,
            includes: Vec::new(),
            also_add: Vec::new(),
        };
        Inventory { manifest: self.content.to_manifest(header), bundles: self.bundles.clone() }
    }
}

impl Trip<'_> {
    /// Brings what a version says about bundles. `older` are the versions of bundles' manifests
    /// that the cache may have.
    pub fn target(
        &self,
        version: Version,
        bundles: &BTreeSet<BundleName>,
        older: &BTreeMap<BundleName, Version>,
    ) -> Result<Target, UpdateError> {
        let mom = self.metadata.mom(version)?;
        self.target_of(self.metadata.release(mom, bundles, self.named, older)?)
    }

    fn target_of(&self, release: Release) -> Result<Target, UpdateError> {
        let tracked = self.machine.data.tracked().map_err(MachineError::from)?;
        let bundles: BTreeSet<BundleName> =
            release.manifests().map(|(bundle, _)| bundle.clone()).collect();
        let layers = release
            .manifests()
            .map(|(bundle, manifest)| Layer { manifest, tracked: tracked.contains(bundle) });
        let content = Content::of(layers, self.runnable);
        self.warn_of(&content);
        Ok(Target { release, bundles, content })
    }

    /// Returns what the installed version says about the installed bundles, as far as it has them.
    pub fn installed(
        &self,
        version: Version,
        bundles: &BTreeSet<BundleName>,
    ) -> Result<Target, UpdateError> {
        let metadata = self.metadata.of_what_is_installed();
        let mom = metadata.mom(version)?;
        let known = bundles.iter().filter(|bundle| mom.bundle(bundle).is_some()).cloned().collect();
        let release = metadata.release(mom, &known, Named::Required, &BTreeMap::new())?;
        self.target_of(release)
    }

    /// Goes to another version or to other bundles, from a record that is believed.
    pub fn go(&self, from: &Target, to: &Target) -> Result<Outcome, UpdateError> {
        self.follow(self.plan(from, to)?, from, to)
    }

    /// Looks at every path of the target and puts there what should stand there, and nothing else:
    /// what the tree has besides stays. Used where there is no record.
    pub fn install(&self, to: &Target) -> Result<Outcome, UpdateError> {
        let (findings, standing) = self.findings(to, |_| true, Looked { only_missing: false })?;
        let findings: Vec<Finding> = findings
            .into_iter()
            .filter(|f| matches!(f.problem, Problem::Missing | Problem::Mismatched))
            .collect();
        let installed = intact_files(&to.content, &standing);
        let changes = changes_for(&findings, &to.content);
        let order = order(&changes.puts, &to.release, Packs::Zero, installed);
        self.carry_out(None, changes, to, &order)
    }

    /// Mends what a look found; a directory that somebody else uses, too, stays.
    pub fn mend(&self, findings: &[Finding], to: &Target) -> Result<Outcome, UpdateError> {
        // What is taken from the tree proves to be it when it is read.
        let mut changes = changes_for(findings, &to.content);
        self.add_parents(&mut changes, to)?;
        let occupied = look::occupied(&self.machine.root, &changes.removes)?;
        changes.removes.retain(|path| !occupied.contains(path));
        if changes.is_empty() {
            return Ok(Outcome::default());
        }
        let order = order(&changes.puts, &to.release, Packs::None, to.content.files());
        self.carry_out(Some(to), changes, to, &order)
    }

    /// Compares the tree with the target, at the paths that `concerned` names.
    pub fn findings(
        &self,
        target: &Target,
        concerned: impl Fn(&TreePath) -> bool,
        looked: Looked,
    ) -> Result<(Vec<Finding>, BTreeMap<TreePath, Standing>), UpdateError> {
        let closeness = if looked.only_missing { Closeness::Presence } else { Closeness::Content };
        let entries = target.content.entries().filter(|entry| concerned(&entry.path));
        let root = &self.machine.root;
        let mut standing = look::standing(root, entries, closeness, self.metadata.observer)?;
        if !looked.only_missing {
            attributes::compare(root, &target.content, &mut standing)?;
        }
        Ok((judge(&target.content, &standing, looked), standing))
    }

    fn not_there(&self, entries: Vec<Entry>) -> Result<Vec<Entry>, UpdateError> {
        if entries.is_empty() {
            return Ok(entries);
        }
        let observer = self.metadata.observer;
        let standing = look::standing(&self.machine.root, &entries, Closeness::Content, observer)?;
        let differs = |entry: &Entry| {
            standing.get(&entry.path).is_some_and(|standing| *standing != Standing::Same)
        };
        Ok(entries.into_iter().filter(differs).collect())
    }

    /// Adds the directories above what is put that the tree lacks, with all that belongs below them:
    /// where no directory stands, nothing of it can. Whoever took them away may have changed those
    /// above them, too.
    fn add_parents(&self, changes: &mut Changes, to: &Target) -> Result<(), UpdateError> {
        let root = &self.machine.root;
        let mut above = BTreeSet::new();
        for parent in changes.parents(&to.content).into_iter().cloned().collect::<Vec<_>>() {
            let seen = root.look(&parent.path).map_err(|e| LookError::new(&parent.path, e))?;
            if !matches!(seen, Seen::Object(object) if object.kind() == Kind::Directory) {
                let below = to.content.present().filter(|entry| {
                    entry.path.is_at_or_below(parent.path.as_bytes()) && !is_left_alone(entry)
                });
                changes.puts.extend(below.cloned());
                above.extend(parent.path.ancestors());
            }
        }
        let above = above.iter().filter_map(|path| to.content.get(path));
        let above = above.filter(|entry| entry.is_present() && !is_left_alone(entry)).cloned();
        changes.puts.extend(self.not_there(above.collect())?);
        changes.puts.sort_by(|a, b| a.path.cmp(&b.path));
        changes.puts.dedup_by(|a, b| a.path == b.path);
        Ok(())
    }

    /// Pulls, stages and switches: from here on nothing is decided. `from` is what the tree has.
    fn carry_out(
        &self,
        from: Option<&Target>,
        changes: Changes,
        to: &Target,
        order: &Obtain,
    ) -> Result<Outcome, UpdateError> {
        let Machine { root, store, data, .. } = self.machine;
        let Metadata { remote, observer, .. } = self.metadata;
        if self.extent == Extent::Download {
            let pulled = pull::pull(order, remote, store, root, observer)?;
            observer.debug(format!("{:?}", pulled.tally()));
            return Ok(Outcome::default());
        }
        let intent = self.intent(from, to);
        let journal = journal::begin(data, intent.clone())?;
        let pulled = match pull::pull(order, remote, store, root, observer) {
            Ok(pulled) => pulled,
            Err(error) => {
                journal.abandon()?;
                self.metadata.forget_mom(to.release.version());
                return Err(error.into());
            }
        };
        observer.debug(format!("{:?}", pulled.tally()));
        let (put, removed) = (changes.puts.len(), changes.removes.len());
        let change = match self.change(from, changes, to) {
            Ok(change) => change,
            Err(error) => {
                journal.abandon()?;
                return Err(error);
            }
        };
        if let Some(approver) = self.approver {
            let proposed = Proposed { change: &change, content: &to.content, store };
            if let Err(refusal) = approver.approve(&proposed) {
                journal.abandon()?;
                return Err(refusal.into());
            }
        }
        let touched = Touched::by(change.steps.iter().map(Step::path));
        let apply =
            Apply { machine: self.machine, how: self.how, occasion: self.occasion, observer };
        let switched = apply.apply(journal.fetched()?, &change, intent);
        let switched = switched.inspect_err(|_| self.metadata.forget_mom(to.release.version()))?;
        switched.tell(observer);
        Ok(Outcome { put, removed, touched, switched: Some(switched) })
    }

    fn intent(&self, from: Option<&Target>, to: &Target) -> Intent {
        Intent {
            from: from.map(|from| from.release.version()),
            to: to.release.version(),
            track: self.track.clone(),
            untrack: self.untrack.clone(),
            now: self.metadata.now,
            why: self.occasion.command.to_owned(),
            hold: None,
        }
    }

    /// Returns the steps and what no hash covers, now that the tables of attributes are here.
    fn change(
        &self,
        from: Option<&Target>,
        changes: Changes,
        to: &Target,
    ) -> Result<Change, UpdateError> {
        let Machine { root, store, .. } = self.machine;
        let steps = steps(changes);
        let now = attributes::of(root, store, &to.content)?;
        let before = from.map(|from| attributes::installed(root, &from.content)).transpose()?;
        let before = before.unwrap_or_default();
        let changed = attributes::changed((root, store), &to.content, &steps, (&before, &now))?;
        Ok(Change {
            steps: sorted([steps, changed.steps].concat()),
            attributes: now,
            bare: changed.bare,
            timestamp: to.release.timestamp(),
            before: from.map(Target::inventory),
            after: Some(to.inventory()),
        })
    }

    fn warn_of(&self, content: &Content) {
        let observer = self.metadata.observer;
        for path in &content.contradictions {
            observer.warning(format!("bundles contradict each other at {path}: it is left alone"));
        }
        if content.reserved > 0 {
            let count = content.reserved;
            observer.warning(format!("{count} entries are for CPUs that are not known: left out"));
        }
    }
}

/// Returns the version of each bundle's manifest.
pub fn versions_of(release: &Release) -> BTreeMap<BundleName, Version> {
    let version = |manifest: &Manifest| manifest.header.version;
    release.manifests().map(|(bundle, manifest)| (bundle.clone(), version(manifest))).collect()
}

/// Returns what mends findings.
fn changes_for(findings: &[Finding], content: &Content) -> Changes {
    let mut changes = Changes::default();
    for finding in findings {
        match finding.problem {
            Problem::Missing | Problem::Mismatched => {
                changes.puts.extend(content.get(&finding.path).cloned());
            }
            Problem::ShouldBeGone | Problem::Extra => changes.removes.push(finding.path.clone()),
        }
    }
    changes
}

fn intact_files(
    content: &Content,
    standing: &BTreeMap<TreePath, Standing>,
) -> BTreeMap<ContentHash, TreePath> {
    let mut files = content.files();
    files.retain(|_, path| standing.get(path) == Some(&Standing::Same));
    files
}

fn steps(changes: Changes) -> Vec<Step> {
    let puts = changes.puts.into_iter().filter_map(|entry| {
        Some(Step::Put { path: entry.path, kind: entry.kind?, hash: entry.hash })
    });
    let removes = changes.removes.into_iter().map(|path| Step::Remove { path });
    sorted(puts.chain(removes).collect())
}

fn sorted(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by(|a, b| a.path().cmp(b.path()));
    steps
}

/// Where a trip ended before its goal.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The machine cannot be read.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The metadata cannot be had.
    #[error(transparent)]
    Fetch(#[from] MetadataError),
    /// The tree cannot be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
    /// The objects cannot be had.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// The tables of attributes cannot be read.
    #[error(transparent)]
    Attributes(#[from] AttributesError),
    /// How far the trip has come cannot be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Whoever must agree to the change does not; the tree is as it was.
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    /// The change could not be laid out; the tree is as it was.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A hook does not want the change; the tree is as it was.
    #[error("a hook stopped the change")]
    Hook(#[from] HookError),
    /// The change could not be made; the next run goes on with it.
    #[error(transparent)]
    Switch(#[from] SwitchError),
}

//! What follows a change: scripts and hooks, the history, and taking it back where a hook failed.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
};

use swupd_protocol::version::Version;

use super::Session;
use crate::{
    cli::{failure::Failure, output::Exit},
    host::{
        generations::Number,
        machine::Machine,
        obstacle::Obstacle,
        root::Root,
        state::{Data, history::Change},
    },
    report::with_causes,
    update::{
        Outcome, UpdateError,
        back::Back,
        switch::{
            self, Engine, Generation, Switched,
            exchange::{DiskUse, Shelf},
            method::{self, Method, Probe},
        },
        trigger::Occasion,
    },
};

/// What the history is to know of a run.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Whether anything may have been done at all.
    pub(super) is_at_work: bool,
    reason: Option<String>,
    /// Bytes that were fetched.
    pub(super) bytes: u64,
    /// Bytes that it was said would be fetched.
    pub(super) foreseen: Option<u64>,
    /// What an update to a version was found to fetch.
    planned: Option<(Version, u64)>,
}

impl Session {
    /// Does what follows a change for which nothing was fetched.
    pub(in crate::cli) fn finish_offline(
        &self,
        machine: &Machine,
        outcome: Outcome,
    ) -> Result<Exit, Failure> {
        let concluded = self.conclude(machine, outcome)?;
        self.tell_what_runs();
        match concluded {
            Some(failed) if failed > 0 => Err(Failure::HooksAfter { failed }),
            _ => Ok(Exit::Ok),
        }
    }

    /// Runs what follows a change and writes down that it is done; returns how many hooks failed,
    /// and none where nothing had changed.
    pub(super) fn conclude(
        &self,
        machine: &Machine,
        outcome: Outcome,
    ) -> Result<Option<usize>, Failure> {
        let Some(switched) = outcome.switched else { return Ok(None) };
        let failed = self.follow(&switched, &outcome.touched);
        let intent = switched.intent();
        let change = Change {
            from: intent.from.map(Version::number),
            to: Some(intent.to.number()),
            command: intent.why.clone(),
            generation: self.running_generation(machine),
            put: outcome.put as u64,
            removed: outcome.removed as u64,
            ..self.change_so_far()
        };
        self.offer_what_runs(machine)?;
        switched.finish().map_err(UpdateError::from)?;
        if let Err(error) = machine.data.record_change(change) {
            self.output.warning(&with_causes(&error));
        }
        self.keep_spare(machine);
        Ok(Some(failed))
    }

    /// Takes up room for a way back, where there is a way: there is none for a repository alone.
    pub(super) fn keep_spare(&self, machine: &Machine) {
        let listed = switch::recoverer(machine, self.how(), &*self.output).generations();
        let is_one_kept = listed.is_ok_and(|listed| listed.iter().any(|one| !one.is_running));
        if self.guest.is_none()
            && is_one_kept
            && let Err(error) = machine.data.keep_spare()
        {
            self.output.debug(&with_causes(&error));
        }
    }

    /// Takes a change back whose hooks failed, where that is wanted.
    pub(super) fn answer_for_hooks(&self, machine: &Machine, failed: usize) -> Result<(), Failure> {
        if failed == 0 {
            return Ok(());
        }
        if !self.settings.policy.rollback_on_failed_hook {
            return Err(Failure::HooksAfter { failed });
        }
        let back = Back {
            machine,
            how: self.how(),
            occasion: Occasion { command: "rollback", ..self.occasion() },
            observer: &*self.output,
            now: self.now,
        };
        if !self.can_go_back(machine) {
            let text =
                "the change cannot be taken back: the tree that was there before is not kept";
            self.output.warning(text);
            return Err(Failure::HooksAfter { failed });
        }
        self.because(Some("a hook failed"));
        let destination = back.destination(None)?;
        let outcome = back.go(&destination)?;
        self.conclude(machine, outcome)?;
        Err(Failure::TakenBack { failed })
    }

    /// Says whether the tree that ran before is kept. One that was only mended is not.
    fn can_go_back(&self, machine: &Machine) -> bool {
        let listed = switch::recoverer(machine, self.how(), &*self.output).generations();
        let listed = listed.unwrap_or_default();
        let before = listed.iter().find(|generation| generation.is_running).and_then(|g| g.from);
        before.is_some() && listed.iter().any(|generation| generation.number == before)
    }

    fn running_generation(&self, machine: &Machine) -> Option<u32> {
        let listed = switch::recoverer(machine, self.how(), &*self.output).generations().ok()?;
        listed.into_iter().find(|generation| generation.is_running)?.number.map(Number::get)
    }

    fn change_so_far(&self) -> Change {
        let (reason, bytes, foreseen) = {
            let ledger = self.ledger();
            (ledger.reason.clone(), ledger.bytes, ledger.foreseen)
        };
        Change {
            when: self.now,
            command: self.output.section().to_owned(),
            reason,
            bytes,
            foreseen,
            milliseconds: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            steps: self.output.steps(),
            ..Change::default()
        }
    }

    /// Writes down that what was tried failed.
    pub(in crate::cli) fn remember_failure(&self, failure: &Failure) {
        let section = self.output.section();
        let section = section.strip_prefix(OF_THIRD_PARTIES).unwrap_or(section);
        let is_a_change = CHANGES.contains(&section);
        // What was done is in the history already, if what followed it failed.
        let is_told = matches!(failure, Failure::HooksAfter { .. } | Failure::TakenBack { .. });
        if !is_a_change || is_told || !self.ledger().is_at_work {
            return;
        }
        let Ok(Some(data)) = Data::look(&self.settings.data_dir) else { return };
        let change = Change { error: Some(with_causes(failure)), ..self.change_so_far() };
        if let Err(error) = data.record_change(change) {
            self.output.verbose(&with_causes(&error));
        }
    }

    /// Takes note of what an update to a version would fetch.
    pub(in crate::cli) fn planned(&self, version: Version, bytes: u64) {
        self.ledger().planned = Some((version, bytes));
    }

    /// Returns what was noted of that.
    pub(in crate::cli) fn plan_noted(&self) -> Option<(Version, u64)> {
        self.ledger().planned
    }

    /// Says why this run is made.
    pub(in crate::cli) fn because(&self, reason: Option<&str>) {
        self.ledger().reason = reason.map(ToOwned::to_owned);
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether updates do not go to a version: it, or a newer one, was rolled back from. Who may
    /// not look at the state, and so not update either, does not learn of it.
    pub(in crate::cli) fn is_held(&self, version: Version) -> Result<bool, Failure> {
        let data = match Data::look(&self.settings.data_dir) {
            Err(error) if error.obstacle() == Some(Obstacle::NoPermission) => None,
            looked => looked?,
        };
        let held = data.map(|data| data.held()).transpose()?.unwrap_or_default();
        Ok(held.last().is_some_and(|held| version <= *held))
    }

    /// Returns the generations of the tree, and what the kept ones take on the disk.
    pub(in crate::cli) fn kept(&self) -> Result<Kept, Failure> {
        let tree = self.settings.tree.clone();
        let unreadable = |source| Failure::Tree { path: tree.clone(), source };
        let root = Root::open(&self.settings.tree).map_err(unreadable)?;
        let shelf = Shelf::of(&root);
        Ok((shelf.generations().map_err(unreadable)?, shelf.disk_use().map_err(unreadable)?))
    }

    /// Tells what is left of old versions that cannot be removed.
    pub(in crate::cli) fn tell_remains(&self, machine: &Machine) -> Result<(), Failure> {
        let unreadable = |source| Failure::Tree { path: self.settings.tree.clone(), source };
        for number in Shelf::of(&machine.root).remains().map_err(unreadable)? {
            self.output.warning(&format!(
                "generation {number} cannot be removed completely: --debug shows why"
            ));
        }
        Ok(())
    }

    /// Returns in which way the tree would be changed, and why not in a better one.
    pub(in crate::cli) fn way_of_change(&self) -> Result<String, Failure> {
        let tree = self.settings.tree.clone();
        let unreadable = |source| Failure::Tree { path: tree.clone(), source };
        let root = Root::open(&self.settings.tree).map_err(unreadable)?;
        let found = method::choose(&root, Probe::Look).map_err(unreadable)?;
        let way = match (self.settings.method.unwrap_or(found.method), found.special) {
            (Method::Exchange, Some(special)) => format!("the whole of /usr at once, {special}"),
            (Method::Exchange, None) => "the whole of /usr at once".into(),
            (Method::PerFile, _) => "file by file".into(),
        };
        Ok(match (self.settings.method, found.because) {
            (Some(_), _) => format!("{way}, as asked"),
            (None, Some(because)) => format!("{way}: {because}"),
            (None, None) => way,
        })
    }

    /// Makes `/usr` read-only where that is wanted.
    pub(in crate::cli) fn protect(&self, machine: &Machine) -> Result<(), Failure> {
        if self.settings.policy.readonly_usr {
            let path = self.settings.tree.clone();
            let protected = Shelf::of(&machine.root).protect();
            protected.map_err(|source| Failure::Unprotected { path, source })?;
        }
        Ok(())
    }

    /// Tells what a change kept, and what it could not change.
    pub(in crate::cli) fn tell_kept(&self, switched: Option<&Switched>) {
        if let Some(switched) = switched {
            switched.tell(&*self.output);
        }
    }
}

/// The generations of a tree, and what the kept ones take on the disk.
pub(in crate::cli) type Kept = (Vec<Generation>, BTreeMap<Number, DiskUse>);

/// The subcommands that change the tree.
const CHANGES: &[&str] =
    &["update", "bundle-add", "bundle-remove", "repair", "verify", "os-install", "rollback"];
/// What the subcommands for third-party repositories begin with.
const OF_THIRD_PARTIES: &str = "3rd-party-";

//! Commits what was staged: old before, new after. What an interruption leaves, the next run
//! finishes or discards by the journal.
//!
//! An [`Engine`] is one way of doing so. [`PerFile`] moves file by file, which works everywhere but
//! shows a mixture while it works; other ways exchange whole directories or mounts.

mod carry;
pub mod exchange;
pub mod method;
mod per_file;

use std::{collections::BTreeSet, io};

use swupd_protocol::{bundle::BundleName, path::TreePath, version::Version};

use self::{carry::Carried, exchange::Exchange, method::Method};
pub use self::{exchange::Keeping, per_file::PerFile};
use super::{
    stage::{StageError, Staged},
    step::Change,
};
use crate::{
    host::{
        generations::{About, Number},
        journal::{Committed, Fetched, Intent, JournalError, Trip},
        machine::Machine,
        obstacle::Obstacle,
        root::Found,
        scan::Expected,
        state::StateError,
    },
    report::Observer,
};

/// A way of bringing a tree from one version to another, and of keeping versions.
pub trait Engine {
    /// Lays out what a change brings, complete and on the disk. Nothing visible changes; if this
    /// fails nothing stays.
    fn stage(&mut self, trip: Trip<Fetched>, change: &Change) -> Result<Staged, StageError>;

    /// Gives up what was staged: nothing has changed, and nothing stays.
    fn discard(&mut self, staged: Staged) -> Result<(), SwitchError>;

    /// Makes what was staged the tree, records it, and returns once that is on the disk.
    fn commit(&mut self, staged: Staged) -> Result<Switched, SwitchError>;

    /// Lays out what leads back to a kept version: its tree is there already. `elsewhere` is what
    /// changes outside of it.
    fn go_back(
        &mut self,
        trip: Trip<Fetched>,
        number: Number,
        elsewhere: &Change,
    ) -> Result<Staged, StageError>;

    /// Finishes or discards what an earlier run left. To be called first after taking the lock.
    fn recover(&mut self) -> Result<Recovery, SwitchError>;

    /// Returns the versions that are on the disk, the running one last.
    fn generations(&self) -> Result<Vec<Generation>, StateError>;

    /// Compares a version on the disk with what should be in it, in the order of `expected`;
    /// `progress` is told how many paths are done.
    fn verify(
        &self,
        generation: &Generation,
        expected: &[Expected],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Vec<Found>;
}

/// How a tree is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    /// The way; none where the best one is to be found.
    pub method: Option<Method>,
    /// How trees are exchanged and kept.
    pub keeping: Keeping,
}

/// Returns the engine that finds and finishes whatever an earlier run left.
pub fn recoverer<'a>(machine: &'a Machine, how: How, observer: &'a dyn Observer) -> Exchange<'a> {
    let Machine { root, store, data, .. } = machine;
    Exchange::new((root, store, data), how.keeping, observer)
}

/// Returns the engine for a way of changing a tree.
pub fn engine<'a>(
    machine: &'a Machine,
    (method, keeping): (Method, Keeping),
    observer: &'a dyn Observer,
) -> Box<dyn Engine + 'a> {
    let Machine { root, store, data, .. } = machine;
    match method {
        Method::Exchange => Box::new(Exchange::new((root, store, data), keeping, observer)),
        Method::PerFile => Box::new(PerFile::new(root, store, data, observer)),
    }
}

/// A version that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Which it is; none where trees are not counted.
    pub number: Option<Number>,
    /// The version; none where nothing was recorded.
    pub version: Option<Version>,
    /// The bundles in it.
    pub bundles: BTreeSet<BundleName>,
    /// Those of them that somebody asked for.
    pub tracked: BTreeSet<BundleName>,
    /// When it was made, in seconds since 1970; none where that is not known.
    pub made: Option<u64>,
    /// The command that made it.
    pub why: String,
    /// The one that ran before it.
    pub from: Option<Number>,
    /// Whether it is the one that runs.
    pub is_running: bool,
}

impl Generation {
    fn of(about: About) -> Self {
        let About { number, version, bundles, tracked, made, why, from, .. } = about;
        let (number, made, is_running) = (Some(number), Some(made), false);
        Self { number, version, bundles, tracked, made, why, from, is_running }
    }

    /// The running tree where nobody counts.
    fn nameless(version: Option<Version>) -> Self {
        Self {
            number: None,
            version,
            bundles: BTreeSet::new(),
            tracked: BTreeSet::new(),
            made: None,
            why: String::new(),
            from: None,
            is_running: true,
        }
    }
}

/// A tree that has changed.
#[derive(Debug)]
#[must_use = "the journal says that this trip goes on"]
pub struct Switched {
    trip: Trip<Committed>,
    kept: Vec<String>,
    left_alone: Vec<TreePath>,
}

impl Switched {
    fn new(trip: Trip<Committed>, carried: Carried) -> Self {
        let Carried { kept, mounted: left_alone } = carried;
        Self { trip, kept, left_alone }
    }

    fn and_left_alone(mut self, paths: Vec<TreePath>) -> Self {
        self.left_alone.extend(paths);
        self
    }

    /// Returns what the change was for.
    pub fn intent(&self) -> &Intent {
        self.trip.intent()
    }

    /// Returns where things went that nobody knew, in the place of something that was replaced or
    /// removed.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// Returns paths that stayed as they were because something is mounted there.
    pub fn left_alone(&self) -> &[TreePath] {
        &self.left_alone
    }

    /// Tells both.
    pub fn tell(&self, observer: &dyn Observer) {
        for path in &self.kept {
            observer.warning(format!("something of yours was in the way: it is kept as {path}"));
        }
        for path in &self.left_alone {
            observer.warning(format!("something is mounted at {path}: it stayed as it was"));
        }
    }

    /// Says in the journal that everything that follows from the change is done.
    pub fn finish(self) -> Result<(), JournalError> {
        self.trip.finished()
    }
}

/// What a run found when it began.
#[derive(Debug)]
pub enum Recovery {
    /// Nothing unfinished.
    Nothing,
    /// A change that had not come far enough; it is discarded, the tree is unchanged.
    Discarded(Intent),
    /// Something staged that no journal speaks of; it is discarded.
    Stray,
    /// A change that had begun; it is made now. What follows from a change is still to be done.
    Finished(Switched),
}

/// Who is told what happens.
#[derive(Clone, Copy)]
struct Told<'a>(&'a dyn Observer);

impl std::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an observer")
    }
}

/// The tree could not be changed, or not completely.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// A path could not be changed; those before it are.
    #[error(
        "cannot change {path}; {done} of {total} changes are made, the next run makes the rest"
    )]
    Carry {
        /// The path.
        path: TreePath,
        /// Changes that were made.
        done: usize,
        /// All of them.
        total: usize,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The trees could not change places.
    #[error("the next tree could not take the place of the running one; nothing was changed")]
    Refused {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was staged for a path is not there any more, and neither is the result.
    #[error("what was staged for {path} is gone: somebody removed it; repair the tree")]
    Lost {
        /// The path.
        path: TreePath,
    },
    /// The change could not be brought to the disk.
    #[error(
        "the tree has changed, but that cannot be brought to the disk; the next run tries again"
    )]
    Sync {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The hidden directories could not be opened or removed.
    #[error(
        "the directory .swupd below the tree's root cannot be read or tidied up; the next run tries again"
    )]
    Tidy {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The journal is whole but makes no sense.
    #[error("the journal speaks of changes that this program does not know; repair the tree")]
    Unreadable,
    /// The journal failed.
    #[error("the journal failed; the next run finishes what was begun")]
    Journal(#[from] JournalError),
    /// The tree has changed, the record of it could not be written.
    #[error("the tree has changed, but that could not be recorded; the next run tries again")]
    Books(#[from] StateError),
}

impl SwitchError {
    /// Returns what stood in the way, where it was the system that refused.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Lost { .. } | Self::Unreadable | Self::Journal(JournalError::Unfinished) => None,
            Self::Books(error) => error.obstacle(),
            Self::Carry { source, .. }
            | Self::Sync { source }
            | Self::Refused { source }
            | Self::Tidy { source }
            | Self::Journal(JournalError::Io { source, .. }) => Some(Obstacle::of(source)),
        }
    }
}

#[cfg(test)]
#[path = "switch_tests.rs"]
mod tests;

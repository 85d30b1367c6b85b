//! Commits what was staged: old before, new after. What an interruption leaves, the next run
//! finishes or discards by the journal.
//!
//! An [`Engine`] is one way of doing so. [`PerFile`] moves file by file, which works everywhere but
//! shows a mixture while it works; other ways exchange whole directories or mounts.

mod carry;
pub mod exchange;
pub mod method;

use std::{collections::BTreeSet, io};

use swupd_protocol::{bundle::BundleName, path::TreePath, version::Version};

pub use self::exchange::Keeping;
use self::{
    carry::{Carried, Carrier},
    exchange::Exchange,
    method::Method,
};
use super::{
    area::{self, Area},
    faults::Faults,
    stage::{StageError, Staged, Stager},
    step::Change,
    work::{Work, areas_of},
};
use crate::{
    host::{
        generations::{About, Number},
        journal::{self, Committed, Detail, Fetched, Intent, JournalError, Reached, Trip},
        machine::Machine,
        obstacle::Obstacle,
        root::{Found, Root},
        scan::{Closeness, Expected, scan},
        state::{Data, StateError},
        store::Store,
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

/// The engine that moves file by file, parents first, and rolls forward after a crash.
#[derive(Debug)]
pub struct PerFile<'a> {
    root: &'a Root,
    store: &'a Store,
    data: &'a Data,
    told: Told<'a>,
    faults: Faults,
}

impl<'a> PerFile<'a> {
    /// Returns an engine for a tree and its state.
    pub fn new(
        root: &'a Root,
        store: &'a Store,
        data: &'a Data,
        observer: &'a dyn Observer,
    ) -> Self {
        Self { root, store, data, told: Told(observer), faults: Faults::default() }
    }

    /// Asks at each place where a crash could happen.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// Moves everything, or what is left of it, and goes on to the state that follows.
    fn carry_out(
        &self,
        trip: Trip<journal::Staged>,
        work: &Work,
        left_alone: Vec<TreePath>,
    ) -> Result<Switched, SwitchError> {
        self.data.use_reserve()?;
        let areas = self.areas(work)?;
        let carrier = Carrier {
            root: self.root,
            work,
            areas: &areas,
            now: trip.intent().now,
            freshens: true,
            faults: &self.faults,
            observer: self.told.0,
        };
        let Carried { kept, mut mounted } = carrier.carry()?;
        mounted.extend(left_alone);
        self.pass("journal: committed")?;
        let trip = trip.committed()?;
        // Before what may fail and only makes room.
        self.keep_books(trip.intent())?;
        for area in areas.iter().flatten() {
            self.pass("clear area")?;
            area.clear().map_err(|source| SwitchError::Tidy { source })?;
        }
        Ok(Switched { trip, kept, left_alone: mounted })
    }

    fn areas(&self, work: &Work) -> Result<Vec<Option<Area>>, SwitchError> {
        let areas = work.areas.iter().map(|place| Area::open(self.root, place.as_ref()));
        let areas: io::Result<Vec<Option<Area>>> = areas.collect();
        areas.map_err(|source| SwitchError::Tidy { source })
    }

    /// Makes what was staged by an earlier run.
    fn go_on(&self, trip: Trip<journal::Staged>) -> Result<Recovery, SwitchError> {
        let work = Work::from_details(trip.details()).ok_or(SwitchError::Unreadable)?;
        self.carry_out(trip, &work, Vec::new()).map(Recovery::Finished)
    }

    /// Records what is true now.
    fn keep_books(&self, intent: &Intent) -> Result<(), SwitchError> {
        self.pass("record version")?;
        self.data.set_version(intent.to)?;
        self.pass("record bundles")?;
        if !intent.track.is_empty() {
            self.data.track(&intent.track)?;
        }
        if !intent.untrack.is_empty() {
            self.data.untrack(&intent.untrack)?;
        }
        match intent.hold {
            Some(version) => self.data.hold(version)?,
            // What is newer than all that is held, or was asked for, ends that.
            None if intent.from != Some(intent.to) => self.data.release(intent.to)?,
            None => {}
        }
        self.pass("recorded")
    }

    fn clear(&self, details: &[Detail], now: u64) -> Result<bool, SwitchError> {
        let mut places = areas_of(details);
        if !places.contains(&None) {
            places.push(None);
        }
        let mut found = false;
        for place in places {
            self.pass("discard")?;
            let discarded = area::discard(self.root, place.as_ref(), now);
            found |= discarded.map_err(|source| SwitchError::Tidy { source })?;
        }
        Ok(found)
    }

    fn pass(&self, place: &'static str) -> Result<(), SwitchError> {
        self.faults.pass(place).map_err(|source| SwitchError::Sync { source })
    }
}

impl Engine for PerFile<'_> {
    fn stage(&mut self, trip: Trip<Fetched>, change: &Change) -> Result<Staged, StageError> {
        let stager = Stager {
            root: self.root,
            store: self.store,
            faults: &self.faults,
            observer: self.told.0,
        };
        stager.stage(trip, change)
    }

    fn discard(&mut self, staged: Staged) -> Result<(), SwitchError> {
        let (trip, ..) = staged.into_parts();
        self.data.use_reserve()?;
        self.clear(trip.details(), trip.intent().now)?;
        Ok(trip.abandon()?)
    }

    fn commit(&mut self, staged: Staged) -> Result<Switched, SwitchError> {
        let (trip, work, left_alone) = staged.into_parts();
        self.carry_out(trip, &work, left_alone)
    }

    fn go_back(
        &mut self,
        trip: Trip<Fetched>,
        _: Number,
        _: &Change,
    ) -> Result<Staged, StageError> {
        trip.abandon()?;
        Err(StageError::NothingKept)
    }

    fn recover(&mut self) -> Result<Recovery, SwitchError> {
        match journal::read(self.data)? {
            Reached::Idle => {
                let found = self.clear(&[], 0)?;
                Ok(if found { Recovery::Stray } else { Recovery::Nothing })
            }
            Reached::Planned(trip) => {
                let intent = trip.intent().clone();
                self.clear(trip.details(), intent.now)?;
                trip.abandon()?;
                Ok(Recovery::Discarded(intent))
            }
            Reached::Fetched(trip) => {
                let intent = trip.intent().clone();
                self.clear(trip.details(), intent.now)?;
                trip.abandon()?;
                Ok(Recovery::Discarded(intent))
            }
            Reached::Staged(trip) => self.go_on(trip),
            Reached::Committed(trip) => {
                self.keep_books(trip.intent())?;
                self.clear(trip.details(), trip.intent().now)?;
                let (kept, left_alone) = (Vec::new(), Vec::new());
                Ok(Recovery::Finished(Switched { trip, kept, left_alone }))
            }
        }
    }

    fn generations(&self) -> Result<Vec<Generation>, StateError> {
        Ok(vec![Generation::nameless(self.data.version()?)])
    }

    fn verify(
        &self,
        _: &Generation,
        expected: &[Expected],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Vec<Found> {
        // Only the running version is ever on the disk.
        scan(self.root, expected, Closeness::Content, progress)
    }
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

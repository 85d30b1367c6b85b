//! Moves file by file, parents first: works everywhere, but shows a mixture while it works.

use std::io;

use swupd_protocol::path::TreePath;

use super::{
    Engine, Generation, Recovery, SwitchError, Switched, Told,
    carry::{Carried, Carrier},
};
use crate::{
    host::{
        generations::Number,
        journal::{self, Detail, Fetched, Intent, Reached, Trip},
        root::{Found, Root},
        scan::{Closeness, Expected, scan},
        state::{Data, StateError},
        store::Store,
    },
    report::Observer,
    update::{
        area::{self, Area},
        faults::Faults,
        stage::{StageError, Staged, Stager},
        step::Change,
        work::{Work, areas_of},
    },
};

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

    pub(super) fn areas(&self, work: &Work) -> Result<Vec<Option<Area>>, SwitchError> {
        let areas = work.areas.iter().map(|place| Area::open(self.root, place.as_ref()));
        let areas: io::Result<Vec<Option<Area>>> = areas.collect();
        areas.map_err(|source| SwitchError::Tidy { source })
    }

    /// Makes what was staged by an earlier run.
    pub(super) fn go_on(&self, trip: Trip<journal::Staged>) -> Result<Recovery, SwitchError> {
        let work = Work::from_details(trip.details()).ok_or(SwitchError::Unreadable)?;
        self.carry_out(trip, &work, Vec::new()).map(Recovery::Finished)
    }

    /// Records what is true now.
    pub(super) fn keep_books(&self, intent: &Intent) -> Result<(), SwitchError> {
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

    pub(super) fn clear(&self, details: &[Detail], now: u64) -> Result<bool, SwitchError> {
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

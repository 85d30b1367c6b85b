//! Finishes or discards what an earlier run left: what it had come to is read off the trees.

use super::{
    Exchange, Exchanged,
    place::Place,
    settle::{When, discard, settle},
    volume::Volume,
};
use crate::{
    host::{
        generations::{Generations, Number, identity},
        journal::{self, Reached, Trip},
    },
    update::{
        switch::{Recovery, SwitchError, Switched, carry::Carried},
        work::Work,
    },
};

impl Exchange<'_> {
    pub(super) fn recover_what_is_left(&mut self) -> Result<Recovery, SwitchError> {
        self.data.use_reserve()?;
        self.data.tidy()?;
        let reached = journal::read(self.data)?;
        self.come_back(&reached).map_err(|source| SwitchError::Tidy { source })?;
        match reached {
            Reached::Idle => {
                let found = self.discard_stray()?;
                let other = self.per_file().clear(&[], 0)?;
                Ok(if found || other { Recovery::Stray } else { Recovery::Nothing })
            }
            Reached::Planned(trip) => {
                self.discard_stray()?;
                self.per_file().clear(trip.details(), trip.intent().now)?;
                let intent = trip.intent().clone();
                trip.abandon()?;
                Ok(Recovery::Discarded(intent))
            }
            Reached::Fetched(trip) => {
                self.discard_stray()?;
                self.per_file().clear(trip.details(), trip.intent().now)?;
                let intent = trip.intent().clone();
                trip.abandon()?;
                Ok(Recovery::Discarded(intent))
            }
            Reached::Staged(trip) => match Exchanged::of_details(trip.details()) {
                Some(exchanged) => self.go_on(trip, &exchanged),
                None => self.per_file().go_on(trip),
            },
            Reached::Committed(trip) => {
                self.per_file().keep_books(trip.intent())?;
                self.discard_stray()?;
                self.per_file().clear(trip.details(), trip.intent().now)?;
                Ok(Recovery::Finished(Switched::new(trip, Carried::default())))
            }
        }
    }

    /// Shows the live tree where a start of the machine or an interruption left another, and lets
    /// what is unfinished be finished.
    fn come_back(&mut self, reached: &Reached) -> std::io::Result<()> {
        let place = Place::look(self.root)?;
        if place.volume().is_none() {
            return Ok(());
        }
        place.show()?;
        let is_staged = Generations::open(place.base())?
            .map(|generations| generations.staging())
            .transpose()?
            .flatten()
            .is_some();
        let has_replaced = place.volume().map_or(Ok(false), Volume::has_replaced)?;
        if is_staged || has_replaced || !matches!(reached, Reached::Idle) {
            self.unseal(&place)?;
        }
        if let Some(volume) = place.volume().filter(|_| has_replaced) {
            volume.remove_replaced()?;
        }
        Ok(())
    }

    /// Goes on from where the trees had been about to change places, or had done so.
    fn go_on(
        &mut self,
        trip: Trip<journal::Staged>,
        exchanged: &Exchanged,
    ) -> Result<Recovery, SwitchError> {
        let tidy = |source| SwitchError::Tidy { source };
        let place = Place::look(self.root).map_err(tidy)?;
        let generations = Generations::make(place.base()).map_err(tidy)?;
        if self.live(&place, &generations).map_err(tidy)? != Some(exchanged.to) {
            let intent = trip.intent().clone();
            self.give_up(trip, &place)?;
            return Ok(Recovery::Discarded(intent));
        }
        let work = Work::from_details(trip.details()).ok_or(SwitchError::Unreadable)?;
        place.release().map_err(tidy)?;
        let back = self.give_back(&place, &generations, exchanged.with, &exchanged.theirs);
        back.map_err(|source| SwitchError::Sync { source })?;
        let switched = self.follow(trip, (&place, &generations), &work)?;
        Ok(Recovery::Finished(switched))
    }

    pub(super) fn live(
        &self,
        place: &Place<'_>,
        generations: &Generations,
    ) -> std::io::Result<Option<Number>> {
        let Some(live) = place.live()? else { return Ok(None) };
        identity::read(&live, self.root.ownership(), generations)
    }

    /// Puts everything in its place that no journal speaks of.
    fn discard_stray(&self) -> Result<bool, SwitchError> {
        let tidy = |source| SwitchError::Tidy { source };
        let place = Place::look(self.root).map_err(tidy)?;
        let Some(generations) = Generations::open(place.base()).map_err(tidy)? else {
            return Ok(false);
        };
        self.faults.pass("discard").map_err(tidy)?;
        settle(&place, &generations, self.root.ownership()).map_err(tidy)?;
        let found = discard(&place).map_err(tidy)?;
        self.collect(&place, When::Begins);
        Ok(found)
    }
}

//! Makes a kept tree ready to be the one that runs again: what the OS does not own comes along from
//! the tree that runs now.

use std::io;

use swupd_protocol::manifest::Manifest;

use super::{
    Exchange, Exchanged, Next,
    place::{Place, With},
    settle::settle,
    stage::{must_be_whole, must_have_room},
    theirs::{Owned, Steps, theirs},
};
use crate::{
    host::{
        generations::{Generations, Number},
        journal::{Fetched, Trip},
    },
    update::{
        stage::{
            StageError, Staged,
            farm::{Extra, Planted},
        },
        step::Change,
        work::Work,
    },
};

impl Exchange<'_> {
    /// Stages a kept generation, and with it what changes outside of the exchanged directory.
    pub(super) fn stage_back(
        &mut self,
        mut trip: Trip<Fetched>,
        number: Number,
        elsewhere: &Change,
    ) -> Result<Staged, StageError> {
        let now = trip.intent().now;
        match self.make_ready(&mut trip, number, elsewhere) {
            Ok((next, work, left_alone)) => {
                let mut details = work.details();
                let theirs = next.theirs.clone();
                details.extend(Exchanged { with: next.with, to: number, theirs }.details());
                self.faults
                    .pass("journal: staged")
                    .map_err(|source| StageError::Sync { source })?;
                let trip = trip.staged(details)?;
                let tree = next.shown.clone();
                self.next = Some(next);
                Ok(Staged::new(trip, work, left_alone).with_tree(tree))
            }
            Err(error) => {
                self.stager(self.root).give_up(trip, now, &error);
                Err(error)
            }
        }
    }

    fn make_ready(
        &self,
        trip: &mut Trip<Fetched>,
        number: Number,
        elsewhere: &Change,
    ) -> Result<(Next, Work, Vec<swupd_protocol::path::TreePath>), StageError> {
        let tree = |source| self.no_tree(source);
        let place = Place::look(self.root).map_err(tree)?;
        self.unseal(&place).map_err(tree)?;
        let generations = Generations::make(place.base()).map_err(tree)?;
        settle(&place, &generations, self.root.ownership()).map_err(tree)?;
        let from = self.adopt(&place, &generations, trip.intent(), None).map_err(tree)?;
        let with = With::Kept(number);
        let theirs = std::collections::BTreeMap::new();
        trip.note(Exchanged { with, to: number, theirs }.details())?;
        let (owned, between) = owned_by(&generations, (from, number)).map_err(tree)?;
        must_be_whole(&place, &owned)?;
        let known = (number, owned, between);
        let mut next = self.bring_along(&place, &generations, known).map_err(tree)?;
        place.without_mounted(&mut next.theirs);
        must_have_room(place.make_room_in(&next.tree).map_err(tree)?)?;
        let (work, left_alone) = self.lay_out_elsewhere(trip, elsewhere)?;
        self.save(&generations, from, elsewhere).map_err(tree)?;
        self.faults.pass("sync next").map_err(|source| StageError::Sync { source })?;
        place.sync().map_err(|source| StageError::Sync { source })?;
        Ok((next, work, left_alone))
    }

    /// Brings into the kept tree what the OS does not own, as it is now.
    fn bring_along(
        &self,
        place: &Place<'_>,
        generations: &Generations,
        (number, owned, mut steps): (Number, Owned, Steps),
    ) -> io::Result<Next> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the kept tree is gone");
        let kept = generations.slot(number)?.ok_or_else(missing)?.tree()?.ok_or_else(missing)?;
        let mut planted = Planted::default();
        let mut kept_theirs = std::collections::BTreeMap::new();
        if let Some(live) = place.live()? {
            planted = Planted::unknown(&live)?;
            kept_theirs = theirs(&planted, &owned, &steps);
            steps = Steps::unless(owned);
            self.faults.pass("bring along")?;
            let carries = (&steps as &dyn crate::update::stage::farm::Carries, Extra::Gone);
            let hidden = generations.hidden();
            self.farm().refresh((&live, &kept), &mut planted, carries, hidden)?;
        }
        let with = With::Kept(number);
        let (to, theirs, shown) = (number, kept_theirs, place.shown(with, &kept));
        Ok(Next { with, to, planted, steps, theirs, shown, tree: kept })
    }
}

/// Returns what two generations have, and in what they differ in the directories that are made for
/// others.
fn owned_by(
    generations: &Generations,
    (from, to): (Option<Number>, Number),
) -> io::Result<(Owned, Steps)> {
    let manifest = |number| -> io::Result<Option<Manifest>> {
        Ok(generations.slot(number)?.map(|slot| slot.manifest()).transpose()?.flatten())
    };
    let (from, to) = (from.map(manifest).transpose()?.flatten(), manifest(to)?);
    let mut owned = Owned::default();
    [&from, &to].into_iter().flatten().for_each(|manifest| owned.add(manifest));
    Ok((owned, Steps::between_for_others(from.as_ref(), to.as_ref())))
}

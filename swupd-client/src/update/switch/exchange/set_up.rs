//! Lays the tree of a `/usr` that is a file system of its own out within it, once, before its first
//! change: see [`super::volume`]. The tree stays what it was.

use std::io;

use super::{
    Exchange,
    place::Place,
    theirs::{Owned, Steps, theirs},
    volume::{OF_THE_VOLUME, Volume},
};
use crate::{
    host::{
        directory::{Directory, absent_as_none},
        generations::Generations,
        sys,
    },
    report::Unit,
    update::{
        stage::farm::{Carries, Extra, Farm, Planted},
        step::Change,
    },
};

impl<'a> Exchange<'a> {
    /// Returns where a tree can be staged, and makes that ready where nothing was staged before.
    pub(super) fn set_up(&self, change: &Change) -> io::Result<Place<'a>> {
        let place = Place::look(self.root)?;
        self.unseal(&place)?;
        let Some(volume) = place.volume() else { return Ok(place) };
        if volume.is_set_up()? {
            return Ok(place);
        }
        self.told.0.stage("Laying out /usr within its file system", Unit::Items, None);
        self.faults.pass("set up")?;
        let first = volume.make_first()?;
        let farm = Farm { without: OF_THE_VOLUME, ..self.farm() };
        let mut planted = farm.plant(volume.top(), &first)?;
        volume.set_up()?;
        self.faults.pass("show")?;
        place.show()?;
        self.bring_the_rest(volume, &first, (farm, &mut planted, change))?;
        self.faults.pass("link top")?;
        volume.link_top()?;
        self.told.0.stage_done();
        Place::look(self.root)
    }

    /// Gives the tree the directories that are not the OS's, the very same ones, and what came to the
    /// top meanwhile.
    fn bring_the_rest(
        &self,
        volume: &Volume,
        first: &Directory,
        (farm, planted, change): (Farm, &mut Planted, &Change),
    ) -> io::Result<()> {
        let mut steps = Steps::of([]);
        let theirs = theirs(planted, &Owned::of(change), &steps);
        for path in theirs.keys() {
            self.faults.pass("bring")?;
            absent_as_none(volume.top().exchange(path, first, path))?;
        }
        steps.without(&theirs);
        let moment = sys::stat(first)?.ctime;
        let carries = (&steps as &dyn Carries, Extra::GoneIfOlderThan(moment));
        let generations = Generations::make(&volume.base()?)?;
        farm.refresh((volume.top(), first), planted, carries, generations.hidden())?;
        Ok(())
    }
}

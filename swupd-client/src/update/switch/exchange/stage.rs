//! Lays the next tree out: the running one by links, and what changes over that.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use swupd_protocol::path::TreePath;

use super::{
    Exchange, Exchanged, Next,
    place::{Place, With},
    settle::{discard, settle},
    theirs::{Owned, Steps, theirs},
};
use crate::{
    host::{
        generations::{About, Generations, Number, Slot, identity},
        journal::{self, Fetched, Intent, Trip},
        os_release,
        root::{HIDDEN, Root, UNIT},
        store::Store,
        sys,
    },
    report::{OnlyWords, Unit},
    update::{
        area::Area,
        attributes::copy_into,
        stage::{StageError, Staged, Stager, farm::Planted},
        step::{Change, Inventory, Step},
        switch::{
            Engine, SwitchError,
            carry::{Carried, Carrier},
        },
        work::{Work, areas_of},
    },
};

impl Exchange<'_> {
    pub(super) fn stage_next(
        &mut self,
        mut trip: Trip<Fetched>,
        change: &Change,
    ) -> Result<Staged, StageError> {
        let (inside, outside) = change.divide(format!("/{UNIT}").as_bytes());
        if inside.steps.is_empty() {
            return self.per_file().stage(trip, change);
        }
        let now = trip.intent().now;
        let laid = self.lay_out(&mut trip, change, (&inside, &outside));
        match laid {
            Ok((next, work, left_alone)) => {
                let mut details = work.details();
                let (with, theirs) = (next.with, next.theirs.clone());
                details.extend(Exchanged { with, to: next.to, theirs }.details());
                let tree = next.shown.clone();
                self.faults
                    .pass("journal: staged")
                    .map_err(|source| StageError::Sync { source })?;
                let trip = trip.staged(details)?;
                self.next = Some(next);
                Ok(Staged::new(trip, work, left_alone).with_tree(tree))
            }
            Err(error) => {
                self.forget(&trip);
                self.stager(self.root).give_up(trip, now, &error);
                Err(error)
            }
        }
    }

    fn lay_out(
        &self,
        trip: &mut Trip<Fetched>,
        change: &Change,
        (inside, outside): (&Change, &Change),
    ) -> Result<(Next, Work, Vec<TreePath>), StageError> {
        let tree = |source| self.no_tree(source);
        let owned = Owned::of(change);
        must_be_whole(&Place::look(self.root).map_err(tree)?, &owned)?;
        let place = self.set_up(change).map_err(tree)?;
        let generations = Generations::make(place.base()).map_err(tree)?;
        // What an interruption left has been seen to; what is still there is nobody's.
        settle(&place, &generations, self.root.ownership()).map_err(tree)?;
        let from = self.adopt(&place, &generations, trip.intent(), change.before.as_ref());
        let from = from.map_err(tree)?;
        let to = generations.next_number().map_err(tree)?;
        trip.note(Exchanged { with: With::Staged, to, theirs: BTreeMap::new() }.details())?;
        self.faults.pass("make staging").map_err(tree)?;
        let slot = generations.make_staging().map_err(tree)?;
        let planted = self.plant(&place, &slot).map_err(tree)?;
        let steps = Steps::of(inside.steps.iter().map(Step::path));
        let mut theirs = theirs_in(&planted, &owned, &steps)?;
        place.without_mounted(&mut theirs);
        self.put_in(&slot, inside, trip.intent())?;
        let (work, left_alone) = self.lay_out_elsewhere(trip, outside)?;
        self.save(&generations, from, outside).map_err(tree)?;
        let named = Named { number: to, from };
        self.name(&slot, named, trip.intent(), change).map_err(tree)?;
        self.faults.pass("sync next").map_err(|source| StageError::Sync { source })?;
        place.sync().map_err(|source| StageError::Sync { source })?;
        let next =
            slot.tree().map_err(tree)?.ok_or_else(|| tree(io::ErrorKind::NotFound.into()))?;
        let shown = place.shown(With::Staged, &next);
        let next = Next { with: With::Staged, to, planted, steps, theirs, shown, tree: next };
        Ok((next, work, left_alone))
    }

    /// Writes down what the running tree is, where nobody has; returns which it is.
    pub(super) fn adopt(
        &self,
        place: &Place<'_>,
        generations: &Generations,
        intent: &Intent,
        before: Option<&Inventory>,
    ) -> io::Result<Option<Number>> {
        let Some(live) = place.live()? else { return Ok(None) };
        let ownership = self.root.ownership();
        let known = identity::read(&live, ownership, generations)?;
        let slot = known.map(|number| generations.slot(number)).transpose()?.flatten();
        let about = slot.as_ref().map(Slot::about).transpose()?.flatten();
        // Other content than was written down: bundles came or went by other hands, or it is not
        // of this tree.
        let is_right = |about: &About| {
            before.is_none_or(|before| {
                about.version == intent.from && about.bundles == before.bundles
            })
        };
        if let (Some(number), Some(about)) = (known, &about)
            && is_right(about)
        {
            return Ok(Some(number));
        }
        self.faults.pass("adopt")?;
        let number = match known.filter(|_| about.is_some()) {
            Some(number) => number,
            None => generations.next_number()?,
        };
        let version = match intent.from {
            Some(version) => Some(version),
            None => os_release::version(self.root.path())?,
        };
        let slot = generations.make_slot(number)?;
        let about = About {
            number,
            version,
            bundles: before.map(|before| before.bundles.clone()).unwrap_or_default(),
            tracked: self.data.tracked().map_err(io::Error::other)?,
            made: about.as_ref().map_or(intent.now, |about| about.made),
            why: about.as_ref().map_or_else(|| FOUND.to_owned(), |about| about.why.clone()),
            from: about.and_then(|about| about.from),
            inode: sys::stat(&live)?.inode,
        };
        slot.describe(&about, before.map(|before| &before.manifest))?;
        identity::write(&live, number, ownership)?;
        Ok(Some(number))
    }

    /// Lays the running tree out anew.
    fn plant(&self, place: &Place<'_>, slot: &Slot) -> io::Result<Planted> {
        self.faults.pass("plant")?;
        slot.0.make_directory(Path::new(UNIT), 0o755)?;
        let (Some(live), Some(tree)) = (place.live()?, slot.tree()?) else {
            return Ok(Planted::default());
        };
        self.told.0.stage("Laying out the next tree", Unit::Items, None);
        let planted = self.farm().plant(&live, &tree)?;
        self.told.0.stage_done();
        Ok(planted)
    }

    /// Makes the change in the tree that is laid out.
    fn put_in(&self, slot: &Slot, inside: &Change, intent: &Intent) -> Result<(), StageError> {
        let tree = |source| self.no_tree(source);
        let path = self.root.path().join(HIDDEN);
        let staged = self.root.another(slot.0.again().map_err(tree)?, path);
        self.told.0.stage("Staging", Unit::Items, None);
        let words = OnlyWords(self.told.0);
        let stager = Stager { observer: &words, ..self.stager(&staged) };
        let mut survey = stager.lay(inside, intent.now)?;
        // A file that keeps its attributes has them already, and is shared.
        survey.work.keep_attributes_of(|path| {
            slot.0.stat(path.relative()).is_ok_and(|stat| stat.is_some_and(|s| s.is_directory()))
        });
        let areas = survey.work.areas.iter().map(|area| Area::open(&staged, area.as_ref()));
        let areas = areas.collect::<io::Result<Vec<_>>>().map_err(tree)?;
        let carrier = Carrier {
            root: &staged,
            work: &survey.work,
            areas: &areas,
            now: intent.now,
            freshens: true,
            faults: &self.faults,
            observer: &words,
        };
        let Carried { kept, .. } = carrier.carry().map_err(before_the_switch)?;
        for path in kept {
            self.told.0.warning(format!("something of yours was in the way: it is kept as {path}"));
        }
        for area in areas.iter().flatten() {
            area.clear().map_err(tree)?;
        }
        self.told.0.stage_done();
        Ok(())
    }

    /// Stages what lies elsewhere, as the engine that moves file by file does.
    pub(super) fn lay_out_elsewhere(
        &self,
        trip: &mut Trip<Fetched>,
        outside: &Change,
    ) -> Result<(Work, Vec<TreePath>), StageError> {
        if outside.steps.is_empty() {
            return Ok((Work::default(), Vec::new()));
        }
        let stager = self.stager(self.root);
        let survey = stager.survey(outside)?;
        trip.note(survey.work.area_details())?;
        stager.lay_out(&survey.work, outside, trip.intent().now)?;
        Ok((survey.work, survey.left_alone))
    }

    /// Keeps what will change elsewhere, so that a rollback can bring it back.
    pub(super) fn save(
        &self,
        generations: &Generations,
        from: Option<Number>,
        outside: &Change,
    ) -> io::Result<()> {
        let Some(slot) = from.map(|from| generations.slot(from)).transpose()?.flatten() else {
            return Ok(());
        };
        let Some(manifest) = slot.manifest()? else { return Ok(()) };
        let changed: BTreeSet<_> = outside.steps.iter().map(Step::path).collect();
        let had = manifest.present().filter(|entry| changed.contains(&entry.path));
        let mut store = None;
        for entry in had {
            if store.is_none() {
                store = Some(self.store_in(&slot)?);
            }
            let Some(store) = &store else { break };
            let saved = copy_into(self.root, store, &entry.path, entry.hash);
            saved.map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Opens what a generation had elsewhere as a store of objects.
    pub(super) fn store_in(&self, slot: &Slot) -> io::Result<Store> {
        let path = self.root.path().join(HIDDEN);
        let record = self.store.shared_record();
        let outside = slot.outside()?;
        Store::tidy(&outside)?;
        Ok(Store::new(outside, path, self.root.ownership(), record))
    }

    /// Writes on the tree which it is, and what is in it.
    fn name(&self, slot: &Slot, named: Named, intent: &Intent, change: &Change) -> io::Result<()> {
        self.faults.pass("name")?;
        let Some(tree) = slot.tree()? else { return Err(io::ErrorKind::NotFound.into()) };
        let after = change.after.as_ref();
        let mut tracked = self.data.tracked().map_err(io::Error::other)?;
        tracked.extend(intent.track.iter().cloned());
        tracked.retain(|bundle| !intent.untrack.contains(bundle));
        let about = About {
            number: named.number,
            version: Some(intent.to),
            bundles: after.map(|after| after.bundles.clone()).unwrap_or_default(),
            tracked,
            made: intent.now,
            why: intent.why.clone(),
            from: named.from,
            inode: sys::stat(&tree)?.inode,
        };
        identity::write(&tree, named.number, self.root.ownership())?;
        slot.describe(&about, after.map(|after| &after.manifest))
    }

    pub(super) fn no_tree(&self, source: io::Error) -> StageError {
        StageError::Tree { path: self.root.path().to_owned(), source }
    }

    pub(super) fn stager<'b>(&'b self, root: &'b Root) -> Stager<'b> {
        Stager { root, store: self.store, faults: &self.faults, observer: self.told.0 }
    }

    /// Removes what is staged; what cannot be removed now is when the next run begins.
    fn forget(&self, trip: &Trip<Fetched>) {
        let forget = || {
            self.faults.pass("forget")?;
            discard(&Place::look(self.root)?)
        };
        if let Err(error) = forget() {
            let areas = areas_of(trip.details()).len();
            let observer = self.told.0;
            observer.debug(format!("a staged tree and {areas} areas stay for now: {error}"));
        }
    }

    /// Gives up a tree that was ready.
    pub(super) fn give_up(
        &self,
        trip: Trip<journal::Staged>,
        place: &Place<'_>,
    ) -> Result<(), SwitchError> {
        let tidy = |source| SwitchError::Tidy { source };
        self.faults.pass("give up").map_err(tidy)?;
        self.data.use_reserve()?;
        discard(place).map_err(tidy)?;
        self.per_file().clear(trip.details(), trip.intent().now)?;
        Ok(trip.abandon()?)
    }
}

/// Which generation is made, out of which.
#[derive(Debug, Clone, Copy)]
struct Named {
    number: Number,
    from: Option<Number>,
}

/// Why a tree is there that this program did not make.
const FOUND: &str = "found";

/// A failure to change the tree that nobody uses yet.
fn before_the_switch(error: SwitchError) -> StageError {
    match error {
        SwitchError::Carry { path, source, .. } => StageError::in_next_tree(Some(path), source),
        SwitchError::Lost { path } => {
            StageError::in_next_tree(Some(path), io::ErrorKind::NotFound.into())
        }
        SwitchError::Sync { source } | SwitchError::Tidy { source } => {
            StageError::in_next_tree(None, source)
        }
        other => StageError::in_next_tree(None, io::Error::other(other)),
    }
}

/// Refuses to exchange a tree of which a part lies on something that would come along as it is.
pub(super) fn must_be_whole(place: &Place<'_>, owned: &Owned) -> Result<(), StageError> {
    match place.mounted_where(|point| owned.holds_below(point)) {
        Some(mounted) => Err(StageError::Divided { mounted }),
        None => Ok(()),
    }
}

/// Refuses a tree in which something cannot be mounted that is mounted in the running one.
pub(super) fn must_have_room(lacking: Option<TreePath>) -> Result<(), StageError> {
    match lacking {
        Some(path) => Err(StageError::MountBelow { mounted: path.clone(), path }),
        None => Ok(()),
    }
}

/// Returns the directories that keep their identity.
fn theirs_in(
    planted: &Planted,
    owned: &Owned,
    steps: &Steps,
) -> Result<BTreeMap<PathBuf, u64>, StageError> {
    let theirs = theirs(planted, owned, steps);
    // A copy of what cannot be changed would lose just that, and the old one could not go.
    let fixed = planted
        .immutable
        .iter()
        .find(|path| !path.ancestors().any(|above| theirs.contains_key(above)));
    match fixed {
        Some(path) => Err(StageError::Fixed { path: Path::new("/").join(UNIT).join(path) }),
        None => Ok(theirs),
    }
}

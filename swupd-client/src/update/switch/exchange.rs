//! The engine that lays the whole next tree out beside the running one and lets the two change
//! places at one instant, so that nobody ever sees a mixture and the old one is kept to go back to.
//!
//! `/usr` is exchanged as a whole. What a version has elsewhere moves file by file after that,
//! under the same journal. Which tree is live is read off the tree, never off the journal: an
//! exchange is its own inverse, and repeated blindly it would undo itself.

mod along;
mod back;
mod kept;
pub(crate) mod place;
mod recover;
mod set_up;
mod settle;
mod stage;
mod theirs;
mod volume;

use std::{cell::OnceCell, collections::BTreeMap, io, path::PathBuf};

pub use self::kept::{DiskUse, Shelf};
pub(super) use self::volume::obstacle;
use self::{
    place::{Place, With},
    settle::When,
    theirs::Steps,
};
use super::{
    Engine, Generation, PerFile, Recovery, SwitchError, Switched, Told,
    carry::{Carried, Carrier},
};
use crate::{
    host::{
        directory::{Directory, absent_as_none},
        generations::{Generations, Number},
        journal::{self, Detail, Fetched, Trip},
        root::{Found, HIDDEN, Root},
        scan::{Closeness, Expected, scan},
        share::Share,
        state::{Data, StateError},
        store::Store,
        sys::{self, mount::Access},
    },
    report::{Observer, Unit},
    update::{
        faults::Faults,
        stage::{
            StageError, Staged,
            farm::{Extra, Farm, Planted},
        },
        step::Change,
        work::Work,
    },
};

/// How trees are exchanged and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Whether nothing can be written below `/usr` between changes.
    pub read_only: bool,
    /// How many generations are kept, the running one among them.
    pub generations: usize,
    /// How what is unchanged is shared between them.
    pub share: Share,
}

impl Default for Keeping {
    fn default() -> Self {
        Self { read_only: false, generations: 2, share: Share::Auto }
    }
}

/// The engine that exchanges whole trees.
#[derive(Debug)]
pub struct Exchange<'a> {
    root: &'a Root,
    store: &'a Store,
    data: &'a Data,
    told: Told<'a>,
    faults: Faults,
    keeping: Keeping,
    next: Option<Next>,
    /// Keeps the file system that is changed one that can be written to.
    unsealed: OnceCell<volume::Unsealed>,
}

/// A tree that lies ready.
#[derive(Debug)]
struct Next {
    with: With,
    to: Number,
    /// What it was laid out by, to carry over what changes meanwhile.
    planted: Planted,
    steps: Steps,
    theirs: BTreeMap<PathBuf, u64>,
    /// Where hooks can look at it, as long as it is open.
    shown: PathBuf,
    tree: Directory,
}

impl<'a> Exchange<'a> {
    /// Returns an engine for a tree and its state.
    pub fn new(
        (root, store, data): (&'a Root, &'a Store, &'a Data),
        keeping: Keeping,
        observer: &'a dyn Observer,
    ) -> Self {
        let (told, faults) = (Told(observer), Faults::default());
        Self { root, store, data, told, faults, keeping, next: None, unsealed: OnceCell::new() }
    }

    /// Asks at each place where a crash could happen.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    fn per_file(&self) -> PerFile<'a> {
        PerFile::new(self.root, self.store, self.data, self.told.0).with_faults(self.faults.clone())
    }

    fn farm(&self) -> Farm {
        Farm { share: self.keeping.share, ownership: self.root.ownership(), without: &[] }
    }

    /// Carries over what changed meanwhile, and lets the trees change places.
    fn exchange(
        &self,
        place: &Place<'_>,
        generations: &Generations,
        next: &mut Next,
    ) -> io::Result<()> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the staged tree is gone");
        let slot = slot_of(generations, next.with)?.ok_or_else(missing)?;
        let tree = slot.tree()?.ok_or_else(missing)?;
        if let Some(live) = place.live()? {
            self.faults.pass("carry over")?;
            let (trees, planted) = ((&live, &tree), &mut next.planted);
            let carries = (&next.steps as &dyn crate::update::stage::farm::Carries, Extra::Gone);
            if self.farm().refresh(trees, planted, carries, generations.hidden())? {
                self.faults.pass("sync carried over")?;
                sys::sync_file_system(&tree)?;
            }
        }
        self.faults.pass("exchange")?;
        place.exchange(next.with, &slot.0, self.access(place))
    }

    /// Returns whether the next tree can be written to; none where it is mounted nowhere.
    fn access(&self, place: &Place<'_>) -> Option<Access> {
        if self.keeping.read_only || place.is_covered_read_only() {
            Some(Access::ReadOnly)
        } else {
            place.is_covered().then_some(Access::ReadWrite)
        }
    }

    /// Carries over what came into the old tree at the last moment.
    fn carry_over_late(
        &self,
        place: &Place<'_>,
        generations: &Generations,
        next: &mut Next,
    ) -> io::Result<()> {
        let old = slot_of(generations, next.with)?.map(|slot| slot.tree()).transpose()?.flatten();
        let (Some(old), Some(live)) = (old, place.live()?) else { return Ok(()) };
        self.faults.pass("carry over late")?;
        next.steps.without(&next.theirs);
        let moment = sys::stat(&live)?.ctime;
        let carries = (
            &next.steps as &dyn crate::update::stage::farm::Carries,
            Extra::GoneIfOlderThan(moment),
        );
        self.farm().refresh((&old, &live), &mut next.planted, carries, generations.hidden())?;
        Ok(())
    }

    /// Gives the live tree the directories back that nothing of the OS is in: the very same ones.
    fn give_back(
        &self,
        place: &Place<'_>,
        generations: &Generations,
        with: With,
        theirs: &BTreeMap<PathBuf, u64>,
    ) -> io::Result<()> {
        let old = slot_of(generations, with)?.map(|slot| slot.tree()).transpose()?.flatten();
        let (Some(old), Some(live)) = (old, place.live()?) else { return Ok(()) };
        for (path, inode) in theirs {
            let is_it = |tree: &Directory| -> io::Result<bool> {
                Ok(tree.stat(path)?.is_some_and(|stat| stat.is_directory() && stat.inode == *inode))
            };
            if is_it(&old)? && !is_it(&live)? {
                self.faults.pass("give back")?;
                // What is not there in both cannot change places: somebody removed it.
                absent_as_none(old.exchange(path, &live, path))?;
            }
        }
        Ok(())
    }

    /// Does what follows once the trees have changed places; all of it can be repeated.
    fn follow(
        &self,
        trip: Trip<journal::Staged>,
        (place, generations): (&Place<'_>, &Generations),
        work: &Work,
    ) -> Result<Switched, SwitchError> {
        self.data.use_reserve()?;
        let areas = self.per_file().areas(work)?;
        let mut carried = Carried::default();
        if !work.is_empty() {
            // Nothing that moves now may be on the disk before the exchange is.
            self.pass("sync exchanged")?;
            sync(place)?;
            let carrier = Carrier {
                root: self.root,
                work,
                areas: &areas,
                now: trip.intent().now,
                // The new tree has a time of its own.
                freshens: false,
                faults: &self.faults,
                observer: self.told.0,
            };
            carried = carrier.carry()?;
        }
        self.pass("sync switched")?;
        sync(place)?;
        self.pass("journal: committed")?;
        let trip = trip.committed()?;
        // Before what may fail and only makes room.
        self.per_file().keep_books(trip.intent())?;
        for area in areas.iter().flatten() {
            self.pass("clear area")?;
            area.clear().map_err(|source| SwitchError::Tidy { source })?;
        }
        self.settle(place, generations)?;
        self.collect(place, When::Changed);
        self.link_top(place);
        self.check_access(place);
        Ok(Switched::new(trip, carried))
    }

    /// Lets the file system be written to that the exchanged directory lies in.
    fn unseal(&self, place: &Place<'_>) -> io::Result<()> {
        if let Some(unsealed) = place.volume().map_or(Ok(None), volume::Volume::unseal)? {
            self.unsealed.get_or_init(|| unsealed);
        }
        Ok(())
    }

    /// Lets a machine that only mounts the file system at `/usr` find what is live.
    fn link_top(&self, place: &Place<'_>) {
        let linked = place.volume().map_or(Ok(()), volume::Volume::link_top);
        if let Err(error) = linked {
            let text = format!(
                "the links at the top of the file system of /usr cannot be brought in line: {error}"
            );
            self.told.0.warning(text);
        }
    }

    /// Makes sure that the tree can or cannot be written to, as it is wanted.
    fn check_access(&self, place: &Place<'_>) {
        if !self.keeping.read_only {
            return;
        }
        match place.is_writable() {
            Ok(false) => {}
            Ok(true) => {
                let text = "/usr can be written to, though it should be read-only between \
                            changes: `swupd recover` tries again";
                self.told.0.warning(text);
            }
            Err(error) => {
                let text = format!("cannot see whether /usr is read-only: {error}");
                self.told.0.warning(text);
            }
        }
    }

    fn pass(&self, place: &'static str) -> Result<(), SwitchError> {
        self.faults.pass(place).map_err(|source| SwitchError::Sync { source })
    }
}

impl Engine for Exchange<'_> {
    fn stage(&mut self, trip: Trip<Fetched>, change: &Change) -> Result<Staged, StageError> {
        self.stage_next(trip, change)
    }

    fn discard(&mut self, staged: Staged) -> Result<(), SwitchError> {
        if self.next.take().is_none() {
            return self.per_file().discard(staged);
        }
        let place = Place::look(self.root).map_err(|source| SwitchError::Tidy { source })?;
        self.give_up(staged.into_parts().0, &place)
    }

    fn commit(&mut self, staged: Staged) -> Result<Switched, SwitchError> {
        let Some(mut next) = self.next.take() else { return self.per_file().commit(staged) };
        let (trip, work, left_alone) = staged.into_parts();
        let refused = |source| SwitchError::Refused { source };
        let place = Place::look(self.root).map_err(refused)?;
        let generations = Generations::make(place.base()).map_err(refused)?;
        self.told.0.stage("Switching", Unit::Items, None);
        if let Err(source) = self.exchange(&place, &generations, &mut next) {
            self.give_up(trip, &place)?;
            return Err(refused(source));
        }
        // The new tree may have brought a mount that the old one did not have.
        let sync = |source| SwitchError::Sync { source };
        let place = Place::look(self.root).map_err(sync)?;
        let generations = Generations::make(place.base()).map_err(sync)?;
        let after = self
            .give_back(&place, &generations, next.with, &next.theirs)
            .and_then(|()| self.carry_over_late(&place, &generations, &mut next));
        after.map_err(sync)?;
        for path in &next.planted.left {
            let path = path.display();
            self.told
                .0
                .warning(format!("the version has /usr/{path}: yours stays in the old tree"));
        }
        let switched = self.follow(trip, (&place, &generations), &work)?;
        self.told.0.stage_done();
        Ok(switched.and_left_alone(left_alone))
    }

    fn go_back(
        &mut self,
        trip: Trip<Fetched>,
        number: Number,
        elsewhere: &Change,
    ) -> Result<Staged, StageError> {
        self.stage_back(trip, number, elsewhere)
    }

    fn recover(&mut self) -> Result<Recovery, SwitchError> {
        self.recover_what_is_left()
    }

    fn generations(&self) -> Result<Vec<Generation>, StateError> {
        let path = self.root.path().join(HIDDEN);
        let listed = Shelf::of(self.root).generations();
        listed.map_err(|source| StateError::Io { doing: "list", path, source })
    }

    fn verify(
        &self,
        generation: &Generation,
        expected: &[Expected],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Vec<Found> {
        match self.tree_of(generation) {
            Ok(Some(tree)) => scan(&tree, expected, Closeness::Content, progress),
            Ok(None) => scan(self.root, expected, Closeness::Content, progress),
            Err(error) => {
                let kind = error.kind();
                expected.iter().map(|_| Found::Unreadable(kind.into())).collect()
            }
        }
    }
}

/// What the journal keeps of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exchanged {
    with: With,
    to: Number,
    theirs: BTreeMap<PathBuf, u64>,
}

impl Exchanged {
    fn details(&self) -> Vec<Detail> {
        let word = if self.with == With::Staged { STAGED } else { KEPT };
        let mut details = vec![detail(word, self.to.to_string().into_bytes())];
        details.extend(self.theirs.iter().map(|(path, inode)| {
            let mut bytes = format!("{inode} ").into_bytes();
            bytes.extend_from_slice(path.as_os_str().as_encoded_bytes());
            detail(THEIRS, bytes)
        }));
        details
    }

    fn of_details(details: &[Detail]) -> Option<Self> {
        use std::os::unix::ffi::OsStrExt;
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<Number>().ok();
        let is_exchange = |d: &&Detail| d.word == STAGED || d.word == KEPT;
        let first = details.iter().rfind(is_exchange)?;
        let to = number(&first.bytes)?;
        let with = if first.word == STAGED { With::Staged } else { With::Kept(to) };
        let theirs = details.iter().filter(|d| d.word == THEIRS).filter_map(|d| {
            let space = d.bytes.iter().position(|b| *b == b' ')?;
            let inode = std::str::from_utf8(&d.bytes[..space]).ok()?.parse().ok()?;
            let path = std::ffi::OsStr::from_bytes(&d.bytes[space + 1..]);
            Some((PathBuf::from(path), inode))
        });
        Some(Self { with, to, theirs: theirs.collect() })
    }
}

fn detail(word: &str, bytes: Vec<u8>) -> Detail {
    Detail { word: word.to_owned(), bytes }
}

fn slot_of(
    generations: &Generations,
    with: With,
) -> io::Result<Option<crate::host::generations::Slot>> {
    match with {
        With::Staged => generations.staging(),
        With::Kept(number) => generations.slot(number),
    }
}

fn sync(place: &Place<'_>) -> Result<(), SwitchError> {
    place.sync().map_err(|source| SwitchError::Sync { source })
}

const STAGED: &str = "exchange";
const KEPT: &str = "exchange-back";
const THEIRS: &str = "theirs";

//! Goes back to a version that is kept on the disk. It is the trip of an update that begins at the
//! switch: nothing is fetched, nothing is decided but where to go.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::Path,
};

use swupd_protocol::{manifest::Entry, object::Kind, path::TreePath, version::Version};

use super::{
    Outcome, UpdateError,
    apply::Apply,
    attributes,
    content::{Content, is_left_alone},
    findings::{Finding, Looked, judge},
    look,
    plan::Changes,
    step::{Change, Step},
    steps,
    switch::{Engine, Generation, How, exchange::Exchange, recoverer},
    trigger::{Occasion, Touched},
};
use crate::{
    host::{
        generations::Number,
        journal::{self, Intent},
        machine::{Machine, MachineError},
        root::{Root, UNIT},
        scan::Closeness,
        store::{Store, StoreError, file_name},
    },
    report::Observer,
};

/// What going back works with.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "whoever is told has none")]
pub struct Back<'a> {
    /// The machine, locked.
    pub machine: &'a Machine,
    /// How its tree is changed.
    pub how: How,
    /// Whose change it is.
    pub occasion: Occasion<'a>,
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// Seconds since 1970.
    pub now: u64,
}

/// A kept version to go back to.
#[derive(Debug)]
pub struct Destination {
    /// The one that runs.
    pub running: Generation,
    /// The one to go to.
    pub generation: Generation,
    /// Its number.
    number: Number,
    /// Its version.
    pub version: Version,
    tree: Root,
    content: Option<Content>,
}

impl Back<'_> {
    /// Finds the generation of a number, or else the one that ran before this one.
    pub fn destination(&self, number: Option<Number>) -> Result<Destination, BackError> {
        let engine = self.engine();
        let listed = engine.generations().map_err(MachineError::from)?;
        let running = listed.iter().find(|generation| generation.is_running).cloned();
        let running = running.ok_or(BackError::NothingBefore)?;
        let wanted = match number {
            Some(number) => number,
            None => before(&listed, &running).ok_or(BackError::NothingBefore)?,
        };
        let generation = listed.into_iter().find(|listed| listed.number == Some(wanted));
        let generation = generation.ok_or(BackError::NotKept { number: wanted })?;
        if generation.is_running {
            return Err(BackError::Running { number: wanted });
        }
        let version = generation.version.ok_or(BackError::NoVersion { number: wanted })?;
        let unreadable = |source| BackError::Kept { number: wanted, source };
        let kept = engine.kept(wanted).map_err(unreadable)?;
        let (tree, content) = kept.ok_or(BackError::NotKept { number: wanted })?;
        Ok(Destination { running, generation, number: wanted, version, tree, content })
    }

    /// Returns how the kept tree differs from what it was; an error where nobody wrote that down.
    pub fn damage(&self, destination: &Destination) -> Result<Vec<Finding>, BackError> {
        let Some(content) = &destination.content else {
            return Err(BackError::Unknown { number: destination.number });
        };
        let is_concerned = |entry: &&Entry| is_in_unit(&entry.path) && !is_left_alone(entry);
        let entries = content.present().filter(is_concerned);
        let tree = &destination.tree;
        let standing = look::standing(tree, entries, Closeness::Content, self.observer);
        let mut standing = standing.map_err(UpdateError::from)?;
        attributes::compare(tree, content, &mut standing).map_err(UpdateError::from)?;
        Ok(judge(content, &standing, Looked { only_missing: false }))
    }

    /// Goes there. The version that runs now is held: updates do not go to it again.
    pub fn go(&self, destination: &Destination) -> Result<Outcome, BackError> {
        let Machine { data, .. } = self.machine;
        data.use_spare().map_err(MachineError::from)?;
        let gone = self.make_the_way(destination);
        if gone.is_err() {
            // What it took up is free again.
            if let Err(error) = data.keep_spare() {
                self.observer.debug(error.to_string());
            }
        }
        gone
    }

    fn make_the_way(&self, destination: &Destination) -> Result<Outcome, BackError> {
        let elsewhere = self.elsewhere(destination)?;
        let Machine { data, .. } = self.machine;
        let now: BTreeSet<_> = data.tracked().map_err(MachineError::from)?;
        let then = &destination.generation.tracked;
        let from = destination.running.version;
        let intent = Intent {
            from,
            to: destination.version,
            track: then.difference(&now).cloned().collect(),
            untrack: now.difference(then).cloned().collect(),
            now: self.now,
            why: self.occasion.command.to_owned(),
            // Going forward again is no reason to stay away from where one was.
            hold: from.filter(|from| *from > destination.version),
        };
        let touched = self.touched(destination, &elsewhere)?;
        let (put, removed) = counts(&elsewhere);
        let trip = journal::begin(data, intent).map_err(UpdateError::from)?;
        let trip = trip.fetched().map_err(UpdateError::from)?;
        let Self { machine, how, occasion, observer, .. } = *self;
        let apply = Apply { machine, how, occasion, observer };
        let switched = apply.go_back(trip, destination.number, &elsewhere)?;
        Ok(Outcome { put, removed, touched, switched: Some(switched) })
    }

    /// Returns what changes outside of the exchanged directory; the objects are in the store then.
    fn elsewhere(&self, destination: &Destination) -> Result<Change, BackError> {
        let (Some(then), Some(now)) = (&destination.content, self.running(destination)?) else {
            return Ok(Change::default());
        };
        let mut changes = Changes::between(&now, then);
        changes.puts.retain(|entry| !is_in_unit(&entry.path));
        changes.removes.retain(|path| !is_in_unit(path));
        changes.puts_unless_there.clear();
        for entry in &changes.puts {
            self.bring(entry, destination.number)?;
        }
        let attributes = attributes::installed(&destination.tree, then);
        let attributes = attributes.map_err(UpdateError::from)?;
        let change = Change {
            steps: steps(changes),
            attributes,
            timestamp: destination.generation.made.unwrap_or(self.now),
            ..Change::default()
        };
        // What the kept tree has it has with its attributes.
        Ok(change.divide(format!("/{UNIT}").as_bytes()).1)
    }

    /// Brings an object into the store out of what generations had, or out of the tree: what a
    /// version only no longer speaks of still stands there.
    fn bring(&self, entry: &Entry, number: Number) -> Result<(), BackError> {
        let Machine { root, store, .. } = self.machine;
        let lost = || BackError::Lost { path: entry.path.clone() };
        if attributes::copy_into(root, store, &entry.path, entry.hash).map_err(UpdateError::from)? {
            return Ok(());
        }
        let saved = self.engine().saved();
        let saved = saved.map_err(|source| BackError::Kept { number, source })?;
        let mut trouble = None;
        for saved in &saved {
            match saved.find(&entry.hash) {
                Ok(true) => {
                    let copied = copy(saved, store, entry);
                    return copied
                        .map_err(|source| BackError::Store(source.into()))?
                        .ok_or_else(lost);
                }
                Ok(false) => {}
                Err(error) => trouble = Some(error),
            }
        }
        Err(trouble.map_or_else(lost, |error| BackError::Store(error.into())))
    }

    fn touched(&self, destination: &Destination, elsewhere: &Change) -> Result<Touched, BackError> {
        let (Some(then), Some(now)) = (&destination.content, self.running(destination)?) else {
            return Ok(Touched::everything());
        };
        let all = Changes::between(&now, then);
        let changed = all.puts.iter().map(|entry| &entry.path).chain(&all.removes);
        Ok(Touched::by(changed.chain(elsewhere.steps.iter().map(Step::path))))
    }

    fn running(&self, destination: &Destination) -> Result<Option<Content>, BackError> {
        let Some(number) = destination.running.number else { return Ok(None) };
        let content = self.engine().content_of(number);
        content.map_err(|source| BackError::Kept { number, source })
    }

    fn engine(&self) -> Exchange<'_> {
        recoverer(self.machine, self.how, self.observer)
    }
}

/// Copies an object from one store to another; none where it is not what it should be.
fn copy(from: &Store, to: &Store, entry: &Entry) -> Result<Option<()>, CopyError> {
    let Some(object) = from.object(&entry.hash)? else { return Ok(None) };
    if object.kind() != Kind::File {
        to.put_without_content(entry.hash, &object)?;
        return Ok(Some(()));
    }
    let mut file = from.directory().read(Path::new(&file_name(&entry.hash)))?;
    let mut writer = to.writer(entry.hash, &object)?;
    io::copy(&mut file, &mut writer)?;
    writer.flush()?;
    writer.commit()?;
    Ok(Some(()))
}

/// Returns the generation that ran before the running one and is kept, or else the last one that was
/// made before it.
fn before(listed: &[Generation], running: &Generation) -> Option<Number> {
    let mut others = listed.iter().filter(|generation| !generation.is_running);
    let direct =
        others.clone().find(|other| other.number == running.from && running.from.is_some());
    // Where nobody knows what runs, or nothing does, every kept one is.
    let is_older = |other: &&Generation| running.number.is_none() || other.number < running.number;
    let older = || others.rfind(is_older);
    direct.or_else(older)?.number
}

fn is_in_unit(path: &TreePath) -> bool {
    path.relative().starts_with(UNIT)
}

fn counts(change: &Change) -> (usize, usize) {
    let removed = change.steps.iter().filter(|step| matches!(step, Step::Remove { .. })).count();
    (change.steps.len() - removed, removed)
}

/// An object that was kept could not be brought back.
#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it cannot be copied")]
    Io(#[from] io::Error),
}

/// There is no way back.
#[derive(Debug, thiserror::Error)]
pub enum BackError {
    /// Nothing earlier is kept.
    #[error("no earlier version of this tree is kept")]
    NothingBefore,
    /// A generation is not there.
    #[error("generation {number} is not kept")]
    NotKept {
        /// Which.
        number: Number,
    },
    /// It is the one that runs.
    #[error("generation {number} is the one that runs")]
    Running {
        /// Which.
        number: Number,
    },
    /// Nobody knows what it is.
    #[error("nobody knows the version of generation {number}")]
    NoVersion {
        /// Which.
        number: Number,
    },
    /// Nobody wrote down what belongs in it.
    #[error(
        "what belongs in generation {number} was not written down, so that it cannot be checked"
    )]
    Unknown {
        /// Which.
        number: Number,
    },
    /// It cannot be read.
    #[error("generation {number} cannot be read")]
    Kept {
        /// Which.
        number: Number,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Something that it had outside of `/usr` was not kept.
    #[error("{path} of that version was not kept; nothing was changed")]
    Lost {
        /// What.
        path: TreePath,
    },
    /// Something that was kept could not be brought back.
    #[error("what was kept cannot be brought back; nothing was changed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The machine cannot be read.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The change could not be made.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

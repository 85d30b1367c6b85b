//! Lays out beside the tree what is to come into it, complete and synced, so that the switch only
//! has to move it. Nothing that anybody can see changes here.

pub(crate) mod farm;
mod lay;
mod survey;

use std::{
    io,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use swupd_protocol::{hash::ContentHash, path::TreePath};

pub(crate) use self::lay::set_xattrs;
use self::{
    lay::Layer,
    survey::{Survey, survey},
};
use super::{
    area::{self, Area},
    faults::Faults,
    step::Change,
    work::{Work, areas_of},
};
use crate::{
    host::{
        journal::{self, Fetched, Intent, JournalError, Trip},
        obstacle::Obstacle,
        root::{Buffer, Ownership, Root},
        store::{Store, StoreError},
    },
    report::{Observer, Unit},
};

/// A tree that lies ready beside the one that is used.
#[derive(Debug)]
#[must_use = "nothing has changed yet"]
pub struct Staged {
    trip: Trip<journal::Staged>,
    work: Work,
    left_alone: Vec<TreePath>,
    tree: Option<PathBuf>,
}

impl Staged {
    /// Returns what the change is for.
    pub fn intent(&self) -> &Intent {
        self.trip.intent()
    }

    /// Returns where the next `/usr` lies complete; none where there is no such place.
    pub fn tree(&self) -> Option<&Path> {
        self.tree.as_deref()
    }

    pub(crate) fn with_tree(self, tree: PathBuf) -> Self {
        Self { tree: Some(tree), ..self }
    }

    /// Returns the paths on which something is mounted, so that they are not changed.
    pub fn left_alone(&self) -> &[TreePath] {
        &self.left_alone
    }

    pub(crate) fn new(trip: Trip<journal::Staged>, work: Work, left_alone: Vec<TreePath>) -> Self {
        Self { trip, work, left_alone, tree: None }
    }

    pub(crate) fn into_parts(self) -> (Trip<journal::Staged>, Work, Vec<TreePath>) {
        (self.trip, self.work, self.left_alone)
    }
}

/// What staging works with.
#[derive(Clone, Copy)]
pub(crate) struct Stager<'a> {
    pub(crate) root: &'a Root,
    pub(crate) store: &'a Store,
    pub(crate) faults: &'a Faults,
    pub(crate) observer: &'a dyn Observer,
}

impl Stager<'_> {
    /// Stages a change. If that fails everything staged is removed, and the trip is given up.
    pub(crate) fn stage(
        self,
        mut trip: Trip<Fetched>,
        change: &Change,
    ) -> Result<Staged, StageError> {
        let now = trip.intent().now;
        let laid = survey(self.root, change).and_then(|survey| {
            trip.note(survey.work.area_details())?;
            self.lay_out(&survey.work, change, now)?;
            Ok(survey)
        });
        match laid {
            Ok(survey) => {
                self.pass("journal: staged")?;
                let trip = trip.staged(survey.work.details())?;
                Ok(Staged::new(trip, survey.work, survey.left_alone))
            }
            Err(error) => {
                self.give_up(trip, now, &error);
                Err(error)
            }
        }
    }

    /// Stages a change of a tree that nobody uses yet.
    pub(crate) fn lay(self, change: &Change, now: u64) -> Result<Survey, StageError> {
        let survey = self.survey(change)?;
        self.lay_out(&survey.work, change, now)?;
        Ok(survey)
    }

    /// Looks whether a change can be made, and says what is to be done.
    pub(crate) fn survey(self, change: &Change) -> Result<Survey, StageError> {
        survey(self.root, change)
    }

    /// Removes what was staged, and gives the trip up.
    pub(crate) fn give_up(self, trip: Trip<Fetched>, now: u64, error: &StageError) {
        let tidy = || {
            self.faults.pass("give up")?;
            for place in areas_of(trip.details()) {
                area::discard(self.root, place.as_ref(), now)?;
            }
            if matches!(error, StageError::Sync { .. }) {
                // The system tells such an error once and may then take for written what is not.
                self.store.empty()?;
            }
            trip.abandon().map_err(io::Error::other)
        };
        // The error that led here is the one to tell; the next run tidies up again.
        if let Err(error) = tidy() {
            self.observer.debug(format!("what was staged could not be removed: {error}"));
        }
    }

    /// Lays everything out that is put, synced.
    pub(crate) fn lay_out(self, work: &Work, change: &Change, now: u64) -> Result<(), StageError> {
        let areas = work.areas.iter().map(|place| {
            self.faults.pass("make area")?;
            Area::make(self.root, place.as_ref(), now)
        });
        let areas: io::Result<Vec<Area>> = areas.collect();
        let areas = areas.map_err(|source| StageError::Area { source })?;
        let total = work.puts.len() as u64;
        self.observer.stage("Staging", Unit::Items, Some(total));
        let layer = Layer::new(self, &areas, change);
        let laid = work
            .puts
            .par_iter()
            .enumerate()
            .map_init(Buffer::default, |buffer, (n, put)| layer.lay(n, put, buffer));
        laid.collect::<Result<(), StageError>>()?;
        self.observer.progress(total, Some(total));
        self.pass("sync staged")?;
        for area in &areas {
            area.sync().map_err(|source| StageError::Sync { source })?;
        }
        if self.root.ownership() == Ownership::OfTheUser {
            self.store.record().sync().map_err(|source| StageError::Sync { source })?;
        }
        self.observer.stage_done();
        Ok(())
    }

    fn pass(self, place: &'static str) -> Result<(), StageError> {
        self.faults.pass(place).map_err(|source| StageError::Sync { source })
    }
}

/// A change could not be staged. The tree is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Two steps speak of one path.
    #[error("{path} is to be changed twice at once")]
    Twice {
        /// The path.
        path: TreePath,
    },
    /// A path is put below one that will be no directory.
    #[error("{path} cannot be put there: {parent} will be no directory")]
    Contradiction {
        /// The path that is put.
        path: TreePath,
        /// The path above it.
        parent: TreePath,
    },
    /// Something is mounted in the directory whose place a file is to take.
    #[error("{path} cannot be replaced: {mounted} is a mount point")]
    MountBelow {
        /// The path that is put.
        path: TreePath,
        /// The mount point.
        mounted: TreePath,
    },
    /// A path cannot be changed because it is marked as immutable.
    #[error("{path} is immutable (lsattr shows it); nothing was changed")]
    Immutable {
        /// The path.
        path: TreePath,
    },
    /// We may not write in a directory.
    #[error("{path} cannot be written to; nothing was changed")]
    Refused {
        /// The directory.
        path: TreePath,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A path could not be looked at.
    #[error("cannot look at {path}; nothing was changed")]
    Look {
        /// The path.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An object is not in the store, or is of another kind than the step says.
    #[error("the object {hash} of {path} is not in the store; nothing was changed")]
    NotInStore {
        /// Where it should go.
        path: TreePath,
        /// Its name.
        hash: ContentHash,
    },
    /// The store failed.
    #[error("the store of verified objects failed; nothing was changed")]
    Store(#[from] StoreError),
    /// The hidden directory for what is staged could not be made.
    #[error("cannot make a directory to stage in below the tree's root; nothing was changed")]
    Area {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An object could not be laid out.
    #[error("cannot stage {path}; nothing was changed")]
    Lay {
        /// Where it should go.
        path: TreePath,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The next tree could not be laid out beside the running one.
    #[error("cannot lay the next tree out beside the one in {}; nothing was changed", path.display())]
    Tree {
        /// Where the running one is.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The tree cannot be exchanged as a whole: something in it cannot be shared.
    #[error("{} is immutable (lsattr shows it), so that the tree cannot be exchanged as a whole; nothing was changed", path.display())]
    Fixed {
        /// What that is.
        path: PathBuf,
    },
    /// The tree cannot be exchanged as a whole: a part of it lies on something else.
    #[error(
        "files of the OS lie on what is mounted at {mounted}, so that the tree cannot be exchanged as a whole; nothing was changed"
    )]
    Divided {
        /// The mount point.
        mounted: TreePath,
    },
    /// Nothing is kept to go back to.
    #[error("no earlier version of the tree is kept that can be exchanged with this one")]
    NothingKept,
    /// What was staged could not be brought to the disk.
    #[error("cannot bring what was staged to the disk; nothing was changed")]
    Sync {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The journal failed.
    #[error("the journal failed; nothing was changed")]
    Journal(#[from] JournalError),
}

impl StageError {
    /// Returns the failure that an error is where the tree that is changed is not in use yet.
    pub(crate) fn in_next_tree(path: Option<TreePath>, source: io::Error) -> Self {
        match path {
            Some(path) => Self::Lay { path, source },
            None => Self::Sync { source },
        }
    }

    fn look(path: &TreePath, source: io::Error) -> Self {
        Self::Look { path: path.to_string(), source }
    }

    /// Returns what stood in the way, where it was the system that refused.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Twice { .. }
            | Self::Contradiction { .. }
            | Self::MountBelow { .. }
            | Self::Divided { .. }
            | Self::NotInStore { .. }
            | Self::NothingKept
            | Self::Journal(JournalError::Unfinished) => None,
            Self::Immutable { .. } | Self::Fixed { .. } => Some(Obstacle::NoPermission),
            Self::Store(error) => error.obstacle(),
            Self::Refused { source, .. }
            | Self::Look { source, .. }
            | Self::Area { source }
            | Self::Tree { source, .. }
            | Self::Lay { source, .. }
            | Self::Sync { source }
            | Self::Journal(JournalError::Io { source, .. }) => Some(Obstacle::of(source)),
        }
    }
}

//! Who must agree to a change once it is known in full, and before the tree is touched.

use std::fmt::Debug;

use super::{content::Content, step::Change};
use crate::host::store::{Store, StoreError};

/// A change that everything is there for.
#[derive(Debug, Clone, Copy)]
pub struct Proposed<'a> {
    /// The change.
    pub change: &'a Change,
    /// What the tree has afterwards.
    pub content: &'a Content,
    /// The objects that are put.
    pub store: &'a Store,
}

/// Somebody who must agree.
pub trait Approver: Debug {
    /// Agrees, or says why not.
    fn approve(&self, proposed: &Proposed<'_>) -> Result<(), NotApproved>;
}

/// Why a change is not made.
#[derive(Debug, thiserror::Error)]
pub enum NotApproved {
    /// Files that give whoever runs them rights that they have not.
    #[error("{count} of the new files have dangerous permissions, and nobody agreed to that")]
    Dangerous {
        /// How many files.
        count: usize,
    },
    /// A program cannot be offered under its name.
    #[error("there is a program `{name}` in {place} already, and it is not of this repository")]
    Taken {
        /// The name.
        name: String,
        /// Where the programs of third parties are offered.
        place: String,
    },
    /// It cannot be seen what the change would do.
    #[error("cannot look at what would be changed")]
    Unseen(#[from] StoreError),
    /// It cannot be seen what is offered already.
    #[error("cannot look into {place}")]
    Unlisted {
        /// Where the programs of third parties are offered.
        place: String,
        /// Why not.
        source: std::io::Error,
    },
}

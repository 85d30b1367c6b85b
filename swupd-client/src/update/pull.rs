//! Brings every missing object into the store, each checked by its name: out of what is on the
//! disk already, then out of packs while they arrive, then one by one.
//!
//! It tries the ways that the order lists in the order in which it lists them, and decides nothing
//! else. A pack is a convenience: whatever it lacks or gets wrong is fetched alone.

use std::io;

use swupd_protocol::{
    fullfile::FullfileError, hash::ContentHash, object::Kind, path::TreePath, release::Release,
};

use super::obtain::{Obtain, Pulled};
use crate::{
    host::{
        root::Root,
        store::{Store, StoreError},
    },
    remote::{FetchError, Remote},
    report::Observer,
};

mod disk;
mod forecast;
mod fullfiles;
mod missing;
mod packs;
mod patch;
mod spool;

pub use forecast::{Forecast, PackSize};
use missing::Missing;

/// Brings every object of the order into the store.
pub fn pull(
    order: &Obtain,
    remote: &Remote,
    store: &Store,
    root: &Root,
    observer: &dyn Observer,
) -> Result<Pulled, PullError> {
    let missing = Missing::of(order);
    let places = Places { remote, store, root, observer };
    disk::find_stored(&missing, &places);
    disk::copy_installed(&missing, &places)?;
    packs::take(&order.packs, &missing, &places)?;
    fullfiles::fetch(&missing, &places)?;
    Ok(Pulled::with(missing.tally()))
}

/// Foresees what a pull of the order would fetch for a release.
pub fn foresee(
    order: &Obtain,
    release: &Release,
    remote: &Remote,
    (store, root): (&Store, &Root),
    observer: &dyn Observer,
) -> Forecast {
    forecast::forecast(order, release, &Places { remote, store, root, observer })
}

/// Where objects come from and go to.
#[derive(Clone, Copy)]
struct Places<'a> {
    remote: &'a Remote,
    store: &'a Store,
    root: &'a Root,
    observer: &'a dyn Observer,
}

/// Not every object could be had.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// An object could not be downloaded.
    #[error("cannot download {path} (object {hash})")]
    Fetch {
        /// The object.
        hash: ContentHash,
        /// Where it would have gone.
        path: TreePath,
        /// What happened.
        source: FetchError,
    },
    /// The server gave something else, twice.
    #[error("what {url} holds is not the object {hash} that {path} needs")]
    Damaged {
        /// The object.
        hash: ContentHash,
        /// Where it would have gone.
        path: TreePath,
        /// What was read.
        url: String,
        /// What is wrong with it.
        source: Box<FullfileError>,
    },
    /// The server's object is of another kind or larger than the manifests say.
    #[error("what {url} holds is {what}, and {path} cannot be that")]
    Misfit {
        /// Where it would have gone.
        path: TreePath,
        /// What was read.
        url: String,
        /// What it is.
        what: Misfit,
    },
    /// The store does not take an object.
    #[error("cannot keep what was downloaded")]
    Store(#[from] StoreError),
    /// There is no room for what is on its way.
    #[error("cannot write a temporary file")]
    Spool(#[source] io::Error),
}

/// Why an object cannot be the one that a manifest lists, before its hash is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is of another kind.
    #[error("of another kind ({0:?})")]
    Kind(Kind),
    /// It is larger than all that its bundle holds.
    #[error("too large ({0} bytes)")]
    Size(u64),
}

#[cfg(test)]
#[path = "pull/pull_tests.rs"]
mod tests;

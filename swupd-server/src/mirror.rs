//! Copies what another repository publishes. Everything is verified while it comes and gets its
//! place when it is whole: what manifests name before the manifests, these before the MoM of their
//! version, and the pointers to the newest versions last. So the copy can be served at any moment,
//! and a run that ended early is gone on with by the next one.
//!
//! A bundle's manifest in its place says that all it names is there: later runs pass it over.

mod bring;
mod content;
mod error;
mod full;
mod inbox;
mod metadata;
mod owed;
mod pointers;
mod prune;
mod tasks;
mod versions;

use std::collections::BTreeSet;

use swupd_protocol::{
    bundle::BundleName,
    layout::RepoPath,
    trust::Authority,
    version::{FormatNumber, Version},
};
use swupd_remote::Remote;

use self::{bring::Bringer, content::Content, inbox::Inbox, versions::Chosen};
pub use error::MirrorError;

use crate::{
    repo::Repo,
    report::{Event, Observer},
};

/// What is copied, from where, and how.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The repository that is copied.
    pub remote: &'a Remote,
    /// Where the copy lies.
    pub repo: &'a Repo,
    /// Whose signatures are good.
    pub authority: &'a Authority,
    /// The time by which certificates are judged, in seconds since 1970.
    pub now: u64,
    /// What of it is wanted.
    pub wanted: &'a Wanted,
    /// What else is wished.
    pub wishes: Wishes,
    /// Who watches.
    pub observer: &'a dyn Observer,
}

/// What of a repository is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The formats; empty means all that its newest version leads to.
    pub formats: BTreeSet<FormatNumber>,
    /// The versions.
    pub versions: Selection,
    /// The bundles, which come with those that they need; empty means all.
    pub bundles: BTreeSet<BundleName>,
}

/// Which versions are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// So many of the newest, of each format that was named, or else of the newest format and of
    /// those that the copy has already.
    Newest(usize),
    /// This one and what came after it.
    From(Version),
}

/// What depends on who asks.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that somebody types")]
pub struct Wishes {
    /// Verify what is here already, and ask for everything that is not.
    pub again: bool,
    /// Remove what was not selected, or is not published any more.
    pub delete: bool,
    /// Believe a pointer that is older than the one that is here.
    pub accept_older: bool,
    /// Go on where objects are missing upstream.
    pub allow_missing: bool,
    /// From how many earlier versions of a bundle packs are asked for.
    pub packs_back: usize,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            again: false,
            delete: false,
            accept_older: false,
            allow_missing: false,
            packs_back: USUAL_BACK,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// The versions that are here, of those that were wanted.
    pub versions: BTreeSet<Version>,
    /// How many of them are new.
    pub new_versions: u64,
    /// How many files came.
    pub fetched: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// How many files were removed.
    pub removed: u64,
    /// What clients can do without, and was left out.
    pub left_out: Vec<LeftOut>,
}

/// A file that is not in the copy though it is wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its path.
    pub path: RepoPath,
    /// Why.
    pub why: String,
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("remote", self.remote).finish_non_exhaustive()
    }
}

/// Copies what is wanted.
pub fn mirror(order: Order<'_>) -> Result<Mirrored, MirrorError> {
    let inbox = Inbox::open(order.repo)?;
    let bringer = Bringer::new(order, &inbox);
    stage(order, 1, "reading what is published");
    let mut chosen = versions::choose(order, &bringer)?;
    if let Some(bundle) = order.wanted.bundles.iter().find(|bundle| !chosen.has_bundle(bundle)) {
        return Err(MirrorError::UnknownBundle { bundle: bundle.clone() });
    }
    stage(order, 2, "copying what it names");
    let mut content = Content::new(order, &bringer, chosen.history());
    let mut new_versions = 0;
    // From the oldest on: what deltas start from is there before them.
    for (version, told) in &mut chosen.versions {
        let before = bringer.fetched();
        content.bring(told)?;
        new_versions += u64::from(told.is_new);
        let files = bringer.fetched() - before;
        if files > 0 {
            order.observer.event(Event::Info(format!("version {version}: {files} files")));
        }
    }
    stage(order, 3, "announcing it");
    announce(order, &inbox, &chosen)?;
    let removed = match (order.wishes.delete, chosen.has_holes) {
        (false, _) => 0,
        (true, false) => prune::prune(order, &chosen, content.bundles())?,
        (true, true) => {
            let why = "nothing is removed: upstream lacks a version between others";
            order.observer.event(Event::Warning(why.into()));
            0
        }
    };
    let (fetched, bytes, left_out) = bringer.into_tally();
    let versions = chosen.versions.into_keys().collect();
    Ok(Mirrored { versions, new_versions, fetched, bytes, removed, left_out })
}

/// Moves the pointers, where all that they announce is here.
fn announce(order: Order<'_>, inbox: &Inbox, chosen: &Chosen) -> Result<(), MirrorError> {
    inbox.sync()?;
    let here = |pointer: &&pointers::Pointer| chosen.versions.contains_key(&pointer.newest());
    let files: Vec<_> =
        chosen.pointers.iter().filter(here).flat_map(pointers::Pointer::files).collect();
    if files.iter().all(|(path, text)| {
        order.repo.read(path, u64::MAX).ok().flatten().as_deref() == Some(*text)
    }) {
        return Ok(());
    }
    crate::pointers::announce(order.repo, &inbox.scratch(), &files)
        .map_err(|source| MirrorError::Announce { source })
}

fn stage(order: Order<'_>, number: u32, name: &'static str) {
    order.observer.event(Event::Stage { number, of: 3, name });
}

/// From how many earlier versions packs are asked for, where nobody says otherwise.
pub const USUAL_BACK: usize = 30;

#[cfg(test)]
#[path = "mirror/mirror_tests.rs"]
mod tests;

//! Lets clients see a version: everything first, the pointer to it last. Before the last rename
//! clients see what they saw before, whatever happens; after it, all of the new version.

use std::{collections::BTreeSet, io, path::PathBuf};

use fs_err::File;
use swupd_protocol::{
    layout,
    version::{Format, Version},
};

use super::{describe::Described, encode::Summary, sign::Signed, work::Workshop};
use crate::{
    pointers::{announce, sync_directory},
    repo::{RepoError, names},
    report::Event,
};

/// A version that clients can see.
#[derive(Debug)]
pub struct Published {
    /// Its number.
    pub version: Version,
    /// What was made for it.
    pub summary: Summary,
}

/// Publishes a version.
pub fn publish(signed: Signed, shop: &Workshop<'_>) -> Result<Published, PublishError> {
    let Signed { described, summary, latest, latest_signature } = signed;
    let version = described.version;
    if let Some(newest) = shop.repo.newest()?.filter(|newest| *newest >= version) {
        return Err(PublishError::NotNewer { version, newest });
    }
    move_in(shop, version).map_err(|source| PublishError::Io { version, source })?;
    let (all, ours) = (layout::latest_version(), layout::latest(Format::Number(described.format)));
    // What clients of the format follow comes last.
    let files = [
        (all.signature(), &latest_signature[..]),
        (all, &latest),
        (ours.signature(), &latest_signature),
        (ours, &latest),
    ];
    announce(shop.repo, &shop.work.pointers(), &files)
        .map_err(|source| PublishError::Io { version, source })?;
    if let Err(error) = tidy_up(shop, &described) {
        shop.observer.event(Event::Warning(format!("the working directory keeps rests: {error}")));
    }
    Ok(Published { version, summary })
}

/// Gives the version's directory its place, once all that is in it is on the disk.
fn move_in(shop: &Workshop<'_>, version: Version) -> io::Result<()> {
    let (from, root) = (shop.work.directory(), shop.repo.root());
    let to = shop.repo.path(&layout::version_directory(version));
    fs_err::create_dir_all(root)?;
    let directory = File::open(&from)?;
    rustix::fs::syncfs(&directory)?;
    if to.exists() {
        // It was never announced: a build was interrupted between here and the pointers.
        fs_err::rename(&to, shop.work.stale())?;
    }
    fs_err::rename(&from, &to)?;
    sync_directory(root)?;
    from.parent().map_or(Ok(()), sync_directory)
}

/// Removes what no later build will ask for: a version published in vain, and deltas that this
/// version has no use for.
fn tidy_up(shop: &Workshop<'_>, described: &Described) -> io::Result<()> {
    shop.work.sweep()?;
    let useful = described.deltas.iter().map(|pair| shop.work.delta(pair.from, pair.to));
    let useful: BTreeSet<PathBuf> = useful.collect();
    let kept = shop.work.deltas();
    let rest = names(&kept)?.into_iter().map(|name| kept.join(name));
    rest.filter(|path| !useful.contains(path)).try_for_each(fs_err::remove_file)
}

/// Why a version is not, or perhaps not durably, published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// What is published cannot be read.
    #[error("what is published cannot be read")]
    Repo(#[from] RepoError),
    /// A version at least as new was published meanwhile.
    #[error("version {version} is not newer than the newest published one, {newest}")]
    NotNewer {
        /// The version.
        version: Version,
        /// The newest published one.
        newest: Version,
    },
    /// The file system refuses.
    #[error("version {version} cannot be put in its place")]
    Io {
        /// The version.
        version: Version,
        /// Why.
        source: io::Error,
    },
}

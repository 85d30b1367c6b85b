//! Lets clients see a version: everything first, the pointer to it last. Before the last rename
//! clients see what they saw before, whatever happens; after it, all of the new version.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use fs_err::File;
use swupd_protocol::{
    layout::{self, RepoPath},
    version::{Format, Version},
};

use super::{describe::Described, encode::Summary, sign::Signed, work::Workshop};
use crate::{
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
    // Nothing follows the second pointer by itself; the first is what clients ask for.
    let pointers = [layout::latest_version(), layout::latest(Format::Number(described.format))];
    for pointer in &pointers {
        // A pointer without its signature is refused, a signature without its pointer is not seen.
        announce(shop, &pointer.signature(), &latest_signature)
            .and_then(|()| announce(shop, pointer, &latest))
            .map_err(|source| PublishError::Io { version, source })?;
    }
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

/// Puts a pointer in its place by rename, on the disk before the next step.
fn announce(shop: &Workshop<'_>, path: &RepoPath, text: &[u8]) -> io::Result<()> {
    let path = shop.repo.path(path);
    let directory = path.parent().unwrap_or(shop.repo.root());
    make_directory(directory, shop.repo.root())?;
    let mut name: OsString = path.file_name().unwrap_or_default().into();
    name.push(".new");
    let unfinished = path.with_file_name(name);
    fs_err::write(&unfinished, text)?;
    File::open(&unfinished)?.sync_all()?;
    fs_err::rename(&unfinished, &path)?;
    sync_directory(directory)
}

/// Makes a directory and those above it, up to `root`, and their entries lasting.
fn make_directory(directory: &Path, root: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs_err::create_dir_all(directory)?;
    let above = directory.ancestors().skip(1).take_while(|above| above.starts_with(root));
    above.collect::<Vec<_>>().into_iter().try_for_each(sync_directory)
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
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

//! Reads an OS tree once, on all cores, hashing as it reads. Never writes, follows no link, and
//! notices when the tree changes underneath.

mod listing;
mod reading;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use rayon::prelude::*;
use rustix::io::Errno;
use swupd_protocol::path::TreePath;

use crate::{
    python,
    report::{Event, Meter, Observer},
    settings::Patterns,
    source::SourceTree,
    tree::{Source, Tree, TreeObject},
};

use self::{
    listing::Listed,
    reading::{Read, read},
};

/// What of a tree is wanted.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Which paths below `/etc` are content.
    pub etc: &'a Patterns,
    /// Which paths are not content, with all that is below them.
    pub leave_out: &'a Patterns,
    /// The small files whose content the build looks at.
    pub kept: &'a BTreeSet<TreePath>,
}

/// A tree as it was read.
#[derive(Debug, Default)]
pub struct Scanned {
    /// What stands where.
    pub tree: Tree,
    /// The content of the files that were to be kept, of those that exist.
    pub kept: BTreeMap<TreePath, Vec<u8>>,
}

/// Reads the tree.
pub fn scan(
    source: &SourceTree,
    wanted: &Wanted<'_>,
    observer: &dyn Observer,
) -> Result<Scanned, ScanError> {
    let listing = listing::list(source, wanted)?;
    for message in listing.left_out.messages() {
        observer.event(Event::Warning(message));
    }
    let total = listing.objects.iter().map(Listed::bytes_to_read).sum();
    let meter = Meter::new(observer, total);
    let objects: Vec<Read> = listing
        .objects
        .par_iter()
        // Neighbours are often of one size; small shares keep both ends of the tree busy.
        .with_max_len(MOST_IN_A_SHARE)
        .map(|listed| read(source, listed, wanted.kept, &meter))
        .collect::<Result<_, _>>()?;
    listing::verify_unchanged(source, &listing.directories)?;
    Ok(assemble(listing.objects, objects))
}

fn assemble(listed: Vec<Listed>, read: Vec<Read>) -> Scanned {
    let mut scanned = Scanned::default();
    let mut stamps = python::Stamps::default();
    for (listed, read) in listed.into_iter().zip(read) {
        if let Some(content) = read.kept {
            scanned.kept.insert(listed.path.clone(), content);
        }
        if let Some(stamp) = read.compiled_from {
            stamps.add(&listed.path, stamp);
        }
        let object = TreeObject {
            object: listed.object,
            hash: read.hash,
            source: Source::Tree(listed.path.clone()),
            xattrs: read.xattrs,
            mtime: Some(listed.stamp.modified.0),
        };
        scanned.tree.0.insert(listed.path, object);
    }
    for (path, object) in &mut scanned.tree.0 {
        object.mtime = object.mtime.filter(|time| stamps.depend_on(path, &object.object, *time));
    }
    scanned
}

/// Why a tree cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The system refused.
    #[error("cannot read {path}")]
    Io {
        /// Where in the tree.
        path: String,
        /// The system's own words.
        source: io::Error,
    },
    /// Something is not what it was a moment before.
    #[error("{path} was changed while the tree was read")]
    Changed {
        /// Where in the tree.
        path: String,
    },
    /// A file that the build has to look at is absurdly large.
    #[error("{path} is too large to be what its name says")]
    TooLarge {
        /// Where in the tree.
        path: String,
    },
}

impl ScanError {
    fn io(path: Option<&TreePath>) -> impl Fn(io::Error) -> Self {
        let path = path.map_or_else(|| "/".to_owned(), TreePath::to_string);
        // It was there, and of its kind, when its directory was listed.
        let gone = |error: &io::Error| {
            let not_openable = Errno::from_io_error(error);
            matches!(not_openable, Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
                || error.kind() == io::ErrorKind::InvalidInput
        };
        move |source| match &path {
            path if gone(&source) => Self::Changed { path: path.clone() },
            path => Self::Io { path: path.clone(), source },
        }
    }
}

const MOST_IN_A_SHARE: usize = 32;

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;

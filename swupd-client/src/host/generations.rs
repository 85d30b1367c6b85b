//! The versions of the OS tree that are kept on the disk, so that a machine can go back.
//!
//! ```text
//! <root>/.swupd/                              0700
//!     generations/<number>/
//!         about                               version, bundles, when and why it was made
//!         Manifest                            what belongs to the OS at which path, as it should be
//!         outside/<hash>                      what it had outside of the exchanged directory
//!         usr/                                its tree; of the one that runs that is /usr itself
//!     staging/                                the same, of one that is being made
//!     aside/                                  what has no place yet; only while something is done
//! ```
//! Which tree is which is written on the trees themselves: see [`identity`]. The names here are
//! made to fit, never the other way round.

mod about;
pub(crate) mod identity;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use swupd_protocol::manifest::Manifest;

pub use self::about::{About, Number};
use super::{
    directory::{Directory, absent_as_none},
    own_directory::{WrongMode, open_within},
    root::{HIDDEN, UNIT},
    sys::{self, FileKind},
};

/// The kept versions of one tree.
#[derive(Debug)]
pub(crate) struct Generations {
    hidden: Directory,
    kept: Directory,
}

impl Generations {
    /// Opens them, and makes their directories where they are missing.
    pub(crate) fn make(top: &Directory) -> io::Result<Self> {
        let hidden = open_within(top, Path::new(HIDDEN), 0o700, WrongMode::IsSet)?;
        let kept = open_within(&hidden, Path::new(KEPT), 0o700, WrongMode::IsSet)?;
        Ok(Self { hidden, kept })
    }

    /// Opens them; none where there are none.
    pub(crate) fn open(top: &Directory) -> io::Result<Option<Self>> {
        let open = || {
            let hidden = top.directory(Path::new(HIDDEN))?;
            let kept = hidden.directory(Path::new(KEPT))?;
            Ok(Self { hidden, kept })
        };
        absent_as_none(open())
    }

    /// Returns the numbers for which there is a directory, in order.
    pub(crate) fn numbers(&self) -> io::Result<BTreeSet<Number>> {
        let names = self.kept.list()?;
        Ok(names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect())
    }

    /// Returns a number that none has had.
    pub(crate) fn next_number(&self) -> io::Result<Number> {
        let numbers = self.numbers()?;
        let staged = self.staging()?.and_then(|slot| slot.about().ok()?.map(|about| about.number));
        let last = numbers.last().copied().max(staged);
        Ok(last.map_or(Number::FIRST, Number::next))
    }

    /// Opens one; none where it is not there.
    pub(crate) fn slot(&self, number: Number) -> io::Result<Option<Slot>> {
        Slot::open(&self.kept, &number.to_string())
    }

    /// Opens one, and makes its directory where that is missing.
    pub(crate) fn make_slot(&self, number: Number) -> io::Result<Slot> {
        Slot::make(&self.kept, &number.to_string())
    }

    /// Opens the one that is being made; none where none is.
    pub(crate) fn staging(&self) -> io::Result<Option<Slot>> {
        Slot::open(&self.hidden, STAGING)
    }

    /// Makes the directory of one that is to be made, empty.
    pub(crate) fn make_staging(&self) -> io::Result<Slot> {
        self.discard_staging()?;
        Slot::make(&self.hidden, STAGING)
    }

    /// Removes the one that was being made; says whether there was one.
    pub(crate) fn discard_staging(&self) -> io::Result<bool> {
        let was_there = self.hidden.stat(Path::new(STAGING))?.is_some();
        self.hidden.remove_all(Path::new(STAGING))?;
        self.hidden.remove_all(Path::new(ASIDE))?;
        Ok(was_there)
    }

    /// Gives the one that was being made, and that runs now, its place among the others.
    pub(crate) fn settle_staging(&self, number: Number) -> io::Result<()> {
        let name = number.to_string();
        // An empty one that an interruption left gives way; a full one says that something is wrong.
        absent_as_none(self.kept.remove(Path::new(&name), FileKind::Directory))?;
        self.hidden.rename_new_to(Path::new(STAGING), &self.kept, Path::new(&name))
    }

    /// Removes one with all that it holds.
    pub(crate) fn remove(&self, number: Number) -> io::Result<()> {
        // Without what describes it, it is none: half of one must not look like a whole.
        let name = PathBuf::from(number.to_string());
        absent_as_none(self.kept.remove(&name.join(about::NAME), FileKind::File))?;
        self.kept.remove_all(&name)
    }

    /// Removes the directory of all of them if nothing is in it.
    pub(crate) fn tidy(self, top: &Directory) -> io::Result<()> {
        drop(self.kept);
        for (directory, name) in [(&self.hidden, KEPT), (top, HIDDEN)] {
            match absent_as_none(directory.remove(Path::new(name), FileKind::Directory)) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => return Ok(()),
                removed => drop(removed?),
            }
        }
        Ok(())
    }

    /// Brings the names in these directories to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        sys::sync(&self.hidden)?;
        sys::sync(&self.kept)
    }

    /// Returns the directory in which they lie.
    pub(crate) fn hidden(&self) -> &Directory {
        &self.hidden
    }
}

/// The directory of one of them.
#[derive(Debug)]
pub(crate) struct Slot(pub(crate) Directory);

impl Slot {
    fn open(parent: &Directory, name: &str) -> io::Result<Option<Self>> {
        Ok(absent_as_none(parent.directory(Path::new(name)))?.map(Self))
    }

    fn make(parent: &Directory, name: &str) -> io::Result<Self> {
        open_within(parent, Path::new(name), 0o700, WrongMode::IsSet).map(Self)
    }

    /// Returns what is said of it; none where nothing is that can be read.
    pub(crate) fn about(&self) -> io::Result<Option<About>> {
        About::read(&self.0)
    }

    /// Writes down what it is and, where that is known, what belongs in it.
    pub(crate) fn describe(&self, about: &About, manifest: Option<&Manifest>) -> io::Result<()> {
        if let Some(manifest) = manifest {
            self.0.write_whole(Path::new(MANIFEST), &manifest.to_text(), 0o600)?;
        }
        about.write(&self.0)
    }

    /// Returns what belongs in it; none where that is not known.
    pub(crate) fn manifest(&self) -> io::Result<Option<Manifest>> {
        let limit = swupd_protocol::limits::MAX_MANIFEST;
        let text = self.0.read_whole(Path::new(MANIFEST), limit)?;
        Ok(text.and_then(|text| Manifest::parse(&text).ok()))
    }

    /// Opens its tree; none where it has none, since it is the one that runs.
    pub(crate) fn tree(&self) -> io::Result<Option<Directory>> {
        absent_as_none(self.0.directory(Path::new(UNIT)))
    }

    /// Opens the directory of what it had elsewhere, and makes it where that is missing.
    pub(crate) fn outside(&self) -> io::Result<Directory> {
        open_within(&self.0, Path::new(OUTSIDE), 0o700, WrongMode::IsSet)
    }
}

/// The directory below [`HIDDEN`] that holds them.
pub(crate) const KEPT: &str = "generations";
/// The directory below [`HIDDEN`] that holds the one that is being made.
pub(crate) const STAGING: &str = "staging";
/// The directory below [`HIDDEN`] for what has no place yet, or is only tried.
pub(crate) const ASIDE: &str = "aside";
const MANIFEST: &str = "Manifest";
pub(crate) const OUTSIDE: &str = "outside";

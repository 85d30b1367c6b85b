//! The data directory: what cannot be downloaded again.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use swupd_protocol::{bundle::BundleName, version::Version};

use super::{StateError, open_own};
use crate::host::{
    directory::{Directory, absent_as_none},
    lock::{Lock, LockError},
    own_directory::{WrongMode, open_within},
    record::Record,
    root::Root,
    sys::{self, FileKind},
};

/// The data directory of a tree.
#[derive(Debug)]
pub struct Data {
    directory: Directory,
    path: PathBuf,
}

impl Data {
    /// Opens the directory, and makes it where it is missing. `root` is the tree that it is about:
    /// below it no link is followed.
    pub fn open(path: &Path, root: &Root) -> Result<Self, StateError> {
        let directory = open_own(path, root)?;
        Ok(Self { directory, path: path.to_owned() })
    }

    /// Opens the directory to read from it, changing nothing; none where there is none.
    pub fn look(path: &Path) -> Result<Option<Self>, StateError> {
        let opened = absent_as_none(Directory::open_anywhere(path));
        let opened = opened.map_err(|source| trouble("open", path, source))?;
        Ok(opened.map(|directory| Self { directory, path: path.to_owned() }))
    }

    /// Returns where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what a run that was interrupted had half written.
    pub(crate) fn tidy(&self) -> Result<(), StateError> {
        let tidy = || {
            for name in self.directory.list()? {
                if name.as_encoded_bytes().ends_with(b".new") {
                    self.directory.remove_all(Path::new(&name))?;
                }
            }
            Ok(())
        };
        tidy().map_err(|source| trouble("tidy up", &self.path, source))
    }

    /// Takes the right to change the tree and its state.
    pub fn lock(&self) -> Result<Lock, LockError> {
        Lock::take(&self.directory, &self.path)
    }

    /// Opens the record of owners and modes.
    pub fn record(&self) -> Result<Arc<Record>, StateError> {
        let opened = Record::open(&self.directory);
        opened.map(Arc::new).map_err(|source| trouble("open the record in", &self.path, source))
    }

    /// Returns the version that was last updated to; none where none was recorded.
    pub fn version(&self) -> Result<Option<Version>, StateError> {
        let text = self.directory.read_whole(Path::new(VERSION), 64);
        let text = text.map_err(|source| self.trouble("read", VERSION, source))?;
        Ok(text.and_then(|text| std::str::from_utf8(&text).ok()?.trim().parse().ok()))
    }

    /// Records the version that was updated to.
    pub fn set_version(&self, version: Version) -> Result<(), StateError> {
        let written = self.directory.write_whole(
            Path::new(VERSION),
            format!("{version}\n").as_bytes(),
            0o644,
        );
        written.map_err(|source| self.trouble("write", VERSION, source))
    }

    /// Returns the bundles that somebody asked for. What is no bundle's name is none.
    pub fn tracked(&self) -> Result<BTreeSet<BundleName>, StateError> {
        let listed = || {
            let opened = absent_as_none(self.directory.directory(Path::new(BUNDLES)))?;
            opened.map_or(Ok(Vec::new()), |directory| directory.list())
        };
        let names = listed().map_err(|source| self.trouble("list", BUNDLES, source))?;
        let names = names.iter().filter_map(|name| name.to_str()?.parse().ok());
        Ok(names.collect())
    }

    /// Marks bundles as asked for.
    pub fn track<'a>(
        &self,
        bundles: impl IntoIterator<Item = &'a BundleName>,
    ) -> Result<(), StateError> {
        let track = || {
            let directory = self.bundles()?;
            for bundle in bundles {
                directory.append(Path::new(bundle.as_str()), 0o644)?;
            }
            sys::sync(&directory)
        };
        track().map_err(|source| self.trouble("mark bundles in", BUNDLES, source))
    }

    /// Takes the marks away again.
    pub fn untrack<'a>(
        &self,
        bundles: impl IntoIterator<Item = &'a BundleName>,
    ) -> Result<(), StateError> {
        let untrack = || {
            let directory = self.bundles()?;
            for bundle in bundles {
                absent_as_none(directory.remove(Path::new(bundle.as_str()), FileKind::File))?;
            }
            sys::sync(&directory)
        };
        untrack().map_err(|source| self.trouble("take marks out of", BUNDLES, source))
    }

    /// Takes up the room that is needed to write down what will have changed: a disk that fills up
    /// meanwhile must not keep us from that.
    pub(crate) fn reserve(&self) -> Result<(), StateError> {
        let reserve = || {
            let mut file = self.directory.append_own(Path::new(RESERVE), 0o600)?;
            io::Write::write_all(&mut file, &vec![0; RESERVED])?;
            file.sync_data()
        };
        reserve().map_err(|source| self.trouble("reserve room in", RESERVE, source))
    }

    /// Gives that room free again.
    pub(crate) fn use_reserve(&self) -> Result<(), StateError> {
        let removed = absent_as_none(self.directory.remove(Path::new(RESERVE), FileKind::File));
        removed.map(drop).map_err(|source| self.trouble("remove", RESERVE, source))
    }

    /// Takes up room for a way back: a version that fills the disk must not keep anybody from
    /// leaving it. Without room for that there is none; an error then says so.
    pub(crate) fn keep_spare(&self) -> Result<(), StateError> {
        let keep = || {
            let file = self.directory.append_own(Path::new(SPARE), 0o600)?;
            let there = file.metadata()?.len();
            if there < SPARED { sys::allocate(&file, SPARED) } else { Ok(()) }
        };
        keep().map_err(|source| self.trouble("keep room in", SPARE, source))
    }

    /// Gives that room free: some file systems do so only with their next commit.
    pub(crate) fn use_spare(&self) -> Result<(), StateError> {
        let spend =
            || match absent_as_none(self.directory.remove(Path::new(SPARE), FileKind::File))? {
                Some(()) => sys::sync_file_system(&self.directory),
                None => Ok(()),
            };
        spend().map_err(|source| self.trouble("remove", SPARE, source))
    }

    /// Returns the versions that updates do not go to: they were rolled back from.
    pub fn held(&self) -> Result<BTreeSet<Version>, StateError> {
        let text = self.directory.read_whole(Path::new(HELD), MOST_HELD);
        let text = text.map_err(|source| self.trouble("read", HELD, source))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect())
    }

    /// Keeps updates from going to a version, until a newer one appears.
    pub fn hold(&self, version: Version) -> Result<(), StateError> {
        let mut held = self.held()?;
        if held.insert(version) { self.write_held(&held) } else { Ok(()) }
    }

    fn write_held(&self, held: &BTreeSet<Version>) -> Result<(), StateError> {
        let lines: Vec<String> = held.iter().map(|version| format!("{version}\n")).collect();
        let lines = lines.concat();
        let written = self.directory.write_whole(Path::new(HELD), lines.as_bytes(), 0o644);
        written.map_err(|source| self.trouble("write", HELD, source))
    }

    /// Lets updates go to a version again, and to those before it: the tree is there by now.
    pub fn release(&self, reached: Version) -> Result<(), StateError> {
        let mut held = self.held()?;
        let all = held.len();
        held.retain(|version| *version > reached);
        if held.len() == all {
            return Ok(());
        }
        if !held.is_empty() {
            return self.write_held(&held);
        }
        let removed = absent_as_none(self.directory.remove(Path::new(HELD), FileKind::File));
        removed.map(drop).map_err(|source| self.trouble("remove", HELD, source))
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    fn bundles(&self) -> io::Result<Directory> {
        open_within(&self.directory, Path::new(BUNDLES), 0o755, WrongMode::IsSet)
    }

    pub(super) fn trouble(&self, doing: &'static str, name: &str, source: io::Error) -> StateError {
        trouble(doing, &self.path.join(name), source)
    }
}

fn trouble(doing: &'static str, path: &Path, source: io::Error) -> StateError {
    StateError::Io { doing, path: path.to_owned(), source }
}

const VERSION: &str = "version";
const BUNDLES: &str = "bundles";
const HELD: &str = "held";
const RESERVE: &str = "reserve";
/// Bytes: a few small files and directories.
const RESERVED: usize = 64 << 10;
const SPARE: &str = "spare";
/// Bytes: what a rollback writes down and lays out, of which the trees themselves are no part.
const SPARED: u64 = 1 << 20;
/// Bytes that are read of the versions that are held.
const MOST_HELD: u64 = 64 << 10;

//! Where files lie until they are whole: a directory in that of the copy. Between runs it holds only
//! the beginnings of large files, for the next one to go on with, and the list of what is owed.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use fs_err::File;
use rustix::fs::{FlockOperation, flock, syncfs};
use swupd_protocol::layout::RepoPath;

use super::{MirrorError, owed::Owed};
use crate::repo::Repo;

/// The place for what is not whole yet. While it is open, no other run works in the directory.
#[derive(Debug)]
pub(super) struct Inbox {
    repo: Repo,
    directory: PathBuf,
    root: File,
    /// What is left for the next run.
    left: Mutex<HashSet<PathBuf>>,
    /// The metadata of which not everything could be had.
    pub(super) owed: Owed,
}

/// A file that has not got its place.
#[derive(Debug)]
pub(super) struct Incoming {
    /// Open for writing behind what is there.
    pub(super) file: File,
    /// The bytes that were there already.
    pub(super) begun: u64,
    at: PathBuf,
}

/// A file that is whole and verified, and waits for what must be there before it.
#[derive(Debug)]
pub(super) struct Staged {
    incoming: Incoming,
    path: RepoPath,
}

impl Incoming {
    /// Says where it belongs.
    pub(super) fn for_place(self, path: &RepoPath) -> Staged {
        Staged { incoming: self, path: path.clone() }
    }

    /// Opens what was there already for reading.
    pub(super) fn beginning(&self) -> io::Result<io::Take<File>> {
        Ok(io::Read::take(File::open(&self.at)?, self.begun))
    }

    /// Gives it up.
    pub(super) fn discard(self) -> io::Result<()> {
        fs_err::remove_file(self.at)
    }
}

impl Inbox {
    pub(super) fn open(repo: &Repo) -> Result<Self, MirrorError> {
        let path = repo.root().to_owned();
        let failed = |source| MirrorError::Directory { path: path.clone(), source };
        fs_err::create_dir_all(&path).map_err(failed)?;
        let root = File::open(&path).map_err(failed)?;
        // Some network file systems lock no directories; two runs are then the user's care.
        let locked = flock(&root, FlockOperation::NonBlockingLockExclusive);
        if locked == Err(rustix::io::Errno::WOULDBLOCK) {
            return Err(MirrorError::Busy { path });
        }
        let directory = path.join(INBOX);
        fs_err::create_dir_all(&directory).map_err(failed)?;
        let owed = Owed::open(directory.join(OWED), repo).map_err(failed)?;
        clear(&directory, |path| path.ends_with(OWED) || is_worth_it(path)).map_err(failed)?;
        let left = Mutex::default();
        Ok(Self { repo: repo.clone(), directory, root, left, owed })
    }

    /// Begins a file, or opens what an earlier run has of it.
    pub(super) fn begin(&self, path: &RepoPath) -> io::Result<Incoming> {
        // No repository's path has a space in it, and every file system takes one.
        let at = self.directory.join(path.as_str().replace('/', " "));
        let file = fs_err::OpenOptions::new().append(true).create(true).open(&at)?;
        let begun = file.metadata()?.len();
        self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&at);
        Ok(Incoming { file, begun, at })
    }

    /// Leaves a file for the next run, if there is much of it.
    pub(super) fn leave(&self, incoming: Incoming) -> io::Result<()> {
        if !is_worth_it(&incoming.at) {
            return incoming.discard();
        }
        self.left.lock().unwrap_or_else(PoisonError::into_inner).insert(incoming.at);
        Ok(())
    }

    /// Gives a file its place.
    pub(super) fn place(&self, staged: Staged) -> Result<(), MirrorError> {
        let Staged { incoming, path } = staged;
        let to = self.repo.path(&path);
        let place = || {
            to.parent().map_or(Ok(()), fs_err::create_dir_all)?;
            fs_err::rename(&incoming.at, &to)
        };
        place().map_err(|source| MirrorError::Write { path: path.clone(), source })
    }

    /// Makes all that was placed, and what is owed, last, whatever happens to the machine.
    pub(super) fn sync(&self) -> Result<(), MirrorError> {
        let path = || self.repo.root().to_owned();
        let failed = |source| MirrorError::Directory { path: path(), source };
        self.owed.save().map_err(failed)?;
        syncfs(&self.root).map_err(|error| failed(error.into()))
    }

    /// Returns a name where nothing is yet.
    pub(super) fn scratch(&self) -> PathBuf {
        self.directory.join("pointers")
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be removed is by the next run.
        let owes = self.owed.owes();
        let is_wanted = |path: &Path| left.contains(path) || (owes && path.ends_with(OWED));
        clear(&self.directory, is_wanted).unwrap_or_default();
        if left.is_empty() && !owes {
            fs_err::remove_dir(&self.directory).unwrap_or_default();
        }
    }
}

/// Removes everything that is not wanted any more.
fn clear(directory: &Path, is_wanted: impl Fn(&Path) -> bool) -> io::Result<()> {
    for entry in fs_err::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            fs_err::remove_dir_all(path)?;
        } else if !is_wanted(&path) {
            fs_err::remove_file(path)?;
        }
    }
    Ok(())
}

/// Says whether it is quicker to ask for the rest of a file than for all of it.
fn is_worth_it(path: &Path) -> bool {
    let found = fs_err::symlink_metadata(path);
    found.is_ok_and(|found| found.is_file() && found.len() >= WORTH_IT)
}

/// Bytes.
const WORTH_IT: u64 = 1 << 20;

/// The list of what is owed; no file that comes has a name like that.
const OWED: &str = "owed";
/// The name in the directory of the copy; web servers give out no names that begin with a dot.
const INBOX: &str = ".incoming";

//! Where files lie until they are whole: a directory in that of the copy, there during a run only.

use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use fs_err::File;
use rustix::fs::{FlockOperation, flock, syncfs};
use swupd_protocol::layout::RepoPath;

use super::MirrorError;
use crate::repo::Repo;

/// The place for what is not whole yet. While it is open, no other run works in the directory.
#[derive(Debug)]
pub(super) struct Inbox {
    repo: Repo,
    directory: PathBuf,
    root: File,
    begun: AtomicU64,
}

/// A file that has not got its place.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) file: File,
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
        if directory.exists() {
            fs_err::remove_dir_all(&directory).map_err(failed)?;
        }
        fs_err::create_dir(&directory).map_err(failed)?;
        Ok(Self { repo: repo.clone(), directory, root, begun: AtomicU64::new(0) })
    }

    /// Begins a file.
    pub(super) fn begin(&self) -> io::Result<Incoming> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let at = self.directory.join(number.to_string());
        Ok(Incoming { file: File::create_new(&at)?, at })
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

    /// Makes all that was placed last, whatever happens to the machine.
    pub(super) fn sync(&self) -> Result<(), MirrorError> {
        syncfs(&self.root).map_err(|error| MirrorError::Directory {
            path: self.repo.root().to_owned(),
            source: error.into(),
        })
    }

    /// Returns a name where nothing is yet.
    pub(super) fn scratch(&self) -> PathBuf {
        self.directory.join("pointers")
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // What stays is removed by the next run.
        fs_err::remove_dir_all(&self.directory).unwrap_or_default();
    }
}

/// The name in the directory of the copy; web servers give out no names that begin with a dot.
const INBOX: &str = ".incoming";

//! The room that a build works in: beside what is published and on the same file system, so that a
//! finished version gets there by one rename. One build at a time has it.

use std::{
    fs::TryLockError,
    io,
    path::{Path, PathBuf},
};

use fs_err::{File, OpenOptions};
use swupd_protocol::{hash::ContentHash, layout, version::Version};

use crate::{
    repo::{Repo, names},
    report::Observer,
    settings::CompressionSettings,
    source::SourceTree,
};

/// What the stages that write work with.
pub struct Workshop<'a> {
    /// Where they write.
    pub work: &'a Work,
    /// What is published already.
    pub repo: &'a Repo,
    /// The tree that is built from.
    pub tree: &'a SourceTree,
    /// How artifacts are compressed.
    pub compression: CompressionSettings,
    /// Who watches.
    pub observer: &'a dyn Observer,
}

impl std::fmt::Debug for Workshop<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workshop").field("work", &self.work).finish_non_exhaustive()
    }
}

/// The directory of a version in the making, held by a lock as long as this lives.
#[derive(Debug)]
pub struct Work {
    version: Version,
    top: PathBuf,
    /// Locked; the kernel lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Work {
    /// Takes the room below a working directory, for a version. What an interrupted build left
    /// there is removed, but for its deltas, which are good for another try.
    pub fn begin(working_directory: &Path, version: Version) -> Result<Self, WorkError> {
        let top = working_directory.join("work");
        fs_err::create_dir_all(&top)?;
        let lock =
            OpenOptions::new().write(true).create(true).truncate(false).open(top.join("lock"))?;
        match lock.file().try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WorkError::Busy { directory: top }),
            Err(TryLockError::Error(source)) => return Err(WorkError::Io(source)),
        }
        let work = Self { version, top, _lock: lock };
        work.sweep()?;
        fs_err::create_dir_all(work.directory().join("files"))?;
        fs_err::create_dir_all(work.deltas())?;
        Ok(work)
    }

    /// Returns the version that is made here.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the directory that will be the version's.
    pub fn directory(&self) -> PathBuf {
        self.top.join(format!("{}{PARTIAL}", self.version))
    }

    /// Returns where a file of the version in the making lies.
    pub(super) fn path(&self, path: &layout::RepoPath) -> PathBuf {
        let directory = layout::version_directory(self.version);
        let within = path.as_str().strip_prefix(directory.as_str()).unwrap_or(path.as_str());
        self.directory().join(within.trim_start_matches('/'))
    }

    /// Returns the directory for what was published in vain and has to make room.
    pub(super) fn stale(&self) -> PathBuf {
        self.top.join(format!("{}{STALE}", self.version))
    }

    /// Returns the directory in which the pointers to the newest versions are made.
    pub(super) fn pointers(&self) -> PathBuf {
        self.top.join(format!("version{PARTIAL}"))
    }

    /// Returns where a delta is kept from one build to the next.
    pub(super) fn delta(&self, from: ContentHash, to: ContentHash) -> PathBuf {
        self.deltas().join(layout::delta_file(from, to))
    }

    /// Returns the directory of all deltas that are kept.
    pub(super) fn deltas(&self) -> PathBuf {
        self.top.join("deltas")
    }

    /// Removes what builds left that did not come to their end.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for name in names(&self.top)? {
            if name.ends_with(PARTIAL) || name.ends_with(STALE) {
                fs_err::remove_dir_all(self.top.join(name))?;
            }
        }
        Ok(())
    }
}

/// Why no build can begin.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another build has the room.
    #[error("another build is at work in {}", directory.display())]
    Busy {
        /// The room.
        directory: PathBuf,
    },
    /// The file system refuses.
    #[error("the room for the build cannot be made ready")]
    Io(#[from] io::Error),
}

const PARTIAL: &str = ".partial";
const STALE: &str = ".stale";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_build_at_a_time_and_nothing_left_of_the_one_before() {
        let directory = tempfile::tempdir().unwrap();
        let ten = Version::new(10).unwrap();
        let first = Work::begin(directory.path(), ten).unwrap();
        fs_err::write(first.directory().join("files/x"), "x").unwrap();
        fs_err::write(first.deltas().join("kept"), "x").unwrap();
        let second = Work::begin(directory.path(), Version::new(20).unwrap());
        assert!(matches!(second, Err(WorkError::Busy { .. })));
        assert!(first.directory().join("files/x").exists());
        drop(first);
        let third = Work::begin(directory.path(), Version::new(20).unwrap()).unwrap();
        assert!(!directory.path().join("work/10.partial").exists());
        assert!(third.deltas().join("kept").exists());
        assert!(third.directory().ends_with("work/20.partial"));
        let pack = layout::mom(third.version());
        assert!(third.path(&pack).ends_with("work/20.partial/Manifest.MoM"));
    }
}

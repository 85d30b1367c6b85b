//! One run at a time: the lock of a state directory. It ends with the process, however that ends;
//! the file that stays needs no care.

use std::{
    fs::File,
    io,
    io::Write,
    path::{Path, PathBuf},
};

use super::{directory::Directory, sys};

/// The right to change what belongs to a state directory, as long as it is kept.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock in a directory; `path` is where that lies, for messages.
    pub(crate) fn take(directory: &Directory, path: &Path) -> Result<Self, LockError> {
        let trouble = |source| LockError::Io { path: path.join(NAME), source };
        // A link or a directory is no lock; whoever holds ours holds a file.
        let file = directory.append_own(Path::new(NAME), 0o600).map_err(trouble)?;
        if !sys::lock(&file).map_err(trouble)? {
            let text = directory.read_whole(Path::new(NAME), 32).ok().flatten().unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            return Err(LockError::Held { pid: text.trim().parse().ok() });
        }
        // The lock holds without it: a full disk does not keep anybody from going back or making room.
        let _only_told = write_pid(&file);
        Ok(Self { _file: file })
    }
}

fn write_pid(mut file: &File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

/// The lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("another run is at work here{}", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Held {
        /// Its process, where that is known.
        pid: Option<u32>,
    },
    /// The lock's file could not be opened, locked or written.
    #[error("cannot take the lock {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// How the system refused.
        source: io::Error,
    },
}

/// The name that the reference client uses too.
pub(crate) const NAME: &str = "swupd_lock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_who_holds_the_lock() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Directory::open_anywhere(scratch.path()).unwrap();
        // What a killed run left.
        fs_err::write(scratch.path().join(NAME), "99999999\n").unwrap();
        let first = Lock::take(&directory, scratch.path()).unwrap();
        let refused = Lock::take(&directory, scratch.path()).unwrap_err();
        assert!(matches!(refused, LockError::Held { pid: Some(pid) } if pid == std::process::id()));
        drop(first);
        Lock::take(&directory, scratch.path()).unwrap();
    }

    #[test]
    fn a_planted_link_is_not_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let outside = scratch.path().join("outside");
        let inside = scratch.path().join("state");
        fs_err::create_dir(&inside).unwrap();
        fs_err::write(&outside, "precious").unwrap();
        fs_err::os::unix::fs::symlink(&outside, inside.join(NAME)).unwrap();
        let _lock = Lock::take(&Directory::open_anywhere(&inside).unwrap(), &inside).unwrap();
        assert_eq!(fs_err::read(&outside).unwrap(), b"precious");
        assert!(fs_err::symlink_metadata(inside.join(NAME)).unwrap().is_file());
    }
}

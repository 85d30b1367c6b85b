//! What the program remembers about the machine: its data directory, and a cache that can be
//! thrown away.
//!
//! ```text
//! <data>/                                     /var/lib/swupd
//!     swupd_lock                              one run at a time; pid
//!     version                                 the version that was last updated to
//!     bundles/<bundle>                        empty files: bundles that somebody asked for
//!     newest-seen                             the newest version that each place has named
//!     attributes                              owners and modes, in an ordinary user's tree
//!     journal                                 how far a change of the tree has come
//!     reserve                                 room to write down a change, while it is made
//!     spare                                   room for a way back, while there is one
//!     history                                 what was changed when
//!     held                                    versions that were rolled back from
//!     last-check, last-result                 what checks and updates came to
//! <cache>/cache/<content url, : and / as _>/
//!     manifest/<N>/Manifest.<name>, Manifest.MoM.sig, Manifest.<name>.<hash>
//!     staged/<hash>                           verified objects
//!     delta/ download/ temp/                  on their way
//!     pack-<bundle>-from-<x>-to-<y>.tar       empty: everything in this pack is here
//! ```
//! A directory of the wrong type, of a stranger or with a wrong mode is removed and made anew; the
//! marks in `bundles/` are not given up for a mode alone. Nothing here is ever reached through a
//! link that lies in it.

mod cache;
mod clean;
mod data;
pub mod history;
mod memory;
mod seen;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use cache::{Cache, KeptPointer};
pub use clean::{Act, Caches, Cleaned};
pub use data::Data;
pub use memory::{Changed, Failing, LastCheck, LastResult};
pub use seen::Seen;

use super::{
    directory::{Directory, absent_as_none},
    obstacle::Obstacle,
    root::Root,
    sys,
};

/// Opens a directory for ourselves, and makes it and those above it where they are missing. Below
/// a tree that is not the running system's, no link is followed on the way.
pub(crate) fn open_own(path: &Path, root: &Root) -> Result<Directory, StateError> {
    refuse_system_directories(path)?;
    let trouble = |source| StateError::Io { doing: "open", path: path.to_owned(), source };
    let below = path.strip_prefix(root.path()).ok().filter(|_| root.path() != Path::new("/"));
    let directory = if let Some(below) = below {
        root.directory().make_all(below).map_err(trouble)?
    } else {
        fs_err::create_dir_all(path).map_err(trouble)?;
        Directory::open_anywhere(path).map_err(trouble)?
    };
    settle(&directory, path)?;
    Ok(directory)
}

/// Opens a directory of ours to look into it; none where there is none. Nothing is made, and below
/// a tree that is not the running system's no link is followed.
pub(crate) fn look_own(path: &Path, root: &Root) -> Result<Option<Directory>, StateError> {
    refuse_system_directories(path)?;
    let below = path.strip_prefix(root.path()).ok().filter(|_| root.path() != Path::new("/"));
    let opened = match below {
        Some(below) => root.directory().directory(below),
        None => Directory::open_anywhere(path),
    };
    let trouble = |source| StateError::Io { doing: "open", path: path.to_owned(), source };
    absent_as_none(opened).map_err(trouble)
}

/// Removes a directory of ours with everything in it; says whether there was one.
pub(crate) fn remove_own(path: &Path, root: &Root) -> Result<bool, StateError> {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(StateError::Unsuitable { path: path.to_owned() });
    };
    let Some(above) = look_own(above, root)? else { return Ok(false) };
    let remove = || {
        let was_there = above.stat(Path::new(name))?.is_some();
        above.remove_all(Path::new(name))?;
        sys::sync(&above)?;
        Ok(was_there)
    };
    remove().map_err(|source| StateError::Io { doing: "remove", path: path.to_owned(), source })
}

/// Makes sure that a directory is ours alone to write in.
fn settle(directory: &Directory, path: &Path) -> Result<(), StateError> {
    let trouble = |source| StateError::Io { doing: "open", path: path.to_owned(), source };
    let stat = sys::stat(directory).map_err(trouble)?;
    if stat.uid != sys::user() {
        return Err(StateError::Foreign { path: path.to_owned(), uid: stat.uid });
    }
    if stat.mode & 0o022 != 0 {
        sys::set_mode(directory, stat.mode & 0o755).map_err(trouble)?;
    }
    Ok(())
}

fn refuse_system_directories(path: &Path) -> Result<(), StateError> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_system = |path: &Path| NEVER_STATE.iter().any(|never| path == Path::new(never));
    if !path.is_absolute() || is_system(path) || is_system(&real) {
        return Err(StateError::Unsuitable { path: path.to_owned() });
    }
    Ok(())
}

/// The state could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A directory that holds more than our state, or a relative path.
    #[error("{} cannot be the state directory: it must be an absolute path of its own", path.display())]
    Unsuitable {
        /// The path.
        path: PathBuf,
    },
    /// It belongs to somebody else, who could change what we rely on.
    #[error("{} belongs to user {uid}, not to the user that runs this program", path.display())]
    Foreign {
        /// The path.
        path: PathBuf,
        /// Its owner.
        uid: u32,
    },
    /// The system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which path.
        path: PathBuf,
        /// How the system refused.
        #[source]
        source: io::Error,
    },
}

impl StateError {
    /// Returns what stood in the way, where it was the system that refused.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Io { source, .. } => Some(Obstacle::of(source)),
            Self::Unsuitable { .. } | Self::Foreign { .. } => None,
        }
    }
}

const NEVER_STATE: &[&str] = &["/", "/var", "/usr", "/etc", "/var/lib", "/home", "/root", "/tmp"];

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;

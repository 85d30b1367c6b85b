//! The hidden directory on each file system of the tree where things are staged: `.swupd/next`
//! holds what is to come, by number, and `.swupd/old` directories and files that a thing of
//! another kind took the place of.

use std::{io, path::Path};

use swupd_protocol::path::TreePath;

use crate::host::{
    directory::{Directory, absent_as_none},
    generations::ASIDE,
    own_directory::{WrongMode, open_within},
    root::{HIDDEN, Root},
    sys::{self, FileKind},
};

/// An open area.
#[derive(Debug)]
pub(crate) struct Area {
    top: Directory,
    hidden: Directory,
    pub(crate) next: Directory,
    pub(crate) old: Directory,
}

impl Area {
    /// Makes the area, empty. What a change left that the journal knows nothing of any more is put
    /// aside, not removed: some of it may be somebody's.
    pub(crate) fn make(root: &Root, place: Option<&TreePath>, now: u64) -> io::Result<Self> {
        let top = top(root, place)?;
        let hidden = open_within(&top, Path::new(HIDDEN), 0o700, WrongMode::IsSet)?;
        hidden.remove_all(Path::new(NEXT))?;
        put_aside_old(&hidden, now)?;
        let next = open_within(&hidden, Path::new(NEXT), 0o700, WrongMode::Empties)?;
        let old = open_within(&hidden, Path::new(OLD), 0o700, WrongMode::IsSet)?;
        Ok(Self { top, hidden, next, old })
    }

    /// Opens the area that an earlier run made; none where it is not there any more.
    pub(crate) fn open(root: &Root, place: Option<&TreePath>) -> io::Result<Option<Self>> {
        let open = || {
            let top = top(root, place)?;
            let hidden = top.directory(Path::new(HIDDEN))?;
            let (next, old) =
                (hidden.directory(Path::new(NEXT))?, hidden.directory(Path::new(OLD))?);
            Ok(Self { top, hidden, next, old })
        };
        absent_as_none(open())
    }

    /// Brings everything on the area's file system to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        sys::sync_file_system(&self.next)
    }

    /// Removes what is staged, and the area if nothing else is in it.
    pub(crate) fn clear(&self) -> io::Result<()> {
        self.hidden.remove_all(Path::new(NEXT))?;
        remove_if_empty(&self.hidden, OLD)?;
        remove_if_empty(&self.top, HIDDEN)
    }
}

/// Removes what is staged in an area that may be there in part only.
pub(crate) fn discard(root: &Root, place: Option<&TreePath>, now: u64) -> io::Result<bool> {
    let Some(top) = absent_as_none(top(root, place))? else { return Ok(false) };
    let Some(hidden) = absent_as_none(top.directory(Path::new(HIDDEN)))? else {
        return Ok(false);
    };
    let was_there = hidden.stat(Path::new(NEXT))?.is_some();
    hidden.remove_all(Path::new(NEXT))?;
    hidden.remove_all(Path::new(ASIDE))?;
    put_aside_old(&hidden, now)?;
    remove_if_empty(&top, HIDDEN)?;
    Ok(was_there)
}

fn top(root: &Root, place: Option<&TreePath>) -> io::Result<Directory> {
    root.directory().directory(place.map_or(Path::new("."), TreePath::relative))
}

fn put_aside_old(hidden: &Directory, now: u64) -> io::Result<()> {
    remove_if_empty(hidden, OLD)?;
    if hidden.stat(Path::new(OLD))?.is_some() {
        let lost = format!("lost.{now}");
        hidden.rename_new_to(Path::new(OLD), hidden, Path::new(&lost))?;
    }
    Ok(())
}

fn remove_if_empty(directory: &Directory, name: &str) -> io::Result<()> {
    // A file system that is read-only would say that before it looks.
    let there = absent_as_none(directory.directory(Path::new(name)))?;
    if there.is_none_or(|there| there.list().is_ok_and(|names| !names.is_empty())) {
        return Ok(());
    }
    match absent_as_none(directory.remove(Path::new(name), FileKind::Directory)) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed.map(drop),
    }
}

/// Returns the name under which the put of a number is staged.
pub(crate) fn staged_name(number: usize) -> String {
    number.to_string()
}

const NEXT: &str = "next";
const OLD: &str = "old";

//! Directories that are ours alone, within others that are.

use std::{io, path::Path};

use super::{
    directory::Directory,
    sys::{self, FileKind},
};

/// Opens a directory within one of ours; what stands there instead is removed.
pub(crate) fn open_within(
    parent: &Directory,
    name: &Path,
    mode: u32,
    wrong_mode: WrongMode,
) -> io::Result<Directory> {
    if let Some(stat) = parent.stat(name)? {
        let is_ours = stat.kind == FileKind::Directory && stat.uid == sys::user();
        if is_ours && stat.mode == mode {
            return parent.directory(name);
        }
        if is_ours && wrong_mode == WrongMode::IsSet {
            let directory = parent.directory(name)?;
            sys::set_mode(&directory, mode)?;
            return Ok(directory);
        }
        parent.remove_all(name)?;
    }
    parent.make_directory(name, mode)?;
    parent.directory(name)
}

/// What a directory of ours with a wrong mode leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrongMode {
    /// The directory is emptied: others may have written in it.
    Empties,
    /// The mode is set right: what is in it matters more.
    IsSet,
}

//! The pointers to the newest versions. They are made anew beside the old ones and change places
//! with them in one step: nobody, and no interruption, finds a pointer without its signature.

use std::{
    ffi::OsString,
    io::{self, ErrorKind},
    os::unix::fs::symlink,
    path::Path,
};

use fs_err::File;
use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};
use swupd_protocol::{
    layout::{self, RepoPath},
    version::Format,
};

use super::sync_directory;
use crate::release::work::Workshop;

/// What announces a version.
pub(super) struct Latest {
    pub(super) format: Format,
    pub(super) text: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Latest {
    /// Makes the version the newest, of its format and of all.
    pub(super) fn announce(&self, shop: &Workshop<'_>) -> io::Result<()> {
        let (made, place) = (shop.work.pointers(), shop.repo.path(&layout::pointers()));
        fs_err::create_dir(&made)?;
        let old = match fs_err::symlink_metadata(&place) {
            Ok(found) if found.is_dir() => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            // Somebody keeps the pointers elsewhere, behind a link that must stay.
            Ok(_) => return self.replace_each(shop),
            Err(error) => return Err(error),
        };
        if old {
            copy(&place, &made)?;
        }
        for (path, content) in self.files() {
            put(&made.join(below_pointers(&path)), content)?;
        }
        syncfs(File::open(&made)?)?;
        let flags = if old { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
        match renameat_with(CWD, &made, CWD, &place, flags) {
            // Some file systems cannot exchange.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => self.replace_each(shop),
            changed => {
                changed?;
                sync_directory(shop.repo.root())?;
                made.parent().map_or(Ok(()), sync_directory)
            }
        }
    }

    /// Replaces one file after the other: what clients of the format follow comes last, and each
    /// signature before its pointer.
    fn replace_each(&self, shop: &Workshop<'_>) -> io::Result<()> {
        for (path, content) in self.files() {
            let path = shop.repo.path(&path);
            let mut name: OsString = path.file_name().unwrap_or_default().into();
            name.push(".new");
            let unfinished = path.with_file_name(name);
            put(&unfinished, content)?;
            File::open(&unfinished)?.sync_all()?;
            fs_err::rename(&unfinished, &path)?;
            path.parent().map_or(Ok(()), sync_directory)?;
        }
        sync_directory(&shop.repo.path(&layout::pointers()))
    }

    fn files(&self) -> [(RepoPath, &[u8]); 4] {
        let (all, ours) = (layout::latest_version(), layout::latest(self.format));
        [
            (all.signature(), &self.signature),
            (all, &self.text),
            (ours.signature(), &self.signature),
            (ours, &self.text),
        ]
    }
}

/// Gives all that lies in a directory names in another one.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs_err::create_dir(&new)?;
            copy(&old, &new)?;
        } else if kind.is_symlink() {
            symlink(fs_err::read_link(&old)?, &new)?;
        } else {
            fs_err::hard_link(&old, &new)?;
        }
    }
    Ok(())
}

/// Writes a file, never through a name that it has elsewhere.
fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs_err::create_dir_all)?;
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs_err::write(path, content)
}

fn below_pointers(path: &RepoPath) -> &str {
    let below = path.as_str().strip_prefix(layout::pointers().as_str()).unwrap_or(path.as_str());
    below.trim_start_matches('/')
}

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
use swupd_protocol::layout::{self, RepoPath};

use crate::repo::Repo;

/// Puts pointers in their place, on the disk for good when it returns. `scratch` is a name on the
/// same file system where nothing is yet. Each file's signature stands before it.
pub(crate) fn announce(repo: &Repo, scratch: &Path, files: &[(RepoPath, &[u8])]) -> io::Result<()> {
    let place = repo.path(&layout::pointers());
    fs_err::create_dir(scratch)?;
    let old = match fs_err::symlink_metadata(&place) {
        Ok(found) if found.is_dir() => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        // Somebody keeps the pointers elsewhere, behind a link that must stay.
        Ok(_) => return replace_each(repo, files),
        Err(error) => return Err(error),
    };
    if old {
        copy(&place, scratch)?;
    }
    for (path, content) in files {
        put(&scratch.join(below_pointers(path)), content)?;
    }
    syncfs(File::open(scratch)?)?;
    let flags = if old { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    match renameat_with(CWD, scratch, CWD, &place, flags) {
        // Some file systems cannot exchange.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => replace_each(repo, files),
        changed => {
            changed?;
            sync_directory(repo.root())?;
            scratch.parent().map_or(Ok(()), sync_directory)
        }
    }
}

/// Replaces one file after the other, in their order.
fn replace_each(repo: &Repo, files: &[(RepoPath, &[u8])]) -> io::Result<()> {
    for (path, content) in files {
        let path = repo.path(path);
        let mut name: OsString = path.file_name().unwrap_or_default().into();
        name.push(".new");
        let unfinished = path.with_file_name(name);
        put(&unfinished, content)?;
        File::open(&unfinished)?.sync_all()?;
        fs_err::rename(&unfinished, &path)?;
        path.parent().map_or(Ok(()), sync_directory)?;
    }
    sync_directory(&repo.path(&layout::pointers()))
}

/// Makes the names in a directory last.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
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
            link(&old, &new)?;
        }
    }
    Ok(())
}

/// Gives a file another name, or makes another like it where files have one name only (exFAT), or
/// links to what is somebody else's are refused.
fn link(old: &Path, new: &Path) -> io::Result<()> {
    match fs_err::hard_link(old, new) {
        Err(error)
            if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) =>
        {
            fs_err::copy(old, new).map(drop)
        }
        linked => linked,
    }
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn pointers_are_copied_where_they_cannot_be_linked() {
        let place = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| place.path().join(name));
        fs_err::create_dir_all(old.join("format30")).unwrap();
        fs_err::create_dir(&new).unwrap();
        let latest = old.join("format30/latest");
        fs_err::write(&latest, "10").unwrap();
        // What is immutable gets no further name, for whomever.
        let chattr = |how: &str| {
            let ran = Command::new("chattr").arg(how).arg(&latest).output();
            ran.is_ok_and(|output| output.status.success())
        };
        if !chattr("+i") {
            eprintln!("skipped: files cannot be made immutable here");
            return;
        }
        let linked = fs_err::hard_link(&latest, place.path().join("link"));
        let copied = copy(&old, &new);
        assert!(chattr("-i"));
        assert_eq!(linked.unwrap_err().kind(), ErrorKind::PermissionDenied);
        copied.unwrap();
        assert_eq!(fs_err::read_to_string(new.join("format30/latest")).unwrap(), "10");
    }
}

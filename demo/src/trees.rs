//! The two versions of a tree: given, or made of a part of this machine's `/usr`.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::{Result, age, text};

/// Two versions of a tree on this machine's disk.
#[derive(Debug)]
pub(crate) struct Trees {
    /// The older one.
    pub(crate) first: PathBuf,
    /// The newer one.
    pub(crate) second: PathBuf,
}

impl Trees {
    /// Takes trees that exist; they are only read.
    pub(crate) fn given(first: &Path, second: &Path) -> Result<Self> {
        let found = |path: &Path| fs_err::canonicalize(path).map_err(text);
        Ok(Self { first: found(first)?, second: found(second)? })
    }

    /// Copies some `bytes` of `/usr` and ages a second copy.
    pub(crate) fn from_this_machine(lab: &Path, bytes: u64) -> Result<Self> {
        let (first, second) = (lab.join("first"), lab.join("second"));
        let mut left = bytes;
        for part in PARTS {
            // Half of what is left for each part leaves something for all of them.
            let mut budget = left / 2;
            let before = budget;
            copy(&Path::new("/").join(part), &first.join(part), &mut budget)?;
            left -= before - budget;
        }
        let mut all = u64::MAX;
        copy(&first, &second, &mut all)?;
        age::age(&second)?;
        Ok(Self { first, second })
    }
}

/// Returns how many regular files lie below a directory, and their bytes.
pub(crate) fn sizes_below(directory: &Path) -> Result<(u64, u64)> {
    let mut sum = (0, 0);
    for path in files_below(directory)? {
        sum.0 += 1;
        sum.1 += fs_err::symlink_metadata(&path).map_err(text)?.len();
    }
    Ok(sum)
}

/// Returns the regular files below a directory, sorted.
pub(crate) fn files_below(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut ahead = vec![directory.to_owned()];
    while let Some(directory) = ahead.pop() {
        for entry in fs_err::read_dir(&directory).map_err(text)? {
            let entry = entry.map_err(text)?;
            let kind = entry.file_type().map_err(text)?;
            if kind.is_dir() {
                ahead.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Copies files, directories and links until the budget of bytes is used up; what cannot be read is
/// left out.
fn copy(from: &Path, to: &Path, budget: &mut u64) -> Result<()> {
    let Ok(entries) = fs_err::read_dir(from) else { return Ok(()) };
    fs_err::create_dir_all(to).map_err(text)?;
    let mut entries: Vec<_> = entries.filter_map(std::result::Result::ok).collect();
    entries.sort_by_key(fs_err::DirEntry::file_name);
    for entry in entries {
        let (Ok(meta), target) = (entry.metadata(), to.join(entry.file_name())) else { continue };
        if meta.is_dir() {
            copy(&entry.path(), &target, budget)?;
        } else if meta.is_symlink() {
            let link = fs_err::read_link(entry.path()).map_err(text)?;
            symlink(link, target).map_err(text)?;
        } else if meta.is_file()
            && meta.len() <= *budget
            && fs_err::copy(entry.path(), target).is_ok()
        {
            *budget -= meta.len();
        }
    }
    Ok(())
}

/// What an OS image is made of, and every Debian and Fedora machine has, the smallest first.
const PARTS: &[&str] = &[
    "usr/share/doc",
    "usr/share/zoneinfo",
    "usr/sbin",
    "usr/bin",
    "usr/lib64",
    "usr/lib/python3",
    "usr/lib/python3.11",
    "usr/lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib/gcc",
];

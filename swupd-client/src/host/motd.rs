//! The line that whoever logs in reads, in a file that the login programs gather from.

use std::{io, path::Path};

use super::{root::Root, sys::FileKind};

/// Says whether a tree is one that people log in to: it runs, under systemd.
pub fn is_wanted(root: &Root) -> bool {
    let found = root.directory().stat(Path::new(RUNS));
    found.is_ok_and(|found| found.is_some_and(|stat| stat.kind == FileKind::Directory))
}

/// Lets people read this line, or none.
pub fn set(root: &Root, line: Option<&str>) -> io::Result<()> {
    let (tree, path) = (root.directory(), Path::new(DIRECTORY).join(NAME));
    let Some(line) = line else {
        return if tree.stat(&path)?.is_some() { tree.remove_all(&path) } else { Ok(()) };
    };
    tree.make_all(Path::new(DIRECTORY))?;
    tree.write_whole(&path, format!("{line}\n").as_bytes(), 0o644)
}

/// What systemd makes when it starts.
const RUNS: &str = "run/systemd/system";
/// Where lines are gathered from; it is empty after a start.
const DIRECTORY: &str = "run/motd.d";
const NAME: &str = "swupd";

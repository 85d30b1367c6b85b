//! Makes a tree older by one version: what a month of updates does to an OS, by rule and not by
//! chance, so that two runs on the same tree see the same.

use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::{Result, text, trees::files_below};

/// Changes, removes, renames and adds files below a directory.
pub(crate) fn age(tree: &Path) -> Result<()> {
    for (number, path) in files_below(tree)?.iter().enumerate() {
        match number {
            n if n % 97 == 5 => fs_err::remove_file(path).map_err(text)?,
            n if n % 89 == 7 => rename(path)?,
            n if n % 4 == 3 => rebuild(path)?,
            n if n % 211 == 9 => change_mode(path)?,
            _ => {}
        }
    }
    let new = tree.join("usr/share/doc/news");
    fs_err::create_dir_all(&new).map_err(text)?;
    for number in 0..20 {
        let line = format!("What is new in part {number}.\n");
        fs_err::write(new.join(format!("part-{number}")), line.repeat(40 + number))
            .map_err(text)?;
    }
    Ok(())
}

/// Changes a file as a new build of the same program does: numbers here and there, and a little
/// code that was not there before, so that all that follows moves.
fn rebuild(path: &Path) -> Result<()> {
    let mut content = fs_err::read(path).map_err(text)?;
    let length = content.len();
    if length < 256 {
        content.extend_from_slice(b"one line more\n");
    } else {
        // Addresses move wherever code refers to code: a byte in each of many short stretches.
        for (number, stretch) in content.chunks_mut(STRETCH).enumerate() {
            let at = number.wrapping_mul(97) % stretch.len();
            stretch[at] = stretch[at].wrapping_add(u8::try_from(number % 7).unwrap_or(1));
        }
        let middle = length / 2;
        let inserted: Vec<u8> = (0u8..48).map(|n| n.wrapping_mul(37)).collect();
        content.splice(middle..middle, inserted);
    }
    let mode = fs_err::metadata(path).map_err(text)?.permissions();
    let next = path.with_extension("next-version");
    fs_err::write(&next, content).map_err(text)?;
    fs_err::set_permissions(&next, mode).map_err(text)?;
    fs_err::rename(&next, path).map_err(text)
}

fn rename(path: &Path) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".2");
    fs_err::rename(path, name).map_err(text)
}

fn change_mode(path: &Path) -> Result<()> {
    let mode = fs_err::metadata(path).map_err(text)?.permissions().mode();
    let permissions = std::fs::Permissions::from_mode(mode ^ 0o010);
    fs_err::set_permissions(path, permissions).map_err(text)
}

/// How far apart, in bytes, the changes of a rebuilt program lie.
const STRETCH: usize = 192;

//! Which generation a tree is: written on its top directory, so that it can be read off the tree
//! that is live, whatever a crash left of everything else.

use std::{io, os::fd::AsFd};

use super::{Generations, Number};
use crate::host::{directory::Directory, root::Ownership, sys};

/// The extended attributes that say it, surest first: one that only root can read and write, then
/// that of whoever owns the tree. Root in a container may not write the first.
const BY_ROOT: &[u8] = b"trusted.swupd.generation";
const BY_OWNER: &[u8] = b"user.swupd.generation";

fn names(ownership: Ownership) -> &'static [&'static [u8]] {
    match ownership {
        Ownership::AsStated => &[BY_ROOT, BY_OWNER],
        Ownership::OfTheUser => &[BY_OWNER],
    }
}

/// Says whether an extended attribute says which generation a tree is: it is never copied.
pub(crate) fn is_identity(attribute: &[u8]) -> bool {
    [BY_ROOT, BY_OWNER].contains(&attribute)
}

/// Writes on a tree which generation it is; false where no such attribute can be written.
pub(crate) fn write(tree: &Directory, number: Number, ownership: Ownership) -> io::Result<bool> {
    let number = number.to_string();
    let mut names = names(ownership).iter();
    while let Some(name) = names.next() {
        match sys::set_xattr(tree, name, number.as_bytes()) {
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
            Ok(()) => {
                // Whoever cannot read this one must not read an older number.
                for less_sure in names {
                    sys::remove_xattr(tree, less_sure)?;
                }
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

/// Reads which generation a tree is; by its inode where the file system has no attributes, and none
/// where neither tells.
pub(crate) fn read(
    tree: &Directory,
    ownership: Ownership,
    generations: &Generations,
) -> io::Result<Option<Number>> {
    for name in names(ownership) {
        if let Some(value) = sys::xattr(tree, name)? {
            return Ok(std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()));
        }
    }
    let inode = sys::stat(tree.as_fd())?.inode;
    let is_it = |about: &super::About| about.inode == inode && inode != 0;
    if let Some(about) = generations.staging()?.map(|slot| slot.about()).transpose()?.flatten()
        && is_it(&about)
    {
        return Ok(Some(about.number));
    }
    for number in generations.numbers()? {
        let about = generations.slot(number)?.map(|slot| slot.about()).transpose()?.flatten();
        if about.is_some_and(|about| is_it(&about)) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

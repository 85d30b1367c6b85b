//! Which generation a tree is: written on its top directory, so that it can be read off the tree
//! that is live, whatever a crash left of everything else.

use std::{io, os::fd::AsFd};

use super::{Generations, Number};
use crate::host::{directory::Directory, root::Ownership, sys};

/// Returns the name of the extended attribute: one that only root can read and write, or the
/// user's where that is not us.
fn name(ownership: Ownership) -> &'static [u8] {
    match ownership {
        Ownership::AsStated => b"trusted.swupd.generation",
        Ownership::OfTheUser => b"user.swupd.generation",
    }
}

/// Says whether an extended attribute says which generation a tree is: it is never copied.
pub(crate) fn is_identity(attribute: &[u8]) -> bool {
    [Ownership::AsStated, Ownership::OfTheUser].map(name).contains(&attribute)
}

/// Writes on a tree which generation it is; false where the file system has no such attributes.
pub(crate) fn write(tree: &Directory, number: Number, ownership: Ownership) -> io::Result<bool> {
    match sys::set_xattr(tree, name(ownership), number.to_string().as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(false),
        written => written.map(|()| true),
    }
}

/// Reads which generation a tree is; by its inode where the file system has no attributes, and none
/// where neither tells.
pub(crate) fn read(
    tree: &Directory,
    ownership: Ownership,
    generations: &Generations,
) -> io::Result<Option<Number>> {
    if let Some(value) = sys::xattr(tree, name(ownership))? {
        return Ok(std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()));
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

//! Where a path that a package lists is in a tree, when directories on the way are links: what is
//! `/bin/ls` to the package is `/usr/bin/ls` to the tree.

use std::collections::HashMap;

use swupd_protocol::{object::Object, path::TreePath};

use crate::tree::Tree;

/// The directories of a tree, by whatever path they can be reached.
#[derive(Debug)]
pub(super) struct Places<'a> {
    tree: &'a Tree,
    /// What was found out already; none where there is no directory.
    known: HashMap<TreePath, Option<TreePath>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, known: HashMap::new() }
    }

    /// Returns the path in the tree at which the object stands that `listed` leads to; a link
    /// itself is not followed. None where the tree has nothing there.
    pub(super) fn in_tree(&mut self, listed: &TreePath) -> Option<TreePath> {
        if self.tree.0.contains_key(listed) {
            return Some(listed.clone());
        }
        let directory = self.directory(&listed.parent()?, MOST_LINKS)?;
        let path = directory.join(listed.name()).ok()?;
        self.tree.0.contains_key(&path).then_some(path)
    }

    fn directory(&mut self, path: &TreePath, links: u32) -> Option<TreePath> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let found = self.find_directory(path, links);
        self.known.insert(path.clone(), found.clone());
        found
    }

    fn find_directory(&mut self, path: &TreePath, links: u32) -> Option<TreePath> {
        let place = match path.parent() {
            Some(parent) => self.directory(&parent, links)?.join(path.name()).ok()?,
            None => path.clone(),
        };
        match self.tree.0.get(&place).map(|object| &object.object) {
            Some(Object::Directory { .. }) => Some(place),
            Some(Object::Symlink { target, .. }) => {
                let target = target_of(&place, target)?;
                self.directory(&target, links.checked_sub(1)?)
            }
            // A tree that is only /usr lacks the links beside it.
            None if MERGED.contains(&place.as_bytes()) => {
                let merged = TreePath::parse(&[b"/usr", place.as_bytes()].concat()).ok()?;
                self.directory(&merged, links.checked_sub(1)?)
            }
            Some(Object::File { .. }) | None => None,
        }
    }
}

/// Returns where a link leads; none where that is the root of the tree.
pub(super) fn target_of(link: &TreePath, target: &[u8]) -> Option<TreePath> {
    let mut components: Vec<&[u8]> = link.components().collect();
    components.pop();
    if target.starts_with(b"/") {
        components.clear();
    }
    for component in target.split(|b| *b == b'/') {
        match component {
            b"" | b"." => {}
            b".." => drop(components.pop()),
            name => components.push(name),
        }
    }
    let path: Vec<u8> =
        components.iter().flat_map(|name| [&b"/"[..], name]).flatten().copied().collect();
    TreePath::parse(&path).ok()
}

/// The directories that systems have moved into `/usr`.
const MERGED: &[&[u8]] =
    &[b"/bin", b"/lib", b"/lib32", b"/lib64", b"/libo32", b"/libx32", b"/sbin"];
/// More links than this on one way are a circle, as for the kernel.
const MOST_LINKS: u32 = 40;

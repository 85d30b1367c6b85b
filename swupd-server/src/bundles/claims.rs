//! Who claims which path, before what is included is taken out.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use swupd_protocol::{bundle::BundleName, object::Kind, path::TreePath};

use super::Sharing;
use crate::python;

/// The claims of all bundles on the paths of a tree.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    sharing: &'a Sharing<'a>,
    owners: BTreeMap<TreePath, BTreeSet<BundleName>>,
    warnings: Vec<String>,
}

impl<'a> Claims<'a> {
    /// Starts with every path of the tree, claimed by nobody.
    pub(super) fn new(sharing: &'a Sharing<'a>) -> Self {
        let owners = sharing.tree.0.keys().map(|path| (path.clone(), BTreeSet::new())).collect();
        Self { sharing, owners, warnings: Vec::new() }
    }

    /// Claims what patterns match, and all that is below that.
    pub(super) fn by_pattern(&mut self) {
        let (patterns, claimants) = all_patterns(self.sharing);
        let mut matched = vec![false; claimants.len()];
        // In the order of paths a directory comes before what is in it.
        let mut inherited: HashMap<TreePath, BTreeSet<usize>> = HashMap::new();
        for (path, owners) in &mut self.owners {
            let mut found: BTreeSet<usize> =
                patterns.matches(OsStr::from_bytes(path.as_bytes())).into_iter().collect();
            for index in &found {
                matched[*index] = true;
            }
            found.extend(path.parent().iter().filter_map(|p| inherited.get(p)).flatten());
            if !found.is_empty() {
                owners.extend(found.iter().map(|index| claimants[*index].0.clone()));
                inherited.insert(path.clone(), found);
            }
        }
        for ((bundle, pattern), _) in claimants.iter().zip(matched).filter(|(_, found)| !found) {
            let message = format!("bundle {bundle}: nothing in the tree is {pattern}");
            self.warnings.push(message);
        }
    }

    /// Claims what packages have.
    pub(super) fn by_package(&mut self) {
        for (name, definition) in self.sharing.definitions {
            for pattern in &definition.packages {
                let mut known = false;
                for (_, files) in self.sharing.packages.matching(pattern) {
                    known = true;
                    self.add(name, files);
                }
                if !known {
                    let package = pattern.as_str();
                    self.warnings.push(format!("bundle {name}: no package {package} is installed"));
                }
            }
        }
    }

    /// Gives compiled Python files that nobody claims to whoever has the source: packages do not
    /// list what their installation compiled.
    pub(super) fn of_compiled_files(&mut self) {
        let sources = self.owners.iter().filter(|(_, owners)| owners.is_empty());
        let found: Vec<(TreePath, BTreeSet<BundleName>)> = sources
            .filter_map(|(path, _)| {
                let owners = self.owners.get(&python::source_of(path)?)?;
                Some((path.clone(), owners.clone()))
            })
            .collect();
        self.owners.extend(found);
    }

    /// Gives the build what it needs for itself.
    pub(super) fn reserved(&mut self) {
        for (path, bundle) in self.sharing.reserved {
            if let Some(owners) = self.owners.get_mut(path) {
                *owners = BTreeSet::from([bundle.clone()]);
            }
        }
    }

    /// Gives the directories at the top to the bundle that every system has, and the links that
    /// nobody claims: `/bin` may lead into `/usr`.
    pub(super) fn top(&mut self) {
        for (path, owners) in self.owners.iter_mut().filter(|(path, _)| path.parent().is_none()) {
            let kind = self.sharing.tree.0.get(path).map(|object| object.object.kind());
            let is_core = match kind {
                Some(Kind::Directory) => true,
                Some(Kind::Symlink) => owners.is_empty(),
                Some(Kind::File) | None => false,
            };
            if is_core {
                owners.insert(BundleName::os_core());
            }
        }
    }

    /// Gives what nobody claims, nor anything below it, to the bundle that takes the rest.
    pub(super) fn unclaimed(&mut self, rest: &BundleName) {
        let claimed = self.owners.iter().filter(|(_, owners)| !owners.is_empty());
        let above: BTreeSet<TreePath> = claimed.flat_map(|(path, _)| path.ancestors()).collect();
        for (path, owners) in &mut self.owners {
            if owners.is_empty() && !above.contains(path) {
                owners.insert(rest.clone());
            }
        }
    }

    /// Puts every directory where anything below it is.
    pub(super) fn directories(&mut self) {
        let mut needed: HashMap<TreePath, BTreeSet<BundleName>> = HashMap::new();
        // From the end of the order of paths, so that what is below a directory comes before it.
        for (path, owners) in self.owners.iter_mut().rev() {
            owners.extend(needed.remove(path).into_iter().flatten());
            if let Some(parent) = path.parent() {
                let above = needed.entry(parent).or_default();
                if !owners.is_subset(above) {
                    above.extend(owners.iter().cloned());
                }
            }
        }
    }

    /// Returns what is probably not meant so.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Returns the paths with those who claim them.
    pub(super) fn into_owners(self) -> BTreeMap<TreePath, BTreeSet<BundleName>> {
        self.owners
    }

    fn add(&mut self, name: &BundleName, files: &[TreePath]) {
        for path in files {
            if let Some(owners) = self.owners.get_mut(path) {
                owners.insert(name.clone());
            }
        }
    }
}

/// Returns the patterns of all bundles as one set, and whose each is.
fn all_patterns<'a>(sharing: &'a Sharing<'_>) -> (GlobSet, Vec<(&'a BundleName, &'a str)>) {
    let mut set = GlobSetBuilder::new();
    let mut claimants = Vec::new();
    for (name, definition) in sharing.definitions {
        for pattern in &definition.files {
            // Definitions hold only patterns that can be built.
            if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
                set.add(glob);
                claimants.push((name, pattern.as_str()));
            }
        }
    }
    (set.build().unwrap_or_default(), claimants)
}

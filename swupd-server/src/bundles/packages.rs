//! What packages have, by the database of a tree's package manager: dpkg's, or else rpm's. Read and
//! never written.

mod dpkg;
mod places;
mod rpm;

use std::{
    collections::{BTreeMap, HashSet},
    io,
};

use swupd_protocol::path::TreePath;

use self::places::Places;
use super::definition::PackagePattern;
use crate::{source::SourceTree, tree::Tree};

/// The files of packages, by the packages' names. One that is there for several architectures has
/// the files of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(pub BTreeMap<String, Vec<TreePath>>);

impl Packages {
    /// Reads what those packages have that are wanted. The paths are those that the tree has: a
    /// package says `/bin/ls`, where `/bin` leads to `/usr/bin`.
    pub fn read(
        database: &SourceTree,
        wanted: &[&PackagePattern],
        tree: &Tree,
    ) -> Result<Self, PackagesError> {
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted.is_match(name));
        let listed = match dpkg::listed(database, &is_wanted)? {
            Some(listed) => Some(listed),
            None => rpm::listed(database, &is_wanted)?,
        };
        let Some(listed) = listed else {
            return Err(PackagesError::NoDatabase { root: database.path().display().to_string() });
        };
        let mut places = Places::new(tree);
        let mut packages = Self::default();
        for (package, paths) in listed {
            let found = paths.iter().filter_map(|path| places.in_tree(path));
            packages.0.entry(package).or_default().extend(found);
        }
        Ok(packages)
    }

    /// Returns the packages that a pattern means.
    pub(super) fn matching<'a>(
        &'a self,
        pattern: &'a PackagePattern,
    ) -> impl Iterator<Item = (&'a String, &'a Vec<TreePath>)> {
        self.0.iter().filter(|(name, _)| pattern.is_match(name))
    }
}

/// Installed packages with the paths that they list.
type Listed = Vec<(String, Vec<TreePath>)>;

/// Returns the listed paths but for directories on the way to others: whoever has what is in them
/// needs those anyway, and where the tree has a link instead (`/bin`) it is not the package's.
fn contents(paths: Vec<TreePath>) -> Vec<TreePath> {
    let on_the_way: HashSet<TreePath> = paths.iter().filter_map(TreePath::parent).collect();
    paths.into_iter().filter(|path| !on_the_way.contains(path)).collect()
}

/// Why the files of packages are not known.
#[derive(Debug, thiserror::Error)]
pub enum PackagesError {
    /// Bundles name packages, but there is nothing to look them up in.
    #[error(
        "bundles name packages, but {root} has neither dpkg's database (var/lib/dpkg) nor rpm's \
         (usr/lib/sysimage/rpm or var/lib/rpm); --packages-from can name another tree"
    )]
    NoDatabase {
        /// The tree.
        root: String,
    },
    /// A package that is installed has no list of files.
    #[error("package {package} is installed but has no list of files")]
    NoList {
        /// The package.
        package: String,
    },
    /// The system refused.
    #[error("cannot read {file}")]
    Io {
        /// Below the tree.
        file: String,
        /// The system's own words.
        source: io::Error,
    },
    /// The database of rpm is read by rpm, which cannot be run.
    #[error("the tree's packages are rpm's, but `rpm` cannot be run: install it")]
    NoRpm {
        /// Why not.
        source: io::Error,
    },
    /// rpm could not read the database.
    #[error("`rpm` cannot read the database in {directory}: {said}")]
    Rpm {
        /// Where it is, below the tree.
        directory: String,
        /// What it said.
        said: String,
    },
}

//! Who gets which path of a tree: bundles are defined by patterns and by packages, and whatever
//! they claim together is shared out here. Nothing is read.

mod claims;
pub mod definition;
pub mod packages;
mod shares;

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{bundle::BundleName, path::TreePath};

use self::{claims::Claims, definition::Definition, packages::Packages};
use crate::tree::Tree;

/// What bundles are made from.
#[derive(Debug)]
pub struct Sharing<'a> {
    /// The bundles; `os-core` need not be among them.
    pub definitions: &'a BTreeMap<BundleName, Definition>,
    /// What the packages have that bundles name.
    pub packages: &'a Packages,
    /// The bundle that gets what no bundle claims, unless a definition says that it does.
    pub unclaimed: &'a BundleName,
    /// What stands where.
    pub tree: &'a Tree,
    /// The paths that the build itself needs in a bundle, and in no other.
    pub reserved: &'a BTreeMap<TreePath, BundleName>,
}

/// The bundles of a tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// What each holds. Together they hold the whole tree.
    pub bundles: BTreeMap<BundleName, BundleContent>,
    /// What is probably not meant so.
    pub warnings: Vec<String>,
}

/// A bundle as it should be published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleContent {
    /// The bundles that must come with it, all but `os-core`'s own list naming `os-core`.
    pub includes: BTreeSet<BundleName>,
    /// The bundles that come with it unless they are unwanted.
    pub also_add: BTreeSet<BundleName>,
    /// Whether it is not yet meant for everyone.
    pub experimental: bool,
    /// What it holds.
    pub paths: BTreeSet<TreePath>,
    /// Of its paths, those that are offered in the `PATH` as third-party programs.
    pub exported: BTreeSet<TreePath>,
}

/// Shares the tree out among the bundles.
///
/// A path that two bundles claim is in both, unless one includes the other: then only the included
/// one has it. A directory is where anything below it is; those at the top are os-core's.
pub fn share(sharing: &Sharing<'_>) -> Result<Shared, SharingError> {
    let mut bundles = skeletons(sharing)?;
    let rest = rest_of(sharing, &bundles)?;
    let inclusion = shares::Inclusion::new(&bundles)?;
    let mut claims = Claims::new(sharing);
    claims.by_pattern();
    claims.by_package();
    claims.of_compiled_files();
    claims.reserved();
    claims.top();
    claims.unclaimed(&rest);
    claims.directories();
    let warnings = claims.take_warnings();
    for (path, owners) in claims.into_owners() {
        for owner in inclusion.without_including(&owners) {
            if let Some(content) = bundles.get_mut(owner) {
                content.paths.insert(path.clone());
            }
        }
    }
    for (name, content) in &mut bundles {
        if let Some(definition) = sharing.definitions.get(name) {
            let exported = content.paths.iter().filter(|path| definition.exports(path));
            content.exported = exported.cloned().collect();
        }
    }
    Ok(Shared { bundles, warnings })
}

/// Returns the bundles without paths: what they include, and that they include `os-core`.
fn skeletons(sharing: &Sharing<'_>) -> Result<BTreeMap<BundleName, BundleContent>, SharingError> {
    let core = BundleName::os_core();
    let skeleton = |(name, definition): (&BundleName, &Definition)| {
        let mut includes: BTreeSet<BundleName> = definition.includes.clone();
        if !name.is_os_core() {
            includes.insert(core.clone());
        }
        let content = BundleContent {
            includes,
            also_add: definition.also_add.clone(),
            experimental: definition.experimental,
            ..BundleContent::default()
        };
        (name.clone(), content)
    };
    let mut bundles: BTreeMap<_, _> = sharing.definitions.iter().map(skeleton).collect();
    bundles.entry(core.clone()).or_default();
    for (name, content) in &bundles {
        let mut named = content.includes.iter().chain(&content.also_add);
        if let Some(unknown) = named.find(|other| !bundles.contains_key(*other)) {
            return Err(SharingError::Unknown { bundle: name.clone(), named: unknown.clone() });
        }
    }
    match bundles.get(&core).and_then(|content| content.includes.first()) {
        Some(included) => Err(SharingError::CoreIncludes { included: included.clone() }),
        None => Ok(bundles),
    }
}

/// Returns the bundle that gets what no bundle claims.
fn rest_of(
    sharing: &Sharing<'_>,
    bundles: &BTreeMap<BundleName, BundleContent>,
) -> Result<BundleName, SharingError> {
    let mut takers = sharing.definitions.iter().filter(|(_, d)| d.unclaimed).map(|(n, _)| n);
    match (takers.next(), takers.next()) {
        (Some(first), Some(second)) => {
            Err(SharingError::TwoTakers { first: first.clone(), second: second.clone() })
        }
        (Some(taker), None) => Ok(taker.clone()),
        (None, _) if bundles.contains_key(sharing.unclaimed) => Ok(sharing.unclaimed.clone()),
        (None, _) => Err(SharingError::NoTaker { named: sharing.unclaimed.clone() }),
    }
}

/// Why a tree cannot be shared out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SharingError {
    /// A bundle names another that does not exist.
    #[error("bundle {bundle} names bundle {named}, which is not defined")]
    Unknown {
        /// The bundle.
        bundle: BundleName,
        /// The one that it names.
        named: BundleName,
    },
    /// Every bundle includes os-core, so it can include none.
    #[error("os-core includes bundle {included}, but every bundle includes os-core")]
    CoreIncludes {
        /// The one that it includes.
        included: BundleName,
    },
    /// Bundles include each other.
    #[error("bundles include each other in a circle: {}", circle.join(" -> "))]
    Circle {
        /// The bundles, the first again at the end.
        circle: Vec<String>,
    },
    /// Only one bundle can get what no bundle claims.
    #[error("bundles {first} and {second} both want what no bundle claims")]
    TwoTakers {
        /// One of them.
        first: BundleName,
        /// The other.
        second: BundleName,
    },
    /// The bundle that should get what no bundle claims does not exist.
    #[error("bundle {named}, which should get what no bundle claims, is not defined")]
    NoTaker {
        /// The bundle.
        named: BundleName,
    },
}

#[cfg(test)]
#[path = "bundles_tests.rs"]
mod tests;

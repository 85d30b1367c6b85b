//! What one version says: its trusted MoM and the very manifests that it lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    bundle::BundleName,
    manifest::Manifest,
    mom::{Mom, MomEntry},
    trust::Trusted,
    version::{FormatNumber, Version},
};

/// A version, as far as it was asked for: the MoM and the manifests of some of its bundles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    mom: Trusted<Mom>,
    manifests: BTreeMap<BundleName, Trusted<Manifest>>,
}

impl Release {
    /// Returns the version that the MoM describes, with no bundle's manifest yet.
    pub fn new(mom: Trusted<Mom>) -> Self {
        Self { mom, manifests: BTreeMap::new() }
    }

    /// Adds a bundle's manifest: one that this version's MoM was asked to trust. A manifest of
    /// another version of the bundle is refused.
    pub fn add(
        &mut self,
        bundle: BundleName,
        manifest: Trusted<Manifest>,
    ) -> Result<(), NotOneRelease> {
        let listed = self.mom.bundle(&bundle).map(|line| line.version);
        if listed == Some(manifest.header.version) {
            self.manifests.insert(bundle, manifest);
            Ok(())
        } else {
            let (version, stated) = (self.version(), manifest.header.version);
            Err(NotOneRelease { bundle, version, listed, stated })
        }
    }

    /// Returns the number of the version.
    pub fn version(&self) -> Version {
        self.mom.header.version
    }

    /// Returns the format of the version.
    pub fn format(&self) -> FormatNumber {
        self.mom.header.format
    }

    /// Returns when the version was made, in seconds since 1970.
    pub fn timestamp(&self) -> u64 {
        self.mom.header.timestamp
    }

    /// Returns the manifest of manifests.
    pub fn mom(&self) -> &Trusted<Mom> {
        &self.mom
    }

    /// Returns the MoM's line for a bundle, if the version has the bundle.
    pub fn bundle(&self, name: &BundleName) -> Option<&MomEntry> {
        self.mom.bundle(name)
    }

    /// Returns a bundle's manifest, if it is here.
    pub fn manifest(&self, bundle: &BundleName) -> Option<&Trusted<Manifest>> {
        self.manifests.get(bundle)
    }

    /// Returns the manifests that are here, by the names of their bundles.
    pub fn manifests(&self) -> impl Iterator<Item = (&BundleName, &Trusted<Manifest>)> {
        self.manifests.iter()
    }

    /// Returns the bundles that the manifests here require and whose manifests are not here,
    /// whether the version has them or not.
    pub fn missing(&self) -> BTreeSet<&BundleName> {
        let required = self.manifests.values().flat_map(|manifest| &manifest.header.includes);
        required.filter(|bundle| !self.manifests.contains_key(*bundle)).collect()
    }
}

/// A manifest and a MoM of different versions were put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the manifest of bundle `{bundle}` is of version {stated}, but version {version} lists {}",
    listed.map_or_else(|| "no such bundle".into(), |listed| listed.to_string())
)]
pub struct NotOneRelease {
    /// The bundle.
    pub bundle: BundleName,
    /// The version of the MoM.
    pub version: Version,
    /// The version of the bundle in the MoM; none if the MoM does not have it.
    pub listed: Option<Version>,
    /// The version that the manifest states.
    pub stated: Version,
}

//! Versions to read about, for who changes nothing: out of the cache, else from the server. Nothing
//! is locked or kept, so that it needs no root.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{bundle::BundleName, manifest::Manifest, release::Release, version::Version};

use super::{
    failure::Failure,
    session::{Server, Session},
};
use crate::{
    host::state::{Cache, Data},
    update::{
        content::{Content, Layer},
        difference::State,
        fetch::{Metadata, Named},
    },
};

/// Where manifests come from.
pub(super) struct Library<'a> {
    session: &'a Session,
    server: Server,
    cache: Option<Cache>,
}

impl<'a> Library<'a> {
    /// Opens it; nothing is asked yet.
    pub(super) fn open(session: &'a Session) -> Result<Self, Failure> {
        let server = session.server()?;
        let url = session.settings.urls.clone()?.content;
        // A cache that is not ours to read is as good as none.
        let cache = Cache::look(&session.settings.cache_dir, &url).ok().flatten();
        Ok(Self { session, server, cache })
    }

    /// Returns what brings metadata.
    pub(super) fn metadata(&self) -> Result<Metadata<'_>, Failure> {
        let metadata = self.session.without_cache(&self.server)?;
        Ok(Metadata { cache: self.cache.as_ref(), ..metadata })
    }

    /// Returns a version with the manifests of those of the bundles that it has, and of all that
    /// these need.
    pub(super) fn release(
        &self,
        version: Version,
        bundles: &BTreeSet<BundleName>,
    ) -> Result<Release, Failure> {
        let metadata = self.metadata()?.of_what_is_installed();
        let mom = metadata.mom(version)?;
        let known = bundles.iter().filter(|bundle| mom.bundle(bundle).is_some()).cloned().collect();
        Ok(metadata.release(mom, &known, Named::Required, &BTreeMap::new())?)
    }

    /// Returns what a version has of some bundles.
    pub(super) fn state(
        &self,
        version: Version,
        bundles: &BTreeSet<BundleName>,
    ) -> Result<State, Failure> {
        let release = self.release(version, bundles)?;
        let tracked = Data::look(&self.session.settings.data_dir)?;
        let tracked = tracked.map(|data| data.tracked()).transpose()?.unwrap_or_default();
        let layers = release.manifests().map(|(bundle, manifest)| Layer {
            manifest: manifest as &Manifest,
            tracked: tracked.contains(bundle),
        });
        let content = Content::of(layers, self.session.runnable());
        let bundles = release.manifests();
        let bundles = bundles.map(|(name, manifest)| (name.clone(), Some(manifest.header.version)));
        Ok(State { bundles: bundles.collect(), content })
    }
}

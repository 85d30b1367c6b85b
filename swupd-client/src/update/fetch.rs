//! Brings what a version says of itself: its MoM and the manifests of bundles, from the cache where
//! they are there, else from the server. Nothing is believed before the protocol's trust has
//! checked it, wherever it came from; what was checked is kept in the cache.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    io::{self, Read},
    sync::{Mutex, PoisonError},
};

use swupd_protocol::{
    archive::{ArchiveError, ArchiveReader},
    bundle::BundleName,
    compression::{self, Bounded},
    delta::{self, InMemoryError},
    layout,
    limits::{MAX_MANIFEST, MAX_MOM, MAX_SIGNATURE},
    manifest::Manifest,
    mom::Mom,
    release::{NotOneRelease, Release},
    trust::{Authority, Signed, TrustError, Trusted},
    version::{Format, FormatNumber, Version},
};

use crate::{
    host::{
        obstacle::Obstacle,
        state::{Cache, Seen, StateError},
    },
    remote::{Base, FetchError, FetchErrorKind, Remote, Source, Verdict, each},
    report::{Observer, with_causes},
    update::check::{PointerError, Pointers, Published},
};

/// What is needed to bring and to believe metadata.
#[derive(Clone, Copy)]
pub struct Metadata<'a> {
    /// The server.
    pub remote: &'a Remote,
    /// Who may speak for the repository.
    pub authority: &'a Authority,
    /// Who may speak for the number of the newest version.
    pub authority_for_latest: &'a Authority,
    /// What was brought before, where it is kept.
    pub cache: Option<&'a Cache>,
    /// What it means where there is no room to keep what is brought.
    pub room: Room,
    /// Which versions were named as the newest before.
    pub seen: &'a Seen,
    /// The format that is followed.
    pub format: Format,
    /// Seconds since 1970.
    pub now: u64,
    /// Who is told.
    pub observer: &'a dyn Observer,
}

impl std::fmt::Debug for Metadata<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metadata").field("remote", self.remote).finish_non_exhaustive()
    }
}

/// What it means where there is no room to keep what is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It is brought again the next time, and nothing else.
    Spared,
    /// It is as if it had not come: where there is no room for what is small, there is none for what
    /// would follow.
    Needed,
}

/// Which bundles that others name are brought with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Those that are required.
    Required,
    /// Those that are suggested, too.
    Suggested,
}

impl Metadata<'_> {
    /// Returns the same for a version that is installed already, of whatever format: a machine that
    /// is told to follow the next format still has a version of the last one.
    #[must_use]
    pub fn of_what_is_installed(self) -> Self {
        self.of_any_format()
    }

    /// Returns the same for who is going to bring files, too.
    #[must_use]
    pub fn with_files_to_follow(self) -> Self {
        Self { room: Room::Needed, ..self }
    }

    /// Returns the same for versions of whatever format.
    #[must_use]
    pub fn of_any_format(self) -> Self {
        Self { format: Format::Staging, ..self }
    }
}

impl Metadata<'_> {
    /// Returns the newest version in the format that is followed.
    pub fn latest(&self) -> Result<Version, MetadataError> {
        Ok(self.published()?.newest())
    }

    /// Returns what is published in the format that is followed.
    pub fn published(&self) -> Result<Published, MetadataError> {
        Ok(self.pointers().read(&layout::latest(self.format))?)
    }

    /// Returns the newest version of any format; the newest in ours, where the server does not say.
    /// An answer that is older than one before it is believed where it is not newer than what is
    /// installed.
    pub fn latest_of_any_format(&self, installed: Version) -> Result<Version, MetadataError> {
        let pointers = self.pointers();
        let ours = layout::latest(self.format);
        let read = match pointers.read_any(&ours) {
            Err(PointerError::Fetch(error)) if error.kind == FetchErrorKind::NotFound => {
                pointers.read(&ours)
            }
            read => read,
        };
        Ok(read.or_else(|error| error.or_nothing_newer_than(Some(installed)))?.newest())
    }

    /// Returns the format of a version, which nobody has signed: for people, not for choices.
    pub fn format_of(&self, version: Version) -> Result<FormatNumber, FetchError> {
        let path = layout::format_of(version);
        let read = |source| {
            let text = self.remote.fetch(source, &path, MAX_FORMAT)?;
            let text = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
            text.ok_or_else(|| self.remote.nonsense(source, &path, "no number of a format"))
        };
        self.remote.try_each(Base::Version, read, FetchError::verdict)
    }

    /// Returns what reads pointers.
    pub fn pointers(&self) -> Pointers<'_> {
        let Self { remote, seen, now, .. } = *self;
        Pointers { remote, authority: self.authority_for_latest, seen, now }
    }

    /// Returns the MoM of a version. A cached one that does not verify is brought again.
    pub fn mom(&self, version: Version) -> Result<Trusted<Mom>, MetadataError> {
        let no_mom = |source| MetadataError::Mom { version, source };
        if let Some((text, signature)) = self.cached_mom(version) {
            match self.trust_mom(version, &text, &signature) {
                Ok(mom) => return Ok(mom),
                Err(error) => {
                    self.observer.debug(format!("cached MoM of version {version}: {error}"));
                    self.forget_mom(version);
                }
            }
        }
        let bring = |source| {
            let (text, signature) = self.bring_mom(source, version)?;
            let mom = self.trust_mom(version, &text, &signature)?;
            self.keep(version, layout::MOM_FILE, &text)?;
            self.keep(version, layout::MOM_SIGNATURE_FILE, &signature)?;
            Ok(mom)
        };
        self.remote.try_each(Base::Content, bring, MomError::verdict).map_err(no_mom)
    }

    /// Brings the MoM of a version anew the next time: what it lists cannot be had, and whoever
    /// publishes it may mend that.
    pub fn forget_mom(&self, version: Version) {
        self.forget(version, layout::MOM_FILE);
        self.forget(version, layout::MOM_SIGNATURE_FILE);
    }

    fn cached_mom(&self, version: Version) -> Option<(Vec<u8>, Vec<u8>)> {
        let text = self.cached(version, layout::MOM_FILE)?;
        let signature = self.cached(version, layout::MOM_SIGNATURE_FILE).unwrap_or_default();
        Some((text, signature))
    }

    /// Returns a cached file; one that cannot be read is as good as none.
    fn cached(&self, version: Version, file: &str) -> Option<Vec<u8>> {
        self.cache?.metadata(version, file).unwrap_or_else(|error| {
            self.observer.debug(with_causes(&error));
            None
        })
    }

    /// Keeps a file. A cache that cannot be written costs a download next time and nothing else,
    /// unless it is full and has to have room for more.
    fn keep(&self, version: Version, file: &str, bytes: &[u8]) -> Result<(), MomError> {
        match self.cache.map(|cache| cache.keep_metadata(version, file, bytes)) {
            Some(Err(error))
                if self.room == Room::Needed && error.obstacle() == Some(Obstacle::NoSpace) =>
            {
                Err(MomError::NotKept(error))
            }
            Some(Err(error)) => {
                self.observer.debug(with_causes(&error));
                Ok(())
            }
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn forget(&self, version: Version, file: &str) {
        if let Some(Err(error)) = self.cache.map(|c| c.forget_metadata(version, file)) {
            self.observer.debug(with_causes(&error));
        }
    }

    fn trust_mom(
        &self,
        version: Version,
        text: &[u8],
        signature: &[u8],
    ) -> Result<Trusted<Mom>, TrustError> {
        let signed = Signed { text, signature };
        self.authority.trust_mom(signed, version, self.format, self.now)
    }

    /// Brings the tar of a MoM, and its signature from there or from beside it.
    fn bring_mom(&self, source: Source, version: Version) -> Result<(Vec<u8>, Vec<u8>), MomError> {
        let path = layout::mom(version);
        let body = self.remote.stream(source, &path.tar(), MAX_MOM)?;
        let wanted = [layout::MOM_FILE, layout::MOM_SIGNATURE_FILE];
        let mut members = members_of(body, &wanted, MAX_MOM)?;
        let text = members.remove(layout::MOM_FILE).ok_or(MomError::NoMember)?;
        let signature = match (members.remove(layout::MOM_SIGNATURE_FILE), self.authority) {
            (Some(signature), _) => signature,
            (None, Authority::Nobody) => Vec::new(),
            (None, Authority::Anchor(_)) => {
                self.remote.fetch(source, &path.signature(), MAX_SIGNATURE)?
            }
        };
        Ok((text, signature))
    }

    /// Returns the manifest of a bundle of a version. Where an `older` manifest of the bundle is in
    /// the cache, the difference from it is tried first.
    pub fn manifest(
        &self,
        mom: &Trusted<Mom>,
        bundle: &BundleName,
        older: Option<Version>,
    ) -> Result<Trusted<Manifest>, MetadataError> {
        let line = mom.bundle(bundle).ok_or_else(|| MetadataError::UnknownBundle {
            bundle: bundle.clone(),
            version: mom.header.version,
        })?;
        let version = line.version;
        let cached = self.cached(version, &layout::manifest_file(bundle));
        if let Some(manifest) = cached.and_then(|text| mom.trust_manifest(bundle, &text).ok()) {
            return Ok(manifest);
        }
        if let Some(manifest) = older.and_then(|older| self.by_delta(mom, bundle, older, version)) {
            return Ok(manifest);
        }
        let no_manifest =
            |source| MetadataError::Manifest { bundle: bundle.clone(), version, source };
        let bring = |source| {
            let text = self.bring_manifest(source, bundle, version)?;
            let manifest = mom.trust_manifest(bundle, &text)?;
            self.keep(version, &layout::manifest_file(bundle), &text)?;
            Ok(manifest)
        };
        let brought = self.remote.try_each(Base::Content, bring, MomError::verdict);
        if let Err(MomError::Trust(_)) = brought {
            self.forget_mom(mom.header.version);
        }
        brought.map_err(no_manifest)
    }

    /// Returns the manifests of bundles in their order, several brought at once; one that cannot be
    /// had does not stop the others.
    pub fn manifests(
        &self,
        mom: &Trusted<Mom>,
        bundles: &[BundleName],
    ) -> Vec<(BundleName, Result<Trusted<Manifest>, MetadataError>)> {
        let brought = Mutex::new(BTreeMap::new());
        let never: Result<(), Infallible> = each(bundles, self.remote.parallel(), |bundle| {
            let manifest = self.manifest(mom, bundle, None);
            brought.lock().unwrap_or_else(PoisonError::into_inner).insert(bundle.clone(), manifest);
            Ok(())
        });
        let Ok(()) = never;
        let mut brought = brought.into_inner().unwrap_or_else(PoisonError::into_inner);
        bundles.iter().filter_map(|bundle| brought.remove_entry(bundle)).collect()
    }

    fn bring_manifest(
        &self,
        source: Source,
        bundle: &BundleName,
        version: Version,
    ) -> Result<Vec<u8>, MomError> {
        let path = layout::manifest(bundle, version).tar();
        let body = self.remote.stream(source, &path, MAX_MANIFEST)?;
        let file = layout::manifest_file(bundle);
        members_of(body, &[&file], MAX_MANIFEST)?.remove(file.as_str()).ok_or(MomError::NoMember)
    }

    /// Makes the manifest from an older one; none where anything is amiss, since the manifest can
    /// be had whole.
    fn by_delta(
        &self,
        mom: &Trusted<Mom>,
        bundle: &BundleName,
        older: Version,
        version: Version,
    ) -> Option<Trusted<Manifest>> {
        let old = self.cached(older, &layout::manifest_file(bundle)).filter(|_| older < version)?;
        let made = self.apply_delta(bundle, (older, version), &old);
        let told = |error: &dyn std::error::Error| {
            self.observer.debug(format!("manifest delta of {bundle} from {older}: {error}"));
        };
        let text = made.map_err(|error| told(&error)).ok()?;
        let manifest = mom.trust_manifest(bundle, &text).map_err(|error| told(&error)).ok()?;
        self.keep(version, &layout::manifest_file(bundle), &text).ok()?;
        Some(manifest)
    }

    fn apply_delta(
        &self,
        bundle: &BundleName,
        (older, version): (Version, Version),
        old: &[u8],
    ) -> Result<Vec<u8>, MomError> {
        let path = layout::manifest_delta(bundle, older, version);
        let fetch = |source| self.remote.fetch(source, &path, MAX_MANIFEST);
        let delta = self.remote.try_each(Base::Content, fetch, FetchError::verdict)?;
        delta::apply_in_memory(&delta, old, MAX_MANIFEST)?.ok_or(MomError::NoMember)
    }

    /// Returns the manifests of bundles and of all that they name. Bundles that another one names
    /// and the version does not have are passed over, as the reference client does; one that was
    /// asked for is an error.
    pub fn release(
        &self,
        mom: Trusted<Mom>,
        bundles: &BTreeSet<BundleName>,
        named: Named,
        older: &BTreeMap<BundleName, Version>,
    ) -> Result<Release, MetadataError> {
        self.release_as(mom, bundles, |_| named, older)
    }

    /// Does the same where it depends on the bundle which of those that it names come with it.
    pub fn release_as(
        &self,
        mom: Trusted<Mom>,
        bundles: &BTreeSet<BundleName>,
        named: impl Fn(&BundleName) -> Named,
        older: &BTreeMap<BundleName, Version>,
    ) -> Result<Release, MetadataError> {
        let mut release = Release::new(mom);
        let mut ahead: BTreeSet<BundleName> = bundles.clone();
        while !ahead.is_empty() {
            let round: Vec<BundleName> = std::mem::take(&mut ahead).into_iter().collect();
            let brought = Mutex::new(Vec::new());
            // All of one round at once: each waits for the network most of its time.
            each(&round, self.remote.parallel(), |bundle| {
                let manifest = self.manifest(release.mom(), bundle, older.get(bundle).copied())?;
                let mut brought = brought.lock().unwrap_or_else(PoisonError::into_inner);
                brought.push((bundle.clone(), manifest));
                Ok::<(), MetadataError>(())
            })?;
            let brought = brought.into_inner().unwrap_or_else(PoisonError::into_inner);
            let next: BTreeSet<BundleName> = brought
                .iter()
                .flat_map(|(bundle, manifest)| names_in(manifest, named(bundle)))
                .collect();
            for (bundle, manifest) in brought {
                release.add(bundle, manifest)?;
            }
            ahead = next;
            ahead.retain(|n| release.manifest(n).is_none() && release.bundle(n).is_some());
        }
        Ok(release)
    }
}

fn names_in(manifest: &Manifest, named: Named) -> Vec<BundleName> {
    let suggested = match named {
        Named::Required => &[][..],
        Named::Suggested => &manifest.header.also_add[..],
    };
    manifest.header.includes.iter().chain(suggested).cloned().collect()
}

/// Reads the members with these names out of a compressed tar that unpacks to no more than `limit`
/// bytes and headers; other members are passed over.
fn members_of<'n>(
    body: impl Read + Send,
    wanted: &[&'n str],
    limit: u64,
) -> Result<BTreeMap<&'n str, Vec<u8>>, MomError> {
    let unpacked = compression::decoder(body).map_err(MomError::Unpack)?;
    let mut archive = ArchiveReader::new(Bounded::new(unpacked, limit + TAR_OVERHEAD));
    let mut members = BTreeMap::new();
    while let Some(member) = archive.next_member()? {
        let Some(name) = wanted.iter().find(|name| name.as_bytes() == member.name) else {
            continue;
        };
        let mut content = Vec::new();
        archive.read_to_end(&mut content).map_err(MomError::Unpack)?;
        members.insert(*name, content);
    }
    Ok(members)
}

/// Why metadata cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The number of the newest version cannot be had.
    #[error(transparent)]
    Latest(#[from] PointerError),
    /// The MoM of a version cannot be had.
    #[error("cannot load the MoM of version {version}")]
    Mom {
        /// The version.
        version: Version,
        /// Why not.
        source: MomError,
    },
    /// A bundle's manifest cannot be had.
    #[error("cannot load the manifest of bundle `{bundle}` of version {version}")]
    Manifest {
        /// The bundle.
        bundle: BundleName,
        /// The version in which the bundle last changed.
        version: Version,
        /// Why not.
        source: MomError,
    },
    /// A manifest that belongs to another version.
    #[error(transparent)]
    NotOneRelease(#[from] NotOneRelease),
    /// A bundle that the version does not have.
    #[error("version {version} has no bundle `{bundle}`")]
    UnknownBundle {
        /// The bundle.
        bundle: BundleName,
        /// The version.
        version: Version,
    },
}

/// Why one MoM or manifest cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MomError {
    /// It does not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Its tar does not have it.
    #[error("the archive does not hold it")]
    NoMember,
    /// Its tar cannot be unpacked.
    #[error("cannot unpack it")]
    Unpack(#[source] io::Error),
    /// Its tar is not one.
    #[error("its archive cannot be read")]
    Archive(#[from] ArchiveError),
    /// The difference from an older one cannot be applied.
    #[error("its delta cannot be applied")]
    Delta(#[from] InMemoryError),
    /// It is not believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// There is no room for it.
    #[error(transparent)]
    NotKept(StateError),
}

impl MomError {
    /// Says what the failure means for asking another place.
    fn verdict(&self) -> Verdict {
        match FetchError::among_causes_of(self) {
            Some(error) => error.verdict(),
            None => match self {
                Self::Fetch(error) => error.verdict(),
                Self::NotKept(_) => Verdict::Final,
                Self::NoMember
                | Self::Unpack(_)
                | Self::Archive(_)
                | Self::Delta(_)
                | Self::Trust(_) => Verdict::Damaged,
            },
        }
    }
}

/// Bytes of a file with the number of a format.
const MAX_FORMAT: u64 = 64;
/// Headers, padding and a signature beside the manifest in its tar.
const TAR_OVERHEAD: u64 = 1 << 20;

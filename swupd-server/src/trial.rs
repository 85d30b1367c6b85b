//! A working directory to test in: small trees that become versions through the real stages.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::LazyLock,
};

use swupd_protocol::{
    bundle::BundleName,
    path::TreePath,
    trust::{self, Authority, TrustAnchor},
    version::{FormatNumber, Version},
};

use crate::{
    bundles::BundleContent,
    keys::{Signer, SigningError},
    release::{
        describe::{Described, Past, Request, describe},
        encode::encode,
        pack::pack,
        publish::{Published, publish},
        scan::{Wanted, scan},
        sign::{Hand, sign},
        work::{Work, Workshop},
    },
    repo::Repo,
    report::Recorded,
    settings::{Compression, CompressionSettings, Patterns},
    source::SourceTree,
};

pub(crate) struct Trial {
    directory: tempfile::TempDir,
    key: &'static Key,
    pub(crate) compression: CompressionSettings,
    pub(crate) observer: Recorded,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Signer for Key {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        trust::sign(data, &self.certificate, &self.key).map_err(|error| SigningError::Command {
            command: "trial".into(),
            how: error.to_string(),
        })
    }
}

static OURS: LazyLock<Key> = LazyLock::new(Key::new);
static THEIRS: LazyLock<Key> = LazyLock::new(Key::new);

impl Key {
    fn new() -> Self {
        let (certificate, key) = trust::self_signed("trial", NOW - 1000, 10).unwrap();
        Self { certificate, key }
    }
}

/// The time at which all of this happens, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;

impl Trial {
    /// Returns an empty tree and nothing published yet. Making keys is slow: all have the same.
    pub(crate) fn new() -> Self {
        let trial = Self {
            // In memory where that can be: what is published is synced, file by file.
            directory: tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(),
            key: &OURS,
            compression: CompressionSettings {
                fullfiles: Compression::Zstd(3),
                zero_packs: Compression::Xz(1),
                delta_packs: Compression::Zstd(9),
            },
            observer: Recorded::default(),
        };
        fs_err::create_dir(trial.tree()).unwrap();
        trial
    }

    /// Returns the same with another key.
    pub(crate) fn of_a_stranger() -> Self {
        Self { key: &THEIRS, ..Self::new() }
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.directory.path().join("tree")
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    pub(crate) fn repo(&self) -> Repo {
        Repo::new(self.directory.path().join("www"))
    }

    pub(crate) fn authority(&self) -> Authority {
        Authority::Anchor(TrustAnchor::from_pem(&self.key.certificate, None).unwrap())
    }

    /// Writes a file of the tree.
    pub(crate) fn put(&self, path: &str, content: &[u8]) {
        let path = self.tree().join(path.trim_start_matches('/'));
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    /// Describes a version of the tree as it stands: `/usr/share/editors` is a bundle.
    pub(crate) fn describe(&self, version: u32) -> Described {
        for bundle in ["os-core", "editors"] {
            self.put(&format!("/usr/share/clear/bundles/{bundle}"), b"");
        }
        let none = Patterns::parse(&[]).unwrap();
        let wanted = Wanted { etc: &none, leave_out: &none, kept: &BTreeSet::new() };
        let source = SourceTree::open(&self.tree()).unwrap();
        let tree = scan(&source, &wanted, &self.observer).unwrap().tree;
        let of_editors = |path: &&TreePath| {
            path.is_at_or_below(b"/usr/share/editors") || path.name() == b"editors"
        };
        let (editors, core): (BTreeSet<_>, _) = tree.0.keys().partition(of_editors);
        let content = |paths: BTreeSet<&TreePath>, includes: BTreeSet<BundleName>| BundleContent {
            paths: paths.into_iter().cloned().collect(),
            includes,
            ..BundleContent::default()
        };
        let os_core = BundleName::os_core();
        let bundles = BTreeMap::from([
            ("editors".parse().unwrap(), content(editors, [os_core.clone()].into())),
            (os_core, content(core, BTreeSet::new())),
        ]);
        describe(&Request {
            version: Version::new(version).unwrap(),
            format: FormatNumber::new(30).unwrap(),
            timestamp: NOW,
            tree: &tree,
            bundles: &bundles,
            history: &self.history(),
            delta_packs_from: 2,
        })
        .unwrap()
    }

    /// Makes and publishes a version of the tree as it stands.
    pub(crate) fn build(&self, version: u32) -> Published {
        let described = self.describe(version);
        self.shop(version, |shop| {
            let hand = Hand { signer: self.key, authority: &self.authority(), now: NOW };
            let packed = pack(encode(described, shop).unwrap(), shop).unwrap();
            publish(sign(packed, shop, hand).unwrap(), shop).unwrap()
        })
    }

    /// Runs something in the room of a build.
    pub(crate) fn shop<T>(&self, version: u32, run: impl FnOnce(&Workshop<'_>) -> T) -> T {
        let work = Work::begin(self.directory.path(), Version::new(version).unwrap()).unwrap();
        run(&Workshop {
            work: &work,
            repo: &self.repo(),
            tree: &SourceTree::open(&self.tree()).unwrap(),
            compression: self.compression,
            observer: &self.observer,
        })
    }

    pub(crate) fn key(&self) -> &Key {
        self.key
    }

    fn history(&self) -> Vec<Past> {
        let repo = self.repo();
        let versions = repo.versions().unwrap().into_iter().rev();
        let past = |version| {
            let mom = repo.mom(version).unwrap();
            let manifests = repo.manifests(&mom).unwrap();
            Past { version, mom, manifests }
        };
        versions.map(past).collect()
    }
}

/// Returns bytes that do not compress, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let step = |state: &mut u64| {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some((*state >> 56) as u8)
    };
    std::iter::repeat_n((), length).scan(seed, |state, ()| step(state)).collect()
}

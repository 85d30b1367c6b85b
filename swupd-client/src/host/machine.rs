//! The machine as a trip needs it: the tree, its state, the cache and the lock, opened in an order
//! in which nothing is changed before the lock is held.

use std::{
    collections::BTreeSet,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use swupd_protocol::{bundle::BundleName, path::TreePath};

use super::{
    lock::{Lock, LockError},
    root::Root,
    state::{Cache, Caches, Data, StateError},
    store::Store,
    sys,
};

/// The machine, held for this run alone.
#[derive(Debug)]
pub struct Machine {
    /// The tree.
    pub root: Root,
    /// What is remembered about it.
    pub data: Data,
    /// What was brought for it.
    pub cache: Cache,
    /// The objects that were brought and verified.
    pub store: Store,
    _lock: Lock,
}

/// Where the machine's parts lie.
#[derive(Debug, Clone)]
pub struct Places {
    /// The tree.
    pub tree: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// The cache directory.
    pub cache: PathBuf,
    /// Whose content is cached.
    pub content_url: String,
    /// A cache directory that somebody else filled, to take from what is not here.
    pub spare: Option<PathBuf>,
}

impl Machine {
    /// Opens everything and takes the lock.
    pub fn open(places: &Places) -> Result<Self, MachineError> {
        let no_tree = |source| MachineError::Tree { path: places.tree.clone(), source };
        let root = Root::open(&places.tree).map_err(no_tree)?;
        let data = Data::open(&places.data, &root)?;
        let lock = data.lock()?;
        let record = data.record()?;
        let root = root.with_record(record.clone());
        let spare = places.spare.as_ref().map(|path| Caches::look(path, &root));
        let spare = spare.transpose()?.flatten().map(Arc::new);
        let cache = Cache::open(&places.cache, &places.content_url, &root)?.with_spare(spare);
        let store = cache.store(root.ownership(), record)?;
        Ok(Self { root, data, cache, store, _lock: lock })
    }

    /// Returns the bundles that are installed.
    pub fn installed_bundles(&self) -> Result<BTreeSet<BundleName>, MachineError> {
        installed_bundles(&self.root)
    }

    /// Returns the bundles that somebody asked for. Where nothing is remembered, that is everything
    /// installed.
    pub fn tracked_bundles(&self) -> Result<BTreeSet<BundleName>, MachineError> {
        let tracked = self.data.tracked()?;
        if tracked.is_empty() { self.installed_bundles() } else { Ok(tracked) }
    }
}

/// Says whether a tree is there and belongs to somebody else than who runs this program.
pub fn is_of_another_user(tree: &Path) -> bool {
    tree.metadata().is_ok_and(|metadata| metadata.uid() != sys::user())
}

/// Returns the bundles that are installed in a tree: those whose markers it has, and `os-core`.
pub fn installed_bundles(root: &Root) -> Result<BTreeSet<BundleName>, MachineError> {
    let markers = TreePath::parse(MARKERS.as_bytes()).ok();
    let names = root.list(markers.as_ref()).map_err(|source| MachineError::Tree {
        path: root.path().join(MARKERS.trim_start_matches('/')),
        source,
    })?;
    let names = names.unwrap_or_default();
    let names = names.iter().filter_map(|name| std::str::from_utf8(name).ok()?.parse().ok());
    Ok(names.chain([BundleName::os_core()]).collect())
}

/// The machine cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The tree cannot be opened or read.
    #[error("cannot read the tree at {}", path.display())]
    Tree {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The state cannot be opened.
    #[error(transparent)]
    State(#[from] StateError),
    /// Somebody else works on it.
    #[error(transparent)]
    Lock(#[from] LockError),
}

const MARKERS: &str = "/usr/share/clear/bundles";

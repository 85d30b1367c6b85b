//! The cache of one content URL: everything in it can be downloaded again.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use swupd_protocol::{hash::ContentHasher, limits, version::Version};

use super::{Caches, StateError, open_own};
use crate::host::{
    directory::{Directory, absent_as_none},
    own_directory::{WrongMode, open_within},
    record::Record,
    root::{Ownership, Root},
    store::Store,
    sys::{self, FileKind},
};

/// The cache. Several runs, on trees of their own, may use it at once.
#[derive(Debug)]
pub struct Cache {
    all: Directory,
    /// The mark that it is in use; none for who only looks.
    mark: Option<Directory>,
    directory: Directory,
    path: PathBuf,
    scratches: AtomicU64,
    spare: Option<Arc<Caches>>,
}

/// A pointer to the newest version that was kept.
#[derive(Debug, Clone)]
pub struct KeptPointer {
    /// Its text.
    pub text: Vec<u8>,
    /// Its signature.
    pub signature: Vec<u8>,
}

impl Cache {
    /// Opens the cache of a content URL and makes what is missing. `root` is the tree that it is
    /// about: below it no link is followed.
    pub fn open(path: &Path, content_url: &str, root: &Root) -> Result<Self, StateError> {
        let top = open_own(path, root)?;
        let name = directory_name(content_url);
        let path = path.join("cache").join(&name);
        let open = || {
            let all = open_within(&top, Path::new("cache"), 0o755, WrongMode::Empties)?;
            let directory = open_within(&all, Path::new(&name), 0o755, WrongMode::Empties)?;
            for (name, mode) in DIRECTORIES {
                open_within(&directory, Path::new(name), *mode, WrongMode::Empties)?;
            }
            let mark = directory.again()?;
            if sys::use_alone(&mark)? {
                Store::tidy(&directory.directory(Path::new(STAGED))?)?;
            }
            sys::use_together(&mark)?;
            Ok((all, directory, mark))
        };
        let (all, directory, mark) = open().map_err(|source| trouble("open", &path, source))?;
        let (mark, scratches) = (Some(mark), AtomicU64::new(0));
        Ok(Self { all, mark, directory, path, scratches, spare: None })
    }

    /// Opens the cache to read from it, making nothing; none where there is none.
    pub fn look(path: &Path, content_url: &str) -> Result<Option<Self>, StateError> {
        let name = directory_name(content_url);
        let path = path.join("cache");
        let open = || {
            let all = Directory::open_anywhere(&path)?;
            let directory = all.directory(Path::new(&name))?;
            Ok(Self {
                all,
                mark: None,
                directory,
                path: path.join(&name),
                scratches: AtomicU64::new(0),
                spare: None,
            })
        };
        absent_as_none(open()).map_err(|source| trouble("open", &path, source))
    }

    /// Lets it look for what it has not in caches that somebody else filled; they are only read.
    #[must_use]
    pub fn with_spare(self, spare: Option<Arc<Caches>>) -> Self {
        Self { spare, ..self }
    }

    /// Says whether there are such caches.
    pub fn has_spare(&self) -> bool {
        self.spare.is_some()
    }

    /// Returns where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the store of verified objects.
    pub fn store(&self, ownership: Ownership, record: Arc<Record>) -> Result<Store, StateError> {
        let path = self.path.join(STAGED);
        let opened = self.directory.directory(Path::new(STAGED));
        let directory = opened.map_err(|source| trouble("open", &path, source))?;
        Ok(Store::new(directory, path, ownership, record).with_spare(self.spare.clone()))
    }

    /// Returns a cached file of a version's metadata, such as `Manifest.MoM`; none where it is not
    /// here. Nobody has verified it.
    pub fn metadata(&self, version: Version, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        let path = metadata_path(version, name);
        let read = self.directory.read_whole(&path, limits::MAX_MANIFEST);
        let own = read.map_err(|source| trouble("read", &self.path.join(&path), source))?;
        match (own, &self.spare) {
            (None, Some(spare)) => Ok(spare.metadata(version, name)?.into_iter().next()),
            (own, _) => Ok(own),
        }
    }

    /// Keeps a file of a version's metadata.
    pub fn keep_metadata(
        &self,
        version: Version,
        name: &str,
        content: &[u8],
    ) -> Result<(), StateError> {
        let path = metadata_path(version, name);
        let keep = || {
            let all = self.directory.directory(Path::new(MANIFEST))?;
            let own = version.to_string();
            let directory = open_within(&all, Path::new(&own), 0o755, WrongMode::Empties)?;
            directory.write_whole(Path::new(name), content, 0o644)
        };
        keep().map_err(|source| trouble("write", &self.path.join(&path), source))
    }

    /// Removes a cached file of a version's metadata, because it is wrong.
    pub fn forget_metadata(&self, version: Version, name: &str) -> Result<(), StateError> {
        let path = metadata_path(version, name);
        let removed = self.directory.remove_all(&path);
        removed.map_err(|source| trouble("remove", &self.path.join(&path), source))
    }

    /// Keeps the pointer to the newest version, and its signature.
    pub fn keep_pointer(&self, text: &[u8], signature: &[u8]) -> Result<(), StateError> {
        for (name, content) in [(POINTER, text), (POINTER_SIGNATURE, signature)] {
            let path = Path::new(DOWNLOAD).join(name);
            let written = self.directory.write_whole(&path, content, 0o600);
            written.map_err(|source| trouble("write", &self.path.join(path), source))?;
        }
        Ok(())
    }

    /// Returns the pointer that was kept, and its signature. Nobody has verified it.
    pub fn pointer(&self) -> Result<Option<KeptPointer>, StateError> {
        match (read_pointer(&self.directory, &self.path)?, &self.spare) {
            (None, Some(spare)) => {
                let kept = spare.pointers();
                let kept = kept.map_err(|source| trouble("read", &self.path, source))?;
                Ok(kept.into_iter().next())
            }
            (own, _) => Ok(own),
        }
    }

    /// Says whether everything that a pack of this file name brings is already here.
    pub fn has_pack(&self, file_name: &str) -> bool {
        let stat = self.directory.stat(Path::new(file_name));
        stat.is_ok_and(|stat| stat.is_some_and(|s| s.kind == FileKind::File && s.size == 0))
    }

    /// Marks a pack as unpacked.
    pub fn mark_pack(&self, file_name: &str) -> Result<(), StateError> {
        let marked = self.directory.append(Path::new(file_name), 0o600).map(drop);
        marked.map_err(|source| trouble("write", &self.path.join(file_name), source))
    }

    /// Returns a file to write to and read from that nobody else sees and that is gone when it is
    /// closed.
    pub fn scratch(&self) -> Result<File, StateError> {
        let create = || {
            let directory = self.directory.directory(Path::new(TEMP))?;
            let number = self.scratches.fetch_add(1, Ordering::Relaxed);
            let name = format!("{}.{number}", std::process::id());
            let unnamed = directory.create_unnamed(name.as_ref())?;
            let file = unnamed.file.try_clone()?;
            unnamed.discard(&directory)?;
            Ok(file)
        };
        create().map_err(|source| trouble("create a file in", &self.path.join(TEMP), source))
    }

    /// Returns the caches of all content URLs, this one among them.
    pub fn all(&self) -> Result<Caches, StateError> {
        let path = self.path.parent().unwrap_or(&self.path);
        let open = || {
            let mark = self.mark.as_ref().map(Directory::shared).transpose()?;
            let name = self.path.file_name().unwrap_or_default().to_owned();
            Ok((self.all.again()?, mark.map(|mark| (name, mark))))
        };
        let (all, own) = open().map_err(|source| trouble("open", path, source))?;
        Ok(Caches::in_directory(all, path.to_owned(), own))
    }
}

/// Reads the pointer that a cache keeps.
pub(super) fn read_pointer(
    cache: &Directory,
    path: &Path,
) -> Result<Option<KeptPointer>, StateError> {
    let read = |name, limit| {
        let file = Path::new(DOWNLOAD).join(name);
        let read = cache.read_whole(&file, limit);
        read.map_err(|source| trouble("read", &path.join(file), source))
    };
    let text = read(POINTER, limits::MAX_LATEST)?;
    let signature = read(POINTER_SIGNATURE, limits::MAX_SIGNATURE)?;
    Ok(text.zip(signature).map(|(text, signature)| KeptPointer { text, signature }))
}

/// Returns the name of a content URL's cache.
fn directory_name(content_url: &str) -> String {
    let name = content_url.trim_end_matches('/').replace([':', '/'], "_");
    // A name that is longer than a file's may be, or that means something else, is replaced.
    if name.len() > limits::MAX_PATH_COMPONENT || matches!(name.as_str(), "" | "." | "..") {
        return ContentHasher::symlink(0, 0, content_url.as_bytes()).finish().to_string();
    }
    name
}

pub(super) fn metadata_path(version: Version, name: &str) -> PathBuf {
    [MANIFEST, &version.to_string(), name].iter().collect()
}

pub(super) fn trouble(doing: &'static str, path: &Path, source: io::Error) -> StateError {
    StateError::Io { doing, path: path.to_owned(), source }
}

/// The directory of metadata.
pub(super) const MANIFEST: &str = "manifest";
const DOWNLOAD: &str = "download";
const POINTER: &str = "latest";
const POINTER_SIGNATURE: &str = "latest.sig";
pub(super) const STAGED: &str = "staged";
const TEMP: &str = "temp";
/// The directories of a cache and their modes, as the reference client has them.
pub(super) const DIRECTORIES: &[(&str, u32)] =
    &[(MANIFEST, 0o755), (STAGED, 0o700), ("delta", 0o700), (DOWNLOAD, 0o700), (TEMP, 0o700)];

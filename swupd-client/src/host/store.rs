//! Objects that were verified, by their hash, until they are put into the tree.
//!
//! `<cache>/cache/<url>/staged/<hash>`: files, directories and links as the reference client keeps
//! them. What this run wrote was verified as it was written; what an earlier run left is verified
//! once before it is used, and removed if it is something else by now.

mod writer;

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use swupd_protocol::{
    attributes::XattrName,
    hash::ContentHash,
    object::{Attributes, Kind, Object},
};

pub use self::writer::ObjectWriter;
use self::writer::check;
use super::{
    directory::Directory,
    obstacle::Obstacle,
    record::Record,
    root::{Buffer, Opened, Ownership, attributes_of},
    state::Caches,
    sys::{self, FileKind},
};

/// The verified objects.
#[derive(Debug)]
pub struct Store {
    directory: Directory,
    path: PathBuf,
    ownership: Ownership,
    record: Arc<Record>,
    verified: Mutex<HashSet<ContentHash>>,
    /// Who looks at what an earlier run left does so alone, but for one in so many objects.
    looking: [Mutex<()>; LOOKERS],
    temporary: AtomicU64,
    spare: Option<Arc<Caches>>,
}

impl Store {
    pub(crate) fn new(
        directory: Directory,
        path: PathBuf,
        ownership: Ownership,
        record: Arc<Record>,
    ) -> Self {
        let verified = Mutex::default();
        let looking = std::array::from_fn(|_| Mutex::default());
        let temporary = AtomicU64::new(0);
        let spare = None;
        Self { directory, path, ownership, record, verified, looking, temporary, spare }
    }

    /// Removes what a crash left where objects lie. Nobody else may be bringing some.
    pub(crate) fn tidy(directory: &Directory) -> io::Result<()> {
        for name in directory.list()? {
            if name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
                directory.remove_all(Path::new(&name))?;
            }
        }
        Ok(())
    }

    /// Lets it take what it has not from caches that somebody else filled; they are only read.
    #[must_use]
    pub(crate) fn with_spare(self, spare: Option<Arc<Caches>>) -> Self {
        Self { spare, ..self }
    }

    /// Says whether the object is here. What an earlier run left is verified first.
    pub fn has(&self, hash: &ContentHash) -> bool {
        self.is_own(hash) || self.take_spare(hash).unwrap_or(false)
    }

    fn is_own(&self, hash: &ContentHash) -> bool {
        self.is_verified(hash) || self.take_over(hash).unwrap_or(false)
    }

    /// Says the same, and why where it cannot be seen.
    pub(crate) fn find(&self, hash: &ContentHash) -> Result<bool, StoreError> {
        if self.is_verified(hash) {
            return Ok(true);
        }
        self.take_over(hash).map_err(|source| self.trouble(hash, "read", source))
    }

    /// Returns the object but for its content, as its version states it; none where it is not
    /// here.
    pub fn object(&self, hash: &ContentHash) -> Result<Option<Object>, StoreError> {
        if !self.has(hash) {
            return Ok(None);
        }
        let name = file_name(hash);
        let opened = Opened::below(&self.directory, Path::new(&name));
        let opened = opened.map_err(|source| self.trouble(hash, "read", source))?;
        Ok(opened.and_then(|opened| {
            let attributes = match self.ownership {
                Ownership::AsStated => opened.attributes(),
                Ownership::OfTheUser => self.record.attributes(hash)?,
            };
            opened.object(attributes)
        }))
    }

    /// Reads a file of at most `limit` bytes; none where it is not here.
    pub fn read(&self, hash: &ContentHash, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        if !self.has(hash) {
            return Ok(None);
        }
        let read = self.directory.read_whole(Path::new(&file_name(hash)), limit);
        read.map_err(|source| self.trouble(hash, "read", source))
    }

    /// Takes a directory or a link, or a file without content.
    pub fn put_without_content(
        &self,
        hash: ContentHash,
        object: &Object,
    ) -> Result<(), StoreError> {
        if object.kind() == Kind::File {
            return self.writer(hash, object)?.commit();
        }
        check(hash, object.hash_without_content().unwrap_or(ContentHash::ABSENT))?;
        if self.is_own(&hash) {
            return Ok(());
        }
        self.make(hash, object).map_err(|source| self.trouble(&hash, "create", source))?;
        self.remember(hash, object)
    }

    /// Returns an empty file without a name, for what must wait before it becomes an object.
    pub fn scratch_file(&self) -> io::Result<File> {
        let create =
            || self.directory.create_unnamed(&self.temporary_name())?.nameless(&self.directory);
        create().map_err(|source| self.located(source))
    }

    /// Removes every object.
    pub fn empty(&self) -> io::Result<()> {
        if let Ok(mut verified) = self.verified.lock() {
            verified.clear();
        }
        self.directory.remove_content()
    }

    /// Returns where the objects lie, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns who owns the objects.
    pub fn ownership(&self) -> Ownership {
        self.ownership
    }

    /// Returns the bytes that are free for us where the objects lie.
    pub fn free_space(&self) -> io::Result<u64> {
        sys::free_space(&self.directory)
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn shared_record(&self) -> Arc<Record> {
        Arc::clone(&self.record)
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    fn make(&self, hash: ContentHash, object: &Object) -> io::Result<()> {
        let temporary = self.temporary_name();
        let (temporary, name) = (Path::new(&temporary), file_name(&hash));
        let attributes = object.attributes();
        match object {
            Object::Symlink { target, .. } => self.directory.make_symlink(temporary, target)?,
            _ => self.directory.make_directory(temporary, 0o700)?,
        }
        if self.ownership == Ownership::AsStated {
            self.directory.set_owner(temporary, attributes.uid, attributes.gid)?;
        }
        if object.kind() == Kind::Directory {
            let mode = self.ownership.mode_on_disk(Kind::Directory, attributes.mode);
            let directory = self.directory.directory(temporary)?;
            sys::set_mode(&directory, mode)?;
        }
        let named = self.directory.rename_new_to(temporary, &self.directory, Path::new(&name));
        match named {
            // Another thread was faster with the same object.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.directory.remove_all(temporary)
            }
            named => named,
        }
    }

    fn remember(&self, hash: ContentHash, object: &Object) -> Result<(), StoreError> {
        if self.ownership == Ownership::OfTheUser {
            let remembered = self.record.remember(hash, object.attributes());
            remembered.map_err(|source| self.trouble(&hash, "remember", source))?;
        }
        if let Ok(mut verified) = self.verified.lock() {
            verified.insert(hash);
        }
        Ok(())
    }

    fn is_verified(&self, hash: &ContentHash) -> bool {
        self.verified.lock().is_ok_and(|verified| verified.contains(hash))
    }

    /// Verifies what an earlier run left under this name, and removes what cannot be used.
    fn take_over(&self, hash: &ContentHash) -> io::Result<bool> {
        let name = file_name(hash);
        let path = Path::new(&name);
        // Two who both find it spoilt must not remove what one of them has put there since.
        let looker = usize::from(hash.as_bytes()[0]) % LOOKERS;
        let _alone = self.looking[looker].lock();
        let Some(stat) = self.directory.stat(path)? else { return Ok(false) };
        let opened = match stat.kind {
            FileKind::Special => None,
            _ => Opened::below(&self.directory, path)?,
        };
        let same = opened.as_ref().map_or(Ok(false), |opened| self.is_clean(path, opened, hash))?;
        if !same {
            self.directory.remove_all(path)?;
            return Ok(false);
        }
        // Where nothing was remembered, the hash has just proven what is on the disk.
        if self.ownership == Ownership::OfTheUser
            && self.record.attributes(hash).is_none()
            && let Some(opened) = opened
        {
            let mut attributes = attributes_of(opened.stat());
            (attributes.uid, attributes.gid) = (0, 0);
            self.record.remember(*hash, attributes)?;
        }
        if let Ok(mut verified) = self.verified.lock() {
            verified.insert(*hash);
        }
        Ok(true)
    }

    /// Copies the object from where somebody else keeps it; what is not the object is passed over.
    fn take_spare(&self, hash: &ContentHash) -> io::Result<bool> {
        let Some(spare) = &self.spare else { return Ok(false) };
        let found = spare.objects(hash)?;
        Ok(found.iter().any(|opened| self.copy_in(*hash, opened).is_ok()))
    }

    fn copy_in(&self, hash: ContentHash, opened: &Opened) -> Result<(), StoreError> {
        let on_disk = opened.attributes();
        let attributes = match self.ownership {
            Ownership::AsStated => on_disk,
            Ownership::OfTheUser => Attributes { uid: 0, gid: 0, ..on_disk },
        };
        let object = opened.object(attributes).ok_or(StoreError::NotAFile { hash })?;
        let Opened::File(file, _) = opened else { return self.put_without_content(hash, &object) };
        let mut writer = self.writer(hash, &object)?;
        let copied = io::copy(&mut &*file, &mut writer);
        copied.map_err(|source| self.trouble(&hash, "copy", source))?;
        writer.commit()
    }

    /// Says whether a left-over is the object and nothing more: no capabilities or other extended
    /// attributes, which no hash covers, and nothing in a directory.
    fn is_clean(&self, path: &Path, opened: &Opened, hash: &ContentHash) -> io::Result<bool> {
        let clean = match opened {
            Opened::File(file, _) => !sys::xattrs(file)?.iter().any(|name| is_ours(name)),
            Opened::Directory(_) => self.directory.directory(path)?.list()?.is_empty(),
            Opened::Symlink(..) => true,
        };
        let buffer = &mut Buffer::default();
        Ok(clean && opened.is(hash, self.ownership, Some(&self.record), buffer)?)
    }

    fn temporary_name(&self) -> OsString {
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        format!("{TEMPORARY}{}.{number}", std::process::id()).into()
    }

    fn trouble(&self, hash: &ContentHash, doing: &'static str, source: io::Error) -> StoreError {
        StoreError::Io { doing, path: self.path.join(file_name(hash)), source }
    }
}

/// Returns the name under which an object lies here.
pub(crate) fn file_name(hash: &ContentHash) -> String {
    hash.to_string()
}

/// Says whether an extended attribute is one that content brings, not one that the system gives to
/// every file, such as a security label.
pub(crate) fn is_ours(name: &[u8]) -> bool {
    XattrName::parse(name).is_ok_and(|name| name.as_str() != LABEL)
}

/// An object could not be taken into the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is not the object that it should be.
    #[error("object {wanted} was expected, but {got} came")]
    WrongHash {
        /// The name that it should have.
        wanted: ContentHash,
        /// The name that it has.
        got: ContentHash,
    },
    /// It ended too early.
    #[error("object {hash} ended {missing} bytes too early")]
    Short {
        /// The object.
        hash: ContentHash,
        /// Bytes that did not come.
        missing: u64,
    },
    /// Content was to be written for a directory or a link.
    #[error("object {hash} is no file and has no content")]
    NotAFile {
        /// The object.
        hash: ContentHash,
    },
    /// The store's own files failed.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// How the system refused.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// Returns what stood in the way, where it was the system that refused.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Io { source, .. } => Some(Obstacle::of(source)),
            Self::WrongHash { .. } | Self::Short { .. } | Self::NotAFile { .. } => None,
        }
    }
}

/// The system gives this one to every file where it uses labels.
const LABEL: &str = "security.selinux";
const TEMPORARY: &str = ".new.";
/// So many objects can be looked at at once.
const LOOKERS: usize = 32;

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;

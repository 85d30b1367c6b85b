//! Files on their way into the store: verified as they are written.

use std::{
    ffi::OsStr,
    io::{self, Write},
    path::{Path, PathBuf},
};

use swupd_protocol::{
    hash::{ContentHash, ContentHasher},
    object::{Kind, Object},
};

use super::{Store, StoreError, file_name};
use crate::host::{directory::Unnamed, root::Ownership, sys};

/// A file on its way into the store.
#[derive(Debug)]
pub struct ObjectWriter<'a> {
    store: &'a Store,
    hash: ContentHash,
    object: Object,
    hasher: ContentHasher,
    /// Bytes that may still come.
    left: u64,
    unnamed: Unnamed,
}

impl ObjectWriter<'_> {
    /// Ends the file: sets owner and mode, and names it if its hash is right.
    pub fn commit(self) -> Result<(), StoreError> {
        let Self { store, hash, object, hasher, left, unnamed } = self;
        let checked = if left == 0 {
            check(hash, hasher.finish())
        } else {
            Err(StoreError::Short { hash, missing: left })
        };
        if let Err(error) = checked {
            // The error at hand matters more than a temporary file that the next run removes.
            drop(unnamed.discard(&store.directory));
            return Err(error);
        }
        let named = store.name(unnamed, hash, &object);
        named.map_err(|source| store.trouble(&hash, "create", source))?;
        store.remember(hash, &object)
    }
}

impl Write for ObjectWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            let text = format!("object {} is longer than it should be", self.hash);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        let written =
            self.unnamed.file.write(bytes).map_err(|source| self.store.located(source))?;
        self.hasher.update(&bytes[..written]);
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Store {
    /// Begins a file. What is written is hashed; it is here once [`ObjectWriter::commit`] found
    /// that the hash is right.
    pub fn writer(
        &self,
        hash: ContentHash,
        object: &Object,
    ) -> Result<ObjectWriter<'_>, StoreError> {
        let Object::File { size, .. } = *object else {
            return Err(StoreError::NotAFile { hash });
        };
        let temporary = self.temporary_name();
        let unnamed = self.directory.create_unnamed(&temporary);
        let unnamed = unnamed.map_err(|source| self.trouble(&hash, "create", source))?;
        let hasher = object.hasher();
        let object = object.clone();
        Ok(ObjectWriter { store: self, hash, object, hasher, left: size, unnamed })
    }

    /// Adds to an error where it happened.
    pub(super) fn located(&self, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), Located { path: self.path.clone(), source })
    }

    fn name(&self, unnamed: Unnamed, hash: ContentHash, object: &Object) -> io::Result<()> {
        let attributes = object.attributes();
        if self.ownership == Ownership::AsStated {
            // Before the mode: a change of owner drops the set-user-id bit.
            sys::set_owner(&unnamed.file, attributes.uid, attributes.gid)?;
        }
        let mode = self.ownership.mode_on_disk(Kind::File, attributes.mode);
        sys::set_mode(&unnamed.file, mode)?;
        let name = file_name(&hash);
        if !self.is_verified(&hash) && self.directory.stat(Path::new(&name))?.is_some() {
            // An earlier run's, which nobody has asked for yet.
            self.take_over(&hash)?;
        }
        match unnamed.name(&self.directory, OsStr::new(&name)) {
            // Another thread was faster with the same object.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            named => named,
        }
    }
}

pub(super) fn check(wanted: ContentHash, got: ContentHash) -> Result<(), StoreError> {
    if wanted == got { Ok(()) } else { Err(StoreError::WrongHash { wanted, got }) }
}

/// Where an error happened that the system gave without that.
#[derive(Debug, thiserror::Error)]
#[error("in {}", path.display())]
struct Located {
    path: PathBuf,
    source: io::Error,
}

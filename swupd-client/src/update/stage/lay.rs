//! Lays single objects into the hidden directories: complete, with owner, mode and times.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::Mutex,
};

use swupd_protocol::{
    attributes::PathAttributes,
    hash::ContentHash,
    object::{Kind, Object},
    path::TreePath,
};

use super::{StageError, Stager, survey::plain_directory};
use crate::{
    host::{
        directory::Directory,
        root::{Buffer, Ownership},
        store, sys,
    },
    report::Observer,
    update::{
        area::{Area, staged_name},
        step::Change,
        work::{Put, Why},
    },
};

/// Lays the objects of one change.
pub(super) struct Layer<'a> {
    stager: Stager<'a>,
    areas: &'a [Area],
    change: &'a Change,
    /// Objects whose file in the store has a name in the tree by now: a second path gets a file of
    /// its own.
    linked: Mutex<HashSet<ContentHash>>,
}

/// Where an object is laid.
struct Slot<'a> {
    put: &'a Put,
    next: &'a Directory,
    name: &'a Path,
}

/// What an object has been laid as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Laid {
    /// A new inode that has no attributes yet.
    Fresh,
    /// The store's inode, which has its owner and mode. They are not set again: a change of owner
    /// drops the set-user-id bit for a moment, and others may read them from the store just then.
    Linked,
}

impl<'a> Layer<'a> {
    pub(super) fn new(stager: Stager<'a>, areas: &'a [Area], change: &'a Change) -> Self {
        Self { stager, areas, change, linked: Mutex::default() }
    }

    pub(super) fn lay(
        &self,
        number: usize,
        put: &Put,
        buffer: &mut Buffer,
    ) -> Result<(), StageError> {
        let object = self.object(put)?;
        let name = staged_name(number);
        let slot = Slot { put, next: &self.areas[put.area].next, name: Path::new(&name) };
        let laid = self.lay_object(&slot, &object, buffer);
        laid.map_err(|source| StageError::Lay { path: put.path.clone(), source })
    }

    fn object(&self, put: &Put) -> Result<Object, StageError> {
        let object = match put.why {
            Why::Asked => self.stager.store.object(&put.hash)?,
            Why::NeededAsParent => {
                let object = plain_directory();
                if self.ownership() == Ownership::OfTheUser {
                    let kept = self.stager.store.record().remember(put.hash, object.attributes());
                    kept.map_err(|source| StageError::Lay { path: put.path.clone(), source })?;
                }
                Some(object)
            }
        };
        let fits = object.filter(|object| object.kind() == put.kind);
        fits.ok_or_else(|| StageError::NotInStore { path: put.path.clone(), hash: put.hash })
    }

    fn lay_object(&self, slot: &Slot, object: &Object, buffer: &mut Buffer) -> io::Result<()> {
        self.stager.faults.pass("lay")?;
        let laid = match object {
            Object::File { .. } => self.lay_file(slot, object, buffer)?,
            Object::Directory { .. } => {
                slot.next.make_directory(slot.name, 0o700)?;
                Laid::Fresh
            }
            Object::Symlink { target, .. } => {
                slot.next.make_symlink(slot.name, target)?;
                Laid::Fresh
            }
        };
        if laid == Laid::Fresh {
            self.set_attributes(slot, object)?;
        }
        self.set_stated(slot)
    }

    fn lay_file(&self, slot: &Slot, object: &Object, buffer: &mut Buffer) -> io::Result<Laid> {
        let source = store::file_name(&slot.put.hash);
        let (stored, source) = (self.stager.store.directory(), Path::new(&source));
        let is_first = self.linked.lock().is_ok_and(|mut linked| linked.insert(slot.put.hash));
        let is_alone = stored.stat(source)?.is_some_and(|stat| stat.links == 1);
        if is_first && is_alone {
            match stored.link_to(source, slot.next, slot.name) {
                Err(error) if sys::needs_a_copy(&error) => {}
                linked => return linked.map(|()| Laid::Linked),
            }
        }
        slot.copy(stored.read(source)?, object, buffer).map(|()| Laid::Fresh)
    }

    fn set_attributes(&self, slot: &Slot, object: &Object) -> io::Result<()> {
        let attributes = object.attributes();
        if self.ownership() == Ownership::AsStated {
            // Before the mode and capabilities, which a change of owner drops.
            slot.next.set_owner(slot.name, attributes.uid, attributes.gid)?;
        }
        let mode = self.ownership().mode_on_disk(object.kind(), attributes.mode);
        match object {
            Object::File { .. } => sys::set_mode(slot.next.read(slot.name)?, mode),
            Object::Directory { .. } => sys::set_mode(slot.next.directory(slot.name)?, mode),
            Object::Symlink { .. } => Ok(()),
        }
    }

    /// Sets what no hash covers.
    fn set_stated(&self, slot: &Slot) -> io::Result<()> {
        let stated = self.change.attributes.get(&slot.put.path);
        if let Some(stated) = stated.filter(|_| slot.put.kind != Kind::Symlink) {
            let file = slot.next.read(slot.name)?;
            set_xattrs(&file, &slot.put.path, stated, self.ownership(), self.stager.observer)?;
        }
        let stated = stated.and_then(PathAttributes::mtime);
        let of_version = i64::try_from(self.change.timestamp).ok();
        let of_version = of_version.filter(|_| slot.put.kind != Kind::Directory);
        let seconds = stated.or(of_version);
        seconds.map_or(Ok(()), |seconds| slot.next.set_mtime(slot.name, seconds))
    }

    fn ownership(&self) -> Ownership {
        self.stager.root.ownership()
    }
}

impl Slot<'_> {
    /// Copies a file of the store and makes sure that the copy is what it should be.
    fn copy(&self, mut from: File, object: &Object, buffer: &mut Buffer) -> io::Result<()> {
        let mut to = self.next.create_new(self.name, 0o600)?;
        let mut hasher = object.hasher();
        loop {
            let bytes = buffer.bytes();
            let read = match from.read(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if read == 0 {
                break;
            }
            hasher.update(&bytes[..read]);
            to.write_all(&bytes[..read])?;
        }
        if hasher.finish() == self.put.hash {
            return Ok(());
        }
        let text = "the file in the store is not what it was when it was verified";
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }
}

/// Sets the extended attributes that a version states. Those that only root may set are left out
/// of a user's tree, and where the file system has none that is told.
pub(crate) fn set_xattrs(
    file: &File,
    path: &TreePath,
    stated: &PathAttributes,
    ownership: Ownership,
    observer: &dyn Observer,
) -> io::Result<()> {
    for (name, value) in stated.xattrs() {
        let is_roots = !name.as_str().starts_with("user.");
        if is_roots && ownership == Ownership::OfTheUser {
            continue;
        }
        match sys::set_xattr(file, name.as_str().as_bytes(), value) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                observer.warning(format!("{path} cannot have {name}: its file system has none"));
            }
            set => set?,
        }
    }
    Ok(())
}

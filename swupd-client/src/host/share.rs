//! Gives a file of one directory to another: by a further name, by bytes that are shared until one
//! of the two is written to, or by a copy.

use std::{ffi::OsStr, io, os::fd::AsFd, path::Path};

use super::{
    directory::Directory,
    generations::identity,
    root::Ownership,
    sys::{self, FileKind, Stat},
};

/// How what is unchanged is shared between the generations of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Share {
    /// By links, and otherwise as the file system can.
    #[default]
    Auto,
    /// By further names of the same file: costs nothing, but who writes into one writes into all.
    Link,
    /// By files of their own with shared bytes, where the file system can; otherwise by copies.
    Reflink,
    /// By copies.
    Copy,
}

/// What came of sharing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// It has one more name.
    Linked,
    /// There are two of it.
    Copied,
}

/// What is not a directory, on its way into another directory.
#[derive(Clone, Copy)]
pub(crate) struct Sharing<'a> {
    pub(crate) from: &'a Directory,
    pub(crate) to: &'a Directory,
    pub(crate) share: Share,
    pub(crate) ownership: Ownership,
}

impl Sharing<'_> {
    /// Gives what stands at a name in the one directory to the other, where nothing stands yet.
    pub(crate) fn give(self, name: &OsStr, kind: FileKind) -> io::Result<Given> {
        let path = Path::new(name);
        let may_link = matches!(self.share, Share::Auto | Share::Link) || kind != FileKind::File;
        if may_link {
            match self.from.link_to(path, self.to, path) {
                Err(error) if sys::needs_a_copy(&error) => {}
                linked => return linked.map(|()| Given::Linked),
            }
        }
        let copied = match kind {
            FileKind::File => self.copy(path),
            FileKind::Symlink => self.copy_symlink(path),
            FileKind::Directory | FileKind::Special => Err(io::ErrorKind::Unsupported.into()),
        };
        copied.map(|()| Given::Copied)
    }

    fn copy(self, name: &Path) -> io::Result<()> {
        let mut source = self.from.read(name)?;
        let stat = sys::stat(&source)?;
        let mut copy = self.to.create_new(name, 0o600)?;
        let is_shared = self.share != Share::Copy && sys::share_bytes(&source, &copy)?;
        if !is_shared {
            io::copy(&mut source, &mut copy)?;
        }
        liken(&source, &copy, &stat, self.ownership)?;
        self.to.set_mtime(name, stat.mtime)
    }

    fn copy_symlink(self, name: &Path) -> io::Result<()> {
        let Some(handle) = self.from.handle(name)? else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let stat = sys::stat(&handle)?;
        self.to.make_symlink(name, &sys::read_link(&handle)?)?;
        if self.ownership == Ownership::AsStated {
            self.to.set_owner(name, stat.uid, stat.gid)?;
        }
        self.to.set_mtime(name, stat.mtime)
    }
}

/// Gives a file or directory the owner, mode and extended attributes of another.
pub(crate) fn liken(
    model: impl AsFd,
    fd: impl AsFd,
    stat: &Stat,
    ownership: Ownership,
) -> io::Result<()> {
    let (model, fd) = (model.as_fd(), fd.as_fd());
    let now = sys::stat(fd)?;
    if ownership == Ownership::AsStated && (now.uid, now.gid) != (stat.uid, stat.gid) {
        sys::set_owner(fd, stat.uid, stat.gid)?;
    }
    // After the owner, whose change drops some of its bits.
    sys::set_mode(fd, stat.mode)?;
    let wanted = sys::xattrs(model)?;
    for name in sys::xattrs(fd)?.iter().filter(|name| !wanted.contains(name)) {
        if !identity::is_identity(name) && may_set(name, ownership) {
            sys::remove_xattr(fd, name)?;
        }
    }
    for name in wanted.iter().filter(|name| !identity::is_identity(name)) {
        if !may_set(name, ownership) {
            continue;
        }
        let Some(value) = sys::xattr(model, name)? else { continue };
        if sys::xattr(fd, name)?.as_ref() == Some(&value) {
            continue;
        }
        match sys::set_xattr(fd, name, &value) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            set => set?,
        }
    }
    Ok(())
}

/// Brings the same into the same: what an ordinary user may not set stays as it is.
fn may_set(name: &[u8], ownership: Ownership) -> bool {
    ownership == Ownership::AsStated || name.starts_with(b"user.")
}

/// Says whether a file is the same one, by another name perhaps.
pub(crate) fn is_same_file(one: &Stat, other: &Stat) -> bool {
    (one.device, one.inode) == (other.device, other.inode)
}

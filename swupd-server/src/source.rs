//! Where trees come from: a directory, opened once and only ever read. No path leaves it, and no
//! symbolic link in it is followed.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Statx, StatxFlags};
use swupd_protocol::path::TreePath;

use crate::tree::Source;

/// An OS tree in a directory.
#[derive(Debug)]
pub struct SourceTree {
    root: OwnedFd,
    path: PathBuf,
}

impl SourceTree {
    /// Opens the directory; here alone symbolic links are followed.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { root, path: path.to_owned() })
    }

    /// Returns where the tree lies, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a regular file of the tree for reading.
    pub fn open_file(&self, path: &TreePath) -> io::Result<File> {
        // Without NONBLOCK the opening of a fifo that took the file's place would wait for ever.
        let file = self.open_beneath(path.relative(), OFlags::NONBLOCK)?;
        let file = File::from(file);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    /// Opens content that the tree has or that the build made.
    pub fn open_content<'a>(&self, source: &'a Source) -> io::Result<Box<dyn Read + Send + 'a>> {
        match source {
            Source::Tree(path) => Ok(Box::new(self.open_file(path)?)),
            Source::Bytes(bytes) => Ok(Box::new(&bytes[..])),
        }
    }

    /// Opens a directory of the tree, the tree itself where `path` is none.
    pub(crate) fn open_directory(&self, path: Option<&TreePath>) -> io::Result<OwnedFd> {
        let relative = path.map_or(Path::new("."), TreePath::relative);
        self.open_beneath(relative, OFlags::DIRECTORY)
    }

    fn open_beneath(&self, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | flags;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        Ok(rustix::fs::openat2(&self.root, relative, flags, Mode::empty(), resolve)?)
    }
}

/// What is compared to see whether something was changed, and what an object is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) device: (u32, u32),
    pub(crate) inode: u64,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) size: u64,
    /// Seconds since 1970, then nanoseconds.
    pub(crate) modified: (i64, u32),
    pub(crate) changed: (i64, u32),
}

impl Stamp {
    /// Looks at an open file or directory.
    pub(crate) fn of_open(fd: impl std::os::fd::AsFd) -> io::Result<Self> {
        let stat = rustix::fs::statx(fd, c"", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)?;
        Ok(Self::from(stat))
    }

    /// Looks at a name in an open directory, not behind a link.
    pub(crate) fn of_name(directory: &OwnedFd, name: &std::ffi::CStr) -> io::Result<Self> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        let stat = rustix::fs::statx(directory, name, flags, StatxFlags::BASIC_STATS)?;
        Ok(Self::from(stat))
    }
}

impl From<Statx> for Stamp {
    fn from(stat: Statx) -> Self {
        Self {
            device: (stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            mode: stat.stx_mode.into(),
            uid: stat.stx_uid,
            gid: stat.stx_gid,
            size: stat.stx_size,
            modified: (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
            changed: (stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_outside_and_no_link_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(directory.path().join("tree/usr")).unwrap();
        fs_err::write(directory.path().join("tree/usr/file"), "content").unwrap();
        fs_err::write(directory.path().join("secret"), "secret").unwrap();
        symlink("usr", directory.path().join("tree/alias")).unwrap();
        symlink("../secret", directory.path().join("tree/leak")).unwrap();
        let tree = SourceTree::open(&directory.path().join("tree")).unwrap();
        let read = |p: &str| tree.open_file(&path(p)).and_then(io::read_to_string);
        assert_eq!(read("/usr/file").unwrap(), "content");
        for refused in ["/alias/file", "/leak", "/usr", "/nothing"] {
            assert!(read(refused).is_err(), "{refused}");
        }
        assert!(tree.open_directory(Some(&path("/alias"))).is_err());
    }
}

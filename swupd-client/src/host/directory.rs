//! A handle of a directory, and the only way to what lies below it: no path leads out, and none
//! goes through a symbolic link. The tree's root, the store and the state directories are built on
//! it.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    path::Path,
};

use super::sys::{self, FileKind, OFlags, Stat, Way};

/// An open directory. Paths given to it are relative to it.
#[derive(Debug)]
pub(crate) struct Directory {
    fd: OwnedFd,
    way: Way,
}

impl Directory {
    /// Opens a directory by any path, through links if it has some.
    pub(crate) fn open_anywhere(path: &Path) -> io::Result<Self> {
        let fd = sys::open_directory(path)?;
        let way = sys::probe(fd.as_fd());
        Ok(Self { fd, way })
    }

    /// Opens the directory that a mount shows at its top.
    pub(crate) fn at_top_of(mount: impl AsFd) -> io::Result<Self> {
        let way = sys::probe(mount.as_fd());
        let fd = sys::open_beneath(mount.as_fd(), way, Path::new("."), DIRECTORY, 0)?;
        Ok(Self { fd, way })
    }

    /// Uses the other way of resolving paths, for tests.
    #[cfg(test)]
    pub(crate) fn by_walking(self) -> Self {
        Self { way: Way::Walk, ..self }
    }

    /// Opens a directory below this one.
    pub(crate) fn directory(&self, path: &Path) -> io::Result<Self> {
        let fd = self.open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
        Ok(Self { fd, way: self.way })
    }

    /// Opens a second handle of the same directory.
    pub(crate) fn again(&self) -> io::Result<Self> {
        self.directory(Path::new("."))
    }

    /// Returns another handle of the very same opening: a mark on the one is on the other, too.
    pub(crate) fn shared(&self) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()?, way: self.way })
    }

    /// Opens a file for reading. A pipe or device in its place does not hold us up.
    pub(crate) fn read(&self, path: &Path) -> io::Result<File> {
        self.open(path, OFlags::RDONLY | OFlags::NONBLOCK, 0).map(File::from)
    }

    /// Creates a file that must not be there yet, for reading and writing.
    pub(crate) fn create_new(&self, path: &Path, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        self.open(path, flags, mode).map(File::from)
    }

    /// Opens a file for reading and appending; creates it where it is missing.
    pub(crate) fn append(&self, path: &Path, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::APPEND | OFlags::NONBLOCK;
        self.open(path, flags, mode).map(File::from)
    }

    /// Opens a file that only we should have made, for reading and appending. A link or anything
    /// else that stands in its place is removed.
    pub(crate) fn append_own(&self, path: &Path, mode: u32) -> io::Result<File> {
        if self.stat(path)?.is_some_and(|stat| !stat.is_file()) {
            self.remove_all(path)?;
        }
        self.append(path, mode)
    }

    /// Creates a file without a name, or one that a crash may leave under `temporary`.
    pub(crate) fn create_unnamed(&self, temporary: &OsStr) -> io::Result<Unnamed> {
        if let Some(file) = sys::unnamed_file(self.as_fd())? {
            return Ok(Unnamed { file, name: None });
        }
        let file = self.create_new(Path::new(temporary), 0o600)?;
        Ok(Unnamed { file, name: Some(temporary.to_owned()) })
    }

    /// Tells what stands at a path, itself if it is a link; none where nothing does, or where the
    /// way to it is no chain of directories.
    pub(crate) fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        let opened = absent_as_none(self.open(path, OFlags::PATH, 0))?;
        opened.map(sys::stat).transpose()
    }

    /// Opens what stands at a path without the right to read it; none where nothing does.
    pub(crate) fn handle(&self, path: &Path) -> io::Result<Option<OwnedFd>> {
        absent_as_none(self.open(path, OFlags::PATH, 0))
    }

    /// Lists names, sorted.
    pub(crate) fn list(&self) -> io::Result<Vec<OsString>> {
        // Reading moves the position of an open directory, so each listing opens its own.
        let mut names: Vec<OsString> =
            sys::list(self.again()?.as_fd())?.into_iter().map(OsString::from_vec).collect();
        names.sort();
        Ok(names)
    }

    /// Lists names with what stands there, sorted by name.
    pub(crate) fn list_kinds(&self) -> io::Result<Vec<(OsString, FileKind)>> {
        let listed = sys::list_kinds(self.again()?.as_fd())?;
        let mut names: Vec<(OsString, FileKind)> =
            listed.into_iter().map(|(name, kind)| (OsString::from_vec(name), kind)).collect();
        names.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    pub(crate) fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.at(path, |parent, name| {
            sys::make_directory(parent, name, 0o700)?;
            // The process's umask has no say in it.
            let fresh = sys::open_beneath(parent, self.way, Path::new(name), DIRECTORY, 0)?;
            sys::set_mode(fresh, mode)
        })
    }

    /// Makes a directory and those above it where they are missing, and opens it.
    pub(crate) fn make_all(&self, path: &Path) -> io::Result<Self> {
        let mut at = self.again()?;
        for name in path.components() {
            let name = Path::new(name.as_os_str());
            if at.stat(name)?.is_none() {
                at.make_directory(name, 0o755)?;
            }
            at = at.directory(name)?;
        }
        Ok(at)
    }

    /// Reads where a link points.
    pub(crate) fn link_target(&self, path: &Path) -> io::Result<Vec<u8>> {
        sys::read_link(self.open(path, OFlags::PATH, 0)?)
    }

    /// Makes and opens an empty directory, whatever stood there before.
    pub(crate) fn fresh_directory(&self, name: &str) -> io::Result<Self> {
        self.remove_all(Path::new(name))?;
        self.make_directory(Path::new(name), 0o700)?;
        self.directory(Path::new(name))
    }

    pub(crate) fn make_symlink(&self, path: &Path, target: &[u8]) -> io::Result<()> {
        self.at(path, |parent, name| sys::make_symlink(parent, name, target))
    }

    /// Removes a file, a link or an empty directory.
    pub(crate) fn remove(&self, path: &Path, kind: FileKind) -> io::Result<()> {
        self.at(path, |parent, name| sys::remove(parent, name, kind))
    }

    /// Removes whatever stands at a path, with everything in it; says nothing if nothing does.
    pub(crate) fn remove_all(&self, path: &Path) -> io::Result<()> {
        let Some(stat) = self.stat(path)? else { return Ok(()) };
        if stat.kind == FileKind::Directory {
            let fd =
                self.at(path, |parent, name| sys::open_unmounted(parent, self.way, name.as_ref()))?;
            Self { fd, way: self.way }.remove_content()?;
        }
        self.remove(path, stat.kind)
    }

    /// Removes everything in this directory. Where something is mounted in it that stays, and the
    /// rest may: what lies there is not ours to remove.
    pub(crate) fn remove_content(&self) -> io::Result<()> {
        // A list of open directories, not recursion: a tree may be deeper than a stack.
        let mut open = vec![(self.again()?, self.list()?)];
        while let Some((directory, names)) = open.last_mut() {
            let Some(name) = names.last().cloned() else {
                open.pop();
                continue;
            };
            let removed = directory.remove_one(Path::new(&name))?;
            match removed {
                Some(below) => {
                    let listed = below.list()?;
                    open.push((below, listed));
                }
                None => drop(names.pop()),
            }
        }
        Ok(())
    }

    /// Removes a file or an empty directory, or opens the directory that is not empty.
    fn remove_one(&self, name: &Path) -> io::Result<Option<Self>> {
        let Some(stat) = self.stat(name)? else { return Ok(None) };
        match self.remove(name, stat.kind) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                let fd = sys::open_unmounted(self.as_fd(), self.way, name)?;
                Ok(Some(Self { fd, way: self.way }))
            }
            removed => removed.map(|()| None),
        }
    }

    /// Renames within this directory; what stands at the new path is replaced.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.rename_to(from, self, to)
    }

    /// Renames into another directory; what stands at the new path is replaced.
    pub(crate) fn rename_to(&self, from: &Path, other: &Self, to: &Path) -> io::Result<()> {
        self.both(from, other, to, sys::rename)
    }

    /// Renames into another directory, where nothing may stand at the new path.
    pub(crate) fn rename_new_to(&self, from: &Path, other: &Self, to: &Path) -> io::Result<()> {
        self.both(from, other, to, sys::rename_new)
    }

    /// Lets what stands at two paths change places at one instant.
    pub(crate) fn exchange(&self, path: &Path, other: &Self, to: &Path) -> io::Result<()> {
        self.both(path, other, to, sys::exchange)
    }

    /// Gives a file a further name in another directory.
    pub(crate) fn link_to(&self, from: &Path, other: &Self, to: &Path) -> io::Result<()> {
        self.both(from, other, to, sys::link)
    }

    pub(crate) fn set_owner(&self, path: &Path, uid: u32, gid: u32) -> io::Result<()> {
        self.at(path, |parent, name| sys::set_owner_at(parent, name, (uid, gid)))
    }

    /// Sets the time of the last change, in seconds; of a link itself.
    pub(crate) fn set_mtime(&self, path: &Path, seconds: i64) -> io::Result<()> {
        self.at(path, |parent, name| sys::set_mtime_at(parent, name, seconds))
    }

    /// Writes a small file in one go: complete under its name, or not there.
    pub(crate) fn write_whole(&self, path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(".new");
        let fresh = Path::new(&fresh);
        self.remove_all(fresh)?;
        let written = self.write_through(fresh, path, (content, mode));
        if written.is_err() {
            // The error that led here is the one to tell.
            drop(self.remove_all(fresh));
        }
        written
    }

    fn write_through(
        &self,
        fresh: &Path,
        path: &Path,
        (content, mode): (&[u8], u32),
    ) -> io::Result<()> {
        let mut file = self.create_new(fresh, mode)?;
        sys::set_mode(&file, mode)?;
        io::Write::write_all(&mut file, content)?;
        file.sync_all()?;
        if self.stat(path)?.is_some_and(|stat| stat.kind == FileKind::Directory) {
            self.remove_all(path)?;
        }
        self.rename(fresh, path)?;
        self.at(path, |parent, _| {
            sys::sync(sys::open_beneath(parent, self.way, Path::new("."), DIRECTORY, 0)?)
        })
    }

    /// Reads a file of at most `limit` bytes; none where there is none.
    pub(crate) fn read_whole(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = absent_as_none(self.read(path))? else { return Ok(None) };
        if sys::stat(&file)?.kind != FileKind::File {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut content = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, limit + 1), &mut content)?;
        if content.len() as u64 > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than it may be"));
        }
        Ok(Some(content))
    }

    /// Does something in the directory that a path's last component lies in.
    pub(crate) fn at<T>(
        &self,
        path: &Path,
        act: impl FnOnce(BorrowedFd, &OsStr) -> io::Result<T>,
    ) -> io::Result<T> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => {
                let parent = self.open(parent, OFlags::PATH | OFlags::DIRECTORY, 0)?;
                act(parent.as_fd(), name)
            }
            None => act(self.fd.as_fd(), name),
        }
    }

    fn both(
        &self,
        from: &Path,
        other: &Self,
        to: &Path,
        act: impl FnOnce((BorrowedFd, &OsStr), (BorrowedFd, &OsStr)) -> io::Result<()>,
    ) -> io::Result<()> {
        self.at(from, |source, old| {
            other.at(to, |destination, new| act((source, old), (destination, new)))
        })
    }

    fn open(&self, path: &Path, flags: OFlags, mode: u32) -> io::Result<OwnedFd> {
        sys::open_beneath(self.fd.as_fd(), self.way, path, flags, mode)
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A file that is not in its directory yet.
#[derive(Debug)]
pub(crate) struct Unnamed {
    pub(crate) file: File,
    /// The name that it has nevertheless, where the file system knows none without.
    name: Option<OsString>,
}

impl Unnamed {
    /// Returns the file, and takes away the name that it may have.
    pub(crate) fn nameless(self, directory: &Directory) -> io::Result<File> {
        if let Some(name) = &self.name {
            directory.remove(Path::new(name), FileKind::File)?;
        }
        Ok(self.file)
    }

    /// Gives the file a name that must not be there yet.
    pub(crate) fn name(self, directory: &Directory, name: &OsStr) -> io::Result<()> {
        match &self.name {
            None => sys::link_unnamed(&self.file, directory.as_fd(), name),
            Some(temporary) => {
                directory.rename_new_to(Path::new(temporary), directory, Path::new(name))
            }
        }
    }

    /// Gives the file up.
    pub(crate) fn discard(self, directory: &Directory) -> io::Result<()> {
        let Some(temporary) = &self.name else { return Ok(()) };
        directory.remove(Path::new(temporary), FileKind::File)
    }
}

/// Turns the errors that say "nothing stands there" into none: also that a component of the way is
/// a file or a link.
pub(crate) fn absent_as_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory) || sys::is_link_in_the_way(error)
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;

//! The root of the tree that is kept up to date: looks at paths in it and hashes what stands there.

use std::{
    fs::File,
    io::{self, Read, Seek},
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::Arc,
};

use swupd_protocol::{
    hash::{ContentHash, ContentHasher},
    object::{Attributes, Kind, Object},
    path::TreePath,
};

use super::{
    directory::{Directory, absent_as_none},
    record::Record,
    sys::{self, FileKind, OFlags, Stat},
};

/// The one directory of the tree's root that is ours, with what is staged.
pub const HIDDEN: &str = ".swupd";

/// The directory of the tree's root that is exchanged as a whole: it holds nothing but what the OS
/// brings, and what administrators add to that.
pub const UNIT: &str = "usr";

/// Who owns what is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// Who the version says: we may set owners.
    AsStated,
    /// The user we run as, whatever the version says: only root may give files away.
    OfTheUser,
}

impl Ownership {
    /// Returns what this process may do.
    pub fn of_this_process() -> Self {
        if sys::user() == 0 { Self::AsStated } else { Self::OfTheUser }
    }

    /// Returns the attributes that an object gets on the disk.
    ///
    /// What a user owns gets no set-user-id and set-group-id bits, since they would mean that
    /// user; a directory stays writable and a file readable for the user, since the next update
    /// needs it.
    pub fn mode_on_disk(self, kind: Kind, mode: u32) -> u32 {
        match (self, kind) {
            (Self::AsStated, _) | (_, Kind::Symlink) => mode,
            (Self::OfTheUser, Kind::Directory) => mode & 0o1777 | 0o700,
            (Self::OfTheUser, Kind::File) => mode & 0o777 | 0o400,
        }
    }
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing, or the way there is no chain of directories.
    Nothing,
    /// A file, a directory or a link, as it is on the disk.
    Object(Object),
    /// A device, a pipe or a socket.
    Special,
}

/// How what stands at a path compares with an object.
#[derive(Debug)]
pub enum Found {
    /// It is the object.
    Same,
    /// Nothing stands there.
    Missing,
    /// Something else stands there.
    Different,
    /// It could not be read.
    Unreadable(io::Error),
}

/// The tree, held by an open directory.
#[derive(Debug)]
pub struct Root {
    directory: Directory,
    path: PathBuf,
    ownership: Ownership,
    record: Option<Arc<Record>>,
}

impl Root {
    /// Opens a tree whose files belong to root, or to the user we run as if that is not root.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, Ownership::of_this_process())
    }

    /// Opens a tree whose files belong to whom one says.
    pub fn open_with(path: &Path, ownership: Ownership) -> io::Result<Self> {
        let directory = Directory::open_anywhere(path)?;
        Ok(Self { directory, path: path.to_owned(), ownership, record: None })
    }

    /// Returns another directory as a tree of the same owner.
    pub(crate) fn another(&self, directory: Directory, path: PathBuf) -> Self {
        let (ownership, record) = (self.ownership, self.record.clone());
        Self { directory, path, ownership, record }
    }

    /// Adds what is remembered about the attributes of objects; a tree [`Ownership::OfTheUser`]
    /// cannot be verified well without.
    #[must_use]
    pub fn with_record(self, record: Arc<Record>) -> Self {
        Self { record: Some(record), ..self }
    }

    /// Returns the path that the tree was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns who owns what is installed here.
    pub fn ownership(&self) -> Ownership {
        self.ownership
    }

    /// Returns the record of attributes, where there is one.
    pub fn record(&self) -> Option<&Arc<Record>> {
        self.record.as_ref()
    }

    /// Tells what stands at a path.
    pub fn look(&self, path: &TreePath) -> io::Result<Seen> {
        let Some(handle) = self.directory.handle(path.relative())? else {
            return Ok(Seen::Nothing);
        };
        let stat = sys::stat(&handle)?;
        let target = match stat.kind {
            FileKind::Symlink => sys::read_link(&handle)?,
            _ => Vec::new(),
        };
        Ok(object_of(&stat, attributes_of(&stat), target).map_or(Seen::Special, Seen::Object))
    }

    /// Tells what a process would find at a path whose root the tree is: the attributes of the file
    /// at the end of all links; none where there is no file.
    pub fn file_behind(&self, path: &TreePath) -> io::Result<Option<Attributes>> {
        let found = self.stat_behind(path)?;
        Ok(found.filter(Stat::is_file).map(|stat| attributes_of(&stat)))
    }

    /// Reads the file of at most `limit` bytes at the end of all links from a path, as a process
    /// does whose root the tree is; none where there is no file.
    pub fn read_behind(&self, path: &TreePath, limit: u64) -> io::Result<Option<Vec<u8>>> {
        // A pipe in its place does not hold us up.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let opened = sys::open_in_root(self.directory.as_fd(), path.relative(), flags);
        let Some(file) = absent_as_none(opened.map(File::from))? else { return Ok(None) };
        if !sys::stat(&file)?.is_file() {
            return Ok(None);
        }
        let mut content = Vec::new();
        file.take(limit + 1).read_to_end(&mut content)?;
        if content.len() as u64 > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than it may be"));
        }
        Ok(Some(content))
    }

    /// Returns device and inode of what is at the end of all links from a path.
    pub(crate) fn identity_behind(&self, path: &TreePath) -> io::Result<Option<(u64, u64)>> {
        Ok(self.stat_behind(path)?.map(|stat| (stat.device, stat.inode)))
    }

    fn stat_behind(&self, path: &TreePath) -> io::Result<Option<Stat>> {
        absent_as_none(sys::stat_in_root(self.directory.as_fd(), path.relative()))
    }

    /// Returns the names in a directory, sorted; none where no directory stands there.
    pub fn list(&self, path: Option<&TreePath>) -> io::Result<Option<Vec<Vec<u8>>>> {
        let path = path.map_or(Path::new("."), TreePath::relative);
        let Some(directory) = absent_as_none(self.directory.directory(path))? else {
            return Ok(None);
        };
        let mut names = sys::list(directory.as_fd())?;
        names.sort();
        Ok(Some(names))
    }

    /// Opens a file for reading; none where nothing stands there.
    pub fn open_file(&self, path: &TreePath) -> io::Result<Option<File>> {
        absent_as_none(self.directory.read(path.relative()))
    }

    /// Reads a small file of at most `limit` bytes; none where nothing stands there.
    pub fn read(&self, path: &TreePath, limit: u64) -> io::Result<Option<Vec<u8>>> {
        self.directory.read_whole(path.relative(), limit)
    }

    /// Returns what stands at a path and its hash, by the attributes that it has on the disk; none
    /// where nothing does, or nothing that has a hash.
    pub fn hash(&self, path: &TreePath) -> io::Result<Option<(Object, ContentHash)>> {
        let Some(opened) = self.open_object(path)? else { return Ok(None) };
        let Some(object) = opened.object(opened.attributes()) else { return Ok(None) };
        let hash = opened.hash(&object, &mut Buffer::default())?;
        Ok(Some((object, hash)))
    }

    /// Says whether a path holds the object of this kind and name. Reads a file only if all else
    /// fits.
    pub fn verify(
        &self,
        path: &TreePath,
        kind: Kind,
        hash: &ContentHash,
        buffer: &mut Buffer,
    ) -> io::Result<Found> {
        let Some(stat) = self.directory.stat(path.relative())? else { return Ok(Found::Missing) };
        if stat.kind != kind_on_disk(kind) {
            return Ok(Found::Different);
        }
        let Some(opened) = self.open_object(path)? else { return Ok(Found::Missing) };
        let same = opened.is(hash, self.ownership, self.record.as_deref(), buffer)?;
        Ok(if same { Found::Same } else { Found::Different })
    }

    /// Opens a file if it is the one of this name, read through the very descriptor that is
    /// returned; it stands at its beginning.
    pub fn open_verified(&self, path: &TreePath, hash: &ContentHash) -> io::Result<Option<File>> {
        let Some(Opened::File(mut file, stat)) = self.open_object(path)? else { return Ok(None) };
        let ownership = self.ownership;
        let opened = Opened::File(file.try_clone()?, stat);
        let same = opened.is(hash, ownership, self.record.as_deref(), &mut Buffer::default())?;
        file.rewind()?;
        Ok(same.then_some(file))
    }

    /// Returns the bytes that are free for us where `/usr` lies.
    pub fn free_space(&self) -> io::Result<u64> {
        match absent_as_none(self.directory.directory(Path::new("usr")))? {
            Some(usr) => sys::free_space(&usr),
            None => sys::free_space(&self.directory),
        }
    }

    /// The handle of the tree's root.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    fn open_object(&self, path: &TreePath) -> io::Result<Option<Opened>> {
        Opened::below(&self.directory, path.relative())
    }
}

/// Something with a hash, held open, so that what is told of it cannot be told of something else.
#[derive(Debug)]
pub(crate) enum Opened {
    File(File, Stat),
    Directory(Stat),
    Symlink(Vec<u8>, Stat),
}

impl Opened {
    /// Opens what stands at a path; none where nothing does, or nothing that has a hash.
    pub(crate) fn below(directory: &Directory, path: &Path) -> io::Result<Option<Self>> {
        let Some(handle) = directory.handle(path)? else { return Ok(None) };
        let stat = sys::stat(&handle)?;
        Ok(match stat.kind {
            FileKind::Directory => Some(Self::Directory(stat)),
            FileKind::Symlink => Some(Self::Symlink(sys::read_link(&handle)?, stat)),
            FileKind::Special => None,
            FileKind::File => match absent_as_none(directory.read(path))? {
                Some(file) => {
                    let stat = sys::stat(&file)?;
                    (stat.kind == FileKind::File).then_some(Self::File(file, stat))
                }
                None => None,
            },
        })
    }

    pub(crate) fn stat(&self) -> &Stat {
        match self {
            Self::File(_, stat) | Self::Directory(stat) | Self::Symlink(_, stat) => stat,
        }
    }

    pub(crate) fn attributes(&self) -> Attributes {
        attributes_of(self.stat())
    }

    pub(crate) fn object(&self, attributes: Attributes) -> Option<Object> {
        let target = if let Self::Symlink(target, _) = self { target.clone() } else { Vec::new() };
        object_of(self.stat(), attributes, target)
    }

    /// Says whether this is the object of that name. Where owners cannot be had, owner and mode
    /// come from the record; of an object that is not in it they are taken to be root's.
    pub(crate) fn is(
        &self,
        hash: &ContentHash,
        ownership: Ownership,
        record: Option<&Record>,
        buffer: &mut Buffer,
    ) -> io::Result<bool> {
        let on_disk = self.attributes();
        let attributes = match ownership {
            Ownership::AsStated => on_disk,
            Ownership::OfTheUser => record
                .and_then(|record| record.attributes(hash))
                .unwrap_or(Attributes { uid: 0, gid: 0, ..on_disk }),
        };
        let Some(object) = self.object(attributes) else { return Ok(false) };
        let is_link = object.kind() == Kind::Symlink;
        let mode = ownership.mode_on_disk(object.kind(), attributes.mode);
        if !is_link && mode != on_disk.mode {
            return Ok(false);
        }
        Ok(self.hash(&object, buffer)? == *hash)
    }

    fn hash(&self, object: &Object, buffer: &mut Buffer) -> io::Result<ContentHash> {
        let hasher = object.hasher();
        match self {
            Self::File(file, stat) => hash_content(hasher, file, stat.size, buffer),
            _ => Ok(hasher.finish()),
        }
    }
}

/// A piece of memory to read through, kept for the next file.
#[derive(Debug)]
pub struct Buffer(Box<[u8]>);

impl Default for Buffer {
    fn default() -> Self {
        Self(vec![0; BUFFER].into_boxed_slice())
    }
}

impl Buffer {
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Hashes a file that was `size` bytes long when it was opened: one that grows meanwhile is not
/// followed, but hashes as something else.
fn hash_content(
    mut hasher: ContentHasher,
    mut file: &File,
    size: u64,
    buffer: &mut Buffer,
) -> io::Result<ContentHash> {
    let mut left = size + 1;
    while left > 0 {
        let room = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
        let read = match file.read(&mut buffer.0[..room]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            break;
        }
        hasher.update(&buffer.0[..read]);
        left -= read as u64;
    }
    Ok(hasher.finish())
}

pub(crate) fn attributes_of(stat: &Stat) -> Attributes {
    Attributes::new(stat.mode, stat.uid, stat.gid)
}

pub(crate) fn kind_on_disk(kind: Kind) -> FileKind {
    match kind {
        Kind::File => FileKind::File,
        Kind::Directory => FileKind::Directory,
        Kind::Symlink => FileKind::Symlink,
    }
}

fn object_of(stat: &Stat, attributes: Attributes, target: Vec<u8>) -> Option<Object> {
    match stat.kind {
        FileKind::File => Some(Object::File { attributes, size: stat.size }),
        FileKind::Directory => Some(Object::Directory { attributes }),
        FileKind::Symlink => {
            Some(Object::Symlink { uid: attributes.uid, gid: attributes.gid, target })
        }
        FileKind::Special => None,
    }
}

/// Bytes that are read at a time.
const BUFFER: usize = 128 << 10;

#[cfg(test)]
#[path = "root_tests.rs"]
mod tests;

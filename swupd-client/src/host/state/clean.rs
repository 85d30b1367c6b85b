//! The caches of all content URLs together: what they have, and their cleaning, which removes what can
//! be downloaded again, and nothing that it does not know.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use swupd_protocol::{hash::ContentHash, layout, limits, version::Version};

use super::{
    KeptPointer, StateError,
    cache::{DIRECTORIES, MANIFEST, STAGED, metadata_path, read_pointer, trouble},
    look_own,
};
use crate::host::{
    directory::{Directory, absent_as_none},
    root::{Opened, Root},
    sys::{self, Stat},
};

/// The caches of all content URLs.
#[derive(Debug)]
pub struct Caches {
    directory: Directory,
    path: PathBuf,
    /// The name of the one that we use, and the mark that says so.
    own: Option<(OsString, Directory)>,
}

/// Whether something is done or only told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is done.
    Do,
    /// It is only told.
    Tell,
}

/// What a cleaning removed, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Files and links.
    pub files: u64,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Caches of which nothing was removed, since other runs use them.
    pub busy: u64,
}

impl Caches {
    /// Opens the caches below a cache directory; none where there are none. `root` is the tree
    /// that they are about: below it no link is followed.
    pub fn look(path: &Path, root: &Root) -> Result<Option<Self>, StateError> {
        let path = path.join(CACHES);
        let directory = look_own(&path, root)?;
        Ok(directory.map(|directory| Self { directory, path, own: None }))
    }

    pub(super) fn in_directory(
        directory: Directory,
        path: PathBuf,
        own: Option<(OsString, Directory)>,
    ) -> Self {
        Self { directory, path, own }
    }

    /// Returns what the caches have as a file of a version's metadata. Nobody has verified it.
    pub fn metadata(&self, version: Version, name: &str) -> Result<Vec<Vec<u8>>, StateError> {
        let read = || {
            let mut found = Vec::new();
            for (one, _) in self.each()? {
                let file = metadata_path(version, name);
                found.extend(one.read_whole(&file, limits::MAX_MANIFEST)?);
            }
            Ok(found)
        };
        read().map_err(|source| trouble("read", &self.path, source))
    }

    /// Returns what the caches have under the name of an object. Nobody has verified it.
    pub(crate) fn objects(&self, hash: &ContentHash) -> io::Result<Vec<Opened>> {
        let mut found = Vec::new();
        for (one, _) in self.each()? {
            found.extend(Opened::below(&one, &Path::new(STAGED).join(hash.to_string()))?);
        }
        Ok(found)
    }

    /// Returns the pointers that were kept. Nobody has verified them.
    pub(super) fn pointers(&self) -> io::Result<Vec<KeptPointer>> {
        let each = self.each()?;
        let read = each.iter().filter_map(|(one, path)| read_pointer(one, path).ok().flatten());
        Ok(read.collect())
    }

    /// Removes what can be downloaded again, or tells what that would remove: each file is told to
    /// `removed`. What another run uses at this time stays. Of the metadata it keeps what `keep` says, by version and file name.
    pub fn clean(
        &self,
        act: Act,
        keep: &dyn Fn(Version, &str) -> bool,
        removed: &mut dyn FnMut(&Path),
    ) -> Result<Cleaned, StateError> {
        let mut broom = Broom { act, keep, removed, cleaned: Cleaned::default() };
        let clean = |broom: &mut Broom| {
            for (one, path) in self.each()? {
                let own = self.own.as_ref().filter(|(name, _)| Some(&**name) == path.file_name());
                let mark = own.map_or_else(|| one.again(), |(_, mark)| mark.shared())?;
                if !sys::use_alone(&mark)? {
                    broom.cleaned.busy += 1;
                    continue;
                }
                let swept = broom.sweep(&one, &path);
                if own.is_some() {
                    sys::use_together(&mark)?;
                }
                swept?;
            }
            Ok(())
        };
        clean(&mut broom).map_err(|source| trouble("clean", &self.path, source))?;
        Ok(broom.cleaned)
    }

    fn each(&self) -> io::Result<Vec<(Directory, PathBuf)>> {
        let mut all = Vec::new();
        for name in self.directory.list()? {
            let one = absent_as_none(self.directory.directory(Path::new(&name)))?;
            all.extend(one.map(|one| (one, self.path.join(&name))));
        }
        Ok(all)
    }
}

struct Broom<'a> {
    act: Act,
    keep: &'a dyn Fn(Version, &str) -> bool,
    removed: &'a mut dyn FnMut(&Path),
    cleaned: Cleaned,
}

impl Broom<'_> {
    /// Sweeps the cache of one URL.
    fn sweep(&mut self, cache: &Directory, path: &Path) -> io::Result<()> {
        self.sweep_files(cache, path)?;
        for (name, _) in DIRECTORIES {
            let opened = absent_as_none(cache.directory(Path::new(name)))?;
            let Some(directory) = opened else { continue };
            let path = path.join(name);
            if *name == MANIFEST {
                self.sweep_metadata(&directory, &path)?;
            } else {
                self.sweep_all(&directory, &path)?;
            }
        }
        Ok(())
    }

    /// Takes the marks of packs, and differences of manifests that were kept.
    fn sweep_files(&mut self, directory: &Directory, path: &Path) -> io::Result<()> {
        let is_ours =
            |name: &str| layout::is_pack_file(name) || layout::is_manifest_delta_file(name);
        for name in directory.list()? {
            let stat = directory.stat(Path::new(&name))?.filter(Stat::is_file);
            if let Some(stat) = stat.filter(|_| name.to_str().is_some_and(is_ours)) {
                self.take(directory, Path::new(&name), path, &stat)?;
            }
        }
        Ok(())
    }

    fn sweep_metadata(&mut self, directory: &Directory, path: &Path) -> io::Result<()> {
        self.sweep_files(directory, path)?;
        for name in directory.list()? {
            let version = name.to_str().and_then(|name| name.parse::<Version>().ok());
            let Some(version) = version else { continue };
            let opened = absent_as_none(directory.directory(Path::new(&name)))?;
            let Some(below) = opened else { continue };
            self.sweep_version(&below, &path.join(&name), version)?;
            if self.act == Act::Do && below.list()?.is_empty() {
                directory.remove_all(Path::new(&name))?;
            }
        }
        Ok(())
    }

    fn sweep_version(
        &mut self,
        directory: &Directory,
        path: &Path,
        version: Version,
    ) -> io::Result<()> {
        for name in directory.list()? {
            let is_to_go = |name: &str| {
                layout::is_manifest_delta_file(name)
                    || layout::is_manifest_file(name) && !(self.keep)(version, name)
            };
            let is_to_go = name.to_str().is_some_and(is_to_go);
            if let Some(stat) = directory.stat(Path::new(&name))?.filter(|_| is_to_go) {
                self.take(directory, Path::new(&name), path, &stat)?;
            }
        }
        Ok(())
    }

    /// Takes everything: only we write there.
    fn sweep_all(&mut self, directory: &Directory, path: &Path) -> io::Result<()> {
        for name in directory.list()? {
            if let Some(stat) = directory.stat(Path::new(&name))? {
                self.take(directory, Path::new(&name), path, &stat)?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        directory: &Directory,
        name: &Path,
        path: &Path,
        stat: &Stat,
    ) -> io::Result<()> {
        self.cleaned.files += 1;
        // What the tree holds too is not freed by removing this name.
        self.cleaned.bytes += if stat.links == 1 { stat.disk_use } else { 0 };
        (self.removed)(&path.join(name));
        if self.act == Act::Do { directory.remove_all(name) } else { Ok(()) }
    }
}

const CACHES: &str = "cache";

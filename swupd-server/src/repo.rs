//! The published repository on disk: what it holds, read again with the eyes of a client. It reads
//! only; what gets in goes through `release::publish`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use fs_err::File;
use swupd_protocol::{
    archive::{ArchiveError, NamedFile, read_files},
    bundle::BundleName,
    compression::Bounded,
    fullfile::{Fullfile, FullfileError},
    hash::{ContentHash, ManifestHash},
    layout::{self, RepoPath},
    limits::{MAX_LATEST, MAX_MANIFEST, MAX_SIGNATURE},
    manifest::{Manifest, ManifestError},
    mom::{Mom, MomEntry},
    object::Object,
    version::{Format, FormatNumber, Version},
};

/// A directory that is laid out as clients see it below the content and version URLs.
#[derive(Debug, Clone)]
pub struct Repo {
    root: PathBuf,
}

impl Repo {
    /// Returns the repository in this directory, which may not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where a path of the repository lies on this machine.
    pub fn path(&self, path: &RepoPath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Opens a file; none where there is no such file.
    pub fn open(&self, path: &RepoPath) -> Result<Option<File>, RepoError> {
        Ok(unless_absent(File::open(self.path(path)))?)
    }

    /// Says whether there is a file.
    pub fn has(&self, path: &RepoPath) -> bool {
        self.path(path).is_file()
    }

    /// Returns the size of a file in bytes, 0 where there is none.
    pub fn size(&self, path: &RepoPath) -> u64 {
        fs_err::metadata(self.path(path)).map_or(0, |file| file.len())
    }

    /// Reads a small file as a whole, or nothing where it does not exist.
    pub fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, RepoError> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let mut text = Vec::new();
        let read = Bounded::new(file, limit).read_to_end(&mut text);
        read.map_err(|source| RepoError::File { path: path.clone(), source })?;
        Ok(Some(text))
    }

    /// Returns the formats of which a newest version is announced.
    pub fn formats(&self) -> Result<BTreeSet<FormatNumber>, RepoError> {
        let names = names(&self.root.join("version"))?;
        Ok(names.iter().filter_map(|name| name.strip_prefix("format")?.parse().ok()).collect())
    }

    /// Returns the announced newest version of a format.
    pub fn newest_of(&self, format: FormatNumber) -> Result<Option<Version>, RepoError> {
        let path = layout::latest(Format::Number(format));
        let Some(text) = self.read(&path, MAX_LATEST)? else { return Ok(None) };
        let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
        let version = std::str::from_utf8(first).ok().and_then(|line| line.parse().ok());
        version.map(Some).ok_or(RepoError::Latest { path })
    }

    /// Returns the announced newest version of all formats.
    ///
    /// A version's directory may be there before it is announced, where a build was interrupted at
    /// its very end: such a version is not published.
    pub fn newest(&self) -> Result<Option<Version>, RepoError> {
        let mut newest = None;
        for format in self.formats()? {
            newest = newest.max(self.newest_of(format)?);
        }
        Ok(newest)
    }

    /// Returns the published versions.
    pub fn versions(&self) -> Result<BTreeSet<Version>, RepoError> {
        let newest = self.newest()?;
        Ok(self.directories()?.into_iter().filter(|version| Some(*version) <= newest).collect())
    }

    /// Returns the versions that have a directory, published or not.
    pub fn directories(&self) -> Result<BTreeSet<Version>, RepoError> {
        Ok(names(&self.root)?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Returns a published version's manifest of manifests.
    pub fn mom(&self, version: Version) -> Result<Mom, RepoError> {
        let path = layout::mom(version);
        let text = self.manifest_text(&path)?.ok_or_else(|| missing(&path))?;
        let mom = Mom::parse(&text)
            .map_err(|source| RepoError::Manifest { path: path.clone(), source })?;
        stated(path, version, mom.header.version)?;
        Ok(mom)
    }

    /// Returns the manifest that a line of a MoM names, once it has the hash of that line.
    pub fn manifest(&self, line: &MomEntry) -> Result<Manifest, RepoError> {
        let path = layout::manifest(&line.name, line.version);
        let text = self.manifest_text(&path)?.ok_or_else(|| missing(&path))?;
        let found = ManifestHash::of(&text);
        if found != line.hash {
            return Err(RepoError::Hash { path, listed: line.hash, found });
        }
        let manifest = Manifest::parse(&text)
            .map_err(|source| RepoError::Manifest { path: path.clone(), source })?;
        stated(path, line.version, manifest.header.version)?;
        Ok(manifest)
    }

    /// Returns the manifests of all bundles that a version has.
    pub fn manifests(&self, mom: &Mom) -> Result<BTreeMap<BundleName, Arc<Manifest>>, RepoError> {
        let present = mom.bundles.iter().filter(|line| line.is_present());
        present.map(|line| Ok((line.name.clone(), Arc::new(self.manifest(line)?)))).collect()
    }

    /// Returns the text of a manifest or MoM: of the bare file, or else of the tar beside it.
    pub fn manifest_text(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, RepoError> {
        if let Some(text) = self.read(path, MAX_MANIFEST)? {
            return Ok(Some(text));
        }
        let files = self.read_tar(&path.tar(), MAX_MANIFEST + MAX_SIGNATURE)?;
        let name = path.as_str().rsplit('/').next().unwrap_or_default().as_bytes();
        let mut named = files.into_iter().flatten().filter(|file| file.name == name);
        Ok(named.next().map(|file| file.content))
    }

    /// Returns the files in a small archive, by name and content, or nothing where it does not
    /// exist. `limit` is the most bytes of all contents.
    pub fn read_tar(
        &self,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Option<Vec<NamedFile>>, RepoError> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let damaged = |source| RepoError::Archive { path: path.clone(), source };
        read_files(file, limit).map(Some).map_err(damaged)
    }

    /// Returns what a published object says that it is; only a copy verifies it.
    pub fn object(&self, hash: ContentHash, version: Version) -> Result<Object, RepoError> {
        Ok(self.fullfile(hash, version)?.object().clone())
    }

    /// Copies the content of a published object, verified by its hash, and says what it is. Where
    /// it fails, what was written must not be used.
    pub fn copy_object(
        &self,
        hash: ContentHash,
        version: Version,
        output: &mut dyn Write,
    ) -> Result<Object, RepoError> {
        let fullfile = self.fullfile(hash, version)?;
        let object = fullfile.object().clone();
        fullfile.copy_to(output).map_err(|source| RepoError::Fullfile {
            path: layout::fullfile(hash, version),
            source,
        })?;
        Ok(object)
    }

    fn fullfile(
        &self,
        hash: ContentHash,
        version: Version,
    ) -> Result<Fullfile<'static>, RepoError> {
        let path = layout::fullfile(hash, version);
        let file = self.open(&path)?.ok_or_else(|| missing(&path))?;
        Fullfile::open(file, hash).map_err(|source| RepoError::Fullfile { path, source })
    }
}

/// Returns the names in a directory, sorted; none where it does not exist. A name that is not
/// UTF-8 is none of ours.
pub(crate) fn names(directory: &Path) -> io::Result<Vec<String>> {
    let Some(entries) = unless_absent(fs_err::read_dir(directory))? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn unless_absent<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn missing(path: &RepoPath) -> RepoError {
    RepoError::Missing { path: path.clone() }
}

fn stated(path: RepoPath, version: Version, stated: Version) -> Result<(), RepoError> {
    if stated == version { Ok(()) } else { Err(RepoError::Version { path, version, stated }) }
}

/// Why published content cannot be read again.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    /// The file system refuses.
    #[error("the published content cannot be read")]
    Io(#[from] io::Error),
    /// A file is too large, or cannot be read to its end.
    #[error("{path} cannot be read")]
    File {
        /// The file.
        path: RepoPath,
        /// Why.
        source: io::Error,
    },
    /// A file is not there.
    #[error("{path} is missing")]
    Missing {
        /// The file.
        path: RepoPath,
    },
    /// A pointer to the newest version holds none.
    #[error("{path} does not begin with the number of a version")]
    Latest {
        /// The file.
        path: RepoPath,
    },
    /// An archive that should hold a manifest is damaged.
    #[error("{path} is damaged")]
    Archive {
        /// The file.
        path: RepoPath,
        /// How.
        source: ArchiveError,
    },
    /// A manifest is none.
    #[error("{path} is no manifest")]
    Manifest {
        /// The file.
        path: RepoPath,
        /// Why.
        source: ManifestError,
    },
    /// A manifest is not the one that the MoM lists.
    #[error("{path} has hash {found}, but the MoM lists {listed}")]
    Hash {
        /// The file.
        path: RepoPath,
        /// What the MoM says.
        listed: ManifestHash,
        /// What the text has.
        found: ManifestHash,
    },
    /// A manifest is of another version than the directory that it lies in.
    #[error("{path} states version {stated} instead of {version}")]
    Version {
        /// The file.
        path: RepoPath,
        /// The version of its directory.
        version: Version,
        /// The version that it states.
        stated: Version,
    },
    /// A fullfile is damaged.
    #[error("{path} cannot be used")]
    Fullfile {
        /// The file.
        path: RepoPath,
        /// Why.
        source: FullfileError,
    },
}

#[cfg(test)]
#[path = "repo_tests.rs"]
mod tests;

//! What proves that content which travels in packs and deltas is what its name says: it is read, or
//! made from the published object that it starts from, as a client would do it.

use std::{
    collections::HashMap,
    io::{self, Read, Seek},
};

use swupd_protocol::{
    delta::{self, Delta},
    hash::{ContentHash, ContentHasher, ManifestHash},
    layout,
    limits::{MAX_DELTA, MAX_MANIFEST},
    object::Object,
    version::Version,
};
use tempfile::SpooledTempFile;

use crate::{
    hashing::Hashing,
    repo::{Repo, RepoError, names},
    report::causes,
};

/// Everything that a delta may start from: the published objects, and a version that has each.
#[derive(Debug)]
pub(crate) struct Bases<'a> {
    repo: &'a Repo,
    versions: HashMap<ContentHash, Version>,
}

impl<'a> Bases<'a> {
    /// Lists the objects of all published versions.
    pub(crate) fn of(repo: &'a Repo) -> Result<Self, RepoError> {
        let mut versions = HashMap::new();
        for version in repo.directories()? {
            let files = names(&repo.path(&layout::fullfile_directory(version)))?;
            let hashes = files.iter().filter_map(|name| name.strip_suffix(".tar")?.parse().ok());
            versions.extend(hashes.map(|hash: ContentHash| (hash, version)));
        }
        Ok(Self { repo, versions })
    }

    /// Takes these objects, each with a version that has it.
    pub(crate) fn among(
        repo: &'a Repo,
        objects: impl Iterator<Item = (ContentHash, Version)>,
    ) -> Self {
        Self { repo, versions: objects.collect() }
    }

    /// Says whether an object is here.
    pub(crate) fn has(&self, hash: ContentHash) -> bool {
        let path = |version: &Version| layout::fullfile(hash, *version);
        self.versions.get(&hash).is_some_and(|version| self.repo.has(&path(version)))
    }

    /// Applies a delta and compares the result; says whether there was one, and not just the word
    /// that the whole object is the way to go. An error says why it is of no use.
    pub(crate) fn apply(
        &self,
        delta: &mut impl Read,
        from: ContentHash,
        to: ContentHash,
    ) -> Result<bool, String> {
        let mut spooled = SpooledTempFile::new(IN_MEMORY);
        copy(&mut delta.take(MAX_DELTA), &mut spooled)?;
        let container = match delta::open(spooled).map_err(|error| causes(&error))? {
            Delta::UseFullfile => return Ok(false),
            Delta::Container(container) => container,
        };
        let Some(version) = self.versions.get(&from) else {
            return Err(format!("the object {from} that it starts from is not published"));
        };
        let mut old = SpooledTempFile::new(IN_MEMORY);
        self.repo.copy_object(from, *version, &mut old).map_err(|error| causes(&error))?;
        old.rewind().map_err(|error| causes(&error))?;
        let (attributes, size) = (container.attributes(), container.new_size());
        let mut hasher = Object::File { attributes, size }.hasher();
        container.apply(&mut old, &mut Hashing(&mut hasher)).map_err(|error| causes(&error))?;
        match hasher.finish() {
            found if found == to => Ok(true),
            found => Err(format!("it makes an object with the hash {found}")),
        }
    }
}

/// Reads an object that travels whole; an error says why it is of no use.
pub(crate) fn whole(
    content: &mut impl Read,
    hash: ContentHash,
    mut hasher: ContentHasher,
) -> Result<bool, String> {
    io::copy(content, &mut Hashing(&mut hasher)).map_err(|error| causes(&error))?;
    match hasher.finish() {
        found if found == hash => Ok(true),
        found => Err(format!("its content has the hash {found}")),
    }
}

/// Applies the delta of a manifest; an error says why it is of no use. Where there is none, clients
/// fetch the whole manifest.
pub(crate) fn manifest_delta(delta: &[u8], old: &[u8], new: ManifestHash) -> Result<(), String> {
    let made = delta::apply_in_memory(delta, old, MAX_MANIFEST).map_err(|e| causes(&e))?;
    match made {
        Some(made) if ManifestHash::of(&made) != new => {
            Err("it does not make the manifest that it should".into())
        }
        _ => Ok(()),
    }
}

fn copy(content: &mut dyn Read, file: &mut SpooledTempFile) -> Result<(), String> {
    io::copy(content, file).map(drop).map_err(|error| causes(&error))
}

/// Larger files lie on disk while they are worked with, in bytes.
const IN_MEMORY: usize = 16 << 20;

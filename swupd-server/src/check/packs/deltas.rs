//! Deltas, applied to the published objects and manifests that they start from.

use std::{
    collections::HashMap,
    io::{self, Read, Seek},
};

use swupd_protocol::{
    delta::{self, Delta},
    hash::{ContentHash, ManifestHash},
    layout::{self, RepoPath},
    limits::{MAX_DELTA, MAX_MANIFEST},
    object::Object,
    version::Version,
};
use tempfile::SpooledTempFile;

use crate::{
    check::causes,
    hashing::Hashing,
    repo::{Repo, RepoError, names},
};

/// Everything that a delta may start from: the published objects, and a version that has each.
#[derive(Debug)]
pub(super) struct Bases<'a> {
    repo: &'a Repo,
    versions: HashMap<ContentHash, Version>,
}

impl<'a> Bases<'a> {
    /// Lists the objects of all published versions.
    pub(super) fn of(repo: &'a Repo) -> Result<Self, RepoError> {
        let mut versions = HashMap::new();
        for version in repo.directories()? {
            let files = names(&repo.path(&layout::fullfile_directory(version)))?;
            let hashes = files.iter().filter_map(|name| name.strip_suffix(".tar")?.parse().ok());
            versions.extend(hashes.map(|hash: ContentHash| (hash, version)));
        }
        Ok(Self { repo, versions })
    }

    /// Applies a delta and compares the result; says whether there was one, and not just the word
    /// that the whole object is the way to go. An error says why it is of no use.
    pub(super) fn apply(
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

/// Applies the delta of a manifest; an error says why it is of no use.
pub(super) fn between_manifests(
    repo: &Repo,
    delta: &RepoPath,
    earlier: &RepoPath,
    later: &RepoPath,
) -> Result<(), String> {
    let read = |path: &RepoPath| match repo.manifest_text(path) {
        Ok(text) => text.ok_or_else(|| format!("{path} is missing")),
        Err(error) => Err(causes(&error)),
    };
    let (old, new) = (read(earlier)?, read(later)?);
    let delta = repo.read(delta, MAX_MANIFEST).map_err(|error| causes(&error))?;
    let delta = delta.unwrap_or_default();
    let made = delta::apply_in_memory(&delta, &old, MAX_MANIFEST).map_err(|e| causes(&e))?;
    // Where there is none, clients fetch the whole manifest.
    match made {
        Some(made) if ManifestHash::of(&made) != ManifestHash::of(&new) => {
            Err(format!("it does not make {later}"))
        }
        _ => Ok(()),
    }
}

fn copy(content: &mut dyn Read, file: &mut SpooledTempFile) -> Result<(), String> {
    io::copy(content, file).map(drop).map_err(|error| causes(&error))
}

/// Larger files lie on disk while they are worked with, in bytes.
const IN_MEMORY: usize = 16 << 20;

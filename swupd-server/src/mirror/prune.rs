//! Removes from a copy what was not selected or is not published any more: pointers first, then
//! MoMs, then what only they led to.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io,
    path::{Path, PathBuf},
};

use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    layout::{self, FULL_FILE, MOM_FILE, RepoPath},
    manifest::Manifest,
    version::{Format, Version},
};

use super::{MirrorError, Order, versions::Chosen};
use crate::repo::{RepoError, names};

/// Removes what is not wanted; returns how many files that were.
pub(super) fn prune(
    order: Order<'_>,
    chosen: &Chosen,
    bundles: &BTreeSet<(BundleName, Version)>,
) -> Result<u64, MirrorError> {
    let kept = Kept::of(order, chosen, bundles)?;
    let mut removal = Removal { count: 0 };
    let mut remove = || {
        removal.pointers(order, chosen)?;
        for version in order.repo.directories()? {
            removal.mom(order, &kept, version)?;
        }
        for version in order.repo.directories()? {
            removal.version(order, &kept, version)?;
        }
        Ok(())
    };
    remove().map_err(|source: RepoError| match source {
        RepoError::Io(source) => MirrorError::Remove { source },
        other => other.into(),
    })?;
    Ok(removal.count)
}

/// What stays.
struct Kept<'a> {
    versions: BTreeSet<Version>,
    bundles: BTreeMap<Version, Vec<&'a BundleName>>,
    objects: BTreeMap<Version, HashSet<ContentHash>>,
}

impl<'a> Kept<'a> {
    fn of(
        order: Order<'_>,
        chosen: &Chosen,
        bundles: &'a BTreeSet<(BundleName, Version)>,
    ) -> Result<Self, MirrorError> {
        let versions = chosen.versions.keys().copied().collect();
        let mut kept = Self { versions, bundles: BTreeMap::new(), objects: BTreeMap::new() };
        for (bundle, version) in bundles {
            kept.bundles.entry(*version).or_default().push(bundle);
            let path = layout::manifest(bundle, *version);
            let text = order.repo.manifest_text(&path)?;
            let text = text.ok_or_else(|| RepoError::Missing { path: path.clone() })?;
            let manifest =
                Manifest::parse(&text).map_err(|source| RepoError::Manifest { path, source })?;
            for entry in manifest.present() {
                kept.objects.entry(entry.version).or_default().insert(entry.hash);
            }
        }
        Ok(kept)
    }

    /// Says whether a file of a version's directory stays.
    fn has(&self, version: Version, name: &str) -> bool {
        let base = name.strip_suffix(".sig").or(name.strip_suffix(".tar")).unwrap_or(name);
        let is_format = layout::format_of(version).as_str().ends_with(&format!("/{name}"));
        if [MOM_FILE, FULL_FILE].contains(&base) || is_format {
            return self.versions.contains(&version);
        }
        let bundles = self.bundles.get(&version).into_iter().flatten();
        bundles.into_iter().any(|bundle| {
            base == layout::manifest_file(bundle)
                || layout::parse_pack_file(bundle, name).is_some()
                || layout::parse_manifest_delta_file(bundle, name).is_some()
        })
    }

    fn has_object(&self, version: Version, name: &str) -> bool {
        let hash = name.strip_suffix(".tar").and_then(|hash| hash.parse().ok());
        let objects = self.objects.get(&version);
        hash.zip(objects).is_some_and(|(hash, objects)| objects.contains(&hash))
    }
}

struct Removal {
    count: u64,
}

impl Removal {
    /// Removes pointers that lead to nothing that stays.
    fn pointers(&mut self, order: Order<'_>, chosen: &Chosen) -> Result<(), RepoError> {
        let formats = chosen.formats();
        for format in order.repo.formats()?.difference(&formats) {
            let path = layout::latest(Format::Number(*format));
            self.pointer(order, &path)?;
            order.repo.path(&path).parent().map_or(Ok(()), remove_if_empty)?;
        }
        let all = layout::latest_version();
        let is_announced = chosen.pointers.iter().any(|pointer| {
            *pointer.path() == all && chosen.versions.contains_key(&pointer.newest())
        });
        if is_announced { Ok(()) } else { self.pointer(order, &all) }
    }

    fn pointer(&mut self, order: Order<'_>, path: &RepoPath) -> Result<(), RepoError> {
        self.file(&order.repo.path(path))?;
        self.file(&order.repo.path(&path.signature()))
    }

    fn mom(
        &mut self,
        order: Order<'_>,
        kept: &Kept<'_>,
        version: Version,
    ) -> Result<(), RepoError> {
        if kept.versions.contains(&version) {
            return Ok(());
        }
        let path = layout::mom(version);
        [path.tar(), path.signature(), path]
            .iter()
            .try_for_each(|path| self.file(&order.repo.path(path)))
    }

    fn version(
        &mut self,
        order: Order<'_>,
        kept: &Kept<'_>,
        version: Version,
    ) -> Result<(), RepoError> {
        let directory = order.repo.path(&layout::version_directory(version));
        let objects = order.repo.path(&layout::fullfile_directory(version));
        let deltas = order.repo.path(&layout::delta_directory(version));
        self.files(&objects, |name| kept.has_object(version, name))?;
        self.files(&deltas, |_| kept.bundles.contains_key(&version))?;
        self.files(&directory, |name| {
            let path = directory.join(name);
            path == objects || path == deltas || kept.has(version, name)
        })?;
        Ok(remove_if_empty(&directory)?)
    }

    /// Removes the files of a directory that do not stay, and the directory if none does.
    fn files(&mut self, directory: &Path, stays: impl Fn(&str) -> bool) -> Result<(), RepoError> {
        for name in names(directory)?.iter().filter(|name| !stays(name)) {
            self.file(&directory.join(name))?;
        }
        Ok(remove_if_empty(directory)?)
    }

    /// Removes a file, if it is there; what is a directory of somebody else's stays.
    fn file(&mut self, path: &PathBuf) -> Result<(), RepoError> {
        match fs_err::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(found) if found.is_dir() => Ok(()),
            _ => {
                fs_err::remove_file(path)?;
                self.count += 1;
                Ok(())
            }
        }
    }
}

fn remove_if_empty(directory: &Path) -> io::Result<()> {
    match fs_err::remove_dir(directory) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

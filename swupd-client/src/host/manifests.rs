//! Manifests that were brought and checked before, in the cache's `manifest/<version>/`. They are
//! checked again at each use: the cache spares the network, not the doubt.

use std::{io::Read, path::PathBuf};

use swupd_protocol::{bundle::BundleName, layout, limits::MAX_MANIFEST, version::Version};

/// The cache's directory of manifests.
#[derive(Debug, Clone)]
pub struct ManifestCache {
    directory: PathBuf,
}

impl ManifestCache {
    /// Returns the cache in this directory, which exists and belongs to us alone.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Returns the text and the signature of a version's MoM.
    pub fn mom(&self, version: Version) -> Option<(Vec<u8>, Vec<u8>)> {
        let text = self.read(version, layout::MOM_FILE)?;
        let signature = self.read(version, layout::MOM_SIGNATURE_FILE).unwrap_or_default();
        Some((text, signature))
    }

    /// Keeps the text and the signature of a version's MoM.
    pub fn keep_mom(&self, version: Version, text: &[u8], signature: &[u8]) {
        self.write(version, layout::MOM_FILE, text);
        if !signature.is_empty() {
            self.write(version, layout::MOM_SIGNATURE_FILE, signature);
        }
    }

    /// Drops a version's MoM.
    pub fn forget_mom(&self, version: Version) {
        for file in [layout::MOM_FILE, layout::MOM_SIGNATURE_FILE] {
            drop(fs_err::remove_file(self.directory.join(version.to_string()).join(file)));
        }
    }

    /// Returns the text of a bundle's manifest.
    pub fn manifest(&self, bundle: &BundleName, version: Version) -> Option<Vec<u8>> {
        self.read(version, &layout::manifest_file(bundle))
    }

    /// Keeps the text of a bundle's manifest.
    pub fn keep_manifest(&self, bundle: &BundleName, version: Version, text: &[u8]) {
        self.write(version, &layout::manifest_file(bundle), text);
    }

    fn read(&self, version: Version, file: &str) -> Option<Vec<u8>> {
        let path = self.directory.join(version.to_string()).join(file);
        // A link that somebody planted is not ours.
        let is_ours = fs_err::symlink_metadata(&path).is_ok_and(|meta| meta.is_file());
        let mut bytes = Vec::new();
        let file = fs_err::File::open(path).ok().filter(|_| is_ours)?;
        file.take(MAX_MANIFEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Writes beside and renames. A cache that cannot be written costs a download next time, and
    /// nothing else, so this reports no error.
    fn write(&self, version: Version, file: &str, bytes: &[u8]) {
        let directory = self.directory.join(version.to_string());
        let written = fs_err::create_dir_all(&directory)
            .and_then(|()| tempfile::NamedTempFile::new_in(&directory))
            .and_then(|mut next| {
                std::io::Write::write_all(&mut next, bytes)?;
                next.persist(directory.join(file)).map_err(|error| error.error)
            });
        drop(written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_a_planted_link_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let cache = ManifestCache::new(directory.path().into());
        let version = Version::new(10).unwrap();
        assert_eq!(cache.mom(version), None);
        cache.keep_mom(version, b"text", b"signature");
        assert_eq!(cache.mom(version), Some((b"text".to_vec(), b"signature".to_vec())));
        cache.forget_mom(version);
        assert_eq!(cache.mom(version), None);
        let planted = directory.path().join("10/Manifest.x");
        std::os::unix::fs::symlink("/etc/passwd", planted).unwrap();
        assert_eq!(cache.manifest(&"x".parse().unwrap(), version), None);
    }
}

//! Where each thing lies in a published repository. No other file spells a repository path.
//!
//! Paths are relative to the version or content URL, without a leading `/`.

use std::fmt;

use crate::{
    bundle::BundleName,
    hash::ContentHash,
    version::{Format, Version},
};

/// A path below a repository's URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(String);

impl RepoPath {
    /// Returns the path as text, without a leading `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of the detached signature of this file.
    #[must_use]
    pub fn signature(&self) -> Self {
        Self(format!("{}.sig", self.0))
    }

    /// Returns the path of the tar that this file also lies in.
    #[must_use]
    pub fn tar(&self) -> Self {
        Self(format!("{}.tar", self.0))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The directory of all pointers to newest versions.
pub fn pointers() -> RepoPath {
    RepoPath("version".into())
}

/// The newest version of a format: decimal lines, newest first.
pub fn latest(format: Format) -> RepoPath {
    RepoPath(format!("version/format{format}/latest"))
}

/// The newest version whatever its format.
pub fn latest_version() -> RepoPath {
    RepoPath("version/latest_version".into())
}

/// The directory of a version.
pub fn version_directory(version: Version) -> RepoPath {
    RepoPath(version.to_string())
}

/// The file that names the format of a version.
pub fn format_of(version: Version) -> RepoPath {
    RepoPath(format!("{version}/format"))
}

/// The manifest of manifests; clients fetch its [`RepoPath::tar`].
pub fn mom(version: Version) -> RepoPath {
    RepoPath(format!("{version}/{MOM_FILE}"))
}

/// A bundle's manifest, in the version in which the bundle last changed.
pub fn manifest(bundle: &BundleName, version: Version) -> RepoPath {
    RepoPath(format!("{version}/{}", manifest_file(bundle)))
}

/// The union of all bundles' manifests.
pub fn full_manifest(version: Version) -> RepoPath {
    RepoPath(format!("{version}/{FULL_FILE}"))
}

/// The name of a bundle manifest's file, and of the single member of its tar.
pub fn manifest_file(bundle: &BundleName) -> String {
    format!("Manifest.{bundle}")
}

/// The binary difference of two versions of a bundle's manifest.
pub fn manifest_delta(bundle: &BundleName, from: Version, to: Version) -> RepoPath {
    RepoPath(format!("{to}/Manifest-{bundle}-delta-from-{from}"))
}

/// Everything that a bundle needs that changed after `from`; everything where that is `None`
/// (the zero pack). Both are versions of the bundle.
pub fn pack(bundle: &BundleName, from: Option<Version>, to: Version) -> RepoPath {
    let from = from.map_or(0, Version::number);
    RepoPath(format!("{to}/pack-{bundle}-from-{from}.tar"))
}

/// One object, in the version in which the entry that names it last changed.
pub fn fullfile(hash: ContentHash, version: Version) -> RepoPath {
    RepoPath(format!("{version}/files/{hash}.tar"))
}

/// The directory of a version's fullfiles.
pub fn fullfile_directory(version: Version) -> RepoPath {
    RepoPath(format!("{version}/files"))
}

/// The binary difference of two objects.
pub fn delta(from: ContentHash, to: ContentHash, version: Version) -> RepoPath {
    delta_named(&delta_file(from, to), version)
}

/// The binary difference of two objects by the name of its file, which may be the older one.
pub fn delta_named(name: &str, version: Version) -> RepoPath {
    RepoPath(format!("{version}/{DELTA_DIRECTORY}/{name}"))
}

/// The directory of a version's deltas.
pub fn delta_directory(version: Version) -> RepoPath {
    RepoPath(format!("{version}/{DELTA_DIRECTORY}"))
}

/// The name of a delta's file, also as a member of a pack.
pub fn delta_file(from: ContentHash, to: ContentHash) -> String {
    format!("{from}-{to}")
}

/// Reads the name of a delta: two hashes, before them in older content two version numbers, which
/// are not looked at. `None` where it is no such name.
pub fn parse_delta_file(name: &str) -> Option<(ContentHash, ContentHash)> {
    let parts: Vec<&str> = name.split('-').collect();
    let (from, to) = match parts[..] {
        [from, to] => (from, to),
        [old, new, from, to] if is_number(old) && is_number(new) => (from, to),
        _ => return None,
    };
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// Reads the name of a pack of a bundle: the version that it starts from, which for a zero pack is
/// none. `None` where it is no such name.
pub fn parse_pack_file(bundle: &BundleName, name: &str) -> Option<Option<Version>> {
    let from = name.strip_prefix("pack-")?.strip_prefix(bundle.as_str())?;
    match from.strip_prefix("-from-")?.strip_suffix(".tar")? {
        "0" => Some(None),
        from => from.parse().ok().map(Some),
    }
}

/// Reads the name of the binary difference of two versions of a bundle's manifest: the older one.
/// `None` where it is no such name.
pub fn parse_manifest_delta_file(bundle: &BundleName, name: &str) -> Option<Version> {
    let from = name.strip_prefix("Manifest-")?.strip_prefix(bundle.as_str())?;
    from.strip_prefix("-delta-from-")?.parse().ok()
}

/// Says whether this is the name of a pack of some bundle, also as a client's cache has it, with
/// both versions in it.
pub fn is_pack_file(name: &str) -> bool {
    name.strip_prefix("pack-").and_then(|name| name.strip_suffix(".tar")).is_some()
}

/// Says whether this is the name of a MoM, of some bundle's manifest, or of what belongs to one of
/// them: its signature, its tar.
pub fn is_manifest_file(name: &str) -> bool {
    name.starts_with("Manifest.")
}

/// Says whether this is the name of the binary difference of two versions of some manifest, also as
/// a client's cache has it, with both versions in it.
pub fn is_manifest_delta_file(name: &str) -> bool {
    name.starts_with("Manifest-") && name.contains("-delta-from-")
}

const DELTA_DIRECTORY: &str = "delta";

/// The name of the MoM's file, and of the first member of its tar.
pub const MOM_FILE: &str = "Manifest.MoM";
/// The name of the file of the union of all manifests, and of the single member of its tar.
pub const FULL_FILE: &str = "Manifest.full";
/// The name of the MoM's signature, as a member of its tar.
pub const MOM_SIGNATURE_FILE: &str = "Manifest.MoM.sig";

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_protocol() {
        let (ten, twenty) = (Version::new(10).unwrap(), Version::new(20).unwrap());
        let vim: BundleName = "vim".parse().unwrap();
        let zero = ContentHash::ABSENT;
        let thirty: Format = "30".parse().unwrap();
        assert_eq!(latest(thirty).signature().as_str(), "version/format30/latest.sig");
        assert_eq!(mom(ten).tar().as_str(), "10/Manifest.MoM.tar");
        assert_eq!(manifest(&vim, ten).tar().as_str(), "10/Manifest.vim.tar");
        assert_eq!(manifest_delta(&vim, ten, twenty).as_str(), "20/Manifest-vim-delta-from-10");
        assert_eq!(pack(&vim, Some(ten), twenty).as_str(), "20/pack-vim-from-10.tar");
        assert_eq!(pack(&vim, None, twenty).as_str(), "20/pack-vim-from-0.tar");
        assert_eq!(fullfile(zero, ten).as_str(), format!("10/files/{zero}.tar"));
        assert_eq!(delta(zero, zero, ten).as_str(), format!("10/delta/{zero}-{zero}"));
    }

    #[test]
    fn names_of_packs_and_manifest_deltas_are_read() {
        let (ten, twenty) = (Version::new(10).unwrap(), Version::new(20).unwrap());
        let [vi, vim]: [BundleName; 2] = ["vi", "vi-from-m"].map(|name| name.parse().unwrap());
        for bundle in [&vi, &vim] {
            for from in [None, Some(ten)] {
                let path = pack(bundle, from, twenty);
                let name = path.as_str().strip_prefix("20/").unwrap();
                assert_eq!(parse_pack_file(bundle, name), Some(from));
                assert_eq!(parse_manifest_delta_file(bundle, name), None);
            }
            let path = manifest_delta(bundle, ten, twenty);
            let name = path.as_str().strip_prefix("20/").unwrap();
            assert_eq!(parse_manifest_delta_file(bundle, name), Some(ten));
            assert_eq!(parse_pack_file(bundle, name), None);
        }
        for bad in ["pack-vi-from-m-from-0.tar", "pack-vi-from-.tar", "pack-vi-from-0", "pack-vi"] {
            assert_eq!(parse_pack_file(&vi, bad), None, "{bad}");
        }
    }

    #[test]
    fn files_are_told_apart_whatever_bundle_they_are_of() {
        let kinds =
            |name| [is_pack_file(name), is_manifest_file(name), is_manifest_delta_file(name)];
        assert_eq!(kinds("pack-vim-from-0.tar"), [true, false, false]);
        assert_eq!(kinds("pack-vim-from-10-to-20.tar"), [true, false, false]);
        assert_eq!(kinds("Manifest.MoM.sig"), [false, true, false]);
        assert_eq!(kinds("Manifest-vim-delta-from-10-to-20"), [false, false, true]);
        assert_eq!(kinds("latest"), [false; 3]);
    }

    #[test]
    fn both_names_of_a_delta_are_read() {
        let (a, b) = ("1".repeat(64), "2".repeat(64));
        let hashes = Some((a.parse().unwrap(), b.parse().unwrap()));
        assert_eq!(parse_delta_file(&format!("{a}-{b}")), hashes);
        assert_eq!(parse_delta_file(&format!("10-20-{a}-{b}")), hashes);
        for bad in [a.clone(), format!("{a}-"), format!("x-20-{a}-{b}"), format!("20-{a}-{b}")] {
            assert_eq!(parse_delta_file(&bad), None, "{bad}");
        }
    }
}

//! The version that a tree says it is.

use std::{os::unix::fs::MetadataExt, path::Path};

use swupd_protocol::version::Version;

/// Reads `VERSION_ID` of `usr/lib/os-release`, else of `etc/os-release`.
pub fn version(tree: &Path) -> Option<Version> {
    let files = ["usr/lib/os-release", "etc/os-release"];
    files.iter().find_map(|file| version_in(&fs_err::read_to_string(tree.join(file)).ok()?))
}

/// Returns when the version of a tree was made, in seconds since 1970: as it says itself, else as its
/// `os-release` does, which is of the version's time.
pub fn made(tree: &Path) -> Option<u64> {
    let stamp = fs_err::read_to_string(tree.join("usr/share/clear/versionstamp"));
    let stated = stamp.ok().and_then(|text| text.trim().parse().ok());
    stated.or_else(|| {
        let found = fs_err::metadata(tree.join("usr/lib/os-release")).ok()?;
        u64::try_from(found.mtime()).ok().filter(|made| *made > 0)
    })
}

fn version_in(text: &str) -> Option<Version> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("VERSION_ID="))?;
    value.trim().trim_matches(['"', '\'']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_may_be_quoted() {
        assert_eq!(version_in("NAME=x\nVERSION_ID=20\n").unwrap().number(), 20);
        assert_eq!(version_in("VERSION_ID=\"30\"").unwrap().number(), 30);
        assert_eq!(version_in("VERSION_ID='30'").unwrap().number(), 30);
        assert_eq!(version_in("VERSION_ID=trixie"), None);
        assert_eq!(version_in("ID=x"), None);
    }
}

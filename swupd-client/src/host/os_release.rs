//! The version that a tree says it is.

use std::{io, os::unix::fs::MetadataExt, path::Path};

use swupd_protocol::version::Version;

use super::directory::absent_as_none;

/// Reads `VERSION_ID` of `usr/lib/os-release`, else of `etc/os-release`; none where neither says.
pub fn version(tree: &Path) -> io::Result<Option<Version>> {
    let mut unread = None;
    for file in ["usr/lib/os-release", "etc/os-release"] {
        match absent_as_none(fs_err::read_to_string(tree.join(file))) {
            Ok(text) => {
                if let Some(version) = text.and_then(|text| version_in(&text)) {
                    return Ok(Some(version));
                }
            }
            Err(error) => drop(unread.get_or_insert(error)),
        }
    }
    unread.map_or(Ok(None), Err)
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
    fn what_cannot_be_read_is_told_unless_the_other_file_says_it() {
        let tree = tempfile::tempdir().unwrap();
        assert_eq!(version(tree.path()).unwrap(), None);
        let [usr, etc] = ["usr/lib", "etc"].map(|below| tree.path().join(below));
        fs_err::create_dir_all(usr.join("os-release")).unwrap();
        assert_eq!(version(tree.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        fs_err::create_dir(&etc).unwrap();
        fs_err::write(etc.join("os-release"), "VERSION_ID=20").unwrap();
        assert_eq!(version(tree.path()).unwrap(), Version::new(20).ok());
    }

    #[test]
    fn the_version_may_be_quoted() {
        assert_eq!(version_in("NAME=x\nVERSION_ID=20\n").unwrap().number(), 20);
        assert_eq!(version_in("VERSION_ID=\"30\"").unwrap().number(), 30);
        assert_eq!(version_in("VERSION_ID='30'").unwrap().number(), 30);
        assert_eq!(version_in("VERSION_ID=trixie"), None);
        assert_eq!(version_in("ID=x"), None);
    }
}

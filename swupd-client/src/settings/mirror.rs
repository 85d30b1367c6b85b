//! The mirror that an administrator sets in place of the URLs that came with the OS: a file for
//! each of the two, with a URL a line; where the first fails, the next is turned to.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::host::directory::{Directory, absent_as_none};

/// The URLs of a mirror.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Where the numbers of versions come from.
    pub version: Vec<String>,
    /// Where everything else comes from.
    pub content: Vec<String>,
}

impl Mirror {
    /// Reads what is set for a tree. What cannot be read is not set.
    pub fn of(tree: &Path) -> Self {
        let read = |name| lines(&tree.join(DIRECTORY).join(name));
        Self { version: read(VERSION), content: read(CONTENT) }
    }

    /// Sets the mirror of a tree: both of its URLs or, where that fails, none of them.
    pub fn set(&self, tree: &Path) -> Result<(), MirrorError> {
        let directory = tree.join(DIRECTORY);
        let failed = |source| MirrorError { path: directory.clone(), source };
        // An administrator may well have linked the directory to another place.
        fs_err::create_dir_all(&directory).map_err(failed)?;
        let place = Directory::open_anywhere(&directory).map_err(failed)?;
        let before = Self::of(tree);
        let written = self.write(&place);
        if written.is_err() {
            // The failure that led here is the one to tell.
            before.write(&place).unwrap_or_default();
        }
        written.map_err(failed)
    }

    /// Takes the mirror of a tree away; says whether there was one.
    pub fn unset(tree: &Path) -> Result<bool, MirrorError> {
        let was_set = Self::of(tree) != Self::default();
        let directory = tree.join(DIRECTORY);
        let unset = || match absent_as_none(Directory::open_anywhere(&directory))? {
            Some(place) => Self::default().write(&place),
            None => Ok(()),
        };
        unset().map_err(|source| MirrorError { path: directory.clone(), source })?;
        Ok(was_set)
    }

    fn write(&self, place: &Directory) -> io::Result<()> {
        for (name, urls) in [(CONTENT, &self.content), (VERSION, &self.version)] {
            let name = Path::new(name);
            if urls.is_empty() {
                place.remove_all(name)?;
            } else {
                place.write_whole(name, urls.join("\n").as_bytes(), 0o644)?;
            }
        }
        Ok(())
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs_err::read_to_string(path).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(ToOwned::to_owned).collect()
}

/// The files of a mirror cannot be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("cannot change the mirror in {}", path.display())]
pub struct MirrorError {
    /// Where they lie.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

const DIRECTORY: &str = "etc/swupd";
const VERSION: &str = "mirror_versionurl";
const CONTENT: &str = "mirror_contenturl";

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(version: &[&str], content: &[&str]) -> Mirror {
        let owned = |urls: &[&str]| urls.iter().map(ToString::to_string).collect();
        Mirror { version: owned(version), content: owned(content) }
    }

    #[test]
    fn a_mirror_is_set_replaced_and_taken_away() {
        let tree = tempfile::tempdir().unwrap();
        let tree = tree.path();
        assert_eq!(Mirror::of(tree), Mirror::default());
        assert!(!Mirror::unset(tree).unwrap());
        let first = mirror(&["https://v"], &["https://c", "https://d"]);
        first.set(tree).unwrap();
        assert_eq!(Mirror::of(tree), first);
        assert_eq!(fs_err::read(tree.join(DIRECTORY).join(VERSION)).unwrap(), b"https://v");
        let other = mirror(&["https://w"], &["https://w"]);
        other.set(tree).unwrap();
        assert_eq!(Mirror::of(tree), other);
        assert!(Mirror::unset(tree).unwrap());
        assert_eq!(Mirror::of(tree), Mirror::default());
        assert!(fs_err::read_dir(tree.join(DIRECTORY)).unwrap().next().is_none());
    }

    #[test]
    fn a_mirror_is_set_whole_or_not_at_all() {
        let tree = tempfile::tempdir().unwrap();
        let tree = tree.path();
        fs_err::create_dir(tree.join("etc")).unwrap();
        fs_err::write(tree.join(DIRECTORY), "a file").unwrap();
        let error = mirror(&["https://v"], &["https://c"]).set(tree).unwrap_err();
        assert!(error.to_string().contains("etc/swupd"), "{error}");
        assert_eq!(fs_err::read(tree.join(DIRECTORY)).unwrap(), b"a file");
        fs_err::remove_file(tree.join(DIRECTORY)).unwrap();
        // A directory elsewhere is as good as one here.
        fs_err::create_dir(tree.join("elsewhere")).unwrap();
        fs_err::os::unix::fs::symlink("../elsewhere", tree.join(DIRECTORY)).unwrap();
        mirror(&["https://v"], &["https://c"]).set(tree).unwrap();
        assert!(tree.join("elsewhere/mirror_versionurl").is_file());
    }
}

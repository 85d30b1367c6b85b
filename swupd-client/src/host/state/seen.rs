//! The newest version that each place has ever named: `<data>/newest-seen`, a line for each with the
//! version, a tab and the URL. Who names an older one later may be replaying what is signed, but
//! old. What cannot be read in it counts as nothing.

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use swupd_protocol::version::Version;

use super::{StateError, look_own};
use crate::host::{directory::Directory, root::Root, sys};

/// The record of one machine. It is opened anew each time: it may come to be meanwhile.
#[derive(Debug, Clone)]
pub struct Seen {
    tree: PathBuf,
    data: PathBuf,
}

impl Seen {
    /// Returns the record of a tree, in its data directory.
    pub fn of(tree: &Path, data: &Path) -> Self {
        Self { tree: tree.to_owned(), data: data.to_owned() }
    }

    /// Returns the newest version that was ever named at a URL.
    pub fn newest(&self, url: &str) -> Option<Version> {
        let known = read(&self.directory()?).ok()?;
        known.into_iter().find(|(_, other)| other == url).map(|(version, _)| version)
    }

    /// Takes note of a version that is named at a URL. Where the machine has no state yet, or keeps
    /// it from this user, nothing is remembered.
    pub fn note(&self, url: &str, version: Version) -> Result<(), StateError> {
        let is_line = !url.contains(['\n', '\r']) && url.len() <= LONGEST_URL;
        let Some(directory) = self.directory().filter(|_| is_line) else { return Ok(()) };
        let path = || self.data.join(NAME);
        write(&directory, url, version).map_err(|source| StateError::Io {
            doing: "write",
            path: path(),
            source,
        })
    }

    fn directory(&self) -> Option<Directory> {
        look_own(&self.data, &Root::open(&self.tree).ok()?).ok()?
    }
}

/// Reads the record; what makes no sense counts as nothing, a disk that fails does not.
fn read(directory: &Directory) -> io::Result<Vec<(Version, String)>> {
    let text = match directory.read_whole(Path::new(NAME), MAX_RECORD) {
        Err(error) if sys::is_damage(&error) => return Err(error),
        read => read.ok().flatten().unwrap_or_default(),
    };
    let text = String::from_utf8_lossy(&text);
    let line = |line: &str| {
        let (version, url) = line.split_once('\t')?;
        Some((version.parse().ok()?, url.to_owned()))
    };
    Ok(text.lines().filter_map(line).take(MOST_PLACES).collect())
}

fn write(directory: &Directory, url: &str, version: Version) -> io::Result<()> {
    let mut known = read(directory)?;
    let (of_this, others): (Vec<_>, Vec<_>) = known.drain(..).partition(|(_, other)| other == url);
    if of_this.iter().any(|(known, _)| *known >= version) {
        return Ok(());
    }
    let mut text = String::new();
    let all = std::iter::once((version, url.to_owned())).chain(others).take(MOST_PLACES);
    for (version, url) in all {
        // Writing to a string does not fail.
        writeln!(text, "{version}\t{url}").unwrap_or_default();
    }
    directory.write_whole(Path::new(NAME), text.as_bytes(), 0o644)
}

const NAME: &str = "newest-seen";
const MAX_RECORD: u64 = 1 << 18;
/// Places that are remembered; of more, the one longest unchanged is forgotten.
const MOST_PLACES: usize = 64;
const LONGEST_URL: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32) -> Version {
        Version::new(number).unwrap()
    }

    #[test]
    fn the_newest_of_each_place_is_remembered() {
        let tree = tempfile::tempdir().unwrap();
        let seen = Seen::of(tree.path(), &tree.path().join("var/lib/swupd"));
        seen.note("https://a", version(10)).unwrap();
        assert_eq!(seen.newest("https://a"), None);
        fs_err::create_dir_all(tree.path().join("var/lib/swupd")).unwrap();
        for (url, number) in [("https://a", 10), ("https://b", 5), ("https://a", 20)] {
            seen.note(url, version(number)).unwrap();
            assert_eq!(seen.newest(url), Some(version(number)));
        }
        seen.note("https://a", version(15)).unwrap();
        assert_eq!(seen.newest("https://a"), Some(version(20)));
        assert_eq!(seen.newest("https://b"), Some(version(5)));
        seen.note("https://a\n30\thttps://b", version(99)).unwrap();
        assert_eq!(seen.newest("https://b"), Some(version(5)));
        for number in 1..200 {
            seen.note(&format!("https://{number}"), version(number)).unwrap();
        }
        assert_eq!(seen.newest("https://199"), Some(version(199)));
        assert_eq!(seen.newest("https://a"), None);
    }

    #[test]
    fn garbage_counts_as_nothing_and_does_not_stay() {
        let tree = tempfile::tempdir().unwrap();
        let data = tree.path().join("data");
        fs_err::create_dir(&data).unwrap();
        let seen = Seen::of(tree.path(), &data);
        let file = data.join(NAME);
        let long = vec![b'\n'; 1 << 19];
        for garbage in [&b"\xff\xfe\0\0"[..], b"x\ty\n\n-1\thttps://a\n30\n", &long] {
            fs_err::write(&file, garbage).unwrap();
            assert_eq!(seen.newest("https://a"), None);
            seen.note("https://a", version(10)).unwrap();
            assert_eq!(seen.newest("https://a"), Some(version(10)));
            assert_eq!(fs_err::read(&file).unwrap(), b"10\thttps://a\n");
        }
        fs_err::remove_file(&file).unwrap();
        fs_err::create_dir(&file).unwrap();
        assert_eq!(seen.newest("https://a"), None);
        seen.note("https://a", version(10)).unwrap();
        assert_eq!(seen.newest("https://a"), Some(version(10)));
        // A link leads nowhere.
        fs_err::remove_file(&file).unwrap();
        let outside = tree.path().join("outside");
        fs_err::write(&outside, "99\thttps://a\n").unwrap();
        fs_err::os::unix::fs::symlink(&outside, &file).unwrap();
        assert_eq!(seen.newest("https://a"), None);
        seen.note("https://a", version(10)).unwrap();
        assert_eq!(fs_err::read(&outside).unwrap(), b"99\thttps://a\n");
    }
}

//! The database of rpm, which only rpm itself can read: its format is one of several and not
//! documented for others. It gets a copy, since whoever reads it writes beside it, too.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
};

use rustix::{fs::Dir, io::Errno};
use swupd_protocol::path::TreePath;

use super::{Listed, PackagesError, contents};
use crate::source::SourceTree;

/// Returns the packages of those names with what they list; none where the tree has no such
/// database.
pub(super) fn listed(
    database: &SourceTree,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<Option<Listed>, PackagesError> {
    for directory in DIRECTORIES {
        let trouble = |source| PackagesError::Io { file: directory.to_owned(), source };
        let copy = tempfile::tempdir().map_err(trouble)?;
        if copied(database, directory, copy.path()).map_err(trouble)? {
            let text = ask(copy.path(), directory)?;
            return Ok(Some(parse(&text, is_wanted)));
        }
    }
    Ok(None)
}

/// Copies the files of a database; false where there is none.
fn copied(tree: &SourceTree, directory: &str, to: &Path) -> io::Result<bool> {
    let place = TreePath::parse(directory.as_bytes()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let opened = match tree.open_directory(Some(&place)) {
        Err(error) if is_nothing_there(&error) => return Ok(false),
        opened => opened?,
    };
    let mut found = false;
    for entry in Dir::read_from(&opened)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let Ok(path) = place.join(name) else { continue };
        if !entry.file_type().is_file() {
            continue;
        }
        let mut from = tree.open_file(&path)?;
        let mut copy =
            fs_err::File::create(to.join(path.relative().file_name().unwrap_or_default()))?;
        io::copy(&mut from, &mut copy)?;
        copy.flush()?;
        found |= DATABASES.contains(&name);
    }
    Ok(found)
}

/// The directory may be missing, or a link: `var/lib/rpm` leads to the newer place.
fn is_nothing_there(error: &io::Error) -> bool {
    [Errno::NOENT, Errno::NOTDIR, Errno::LOOP]
        .iter()
        .any(|number| error.raw_os_error() == Some(number.raw_os_error()))
}

/// Lets rpm print a line for each file of each package.
fn ask(copy: &Path, directory: &str) -> Result<Vec<u8>, PackagesError> {
    let output = Command::new("rpm")
        .arg("--dbpath")
        .arg(copy)
        .args(["--query", "--all", "--queryformat", LINES])
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .output()
        .map_err(|source| PackagesError::NoRpm { source })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(PackagesError::Rpm { directory: directory.to_owned(), said })
}

/// Reads what rpm printed. A name with a line feed in it is not a path that could be published.
fn parse(text: &[u8], is_wanted: &dyn Fn(&str) -> bool) -> Listed {
    let mut packages: BTreeMap<&str, Vec<TreePath>> = BTreeMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let Ok(name) = std::str::from_utf8(&line[..tab]) else { continue };
        if is_wanted(name) {
            // A package without files is one all the same.
            let files = packages.entry(name).or_default();
            files.extend(TreePath::parse(&line[tab + 1..]).ok());
        }
    }
    packages.into_iter().map(|(name, paths)| (name.to_owned(), contents(paths))).collect()
}

/// Where the database lies: the newer place first.
const DIRECTORIES: [&str; 2] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];
/// The file that makes a directory one, in the three forms that rpm has used.
const DATABASES: [&[u8]; 3] = [b"rpmdb.sqlite", b"Packages.db", b"Packages"];
/// A line with the name alone, then one for each file.
const LINES: &str = "%{NAME}\t\n[%{=NAME}\t%{FILENAMES}\n]";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_package_has_its_files() {
        let text = "editor\t\neditor\t/usr\neditor\t/usr/bin\neditor\t/usr/bin/ed\neditor\t/usr/empty\n\
            meta\t\nother\t\nother\t/usr/bin/other\nnonsense\n";
        let listed = parse(text.as_bytes(), &|name| name != "other");
        let shown: Vec<(&str, Vec<String>)> = listed
            .iter()
            .map(|(name, paths)| (name.as_str(), paths.iter().map(ToString::to_string).collect()))
            .collect();
        let editor = vec!["/usr/bin/ed".to_owned(), "/usr/empty".to_owned()];
        assert_eq!(shown, [("editor", editor), ("meta", vec![])]);
    }

    #[test]
    fn a_tree_without_a_database_has_none() {
        let directory = tempfile::tempdir().unwrap();
        let listed = |tree: &SourceTree| super::listed(tree, &|_| true).unwrap();
        assert_eq!(listed(&SourceTree::open(directory.path()).unwrap()), None);
        // A directory alone is none, and a link leads nowhere.
        fs_err::create_dir_all(directory.path().join("usr/lib/sysimage/rpm")).unwrap();
        fs_err::create_dir_all(directory.path().join("var/lib")).unwrap();
        let link = directory.path().join("var/lib/rpm");
        std::os::unix::fs::symlink(Path::new("/usr/lib/sysimage/rpm"), link).unwrap();
        assert_eq!(listed(&SourceTree::open(directory.path()).unwrap()), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: Vec<u8>) {
            prop_assert!(parse(&text, &|_| true).len() <= text.len());
        }
    }
}

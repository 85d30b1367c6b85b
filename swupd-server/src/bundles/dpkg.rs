//! What packages have, by the database of dpkg: `var/lib/dpkg` of a tree, read and never written.

mod places;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{self, Read},
};

use swupd_protocol::path::TreePath;

use super::definition::PackagePattern;
use crate::{source::SourceTree, tree::Tree};

use self::places::Places;

/// The files of packages, by the packages' names. One that is there for several architectures has
/// the files of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(pub BTreeMap<String, Vec<TreePath>>);

impl Packages {
    /// Reads what those packages have that are wanted. The paths are those that the tree has: a
    /// package says `/bin/ls`, where `/bin` leads to `/usr/bin`.
    pub fn read(
        database: &SourceTree,
        wanted: &[&PackagePattern],
        tree: &Tree,
    ) -> Result<Self, DpkgError> {
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        let Some(status) = read(database, "status")? else {
            return Err(DpkgError::NoDatabase { root: database.path().display().to_string() });
        };
        let diversions = read(database, "diversions")?.unwrap_or_default();
        let diversions = Diversions::parse(&diversions);
        let mut places = Places::new(tree);
        let mut packages = Self::default();
        let installed = installed(&status);
        for package in installed.iter().filter(|p| wanted.iter().any(|w| w.is_match(&p.name))) {
            let files = packages.0.entry(package.name.clone()).or_default();
            let listed = package.list(database)?;
            for path in contents(&listed) {
                files.extend(places.in_tree(diversions.apply(&path, &package.name)));
            }
        }
        Ok(packages)
    }

    /// Returns the packages that a pattern means.
    pub(super) fn matching<'a>(
        &'a self,
        pattern: &'a PackagePattern,
    ) -> impl Iterator<Item = (&'a String, &'a Vec<TreePath>)> {
        self.0.iter().filter(|(name, _)| pattern.is_match(name))
    }
}

/// A package whose files are in the tree.
#[derive(Debug, PartialEq, Eq)]
struct Installed {
    name: String,
    architecture: String,
}

impl Installed {
    /// Returns the text of the list of its files.
    fn list(&self, database: &SourceTree) -> Result<Vec<u8>, DpkgError> {
        // Packages that can be there for several architectures have theirs in the file's name.
        let names = [
            format!("info/{}:{}.list", self.name, self.architecture),
            format!("info/{}.list", self.name),
        ];
        for name in names {
            if let Some(list) = read(database, &name)? {
                return Ok(list);
            }
        }
        Err(DpkgError::NoList { package: self.name.clone() })
    }
}

/// Returns the listed paths but for directories on the way to others: whoever has what is in them
/// needs those anyway, and where the tree has a link instead (`/bin`) it is not the package's.
fn contents(list: &[u8]) -> Vec<TreePath> {
    let paths: Vec<TreePath> =
        list.split(|b| *b == b'\n').filter_map(|line| TreePath::parse(line).ok()).collect();
    let on_the_way: HashSet<TreePath> = paths.iter().filter_map(TreePath::parent).collect();
    paths.into_iter().filter(|path| !on_the_way.contains(path)).collect()
}

/// Reads the paragraphs of the status file.
fn installed(status: &[u8]) -> Vec<Installed> {
    let mut found = Vec::new();
    let mut fields: HashMap<&[u8], &[u8]> = HashMap::new();
    for line in status.split(|b| *b == b'\n').chain([&b""[..]]) {
        match line.iter().position(|b| *b == b':') {
            _ if line.is_empty() => found.extend(paragraph(&std::mem::take(&mut fields))),
            // Lines that go on are indented; none of the fields that count does.
            Some(colon) if !line[0].is_ascii_whitespace() => {
                fields.insert(&line[..colon], line[colon + 1..].trim_ascii());
            }
            _ => {}
        }
    }
    found
}

fn paragraph(fields: &HashMap<&[u8], &[u8]>) -> Option<Installed> {
    let text = |key: &[u8]| {
        let value = std::str::from_utf8(fields.get(key)?).ok()?;
        (!value.is_empty() && !value.contains('/')).then(|| value.to_owned())
    };
    let state = text(b"Status")?;
    let state = state.split(' ').next_back()?;
    let has_files = !matches!(state, "not-installed" | "config-files");
    let name = text(b"Package")?;
    has_files.then(|| Installed { name, architecture: text(b"Architecture").unwrap_or_default() })
}

/// Which packages' files were put elsewhere for the sake of another package's.
#[derive(Debug, Default)]
struct Diversions(HashMap<TreePath, (TreePath, String)>);

impl Diversions {
    /// Reads three lines for each: the path, where it is put, and the package that has the path
    /// for itself (`:` for none).
    fn parse(text: &[u8]) -> Self {
        let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
        let diversion = |[from, to, by]: &[&[u8]; 3]| {
            let by = String::from_utf8_lossy(by).into_owned();
            Some((TreePath::parse(from).ok()?, (TreePath::parse(to).ok()?, by)))
        };
        Self(lines.as_chunks::<3>().0.iter().filter_map(diversion).collect())
    }

    /// Returns where a package's path really is.
    fn apply<'a>(&'a self, path: &'a TreePath, package: &str) -> &'a TreePath {
        match self.0.get(path) {
            Some((to, by)) if by != package => to,
            _ => path,
        }
    }
}

/// Reads a file of the database; none where it does not exist.
fn read(database: &SourceTree, name: &str) -> Result<Option<Vec<u8>>, DpkgError> {
    let failed = |source| DpkgError::Io { file: format!("/var/lib/dpkg/{name}"), source };
    let path = format!("/var/lib/dpkg/{name}");
    let Ok(path) = TreePath::parse(path.as_bytes()) else { return Ok(None) };
    let file = match database.open_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    let mut text = Vec::new();
    let length = file.take(MAX_FILE + 1).read_to_end(&mut text).map_err(failed)?;
    if length as u64 > MAX_FILE {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(Some(text))
}

/// Why the files of packages are not known.
#[derive(Debug, thiserror::Error)]
pub enum DpkgError {
    /// Bundles name packages, but there is nothing to look them up in.
    #[error(
        "bundles name packages, but {root} has no var/lib/dpkg; --packages-from can name another tree"
    )]
    NoDatabase {
        /// The tree.
        root: String,
    },
    /// A package that is installed has no list of files.
    #[error("package {package} is installed but has no list of files")]
    NoList {
        /// The package.
        package: String,
    },
    /// The system refused.
    #[error("cannot read {file}")]
    Io {
        /// Below the tree.
        file: String,
        /// The system's own words.
        source: io::Error,
    },
}

/// Largest file of the database in bytes.
const MAX_FILE: u64 = 256 << 20;

#[cfg(test)]
#[path = "dpkg_tests.rs"]
mod tests;

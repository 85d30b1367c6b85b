//! The database of dpkg: `var/lib/dpkg` of a tree.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use swupd_protocol::path::TreePath;

use super::{Listed, PackagesError, contents};
use crate::source::SourceTree;

/// Returns the packages of those names with what they list; none where the tree has no such
/// database.
pub(super) fn listed(
    database: &SourceTree,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<Option<Listed>, PackagesError> {
    let Some(status) = read(database, "status")? else { return Ok(None) };
    let diversions = read(database, "diversions")?.unwrap_or_default();
    let diversions = Diversions::parse(&diversions);
    let mut packages = Vec::new();
    for package in installed(&status).into_iter().filter(|package| is_wanted(&package.name)) {
        let list = package.list(database)?;
        let lines = list.split(|byte| *byte == b'\n');
        let paths = contents(lines.filter_map(|line| TreePath::parse(line).ok()).collect());
        let put = |path| diversions.apply(path, &package.name).clone();
        let paths = paths.iter().map(put).collect();
        packages.push((package.name, paths));
    }
    Ok(Some(packages))
}

/// A package whose files are in the tree.
#[derive(Debug, PartialEq, Eq)]
struct Installed {
    name: String,
    architecture: String,
}

impl Installed {
    /// Returns the text of the list of its files.
    fn list(&self, database: &SourceTree) -> Result<Vec<u8>, PackagesError> {
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
        Err(PackagesError::NoList { package: self.name.clone() })
    }
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
fn read(database: &SourceTree, name: &str) -> Result<Option<Vec<u8>>, PackagesError> {
    let failed = |source| PackagesError::Io { file: format!("/var/lib/dpkg/{name}"), source };
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

/// Largest file of the database in bytes.
const MAX_FILE: u64 = 256 << 20;

#[cfg(test)]
#[path = "dpkg_tests.rs"]
mod tests;

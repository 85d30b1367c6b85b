//! What a build adds to the content of a tree: who the system is, where its updates come from, which
//! bundles it has, and what no hash covers. The tree itself stays as it is; nothing is read here.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use swupd_protocol::{
    attributes::{AttributeTable, TooManyAttributes, XattrName, table_path},
    bundle::BundleName,
    object::{Attributes, Kind, Object},
    path::TreePath,
    version::{FormatNumber, Version},
};

use super::scan::Scanned;
use crate::{
    bundles::BundleContent,
    tree::{Source, Tree, TreeObject},
};

/// What a system is to know of itself.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The version that it has.
    pub version: Version,
    /// The format that it follows.
    pub format: FormatNumber,
    /// Another format that the tree may name: the next one, which it then announces.
    pub next_format: Option<FormatNumber>,
    /// Where content comes from; none leaves what the tree says.
    pub content_url: Option<&'a str>,
    /// Where the newest version is found; none leaves what the tree says.
    pub version_url: Option<&'a str>,
    /// The certificate that it trusts, PEM.
    pub certificate: &'a [u8],
    /// The bundles that there are.
    pub bundles: &'a BTreeSet<BundleName>,
}

/// What was added.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Furnished {
    /// The paths that belong to one bundle whatever others claim.
    pub reserved: BTreeMap<TreePath, BundleName>,
    /// What was done to the content of the tree.
    pub notes: Vec<String>,
    /// What the operator should look at.
    pub warnings: Vec<String>,
}

/// Returns the files of a tree whose content decides what has to be added.
pub fn of_interest() -> Result<BTreeSet<TreePath>, FurnishError> {
    [OS_RELEASE, FORMAT, CONTENT_URL, VERSION_URL, CERTIFICATE].into_iter().map(known).collect()
}

/// Adds to the content of a tree what it lacks, and what would be wrong.
pub fn furnish(scanned: &mut Scanned, identity: &Identity<'_>) -> Result<Furnished, FurnishError> {
    let mut room = Room { scanned, furnished: Furnished::default() };
    room.os_release(identity)?;
    room.defaults(identity)?;
    room.certificate(identity)?;
    room.markers(identity)?;
    room.drop_tables();
    Ok(room.furnished)
}

/// Gives each bundle that needs one its table of attributes.
pub fn state_attributes(
    tree: &mut Tree,
    bundles: &mut BTreeMap<BundleName, BundleContent>,
) -> Result<(), FurnishError> {
    let mut made = BTreeSet::new();
    for (name, content) in bundles.iter_mut() {
        let table = table(tree, content)?;
        if !table.is_empty() {
            let path = table_path(name);
            put(tree, &path, table.to_text(), None)?;
            made.extend(path.ancestors());
            content.paths.insert(path);
        }
    }
    // Every bundle includes os-core, so there the directories serve them all.
    for (name, content) in bundles.iter_mut().filter(|_| !made.is_empty()) {
        if name.is_os_core() {
            content.paths.extend(made.iter().cloned());
        } else {
            content.paths.retain(|path| !made.contains(path));
        }
    }
    Ok(())
}

fn table(tree: &Tree, content: &BundleContent) -> Result<AttributeTable, FurnishError> {
    let mut table = AttributeTable::default();
    for path in &content.paths {
        let Some(object) = tree.0.get(path) else { continue };
        if let Some(time) = object.mtime {
            table.set_mtime(path.clone(), time);
        }
        for (name, value) in &object.xattrs {
            // Only attributes with names that a table can state were read.
            if let Ok(name) = XattrName::parse(name) {
                table.set_xattr(path.clone(), name, value.clone())?;
            }
        }
    }
    Ok(table)
}

/// A tree that is being furnished.
struct Room<'a> {
    scanned: &'a mut Scanned,
    furnished: Furnished,
}

impl Room<'_> {
    fn os_release(&mut self, identity: &Identity<'_>) -> Result<(), FurnishError> {
        let path = known(OS_RELEASE)?;
        let text = self.kept(&path).unwrap_or(NAMELESS).to_vec();
        let stated = with_version(&text, identity.version);
        self.provide(path, |has| has.is_some_and(|_| stated == text), stated.clone())
    }

    fn defaults(&mut self, identity: &Identity<'_>) -> Result<(), FurnishError> {
        let line = |text: &dyn std::fmt::Display| format!("{text}\n").into_bytes();
        let allowed: Vec<String> = [Some(identity.format), identity.next_format]
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let fits = |has: Option<&[u8]>| {
            has.is_some_and(|has| allowed.iter().any(|a| a.as_bytes() == has.trim_ascii()))
        };
        self.provide(known(FORMAT)?, fits, line(&identity.format))?;
        let urls = [(CONTENT_URL, identity.content_url), (VERSION_URL, identity.version_url)];
        for (path, url) in urls {
            let path = known(path)?;
            if let Some(url) = url {
                let fits =
                    |has: Option<&[u8]>| has.is_some_and(|h| h.trim_ascii() == url.as_bytes());
                self.provide(path, fits, line(&url))?;
            } else if self.kept(&path).is_none() {
                let message = format!("{path}: neither the settings nor the tree name a URL");
                self.furnished.warnings.push(message);
            }
        }
        Ok(())
    }

    fn certificate(&mut self, identity: &Identity<'_>) -> Result<(), FurnishError> {
        let fits = |has: Option<&[u8]>| has == Some(identity.certificate);
        self.provide(known(CERTIFICATE)?, fits, identity.certificate.to_vec())
    }

    /// Every bundle has an empty file that tells that it is installed; no other such file stays.
    fn markers(&mut self, identity: &Identity<'_>) -> Result<(), FurnishError> {
        let directory = known(MARKERS)?;
        let mut markers = BTreeMap::new();
        for bundle in identity.bundles {
            let marker = directory.join(bundle.as_str().as_bytes());
            let marker = marker.map_err(|_| FurnishError::Path { path: bundle.to_string() })?;
            markers.insert(marker, bundle.clone());
        }
        let is_marker = |path: &TreePath| path.parent().as_ref() == Some(&directory);
        let tree = &mut self.scanned.tree.0;
        let foreign = tree.keys().filter(|path| is_marker(path) && !markers.contains_key(*path));
        let foreign: Vec<TreePath> = foreign.cloned().collect();
        tree.retain(|path, _| !foreign.iter().any(|f| path.is_at_or_below(f.as_bytes())));
        if !foreign.is_empty() {
            let names = foreign.iter().map(|path| String::from_utf8_lossy(path.name()));
            let names = names.collect::<Vec<_>>().join(", ");
            let message = format!("left out: markers in {MARKERS} of undefined bundles: {names}");
            self.furnished.warnings.push(message);
        }
        for (marker, bundle) in markers {
            let empty = tree_object(&self.scanned.tree, &marker)
                .is_some_and(|o| o.kind() == Kind::File && o.content_size() == 0);
            if !empty {
                put(&mut self.scanned.tree, &marker, Vec::new(), None)?;
            }
            self.furnished.reserved.insert(marker, bundle);
        }
        Ok(())
    }

    /// Tables are made anew from what the tree really has.
    fn drop_tables(&mut self) {
        self.scanned
            .tree
            .0
            .retain(|path, _| path.parent().is_none_or(|p| !p.is_at_or_below(TABLES)));
    }

    fn kept(&self, path: &TreePath) -> Option<&[u8]> {
        self.scanned.kept.get(path).map(Vec::as_slice)
    }

    /// Puts a file of the base system in its place, unless what is there fits.
    fn provide(
        &mut self,
        path: TreePath,
        fits: impl FnOnce(Option<&[u8]>) -> bool,
        text: Vec<u8>,
    ) -> Result<(), FurnishError> {
        if !fits(self.kept(&path)) {
            let before = tree_object(&self.scanned.tree, &path).cloned();
            let what = if before.is_some() { "replaced" } else { "added" };
            self.furnished.notes.push(format!("{what} in the content: {path}"));
            put(&mut self.scanned.tree, &path, text, before)?;
        }
        self.furnished.reserved.insert(path, BundleName::os_core());
        Ok(())
    }
}

fn tree_object<'a>(tree: &'a Tree, path: &TreePath) -> Option<&'a Object> {
    tree.0.get(path).map(|object| &object.object)
}

/// Puts a file into the content, with the owner and mode of the one before, where there is one, and
/// with the directories that it needs.
fn put(
    tree: &mut Tree,
    path: &TreePath,
    text: Vec<u8>,
    before: Option<Object>,
) -> Result<(), FurnishError> {
    for above in path.ancestors() {
        match tree_object(tree, &above).map(Object::kind) {
            Some(Kind::Directory) => {}
            None => {
                let object = Object::Directory { attributes: Attributes::new(0o755, 0, 0) };
                tree.0.insert(above, made(object, Vec::new()));
            }
            Some(_) => return Err(FurnishError::NoDirectory { path: above }),
        }
    }
    let attributes = match before {
        Some(Object::File { attributes, .. }) => attributes,
        _ => Attributes::new(0o644, 0, 0),
    };
    let object = Object::File { attributes, size: text.len() as u64 };
    tree.0.insert(path.clone(), made(object, text));
    Ok(())
}

fn made(object: Object, content: Vec<u8>) -> TreeObject {
    let mut hasher = object.hasher();
    hasher.update(&content);
    let source = Source::Bytes(Arc::from(content));
    TreeObject { hash: hasher.finish(), object, source, xattrs: Vec::new(), mtime: None }
}

/// Returns the text of an os-release file with this version, as it is where it has it already.
fn with_version(text: &[u8], version: Version) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let number = version.to_string();
    let stated = format!("VERSION_ID={number}").into_bytes();
    let value = |line: &[u8]| line.strip_prefix(b"VERSION_ID=").map(unquoted);
    let mut found = lines.iter().filter_map(|line| value(line));
    if found.next() == Some(number.as_bytes().to_vec()) && found.next().is_none() {
        return text.to_vec();
    }
    match lines.iter().position(|line| value(line).is_some()) {
        Some(first) => lines[first] = &stated,
        None => lines.push(&stated),
    }
    let mut seen = false;
    lines.retain(|line| value(line).is_none() || !std::mem::replace(&mut seen, true));
    [lines.join(&b'\n'), b"\n".to_vec()].concat()
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let value = value.trim_ascii();
    let quoted = |quote: &[u8]| value.strip_prefix(quote)?.strip_suffix(quote);
    quoted(b"\"").or_else(|| quoted(b"'")).unwrap_or(value).to_vec()
}

fn known(path: &str) -> Result<TreePath, FurnishError> {
    TreePath::parse(path.as_bytes()).map_err(|_| FurnishError::Path { path: path.to_owned() })
}

/// Why something cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum FurnishError {
    /// Where a directory is needed, the tree has something else.
    #[error("{path} is no directory, but the build has to put something into it")]
    NoDirectory {
        /// Where.
        path: TreePath,
    },
    /// A path that cannot be.
    #[error("{path} cannot be a path of the content")]
    Path {
        /// Which.
        path: String,
    },
    /// More than a table can state.
    #[error("the attributes of a file cannot be stated")]
    Attributes(#[from] TooManyAttributes),
}

const OS_RELEASE: &str = "/usr/lib/os-release";
const FORMAT: &str = "/usr/share/defaults/swupd/format";
const CONTENT_URL: &str = "/usr/share/defaults/swupd/contenturl";
const VERSION_URL: &str = "/usr/share/defaults/swupd/versionurl";
const CERTIFICATE: &str = "/usr/share/clear/update-ca/Swupd_Root.pem";
const MARKERS: &str = "/usr/share/clear/bundles";
const TABLES: &[u8] = b"/usr/share/swupd/attributes";
/// What a system is called whose tree does not say.
const NAMELESS: &[u8] = b"NAME=\"Linux\"\nID=linux\n";

#[cfg(test)]
#[path = "furnish_tests.rs"]
mod tests;

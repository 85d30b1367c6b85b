//! What no hash covers: capabilities and the times that matter. They stand in tables that are
//! content themselves, one per bundle; here they are read, compared with the tree, and turned into
//! what has to be put anew because of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::Path,
};

use swupd_protocol::{
    attributes::{
        AttributeTable, AttributesError as TableError, PathAttributes, TooManyAttributes,
        table_path,
    },
    bundle::BundleName,
    hash::ContentHash,
    limits::MAX_ATTRIBUTES,
    manifest::Entry,
    object::{Attributes, Kind, Object},
    path::TreePath,
};

use crate::{
    host::{
        root::{Ownership, Root},
        store::{Store, StoreError, file_name},
        sys,
    },
    update::{content::Content, findings::Standing, step::Step},
};

/// Reads the tables that the content names, out of the store or else out of the tree.
pub fn of(
    root: &Root,
    store: &Store,
    content: &Content,
) -> Result<AttributeTable, AttributesError> {
    read(content, |entry| {
        if store.has(&entry.hash) {
            store.directory().read(Path::new(&file_name(&entry.hash))).map(Some)
        } else {
            root.open_verified(&entry.path, &entry.hash)
        }
    })
}

/// Marks what stands in the tree with other attributes than the tables say. A table that is not
/// intact says nothing: it is a finding itself.
pub fn compare(
    root: &Root,
    content: &Content,
    standing: &mut BTreeMap<TreePath, Standing>,
) -> Result<(), AttributesError> {
    let mut all_tables_read = true;
    let tables = read(content, |entry| {
        let intact = match standing.get(&entry.path) {
            Some(Standing::Nothing | Standing::Else) => None,
            // One that was not looked at proves to be intact here.
            Some(Standing::Same) | None => root.open_verified(&entry.path, &entry.hash)?,
        };
        all_tables_read &= intact.is_some();
        Ok(intact)
    })?;
    for (path, wanted) in tables.iter() {
        if let Some(standing) = standing.get_mut(path).filter(|s| **s == Standing::Same)
            && differs(root, path, wanted)?
        {
            *standing = Standing::Else;
        }
    }
    if all_tables_read && root.ownership() == Ownership::AsStated {
        for (path, standing) in standing.iter_mut().filter(|(_, s)| **s == Standing::Same) {
            if has_capability_of_its_own(root, content, &tables, path)? {
                *standing = Standing::Else;
            }
        }
    }
    Ok(())
}

/// Says whether a file has capabilities that no table gives it: somebody else did.
fn has_capability_of_its_own(
    root: &Root,
    content: &Content,
    tables: &AttributeTable,
    path: &TreePath,
) -> Result<bool, AttributesError> {
    let is_file = content.get(path).is_some_and(|entry| entry.kind == Some(Kind::File));
    let is_given = tables.get(path).is_some_and(|said| {
        said.xattrs().keys().any(|name| name.as_str().as_bytes() == CAPABILITY)
    });
    if !is_file || is_given {
        return Ok(false);
    }
    let unreadable = |source| AttributesError::Read { path: path.clone(), source };
    let Some(file) = root.open_file(path).map_err(unreadable)? else { return Ok(false) };
    Ok(sys::xattr(&file, CAPABILITY).map_err(unreadable)?.is_some())
}

/// What the tables change besides the steps of a trip.
#[derive(Debug, Default)]
pub struct Changed {
    /// What is unchanged but for its attributes: put anew, since its file may be shared.
    pub steps: Vec<Step>,
    /// Files that had extended attributes and have none from now on.
    pub bare: BTreeSet<TreePath>,
}

/// Compares the tree with the `new` tables where `steps`, sorted by path, leave it as it is. What is
/// to be put anew is copied into the store. `old` are the tables that the tree was made by.
pub fn changed(
    (root, store): (&Root, &Store),
    content: &Content,
    steps: &[Step],
    (old, new): (&AttributeTable, &AttributeTable),
) -> Result<Changed, AttributesError> {
    let mut changed = Changed::default();
    let had_more = |path: &TreePath, now: Option<&PathAttributes>| {
        let before = old.get(path).is_some_and(|before| !before.xattrs().is_empty());
        before && now.is_none_or(|now| now.xattrs().is_empty())
    };
    let paths: BTreeSet<&TreePath> = old.iter().chain(new.iter()).map(|(path, _)| path).collect();
    for path in paths {
        let now = new.get(path);
        let is_bare = had_more(path, now);
        if is_bare {
            changed.bare.insert(path.clone());
        }
        let entry = content.get(path).filter(|e| e.is_present() && e.kind == Some(Kind::File));
        let Some(entry) = entry else { continue };
        let is_step = steps.binary_search_by(|step| step.path().cmp(path)).is_ok();
        let differs = match now {
            Some(now) if !is_step => is_bare || differs(root, path, now)?,
            None if !is_step => is_bare,
            _ => false,
        };
        if differs && copy_into(root, store, path, entry.hash)? {
            let (path, hash) = (path.clone(), entry.hash);
            changed.steps.push(Step::Put { path, kind: Kind::File, hash });
        }
    }
    Ok(changed)
}

/// Reads the tables of the content that the tree has, as far as they are intact.
pub fn installed(root: &Root, content: &Content) -> Result<AttributeTable, AttributesError> {
    read(content, |entry| root.open_verified(&entry.path, &entry.hash))
}

fn read(
    content: &Content,
    mut open: impl FnMut(&Entry) -> io::Result<Option<std::fs::File>>,
) -> Result<AttributeTable, AttributesError> {
    let mut tables = AttributeTable::default();
    for entry in content.present().filter(|entry| is_table(&entry.path)) {
        let unreadable = |source| AttributesError::Read { path: entry.path.clone(), source };
        let Some(file) = open(entry).map_err(unreadable)? else { continue };
        let mut text = Vec::new();
        file.take(MAX_ATTRIBUTES + 1).read_to_end(&mut text).map_err(unreadable)?;
        let table = AttributeTable::parse(&text)
            .map_err(|source| AttributesError::Table { path: entry.path.clone(), source })?;
        for (path, said) in table.iter() {
            add(&mut tables, path, said)?;
        }
    }
    Ok(tables)
}

fn add(
    tables: &mut AttributeTable,
    path: &TreePath,
    said: &PathAttributes,
) -> Result<(), AttributesError> {
    if let Some(seconds) = said.mtime() {
        tables.set_mtime(path.clone(), seconds);
    }
    for (name, value) in said.xattrs() {
        tables.set_xattr(path.clone(), name.clone(), value.clone())?;
    }
    Ok(())
}

fn is_table(path: &TreePath) -> bool {
    let bundle = std::str::from_utf8(path.name()).ok().and_then(|n| n.parse::<BundleName>().ok());
    bundle.is_some_and(|bundle| table_path(&bundle) == *path)
}

/// Says whether a file of the tree has other attributes than the table says. Where nothing stands
/// there, nothing differs: it is missing.
fn differs(root: &Root, path: &TreePath, wanted: &PathAttributes) -> Result<bool, AttributesError> {
    let unreadable = |source| AttributesError::Read { path: path.clone(), source };
    let Some(file) = root.open_file(path).map_err(unreadable)? else { return Ok(false) };
    if let Some(wanted) = wanted.mtime()
        && file.metadata().map_err(unreadable)?.mtime() != wanted
    {
        return Ok(true);
    }
    if root.ownership() == Ownership::OfTheUser {
        // An ordinary user cannot set capabilities: they are not missed.
        return Ok(false);
    }
    for (name, value) in wanted.xattrs() {
        let there = sys::xattr(&file, name.as_str().as_bytes()).map_err(unreadable)?;
        if there.as_ref() != Some(value) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Copies what stands at a path of the tree into a store; false where it is not the object of that
/// name.
pub(crate) fn copy_into(
    root: &Root,
    store: &Store,
    path: &TreePath,
    hash: ContentHash,
) -> Result<bool, AttributesError> {
    let unreadable = |source| AttributesError::Read { path: path.clone(), source };
    if store.has(&hash) {
        return Ok(true);
    }
    let Some((object, found)) = root.hash(path).map_err(unreadable)? else { return Ok(false) };
    if found != hash && root.record().is_none() {
        return Ok(false);
    }
    let stated = root.record().and_then(|record| record.attributes(&hash));
    let object = match (object, stated) {
        (Object::File { size, .. }, Some(attributes)) => Object::File { attributes, size },
        (Object::Directory { .. }, Some(attributes)) => Object::Directory { attributes },
        (Object::Symlink { target, .. }, Some(Attributes { uid, gid, .. })) => {
            Object::Symlink { uid, gid, target }
        }
        (object, None) => object,
    };
    if object.kind() != Kind::File {
        let is_it = object.hash_without_content() == Some(hash);
        return if is_it {
            Ok(store.put_without_content(hash, &object).map(|()| true)?)
        } else {
            Ok(false)
        };
    }
    let Some(mut file) = root.open_verified(path, &hash).map_err(unreadable)? else {
        return Ok(false);
    };
    let mut writer = store.writer(hash, &object)?;
    let copied = io::copy(&mut file, &mut writer).and_then(|_| writer.flush());
    copied.map_err(|source| AttributesError::Copy { path: path.clone(), source })?;
    writer.commit()?;
    Ok(true)
}

/// Why attributes cannot be known or given.
#[derive(Debug, thiserror::Error)]
pub enum AttributesError {
    /// A file of the tree or a table cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Where.
        path: TreePath,
        /// Why not.
        source: io::Error,
    },
    /// A file of the tree cannot be copied.
    #[error("cannot copy {path}")]
    Copy {
        /// Where.
        path: TreePath,
        /// Why not.
        source: io::Error,
    },
    /// A table is not one.
    #[error("{path} is not a table of attributes")]
    Table {
        /// Where.
        path: TreePath,
        /// What is wrong with it.
        source: TableError,
    },
    /// The tables of several bundles say more of one path than it can have.
    #[error(transparent)]
    TooMany(#[from] TooManyAttributes),
    /// A copy cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const CAPABILITY: &[u8] = b"security.capability";

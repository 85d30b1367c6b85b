//! Which objects a tree has: every directory is listed, level by level, so that no depth of
//! directories costs stack, and the bytes to be read are known before the first is.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::CStr,
    os::fd::OwnedFd,
};

use rayon::prelude::*;
use rustix::fs::{Dir, FileType};
use swupd_protocol::{
    object::{Attributes, Object},
    path::TreePath,
    territory::{Territory, of},
};

use super::{ScanError, Wanted};
use crate::source::{SourceTree, Stamp};

/// What a tree has.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// All objects, by path.
    pub(super) objects: Vec<Listed>,
    /// The directories that were listed, the tree itself as none, and how they looked.
    pub(super) directories: Vec<(Option<TreePath>, Stamp)>,
    /// What was not listed though it is there.
    pub(super) left_out: LeftOut,
}

/// One object, as its directory shows it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) path: TreePath,
    pub(super) object: Object,
    pub(super) stamp: Stamp,
}

impl Listed {
    /// Returns how many bytes have to be read to hash it.
    pub(super) fn bytes_to_read(&self) -> u64 {
        match self.object {
            Object::File { size, .. } => size,
            _ => 0,
        }
    }
}

/// Lists the tree.
pub(super) fn list(source: &SourceTree, wanted: &Wanted<'_>) -> Result<Listing, ScanError> {
    let mut listing = Listing::default();
    let mut level = vec![Directory { path: None, wanted_below_etc: false }];
    while !level.is_empty() {
        let contents: Vec<Contents> =
            level.par_iter().map(|d| list_one(source, d, wanted)).collect::<Result<_, _>>()?;
        let mut next = Vec::new();
        for (directory, contents) in level.into_iter().zip(contents) {
            listing.directories.push((directory.path, contents.stamp));
            listing.objects.extend(contents.objects);
            listing.left_out.add(contents.left_out);
            next.extend(contents.directories);
        }
        level = next;
    }
    listing.objects.sort_by(|a, b| a.path.cmp(&b.path));
    keep_what_is_wanted_of_etc(&mut listing.objects, wanted);
    Ok(listing)
}

/// Looks at every directory again: something new or gone in one of them shows in its times.
pub(super) fn verify_unchanged(
    source: &SourceTree,
    directories: &[(Option<TreePath>, Stamp)],
) -> Result<(), ScanError> {
    directories.par_iter().try_for_each(|(path, before)| {
        let failed = ScanError::io(path.as_ref());
        let now = source.open_directory(path.as_ref()).and_then(Stamp::of_open).map_err(failed)?;
        let path = path.as_ref().map_or_else(|| "/".to_owned(), TreePath::to_string);
        if now == *before { Ok(()) } else { Err(ScanError::Changed { path }) }
    })
}

/// A directory to be listed.
struct Directory {
    /// None for the tree itself.
    path: Option<TreePath>,
    /// Whether a pattern for `/etc` matched it, and so all that is in it.
    wanted_below_etc: bool,
}

/// What one directory has.
struct Contents {
    stamp: Stamp,
    objects: Vec<Listed>,
    directories: Vec<Directory>,
    left_out: LeftOut,
}

fn list_one(
    source: &SourceTree,
    directory: &Directory,
    wanted: &Wanted<'_>,
) -> Result<Contents, ScanError> {
    let path = directory.path.as_ref();
    let failed = ScanError::io(path);
    let fd = source.open_directory(path).map_err(&failed)?;
    let stamp = Stamp::of_open(&fd).map_err(&failed)?;
    let mut contents = Contents {
        stamp,
        objects: Vec::new(),
        directories: Vec::new(),
        left_out: LeftOut::default(),
    };
    for entry in Dir::read_from(&fd).map_err(|e| failed(e.into()))? {
        let entry = entry.map_err(|e| failed(e.into()))?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Some(path) = named(path, name) else {
            contents.left_out.name(path, name);
            continue;
        };
        let in_etc = directory.wanted_below_etc || wanted.etc.is_match(&path);
        if is_content(&path, in_etc, wanted) {
            contents.look_at(&fd, name, path, in_etc)?;
        }
    }
    Ok(contents)
}

impl Contents {
    fn look_at(
        &mut self,
        fd: &OwnedFd,
        name: &CStr,
        path: TreePath,
        wanted_below_etc: bool,
    ) -> Result<(), ScanError> {
        let failed = ScanError::io(Some(&path));
        let stamp = Stamp::of_name(fd, name).map_err(&failed)?;
        let attributes = Attributes::new(stamp.mode, stamp.uid, stamp.gid);
        let object = match FileType::from_raw_mode(stamp.mode) {
            FileType::RegularFile => Object::File { attributes, size: stamp.size },
            FileType::Directory => {
                self.directories.push(Directory { path: Some(path.clone()), wanted_below_etc });
                Object::Directory { attributes }
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(fd, name, Vec::new());
                let target = target.map_err(|e| failed(e.into()))?.into_bytes();
                Object::Symlink { uid: stamp.uid, gid: stamp.gid, target }
            }
            other => {
                self.left_out.kind(other, &path);
                return Ok(());
            }
        };
        drop(failed);
        self.objects.push(Listed { path, object, stamp });
        Ok(())
    }
}

fn named(directory: Option<&TreePath>, name: &CStr) -> Option<TreePath> {
    let directory = directory.map_or(&b""[..], TreePath::as_bytes);
    TreePath::parse(&[directory, b"/", name.to_bytes()].concat()).ok()
}

fn is_content(path: &TreePath, in_etc: bool, wanted: &Wanted<'_>) -> bool {
    let territory_fits = match of(path) {
        Territory::State => false,
        // Directories on the way to what is wanted are looked into, too; the rest falls away later.
        Territory::Config => in_etc || !wanted.etc.is_empty(),
        Territory::Os | Territory::Boot => true,
    };
    territory_fits && !wanted.leave_out.is_match(path)
}

/// Of `/etc`, keeps what a pattern matched, what lies below that, and the directories above it.
fn keep_what_is_wanted_of_etc(objects: &mut Vec<Listed>, wanted: &Wanted<'_>) {
    let mut kept: BTreeSet<TreePath> = BTreeSet::new();
    for listed in objects.iter().filter(|listed| of(&listed.path) == Territory::Config) {
        let path = &listed.path;
        let inherited = path
            .parent()
            .is_some_and(|parent| kept.contains(&parent) && wanted_itself(&parent, wanted));
        if inherited || wanted.etc.is_match(path) {
            kept.extend(path.ancestors());
            kept.insert(path.clone());
        }
    }
    objects.retain(|l| of(&l.path) != Territory::Config || kept.contains(&l.path));
}

fn wanted_itself(path: &TreePath, wanted: &Wanted<'_>) -> bool {
    let above = path.ancestors().any(|above| wanted.etc.is_match(&above));
    above || wanted.etc.is_match(path)
}

/// What a tree has and a manifest cannot hold: counted by class, the first of each named.
#[derive(Debug, Default)]
pub(super) struct LeftOut(BTreeMap<&'static str, (u64, String)>);

impl LeftOut {
    /// Returns one message per class.
    pub(super) fn messages(&self) -> Vec<String> {
        let message = |(class, (count, first)): (&&str, &(u64, String))| match count {
            1 => format!("left out: {class} {first}"),
            _ => format!("left out: {class} {first} and {} more", count - 1),
        };
        self.0.iter().map(message).collect()
    }

    fn kind(&mut self, kind: FileType, path: &TreePath) {
        let class = match kind {
            FileType::CharacterDevice | FileType::BlockDevice => "the device node",
            FileType::Socket => "the socket",
            FileType::Fifo => "the named pipe",
            _ => "what is neither file, directory nor link:",
        };
        self.count(class, 1, path.to_string());
    }

    fn name(&mut self, directory: Option<&TreePath>, name: &CStr) {
        let directory = directory.map(TreePath::to_string).unwrap_or_default();
        let class = if name.to_bytes().contains(&b'\n') {
            "what has a newline in its name:"
        } else {
            "what has too long a path:"
        };
        self.count(class, 1, format!("{directory}/{:?}", name.to_string_lossy()));
    }

    fn count(&mut self, class: &'static str, count: u64, first: String) {
        let known = self.0.entry(class).or_insert_with(|| (0, first.clone()));
        known.0 += count;
        if first < known.1 {
            known.1 = first;
        }
    }

    fn add(&mut self, other: Self) {
        for (class, (count, first)) in other.0 {
            self.count(class, count, first);
        }
    }
}

//! What is kept: which generations there are, their trees, and the space that they take.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
};

use super::{Exchange, place::Place};
use crate::{
    host::{
        directory::Directory,
        generations::{Generations, Number, Slot, UNIT},
        root::{HIDDEN, Root},
        state::StateError,
        sys::FileKind,
    },
    update::{content::Content, switch::Generation},
};

/// What a generation takes on the disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiskUse {
    /// What would be free if it were removed.
    pub own: u64,
    /// What others have in common with it.
    pub shared: u64,
}

impl Exchange<'_> {
    /// Returns the generations, in the order in which they were made; the running one is marked.
    pub(super) fn list(&self) -> Result<Vec<Generation>, StateError> {
        let path = self.root.path().join(HIDDEN);
        let unreadable = |source| StateError::Io { doing: "list", path: path.clone(), source };
        self.try_list().map_err(unreadable)
    }

    fn try_list(&self) -> io::Result<Vec<Generation>> {
        let place = Place::look(self.root)?;
        let mut listed = Vec::new();
        if let Some(generations) = Generations::open(place.base())? {
            let running = self.live(&place, &generations)?;
            for number in generations.numbers()? {
                let slot = generations.slot(number)?;
                let about = slot.as_ref().map(Slot::about).transpose()?.flatten();
                listed.extend(about.map(|about| Generation {
                    is_running: Some(number) == running,
                    ..Generation::of(about)
                }));
            }
        }
        if !listed.iter().any(|generation| generation.is_running) {
            let version = crate::host::os_release::version(self.root.path());
            listed.push(Generation::nameless(version));
        }
        Ok(listed)
    }

    /// Returns the tree of a generation; none where it is the one that runs.
    pub(super) fn tree_of(&self, generation: &Generation) -> io::Result<Option<Root>> {
        let Some(number) = generation.number.filter(|_| !generation.is_running) else {
            return Ok(None);
        };
        let slot = self.slot(number)?;
        let path = slot_path(self.root, number);
        Ok(slot.map(|slot| self.root.another(slot.0, path)))
    }

    /// Returns the tree of a kept generation, and what should be in it.
    pub fn kept(&self, number: Number) -> io::Result<Option<(Root, Option<Content>)>> {
        let Some(slot) = self.slot(number)? else { return Ok(None) };
        let content = slot.manifest()?.map(|manifest| Content::of_manifest(&manifest));
        Ok(Some((self.root.another(slot.0, slot_path(self.root, number)), content)))
    }

    /// Returns what should be in a generation; none where nobody wrote that down.
    pub fn content_of(&self, number: Number) -> io::Result<Option<Content>> {
        let manifest = self.slot(number)?.map(|slot| slot.manifest()).transpose()?.flatten();
        Ok(manifest.map(|manifest| Content::of_manifest(&manifest)))
    }

    pub(super) fn slot(&self, number: Number) -> io::Result<Option<Slot>> {
        let place = Place::look(self.root)?;
        let generations = Generations::open(place.base())?;
        Ok(generations.map(|generations| generations.slot(number)).transpose()?.flatten())
    }

    /// Returns what each kept generation takes on the disk, the running one left out.
    pub fn disk_use(&self) -> io::Result<BTreeMap<Number, DiskUse>> {
        let place = Place::look(self.root)?;
        let Some(generations) = Generations::open(place.base())? else {
            return Ok(BTreeMap::new());
        };
        let mut files = Files::default();
        let mut uses = BTreeMap::new();
        for number in generations.numbers()? {
            let Some(slot) = generations.slot(number)? else { continue };
            if slot.tree()?.is_some() {
                uses.insert(number, DiskUse::default());
                files.count(&slot.0, number)?;
            }
        }
        for (number, file) in files.0.into_values().flat_map(File::parts) {
            if let Some(part) = uses.get_mut(&number) {
                if file.is_own { part.own += file.bytes } else { part.shared += file.bytes }
            }
        }
        Ok(uses)
    }
}

/// Files by device and inode.
#[derive(Default)]
struct Files(HashMap<(u64, u64), File>);

struct File {
    bytes: u64,
    links: u64,
    seen: BTreeMap<Number, u64>,
}

struct Part {
    bytes: u64,
    is_own: bool,
}

impl Files {
    fn count(&mut self, top: &Directory, number: Number) -> io::Result<()> {
        let mut ahead = vec![top.again()?];
        while let Some(directory) = ahead.pop() {
            for (name, kind) in directory.list_kinds()? {
                let name = Path::new(&name);
                let Some(stat) = directory.stat(name)? else { continue };
                let is_directory = kind == FileKind::Directory;
                let (key, links) = ((stat.device, stat.inode), stat.links);
                let links = if is_directory { 1 } else { links };
                let fresh = || File { bytes: stat.disk_use, links, seen: BTreeMap::new() };
                *self.0.entry(key).or_insert_with(fresh).seen.entry(number).or_default() += 1;
                if is_directory {
                    ahead.push(directory.directory(name)?);
                }
            }
        }
        Ok(())
    }
}

impl File {
    fn parts(self) -> impl Iterator<Item = (Number, Part)> {
        let Self { bytes, links, seen } = self;
        seen.into_iter().map(move |(number, names)| {
            (number, Part { bytes, is_own: names == links })
        })
    }
}

pub(super) fn slot_path(root: &Root, number: Number) -> PathBuf {
    let kept = crate::host::generations::KEPT;
    root.path().join(HIDDEN).join(kept).join(number.to_string())
}

/// Says whether a path is at or below the exchanged directory.
pub(crate) fn is_in_unit(path: &swupd_protocol::path::TreePath) -> bool {
    path.relative().starts_with(UNIT)
}

//! What is kept: which generations there are, their trees, and the space that they take.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io,
    path::{Path, PathBuf},
};

use super::{Exchange, place::Place};
use crate::{
    host::{
        directory::Directory,
        generations::{Generations, Number, OUTSIDE, Slot, identity},
        os_release,
        root::{HIDDEN, Root},
        store::Store,
        sys::{FileKind, Stat, extents, mount::Access},
    },
    update::{content::Content, switch::Generation},
};

/// What a generation takes on the disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiskUse {
    /// What would be free if it were removed.
    pub own: u64,
    /// What others have in common with it: files by links, or bytes of files by reflinks.
    pub shared: u64,
}

/// The kept versions of a tree, for who only looks.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a> {
    root: &'a Root,
}

impl<'a> Shelf<'a> {
    /// Returns those of a tree.
    pub fn of(root: &'a Root) -> Self {
        Self { root }
    }

    /// Returns the generations, in the order in which they were made; the running one is marked.
    /// Who may not read them sees the running one.
    pub fn generations(self) -> io::Result<Vec<Generation>> {
        match self.list() {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let version = os_release::version(self.root.path())?;
                Ok(vec![Generation::nameless(version)])
            }
            listed => listed,
        }
    }

    fn list(self) -> io::Result<Vec<Generation>> {
        let place = Place::look(self.root)?;
        let mut listed = Vec::new();
        if let Some(generations) = Generations::open(place.base())? {
            let live = place.live()?;
            let ownership = self.root.ownership();
            let running = live.map(|live| identity::read(&live, ownership, &generations));
            let running = running.transpose()?.flatten();
            for number in generations.numbers()? {
                let slot = generations.slot(number)?;
                if running.is_none() && !slot.as_ref().map_or(Ok(false), has_tree)? {
                    // It was the one that ran, and somebody removed it.
                    continue;
                }
                let about = slot.as_ref().map(Slot::about).transpose()?.flatten();
                listed.extend(about.map(|about| Generation {
                    is_running: Some(number) == running,
                    ..Generation::of(about)
                }));
            }
        }
        if !listed.iter().any(|generation| generation.is_running) {
            let version = os_release::version(self.root.path())?;
            listed.push(Generation::nameless(version));
        }
        Ok(listed)
    }

    /// Returns the generations of which only a part is left, since they could not be removed; none
    /// where we may not look.
    pub fn remains(self) -> io::Result<BTreeSet<Number>> {
        match self.look_for_remains() {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(BTreeSet::new()),
            found => found,
        }
    }

    fn look_for_remains(self) -> io::Result<BTreeSet<Number>> {
        let place = Place::look(self.root)?;
        let mut found = BTreeSet::new();
        let Some(generations) = Generations::open(place.base())? else { return Ok(found) };
        for number in generations.numbers()? {
            // What describes one is removed first, so that half of one does not look like a whole.
            if let Some(slot) = generations.slot(number)?
                && slot.about()?.is_none()
            {
                found.insert(number);
            }
        }
        Ok(found)
    }

    /// Returns what each kept generation takes on the disk, and what is left of others; the running
    /// one is left out. Nothing where we may not look.
    pub fn disk_use(self) -> io::Result<BTreeMap<Number, DiskUse>> {
        match self.count() {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(BTreeMap::new()),
            counted => counted,
        }
    }

    fn count(self) -> io::Result<BTreeMap<Number, DiskUse>> {
        let place = Place::look(self.root)?;
        let Some(generations) = Generations::open(place.base())? else {
            return Ok(BTreeMap::new());
        };
        let mut files = Files::default();
        let mut uses = BTreeMap::new();
        for number in generations.numbers()? {
            let Some(slot) = generations.slot(number)? else { continue };
            if slot.tree()?.is_some() || slot.about()?.is_none() {
                uses.insert(number, DiskUse::default());
                files.count(&slot.0, number)?;
            }
        }
        for (number, part) in files.all.into_values().flat_map(File::parts) {
            if let Some(all) = uses.get_mut(&number) {
                all.own += part.own;
                all.shared += part.shared;
            }
        }
        Ok(uses)
    }

    /// Returns what should be in a generation; none where nobody wrote that down.
    pub fn content(self, number: Number) -> io::Result<Option<Content>> {
        let place = Place::look(self.root)?;
        let Some(generations) = Generations::open(place.base())? else { return Ok(None) };
        let manifest = generations.slot(number)?.map(|slot| slot.manifest()).transpose()?.flatten();
        Ok(manifest.map(|manifest| Content::of_manifest(&manifest)))
    }

    /// Makes `/usr` read-only, and makes sure of it.
    pub fn protect(self) -> io::Result<()> {
        let place = Place::look(self.root)?;
        let is_there = place.volume().is_some() || place.live()?.is_some();
        if !is_there || (place.is_covered() && !place.is_writable()?) {
            return Ok(());
        }
        place.set_access(Access::ReadOnly)?;
        if place.is_writable()? {
            return Err(io::Error::other("it can be written to all the same"));
        }
        Ok(())
    }
}

impl Exchange<'_> {
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

    /// Returns what generations had outside of the exchanged directory.
    pub fn saved(&self) -> io::Result<Vec<Store>> {
        let place = Place::look(self.root)?;
        let mut saved = Vec::new();
        if let Some(generations) = Generations::open(place.base())? {
            for number in generations.numbers()?.into_iter().rev() {
                if let Some(slot) = generations.slot(number)?
                    && slot.0.stat(Path::new(OUTSIDE))?.is_some()
                {
                    saved.push(self.store_in(&slot)?);
                }
            }
        }
        Ok(saved)
    }

    pub(super) fn slot(&self, number: Number) -> io::Result<Option<Slot>> {
        let place = Place::look(self.root)?;
        let generations = Generations::open(place.base())?;
        Ok(generations.map(|generations| generations.slot(number)).transpose()?.flatten())
    }
}

/// Files by device and inode.
#[derive(Default)]
struct Files {
    all: HashMap<(u64, u64), File>,
    /// Devices whose file systems let no two files have the same bytes, or do not tell.
    plain: HashSet<u64>,
}

struct File {
    bytes: u64,
    links: u64,
    seen: BTreeMap<Number, u64>,
    /// Those of its bytes that other files have too, where it lies in one generation alone.
    shared: u64,
}

impl Files {
    fn count(&mut self, top: &Directory, number: Number) -> io::Result<()> {
        let mut ahead = vec![top.again()?];
        while let Some(directory) = ahead.pop() {
            for (name, kind) in directory.list_kinds()? {
                let name = Path::new(&name);
                let Some(stat) = directory.stat(name)? else { continue };
                if self.add(&stat, number) && stat.is_file() && !self.plain.contains(&stat.device) {
                    self.measure(&directory, name, &stat);
                }
                if kind == FileKind::Directory {
                    ahead.push(directory.directory(name)?);
                }
            }
        }
        Ok(())
    }

    /// Counts a name; says whether it is the last of what is in this generation alone.
    fn add(&mut self, stat: &Stat, number: Number) -> bool {
        let links = if stat.is_directory() { 1 } else { stat.links };
        let fresh = || File { bytes: stat.disk_use, links, seen: BTreeMap::new(), shared: 0 };
        let file = self.all.entry((stat.device, stat.inode)).or_insert_with(fresh);
        let names = file.seen.entry(number).or_default();
        *names += 1;
        *names == file.links
    }

    /// Finds out which bytes of a file others have too. Where that cannot be, they count as its own.
    fn measure(&mut self, directory: &Directory, name: &Path, stat: &Stat) {
        let Ok(opened) = directory.read(name) else { return };
        match extents::shared(&opened) {
            Ok(Some(shared)) => {
                if let Some(file) = self.all.get_mut(&(stat.device, stat.inode)) {
                    file.shared = shared.min(file.bytes);
                }
            }
            Ok(None) => drop(self.plain.insert(stat.device)),
            Err(_) => {}
        }
    }
}

impl File {
    /// Returns what the file takes in each generation.
    fn parts(self) -> impl Iterator<Item = (Number, DiskUse)> {
        let Self { bytes, links, seen, shared } = self;
        seen.into_iter().map(move |(number, names)| {
            let shared = if names == links { shared } else { bytes };
            (number, DiskUse { own: bytes - shared, shared })
        })
    }
}

fn has_tree(slot: &Slot) -> io::Result<bool> {
    Ok(slot.tree()?.is_some())
}

pub(super) fn slot_path(root: &Root, number: Number) -> PathBuf {
    let kept = crate::host::generations::KEPT;
    root.path().join(HIDDEN).join(kept).join(number.to_string())
}

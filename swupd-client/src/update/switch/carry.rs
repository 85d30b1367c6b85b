//! Moves what is staged to its paths: directories first, parents before what is in them, then
//! files and links, then removals, the deepest first. Every move can be repeated, so that a run
//! after a crash simply does everything again.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use swupd_protocol::{attributes::PathAttributes, object::Kind, path::TreePath};

use super::SwitchError;
use crate::{
    host::{
        directory::Directory,
        generations::identity::is_identity,
        root::{Buffer, Found, Ownership, Root},
        store,
        sys::{self, FileKind},
    },
    report::{Observer, Unit},
    update::{
        area::{Area, staged_name},
        faults::Faults,
        stage::set_xattrs,
        work::{Put, Why, Work},
    },
};

/// What moves.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    pub(super) root: &'a Root,
    pub(super) work: &'a Work,
    /// By the work's index; none where an area is not there any more.
    pub(super) areas: &'a [Option<Area>],
    /// Names what is kept; in seconds since 1970.
    pub(super) now: u64,
    /// Whether the tree's `/usr` is told to have changed.
    pub(super) freshens: bool,
    pub(super) faults: &'a Faults,
    pub(super) observer: &'a dyn Observer,
}

/// What could not simply be moved.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// Where things went that nobody knew.
    pub(super) kept: Vec<String>,
    /// Paths on which something is mounted.
    pub(super) mounted: Vec<TreePath>,
}

impl Carrier<'_> {
    pub(super) fn carry(self) -> Result<Carried, SwitchError> {
        let total = self.total();
        self.observer.stage("Switching", Unit::Items, Some(total as u64));
        let mut carried = Carried::default();
        let mut done = 0;
        for is_directory in [true, false] {
            let puts = self.work.puts.iter().enumerate();
            for (number, put) in puts.filter(|p| (p.1.kind == Kind::Directory) == is_directory) {
                let moved = self.put(number, put)?;
                moved.map_err(|source| self.failed(&put.path, done, source))?;
                done = self.told(done);
            }
        }
        self.set_attributes(&mut done)?;
        self.remove_all(&mut carried, &mut done)?;
        for (number, put) in self.work.puts.iter().enumerate() {
            let settled = self.settle_old(number, put, &mut carried);
            settled.map_err(|source| self.failed(&put.path, done, source))?;
        }
        self.freshen().map_err(|source| SwitchError::Sync { source })?;
        self.observer.stage_done();
        Ok(carried)
    }

    fn total(&self) -> usize {
        let work = self.work;
        let attributes = work.attributes.iter().count() + work.bare.len();
        work.puts.len() + work.removes.len() + attributes
    }

    fn told(&self, done: usize) -> usize {
        let done = done + 1;
        if done.is_multiple_of(TOLD_EVERY) {
            self.observer.progress(done as u64, None);
        }
        done
    }

    fn failed(&self, path: &TreePath, done: usize, source: io::Error) -> SwitchError {
        SwitchError::Carry { path: path.clone(), done, total: self.total(), source }
    }

    fn tree(&self) -> &Directory {
        self.root.directory()
    }

    /// Moves one staged object. The outer error is that it is gone.
    fn put(&self, number: usize, put: &Put) -> Result<io::Result<()>, SwitchError> {
        let name = staged_name(number);
        let name = Path::new(&name);
        let area = self.areas.get(put.area).and_then(Option::as_ref);
        let staged = area.map_or(Ok(None), |area| area.next.stat(name));
        match (area, staged) {
            (Some(area), Ok(Some(_))) => Ok(self.move_in(area, name, put)),
            (_, Err(error)) => Ok(Err(error)),
            // Moved by the run before, unless somebody removed it.
            _ => match self.root.verify(&put.path, put.kind, &put.hash, &mut Buffer::default()) {
                Ok(Found::Same) => Ok(Ok(())),
                Ok(_) => Err(SwitchError::Lost { path: put.path.clone() }),
                Err(error) => Ok(Err(error)),
            },
        }
    }

    fn move_in(&self, area: &Area, name: &Path, put: &Put) -> io::Result<()> {
        let path = put.path.relative();
        let there = self.tree().stat(path)?.map(|stat| stat.kind);
        match (there, put.kind) {
            (Some(FileKind::Directory), Kind::Directory) => {
                self.faults.pass("set directory")?;
                // The staged one stays: if this is not on the disk yet, it will be done again.
                return self.liken(area, name, path);
            }
            (Some(FileKind::Directory), _) | (Some(_), Kind::Directory) => {
                self.faults.pass("move away")?;
                self.tree().rename_new_to(path, &area.old, name)?;
            }
            _ => {}
        }
        self.faults.pass("move in")?;
        area.next.rename_to(name, self.tree(), path)
    }

    /// Gives a directory the attributes of the staged one.
    fn liken(&self, area: &Area, name: &Path, path: &Path) -> io::Result<()> {
        let model = area.next.directory(name)?;
        let wanted = sys::stat(&model)?;
        let directory = self.tree().directory(path)?;
        let stat = sys::stat(&directory)?;
        if self.root.ownership() == Ownership::AsStated
            && (stat.uid, stat.gid) != (wanted.uid, wanted.gid)
        {
            sys::set_owner(&directory, wanted.uid, wanted.gid)?;
        }
        sys::set_mode(&directory, wanted.mode)?;
        let names = sys::xattrs(&model)?;
        let is_content = |name: &&Vec<u8>| store::is_ours(name) && !is_identity(name);
        for stale in sys::xattrs(&directory)?.iter().filter(is_content) {
            if !names.contains(stale) {
                sys::remove_xattr(&directory, stale)?;
            }
        }
        for name in names.iter().filter(|name| store::is_ours(name)) {
            if let Some(value) = sys::xattr(&model, name)? {
                sys::set_xattr(&directory, name, &value)?;
            }
        }
        Ok(())
    }

    /// Changes the attributes of what is not put.
    fn set_attributes(&self, done: &mut usize) -> Result<(), SwitchError> {
        for path in &self.work.bare {
            self.strip(path).map_err(|source| self.failed(path, *done, source))?;
            *done = self.told(*done);
        }
        for (path, attributes) in self.work.attributes.iter() {
            let set = self.state(path, attributes);
            set.map_err(|source| self.failed(path, *done, source))?;
            *done = self.told(*done);
        }
        Ok(())
    }

    fn state(&self, path: &TreePath, attributes: &PathAttributes) -> io::Result<()> {
        self.faults.pass("set attributes")?;
        let Some(file) = self.root.open_file(path)? else { return Ok(()) };
        set_xattrs(&file, path, attributes, self.root.ownership(), self.observer)?;
        let seconds = attributes.mtime();
        seconds.map_or(Ok(()), |seconds| self.tree().set_mtime(path.relative(), seconds))
    }

    fn strip(&self, path: &TreePath) -> io::Result<()> {
        self.faults.pass("strip attributes")?;
        let Some(file) = self.root.open_file(path)? else { return Ok(()) };
        for name in sys::xattrs(&file)?.iter().filter(|name| store::is_ours(name)) {
            sys::remove_xattr(&file, name)?;
        }
        Ok(())
    }

    fn remove_all(&self, carried: &mut Carried, done: &mut usize) -> Result<(), SwitchError> {
        let replaced = self.work.non_directories();
        let mut full = Vec::new();
        // Backwards by path is deepest first.
        for path in self.work.removes.iter().rev() {
            let place = self.place_of(path, &replaced);
            let removed = self.faults.pass("remove").and_then(|()| remove(&place));
            match removed.map_err(|source| self.failed(path, *done, source))? {
                Removed::Gone => {}
                Removed::Mounted => carried.mounted.push(path.clone()),
                Removed::NotEmpty => full.push((path, place)),
            }
            *done = self.told(*done);
        }
        for (path, place) in full {
            let kept = self.remove_or_keep(&place, path);
            carried.kept.extend(kept.map_err(|source| self.failed(path, *done, source))?);
        }
        Ok(())
    }

    /// Returns where a path is by now: in the tree, or in a directory that had to make way.
    fn place_of(&self, path: &TreePath, replaced: &BTreeMap<&TreePath, usize>) -> Place<'_> {
        for above in path.ancestors() {
            let Some(number) = replaced.get(&above) else { continue };
            let area = self.areas.get(self.work.puts[*number].area).and_then(Option::as_ref);
            let rest = &path.as_bytes()[above.as_bytes().len() + 1..];
            if let Some(area) = area {
                let below = Path::new(OsStr::from_bytes(rest));
                let path = Path::new(&staged_name(*number)).join(below);
                return Place { directory: &area.old, path };
            }
        }
        Place { directory: self.tree(), path: path.relative().to_owned() }
    }

    /// Removes a directory that was not empty before, or keeps what is in it under another name.
    fn remove_or_keep(&self, place: &Place, path: &TreePath) -> io::Result<Option<String>> {
        self.faults.pass("keep")?;
        match remove(place)? {
            Removed::Gone | Removed::Mounted => return Ok(None),
            Removed::NotEmpty => {}
        }
        let beside = place.path.parent().unwrap_or(Path::new(""));
        self.keep(place, place.directory, beside, path.name()).map(Some)
    }

    /// Gives something a name by which its owner can find it.
    fn keep(
        &self,
        place: &Place,
        into: &Directory,
        beside: &Path,
        name: &[u8],
    ) -> io::Result<String> {
        for now in self.now..self.now + MOST_KEPT_NAMES {
            let kept = [format!(".deleted.{now}.").as_bytes(), name].concat();
            // A name that becomes too long loses its end.
            let kept = OsString::from_vec(kept[..kept.len().min(255)].to_vec());
            let kept = beside.join(kept);
            match place.directory.rename_new_to(&place.path, into, &kept) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                renamed => return renamed.map(|()| format!("/{}", kept.display())),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Removes what had to make way for a thing of another kind, but for what nobody knew.
    fn settle_old(&self, number: usize, put: &Put, carried: &mut Carried) -> io::Result<()> {
        let Some(area) = self.areas.get(put.area).and_then(Option::as_ref) else { return Ok(()) };
        let place = Place { directory: &area.old, path: PathBuf::from(staged_name(number)) };
        let Some(stat) = area.old.stat(&place.path)? else { return Ok(()) };
        self.faults.pass("settle")?;
        if put.why == Why::Asked || stat.is_directory() {
            match remove(&place)? {
                Removed::Gone | Removed::Mounted => return Ok(()),
                Removed::NotEmpty => {}
            }
        }
        let beside = put.path.relative().parent().unwrap_or(Path::new(""));
        carried.kept.push(self.keep(&place, self.tree(), beside, put.path.name())?);
        Ok(())
    }

    /// Brings everything to the disk, with a new time on `/usr`, by which the system sees that its
    /// content has changed.
    fn freshen(&self) -> io::Result<()> {
        let usr = Path::new("usr");
        let is_there =
            || Ok::<_, io::Error>(self.tree().stat(usr)?.is_some_and(|s| s.is_directory()));
        if self.freshens && is_there()? {
            self.faults.pass("freshen")?;
            self.tree().set_mtime(usr, i64::try_from(self.now).unwrap_or(i64::MAX))?;
        }
        self.faults.pass("sync switched")?;
        for area in self.areas.iter().flatten() {
            area.sync()?;
        }
        sys::sync_file_system(self.tree())
    }
}

/// Where something is.
struct Place<'a> {
    directory: &'a Directory,
    path: PathBuf,
}

enum Removed {
    Gone,
    NotEmpty,
    Mounted,
}

/// Removes a file, a link or an empty directory. What is reached through a link is not there.
fn remove(place: &Place) -> io::Result<Removed> {
    let Some(stat) = place.directory.stat(&place.path)? else { return Ok(Removed::Gone) };
    match place.directory.remove(&place.path, stat.kind) {
        Ok(()) => Ok(Removed::Gone),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(Removed::NotEmpty),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Ok(Removed::Mounted),
        Err(error) => Err(error),
    }
}

const TOLD_EVERY: usize = 64;
/// How many names are tried for something that is kept.
const MOST_KEPT_NAMES: u64 = 1000;

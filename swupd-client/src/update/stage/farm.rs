//! Lays a whole tree out beside another one: directories of its own, in which every file is shared
//! with the first. What changes in the first meanwhile is carried over as often as one asks.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use rayon::prelude::*;

use crate::host::{
    directory::{Directory, absent_as_none},
    generations::ASIDE,
    root::Ownership,
    share::{Given, Share, Sharing, is_same_file, liken},
    sys::{self, FileKind, Stat},
};

/// How a tree is laid out beside another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Farm {
    pub(crate) share: Share,
    pub(crate) ownership: Ownership,
    /// Names at the top that are left out.
    pub(crate) without: &'static [&'static str],
}

/// What was found in the first tree, by path below its top.
#[derive(Debug, Default)]
pub(crate) struct Planted {
    /// The directories as they were when they were read.
    pub(crate) directories: BTreeMap<PathBuf, Stamp>,
    /// What cannot be changed, nor shared, nor removed: `chattr +i` or `+a`.
    pub(crate) immutable: Vec<PathBuf>,
    /// What could not be carried over, since something of the second tree is in the way.
    pub(crate) left: Vec<PathBuf>,
}

impl Planted {
    /// Looks through a tree of which nothing is laid out anew: all of it counts as changed.
    pub(crate) fn unknown(tree: &Directory) -> io::Result<Self> {
        let mut planted = Self::default();
        let mut ahead = vec![PathBuf::new()];
        while let Some(path) = ahead.pop() {
            let Some(directory) = absent_as_none(tree.directory(or_top(&path)))? else { continue };
            let listed = directory.list_kinds()?;
            let (directories, files): (Vec<_>, Vec<_>) =
                listed.into_iter().partition(|(_, kind)| *kind == FileKind::Directory);
            ahead.extend(directories.iter().map(|(name, _)| path.join(name)));
            let inode = sys::stat(&directory)?.inode;
            let stamp = Stamp { inode, ctime: NEVER, files: files.len() };
            planted.directories.insert(path, stamp);
        }
        Ok(planted)
    }

    fn extend(&mut self, other: Self) {
        self.directories.extend(other.directories);
        self.immutable.extend(other.immutable);
        self.left.extend(other.left);
    }
}

/// What tells whether a directory has changed, and what it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stamp {
    pub(crate) inode: u64,
    pub(crate) ctime: (i64, u64),
    /// How many names in it are no directories.
    pub(crate) files: usize,
}

/// Who decides what is carried over from the first tree: of what is not, the second tree keeps its
/// own.
pub(crate) trait Carries: Sync {
    /// Says whether what stands at a path, and is not a directory in both, is carried over.
    fn carries(&self, path: &Path) -> bool;
    /// Says whether all that is below a directory may be removed with it.
    fn gives_up(&self, path: &Path) -> bool;
    /// Says whether a directory that the second tree lacks is made for what is carried into it.
    fn makes(&self, path: &Path) -> bool;
}

/// What becomes of names that only the second tree has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    /// They were removed from the first.
    Gone,
    /// Those that have not changed since that moment were removed from the first; the others came
    /// into the second after it.
    GoneIfOlderThan((i64, u64)),
}

impl Farm {
    /// Lays out everything below `from` in `to`, which is empty.
    pub(crate) fn plant(self, from: &Directory, to: &Directory) -> io::Result<Planted> {
        self.plant_at(from, to, Path::new(""))
    }

    fn plant_at(self, from: &Directory, to: &Directory, path: &Path) -> io::Result<Planted> {
        let seen = Mutex::default();
        self.plant_below(from, to, path, &seen)?;
        Ok(seen.into_inner().unwrap_or_default())
    }

    fn plant_below(
        self,
        from: &Directory,
        to: &Directory,
        path: &Path,
        seen: &Mutex<Planted>,
    ) -> io::Result<()> {
        // Before the names are read: what is added meanwhile changes it.
        let stat = sys::stat(from)?;
        if self.ownership == Ownership::OfTheUser && stat.uid != sys::user() {
            // What is not the user's could never be removed again.
            let error = io::ErrorKind::PermissionDenied.into();
            return Err(at(path, &OsString::new(), error));
        }
        let listed = self.listed(from, path)?;
        let (directories, files): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|(_, kind)| *kind == FileKind::Directory);
        let sharing = Sharing { from, to, share: self.share, ownership: self.ownership };
        let mut immutable = Vec::new();
        for (name, kind) in &files {
            let given = absent_as_none(sharing.give(name, *kind));
            let given = given.map_err(|error| at(path, name, error))?;
            if given.is_some_and(|given| given == Given::Copied) && is_fixed(from, name)? {
                immutable.push(path.join(name));
            }
        }
        directories.par_iter().try_for_each(|(name, _)| {
            let planted = self.plant_one(from, to, (path, name), seen);
            // Removed while we looked: the next look sees that.
            absent_as_none(planted).map(drop)
        })?;
        liken(from, to, &stat, self.ownership)?;
        sys::set_mtime(to, stat.mtime)?;
        if sys::is_immutable(from) {
            immutable.push(path.to_owned());
        }
        let stamp = Stamp::of(&stat, files.len()).unless_just_now(to)?;
        if let Ok(mut seen) = seen.lock() {
            seen.directories.insert(path.to_owned(), stamp);
            seen.immutable.append(&mut immutable);
        }
        Ok(())
    }

    fn plant_one(
        self,
        from: &Directory,
        to: &Directory,
        (path, name): (&Path, &OsString),
        seen: &Mutex<Planted>,
    ) -> io::Result<()> {
        let below = from.directory(Path::new(name)).map_err(|error| at(path, name, error))?;
        to.make_directory(Path::new(name), 0o700).map_err(|error| at(path, name, error))?;
        self.plant_below(&below, &to.directory(Path::new(name))?, &path.join(name), seen)
    }

    /// Carries over what has changed in the first tree since it was looked at last; says whether
    /// anything had.
    pub(crate) fn refresh(
        self,
        (from, to): (&Directory, &Directory),
        planted: &mut Planted,
        (carries, extra): (&dyn Carries, Extra),
        aside: &Directory,
    ) -> io::Result<bool> {
        let mut changed = false;
        for path in planted.directories.keys().cloned().collect::<Vec<_>>() {
            let before = planted.directories.get(&path).copied();
            let Some(directory) = absent_as_none(from.directory(or_top(&path)))? else {
                // Whoever lists the directory above sees to it.
                planted.directories.remove(&path);
                continue;
            };
            let now = Stamp::of(&sys::stat(&directory)?, before.map_or(0, |stamp| stamp.files));
            // A file that is a copy may have changed without any sign of it in the directory.
            if before == Some(now) && self.links() {
                continue;
            }
            changed |= before != Some(now);
            let planted = &mut *planted;
            let refresh = Refresh { farm: self, carries, extra, planted, aside };
            if let Some(other) = refresh.counterpart((from, to), &directory, &path)? {
                refresh.directory(&directory, &other, &path)?;
            }
        }
        Ok(changed)
    }

    fn listed(self, from: &Directory, path: &Path) -> io::Result<Vec<(OsString, FileKind)>> {
        let mut listed = from.list_kinds()?;
        if path == Path::new("") {
            listed.retain(|(name, _)| !self.without.iter().any(|without| name == without));
        }
        Ok(listed)
    }

    fn links(self) -> bool {
        matches!(self.share, Share::Auto | Share::Link)
    }
}

struct Refresh<'a> {
    farm: Farm,
    carries: &'a dyn Carries,
    extra: Extra,
    planted: &'a mut Planted,
    /// Where something waits that is about to take a place.
    aside: &'a Directory,
}

impl Refresh<'_> {
    /// Opens the directory of the second tree that corresponds to one of the first. It is made, with
    /// those above it, where it is missing and something must be carried into it; none where there
    /// is no need, or no way.
    fn counterpart(
        &self,
        (from, to): (&Directory, &Directory),
        directory: &Directory,
        path: &Path,
    ) -> io::Result<Option<Directory>> {
        if let Some(there) = absent_as_none(to.directory(or_top(path)))? {
            return Ok(Some(there));
        }
        if !self.carries.makes(path) {
            return Ok(None);
        }
        let listed = directory.list_kinds()?;
        let is_carried = |name: &OsString| self.carries.carries(&path.join(name));
        if !listed.iter().any(|(name, kind)| *kind != FileKind::Directory && is_carried(name)) {
            return Ok(None);
        }
        let (mut source, mut at) = (from.again()?, to.again()?);
        for name in path.components() {
            let name = Path::new(name.as_os_str());
            source = source.directory(name)?;
            match at.stat(name)? {
                Some(stat) if stat.is_directory() => {}
                Some(_) => return Ok(None),
                None => {
                    at.make_directory(name, 0o700)?;
                    let made = at.directory(name)?;
                    liken(&source, &made, &sys::stat(&source)?, self.farm.ownership)?;
                }
            }
            at = at.directory(name)?;
        }
        Ok(Some(at))
    }

    fn directory(self, from: &Directory, to: &Directory, path: &Path) -> io::Result<()> {
        let stat = sys::stat(from)?;
        let listed = self.farm.listed(from, path)?;
        let files = listed.iter().filter(|(_, kind)| *kind != FileKind::Directory).count();
        for (name, kind) in &listed {
            let carried = absent_as_none(self.name(from, to, (path, name, *kind)));
            match carried.map_err(|error| at(path, name, error))? {
                None | Some(Carried::Done) => {}
                Some(Carried::New(planted)) => self.planted.extend(planted),
                Some(Carried::Left) => self.planted.left.push(path.join(name)),
            }
        }
        for (name, _) in to.list_kinds()? {
            if listed.binary_search_by(|(there, _)| there.cmp(&name)).is_err() {
                self.extra(to, path, &name).map_err(|error| at(path, &name, error))?;
            }
        }
        if self.carries.carries(path) && path != Path::new("") {
            liken(from, to, &stat, self.farm.ownership)?;
        }
        let stamp = Stamp::of(&stat, files).unless_just_now(to)?;
        self.planted.directories.insert(path.to_owned(), stamp);
        Ok(())
    }

    /// Carries one name over.
    fn name(
        &self,
        from: &Directory,
        to: &Directory,
        (path, name, kind): (&Path, &OsString, FileKind),
    ) -> io::Result<Carried> {
        let (below, name) = (path.join(name), Path::new(name));
        let there = to.stat(name)?;
        if kind == FileKind::Directory && there.as_ref().is_some_and(Stat::is_directory) {
            return Ok(Carried::Done);
        }
        if !self.carries.carries(&below) {
            return Ok(Carried::Done);
        }
        if there.is_some() && !self.carries.gives_up(&below) {
            return Ok(Carried::Left);
        }
        if kind == FileKind::Directory {
            to.remove_all(name)?;
            to.make_directory(name, 0o700)?;
            let (from, to) = (from.directory(name)?, to.directory(name)?);
            return self.farm.plant_at(&from, &to, &below).map(Carried::New);
        }
        let Some(stat) = from.stat(name)? else { return Ok(Carried::Done) };
        let is_as_it_was = there.is_some_and(|there| {
            // Copies differ by nature; what was not touched since is as it was.
            is_same_file(&there, &stat) || (!self.farm.links() && stat.ctime <= there.ctime)
        });
        if is_as_it_was {
            return Ok(Carried::Done);
        }
        self.replace(from, to, name, kind).map(|()| Carried::Done)
    }

    /// Puts what stands in the one directory in the place of what stands in the other, so that no
    /// instant sees neither.
    fn replace(
        &self,
        from: &Directory,
        to: &Directory,
        name: &Path,
        kind: FileKind,
    ) -> io::Result<()> {
        if to.stat(name)?.is_some_and(|stat| stat.is_directory()) {
            to.remove_all(name)?;
        }
        let aside = self.aside.fresh_directory(ASIDE)?;
        let sharing =
            Sharing { from, to: &aside, share: self.farm.share, ownership: self.farm.ownership };
        sharing.give(name.as_os_str(), kind)?;
        aside.rename_to(name, to, name)?;
        self.aside.remove_all(Path::new(ASIDE))
    }

    /// Sees to a name that only the second tree has.
    fn extra(&self, to: &Directory, path: &Path, name: &OsString) -> io::Result<()> {
        let below = path.join(name);
        let is_kept = name.as_encoded_bytes().starts_with(KEPT.as_bytes());
        if is_kept || !self.carries.carries(&below) || !self.carries.gives_up(&below) {
            return Ok(());
        }
        let name = Path::new(name);
        let Some(stat) = to.stat(name)? else { return Ok(()) };
        match self.extra {
            Extra::GoneIfOlderThan(moment) if stat.ctime >= moment => Ok(()),
            _ => to.remove_all(name),
        }
    }
}

impl Stamp {
    fn of(stat: &Stat, files: usize) -> Self {
        Self { inode: stat.inode, ctime: stat.ctime, files }
    }

    /// A change that comes within the same tick of the clock as the look would not show: then the
    /// next look reads the names again. `fresh` is something that changed a moment ago.
    fn unless_just_now(self, fresh: &Directory) -> io::Result<Self> {
        let (seconds, nanoseconds) = sys::stat(fresh)?.ctime;
        let in_milliseconds = |(seconds, nanoseconds): (i64, u64)| {
            seconds.saturating_mul(1000) + i64::try_from(nanoseconds / 1_000_000).unwrap_or(0)
        };
        let age = in_milliseconds((seconds, nanoseconds)) - in_milliseconds(self.ctime);
        Ok(if age < TICK { Self { ctime: NEVER, ..self } } else { self })
    }
}

/// What came of carrying one name over.
enum Carried {
    Done,
    /// What is new.
    New(Planted),
    /// Something is in the way.
    Left,
}

fn is_fixed(directory: &Directory, name: &OsString) -> io::Result<bool> {
    Ok(directory.handle(Path::new(name))?.is_some_and(sys::is_immutable))
}

fn or_top(path: &Path) -> &Path {
    if path == Path::new("") { Path::new(".") } else { path }
}

/// Says where something went wrong, and keeps what kind of error it was.
fn at(path: &Path, name: &OsString, error: io::Error) -> io::Error {
    let place = path.join(name).display().to_string();
    io::Error::new(error.kind(), At { place, source: error })
}

#[derive(Debug, thiserror::Error)]
#[error("at /usr/{place}")]
struct At {
    place: String,
    source: io::Error,
}

/// How the names begin of what an update found in its way and kept.
const KEPT: &str = ".deleted.";
/// No file system's time.
const NEVER: (i64, u64) = (i64::MIN, 0);
/// Longest tick of a file system's clock that is in use, in milliseconds, and then some.
const TICK: i64 = 20;

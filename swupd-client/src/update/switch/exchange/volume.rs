//! A `/usr` that is a file system of its own. The top of a file system cannot be renamed, so the
//! trees lie in it, and the one that runs is mounted over it:
//!
//! ```text
//! <file system>/              mounted at /usr by whoever starts the machine
//!     bin, lib, ...           links to .swupd/usr/bin and so on: a machine starts with the right tree
//!     .swupd/                 0711; what takes the place of a tree's root: see `generations`
//!         usr/                the tree that runs, mounted over the file system's top
//!         .swupd/             0700; the other generations
//! ```
//! An exchange changes `.swupd/usr`, and with it what a machine will start with. The mount at
//! `/usr` goes with the old tree: the new one is mounted beneath it, and the old one is taken away.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use crate::host::{
    directory::Directory,
    generations::ASIDE,
    mounts::{self, Layer},
    own_directory::{WrongMode, open_within},
    root::{HIDDEN, Root, UNIT},
    sys::{
        self, FileKind,
        mount::{self, Access},
    },
};

/// The file system that is mounted at [`UNIT`].
#[derive(Debug)]
pub(super) struct Volume {
    /// Where it is mounted.
    at: PathBuf,
    /// What is mounted there first.
    lowest: Layer,
    /// How much is mounted there.
    depth: usize,
    /// Where in its file system the top is; elsewhere a tree in it is mounted to begin with.
    inside: PathBuf,
    /// The top, as nobody else sees it: through a mount of our own that can be written to.
    top: Directory,
    /// The top of that mount.
    mount: Directory,
}

impl Volume {
    /// Opens what is mounted at [`UNIT`]; none where nothing is.
    pub(super) fn open(root: &Root) -> io::Result<Option<Self>> {
        let layers = mounts::layers(root, Path::new(UNIT))?;
        let depth = layers.len();
        let Some(lowest) = layers.into_iter().next() else { return Ok(None) };
        let at = root.path().join(UNIT);
        let inside = top_of(&lowest.shown).unwrap_or(&lowest.shown).to_owned();
        let (top, mount) = if lowest.shown == inside {
            let mount = uncovered(&at, depth)?;
            (mount.again()?, mount)
        } else {
            let mount = mounted_anew(&at, depth, &lowest)?;
            (mount.directory(below_root(&inside))?, mount)
        };
        if !is_whole(&inside, &top)? {
            let text = "a part of another file system is mounted there";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        Ok(Some(Self { at, lowest, depth, inside, top, mount }))
    }

    /// Opens what takes the place of the tree's root; until something is kept in it, the top.
    pub(super) fn base(&self) -> io::Result<Directory> {
        if self.is_set_up()? { self.top.directory(Path::new(HIDDEN)) } else { self.top.again() }
    }

    /// Says whether the tree that runs lies in it, and not at its top.
    pub(super) fn is_set_up(&self) -> io::Result<bool> {
        Ok(self.top.stat(&live())?.is_some_and(|stat| stat.is_directory()))
    }

    /// Opens its top.
    pub(super) fn top(&self) -> &Directory {
        &self.top
    }

    /// Lets the file system be written to, if only its mounts should keep that from happening, until
    /// what is returned is dropped.
    pub(super) fn unseal(&self) -> io::Result<Option<Unsealed>> {
        if !sys::is_read_only(&self.top)? {
            return Ok(None);
        }
        mount::set_file_system_access(self.mount.as_fd(), Access::ReadWrite)?;
        Ok(Some(Unsealed(self.mount.again()?)))
    }

    /// Makes the place where the next tree that runs is laid out, to begin with: empty.
    pub(super) fn make_first(&self) -> io::Result<Directory> {
        let base = open_within(&self.top, Path::new(HIDDEN), 0o711, WrongMode::IsSet)?;
        let hidden = open_within(&base, Path::new(HIDDEN), 0o700, WrongMode::IsSet)?;
        let aside = hidden.fresh_directory(ASIDE)?;
        aside.make_directory(Path::new(UNIT), 0o755)?;
        aside.directory(Path::new(UNIT))
    }

    /// Makes what was laid out there the tree that runs.
    pub(super) fn set_up(&self) -> io::Result<()> {
        let base = self.top.directory(Path::new(HIDDEN))?;
        let aside = base.directory(&Path::new(HIDDEN).join(ASIDE))?;
        sys::sync_file_system(&base)?;
        aside.rename_new_to(Path::new(UNIT), &base, Path::new(UNIT))?;
        sys::sync_file_system(&base)
    }

    /// Lets the trees at two places in it change places, and shows the one that is live then. Its
    /// second place is in `slot`; it lies `below` the base.
    pub(super) fn exchange(
        &self,
        (base, slot): (&Directory, &Directory),
        below: &Path,
        access: Access,
    ) -> io::Result<()> {
        // Whatever can fail does so before.
        let tree = self.tree(&Path::new(HIDDEN).join(below), access)?;
        let unit = Path::new(UNIT);
        base.exchange(unit, slot, unit)?;
        let shown = self.show(&tree);
        if shown.is_err() {
            base.exchange(unit, slot, unit)?;
        }
        shown
    }

    /// Shows the tree that runs where it does not show: after a start of the machine, or where an
    /// earlier run came no further.
    pub(super) fn show_live(&self, root: &Root, access: Access) -> io::Result<()> {
        if !self.is_set_up()? {
            return self.set_access(access);
        }
        let shown = self.inside.join(live());
        let is_live = |layer: &Layer| layer.shown == shown;
        let layers = mounts::layers(root, Path::new(UNIT))?;
        let mut from_top = layers.iter().rev();
        if from_top.next().is_some_and(is_live) {
            return self.set_access(access);
        }
        if from_top.next().is_some_and(is_live) {
            mount::detach(&self.at)?;
            return self.set_access(access);
        }
        self.show(&self.tree(&live(), access)?)
    }

    fn set_access(&self, access: Access) -> io::Result<()> {
        let is = if sys::is_read_only(Directory::open_anywhere(&self.at)?)? {
            Access::ReadOnly
        } else {
            Access::ReadWrite
        };
        if is == access { Ok(()) } else { mount::set_access(&self.at, access) }
    }

    /// Brings the links at the top in line with the tree that runs: whoever mounts just the file
    /// system finds everything.
    pub(super) fn link_top(&self) -> io::Result<()> {
        let base = self.top.directory(Path::new(HIDDEN))?;
        let tree = base.directory(Path::new(UNIT))?;
        let hidden = base.directory(Path::new(HIDDEN))?;
        let is_of_it = |name: &OsString| OF_THE_VOLUME.iter().any(|of_it| name == of_it);
        let has: Vec<_> = tree.list()?.into_iter().filter(|name| !is_of_it(name)).collect();
        let target = |name: &OsStr| live().join(name).into_os_string().into_encoded_bytes();
        for name in &has {
            self.link(&hidden, Path::new(name), &target(name))?;
        }
        for (name, kind) in self.top.list_kinds()? {
            let path = Path::new(&name);
            if kind == FileKind::Symlink
                && has.binary_search(&name).is_err()
                && self.top.link_target(path)? == target(&name)
            {
                self.top.remove(path, kind)?;
            }
        }
        Ok(())
    }

    fn link(&self, hidden: &Directory, name: &Path, target: &[u8]) -> io::Result<()> {
        let there = self.top.stat(name)?.map(|stat| stat.kind);
        if there == Some(FileKind::Symlink) && self.top.link_target(name)? == target {
            return Ok(());
        }
        let aside = hidden.fresh_directory(ASIDE)?;
        aside.make_symlink(name, target)?;
        let Some(_) = there else {
            aside.rename_new_to(name, &self.top, name)?;
            return hidden.remove_all(Path::new(ASIDE));
        };
        // What stood there is in the tree that runs, too; whoever has it open may go on reading it.
        aside.exchange(name, &self.top, name)?;
        let replaced = open_within(hidden, Path::new(REPLACED), 0o700, WrongMode::IsSet)?;
        replaced.remove_all(name)?;
        aside.rename_new_to(name, &replaced, name)?;
        hidden.remove_all(Path::new(ASIDE))
    }

    /// Says whether an earlier run replaced something at the top.
    pub(super) fn has_replaced(&self) -> io::Result<bool> {
        Ok(self.top.stat(&replaced())?.is_some())
    }

    /// Removes what an earlier run replaced.
    pub(super) fn remove_replaced(&self) -> io::Result<()> {
        self.top.remove_all(&replaced())
    }

    /// Returns one of its trees, mounted nowhere yet.
    fn tree(&self, below: &Path, access: Access) -> io::Result<OwnedFd> {
        mount::privately(|| {
            let from = if self.shows_top() {
                uncover(&self.at, self.depth)?;
                self.at.join(below)
            } else {
                mount_anew(&self.at, self.depth, &self.lowest)?;
                self.at.join(below_root(&self.inside)).join(below)
            };
            mount::bind(&from, &self.at, access)?;
            mount::another(&self.at)
        })
    }

    /// Shows a tree instead of the one that shows.
    fn show(&self, tree: &OwnedFd) -> io::Result<()> {
        if self.depth == 1 && self.shows_top() {
            // What is mounted first stays: it is the way to everything else.
            return mount::over(tree.as_fd(), &self.at);
        }
        mount::beneath(tree.as_fd(), &self.at)?;
        mount::detach(&self.at)
    }

    fn shows_top(&self) -> bool {
        self.lowest.shown == self.inside
    }
}

/// Says why a `/usr` that is a file system of its own cannot be changed as a whole; none where it
/// can.
pub(in crate::update::switch) fn obstacle(root: &Root) -> Option<String> {
    let volume = match Volume::open(root) {
        Ok(Some(volume)) => volume,
        Ok(None) => return None,
        Err(error) => {
            return Some(format!("/usr is mounted, and cannot be opened from below ({error})"));
        }
    };
    let attempt = mount::privately(|| {
        mount::bind(&volume.at, &volume.at, Access::ReadOnly)?;
        mount::beneath(mount::another(&volume.at)?.as_fd(), &volume.at)
    });
    let error = attempt.err()?;
    Some(format!("nothing can be mounted beneath /usr ({error}; Linux can since 6.5)"))
}

/// A file system that can be written to while this is there.
#[derive(Debug)]
pub(super) struct Unsealed(Directory);

impl Drop for Unsealed {
    fn drop(&mut self) {
        // Its mounts keep everybody else from writing, and who writes through another one of theirs
        // may go on.
        drop(mount::set_file_system_access(self.0.as_fd(), Access::ReadOnly));
    }
}

/// What at the top belongs to the file system, and not to a tree.
pub(super) const OF_THE_VOLUME: &[&str] = &[HIDDEN, "lost+found"];

/// Where the tree that runs lies, below the top.
fn live() -> PathBuf {
    Path::new(HIDDEN).join(UNIT)
}

/// Where what was replaced at the top waits for the next run, below the top.
fn replaced() -> PathBuf {
    [HIDDEN, HIDDEN, REPLACED].iter().collect()
}

/// Returns where the top is if a tree in it is shown.
fn top_of(shown: &Path) -> Option<&Path> {
    shown.ancestors().filter(|above| above.file_name() == Some(OsStr::new(HIDDEN))).last()?.parent()
}

fn below_root(path: &Path) -> &Path {
    match path.strip_prefix("/") {
        Ok(below) if below != Path::new("") => below,
        _ => Path::new("."),
    }
}

/// Says whether a directory is the top of a file system, or of a subvolume.
fn is_whole(inside: &Path, top: &Directory) -> io::Result<bool> {
    Ok(inside == Path::new("/") || sys::stat(top)?.inode == SUBVOLUME)
}

/// Takes away all but what is mounted first.
fn uncover(at: &Path, depth: usize) -> io::Result<()> {
    (1..depth).try_for_each(|_| mount::detach(at))
}

/// Opens what is mounted first at a path, so that it can be written to if the file system can.
fn uncovered(at: &Path, depth: usize) -> io::Result<Directory> {
    mount::privately(|| {
        uncover(at, depth)?;
        mount::set_access(at, Access::ReadWrite)?;
        Directory::open_anywhere(at)
    })
}

/// Opens the whole of a file system of which only a part is mounted.
fn mounted_anew(at: &Path, depth: usize, layer: &Layer) -> io::Result<Directory> {
    mount::privately(|| {
        mount_anew(at, depth, layer)?;
        Directory::open_anywhere(at)
    })
}

fn mount_anew(at: &Path, depth: usize, layer: &Layer) -> io::Result<()> {
    // No file system can be mounted on itself.
    uncover(at, depth + 1)?;
    let option = if layer.kind == "btrfs" { c"subvolid=5" } else { c"" };
    let what = (&*layer.kind, &*layer.source);
    match mount::file_system(what, at, option, Access::ReadWrite) {
        // It is there already, and nothing can be written to it.
        Err(error) if is_sealed(&error) => {
            mount::file_system(what, at, option, Access::ReadOnly)?;
            mount::set_access(at, Access::ReadWrite)
        }
        mounted => mounted,
    }
}

fn is_sealed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::ReadOnlyFilesystem)
}

/// The name of what was replaced.
const REPLACED: &str = "replaced";
/// The inode of the top of every subvolume of btrfs.
const SUBVOLUME: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_found_by_what_is_shown() {
        let top = |shown| top_of(Path::new(shown)).and_then(Path::to_str);
        assert_eq!(top("/"), None);
        assert_eq!(top("/@usr"), None);
        assert_eq!(top("/.swupd/usr"), Some("/"));
        assert_eq!(top("/.swupd/.swupd/staging/usr"), Some("/"));
        assert_eq!(top("/@usr/.swupd/usr"), Some("/@usr"));
    }
}

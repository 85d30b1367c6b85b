//! The programs that a repository offers: scripts in one directory, which whoever wants them puts
//! into their `PATH`.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use swupd_protocol::{manifest::Misc, object::Kind, path::TreePath};

use super::{DIRECTORY, Repository, script};
use crate::{
    host::{
        directory::Directory,
        root::Root,
        state::{self, StateError},
        sys::FileKind,
    },
    update::content::Content,
};

/// Returns the programs that content offers, by their names. Of several of one name that in
/// `/usr/bin` is taken, then that in `/bin`.
pub fn programs(content: &Content) -> BTreeMap<OsString, TreePath> {
    let mut programs: BTreeMap<OsString, TreePath> = BTreeMap::new();
    let offered = content.present().filter(|entry| {
        let is_program = matches!(entry.kind, Some(Kind::File | Kind::Symlink));
        is_program && entry.misc == Misc::Exported && rank(&entry.path).is_some()
    });
    for entry in offered {
        let name = OsStr::from_bytes(entry.path.name()).to_owned();
        let there = programs.get(&name);
        if there.is_none_or(|there| rank(&entry.path) < rank(there)) {
            programs.insert(name, entry.path.clone());
        }
    }
    programs
}

fn rank(path: &TreePath) -> Option<usize> {
    let parent = path.parent()?;
    PLACES.iter().position(|place| place.as_bytes() == parent.as_bytes())
}

/// What a repository offers.
#[derive(Debug)]
pub struct Offer<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The tree of the OS.
    pub os: &'a Root,
    /// The repository's tree.
    pub tree: &'a Path,
}

/// What was done to the scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Those that were written.
    pub written: Vec<OsString>,
    /// Those that were removed.
    pub removed: Vec<OsString>,
    /// Those that could not be written, as something of somebody else is in their place.
    pub taken: Vec<OsString>,
}

/// What stands in the place of a script.
#[derive(Debug, PartialEq, Eq)]
enum Stands {
    Nothing,
    /// A script of this repository: its text.
    Ours(Vec<u8>),
    Another,
}

impl Offer<'_> {
    /// Returns where the scripts lie.
    pub fn place(&self) -> PathBuf {
        self.os.path().join(DIRECTORY).join(SCRIPTS)
    }

    /// Returns the first of the programs whose name is taken by something else.
    pub fn taken<'p>(
        &self,
        programs: impl IntoIterator<Item = &'p OsString>,
    ) -> Result<Option<&'p OsString>, OfferError> {
        let Some(directory) = state::look_own(&self.place(), self.os)? else { return Ok(None) };
        for name in programs {
            if self.stands(&directory, name)? == Stands::Another {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Writes the scripts of these programs as far as they are not there, and removes those of
    /// others that the repository no longer offers.
    pub fn settle(&self, programs: &BTreeMap<OsString, TreePath>) -> Result<Settled, OfferError> {
        let mut settled = Settled::default();
        if programs.is_empty() && state::look_own(&self.place(), self.os)?.is_none() {
            return Ok(settled);
        }
        let directory = state::open_own(&self.place(), self.os)?;
        for name in directory.list().map_err(|source| self.trouble("list", "", source))? {
            let is_ours = !programs.contains_key(&name)
                && matches!(self.stands(&directory, &name)?, Stands::Ours(_));
            if is_ours {
                let removed = directory.remove(Path::new(&name), FileKind::File);
                removed.map_err(|source| self.trouble("remove", &name, source))?;
                settled.removed.push(name);
            }
        }
        for (name, path) in programs {
            let text = script::text(self.tree, path);
            match self.stands(&directory, name)? {
                Stands::Ours(there) if there == text && self.is_runnable(&directory, name)? => {}
                Stands::Another => settled.taken.push(name.clone()),
                Stands::Ours(_) | Stands::Nothing => {
                    let written = directory.write_whole(Path::new(name), &text, 0o755);
                    written.map_err(|source| self.trouble("write", name, source))?;
                    settled.written.push(name.clone());
                }
            }
        }
        Ok(settled)
    }

    fn stands(&self, directory: &Directory, name: &OsStr) -> Result<Stands, OfferError> {
        let unreadable = |source| self.trouble("read", name, source);
        let stat = directory.stat(Path::new(name)).map_err(unreadable)?;
        let Some(stat) = stat else { return Ok(Stands::Nothing) };
        if !stat.is_file() || stat.size > LONGEST {
            return Ok(Stands::Another);
        }
        let text = directory.read_whole(Path::new(name), LONGEST).map_err(unreadable)?;
        Ok(match text {
            None => Stands::Nothing,
            Some(text) if script::is_of(&text, &self.repository.name) => Stands::Ours(text),
            Some(_) => Stands::Another,
        })
    }

    fn is_runnable(&self, directory: &Directory, name: &OsStr) -> Result<bool, OfferError> {
        let stat = directory.stat(Path::new(name));
        let stat = stat.map_err(|source| self.trouble("read", name, source))?;
        Ok(stat.is_some_and(|stat| stat.mode & 0o777 == 0o755))
    }

    fn trouble(
        &self,
        doing: &'static str,
        name: impl AsRef<OsStr>,
        source: io::Error,
    ) -> OfferError {
        OfferError(StateError::Io { doing, path: self.place().join(name.as_ref()), source })
    }
}

/// The scripts cannot be looked at or changed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OfferError(#[from] pub StateError);

const SCRIPTS: &str = "bin";
/// The directories whose programs are offered, the most important one first.
const PLACES: &[&str] = &["/usr/bin", "/bin", "/usr/local/bin"];
/// Bytes: no script of ours comes near.
const LONGEST: u64 = 64 << 10;

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;

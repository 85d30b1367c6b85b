//! What a copy owes: manifests in their places of which not everything could be had. A manifest that
//! is in its place is passed over by later runs, but not one that is listed here: what was left out
//! is asked for again, and told again, until it is there.

use std::{
    collections::BTreeSet,
    io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use swupd_protocol::layout::RepoPath;

use crate::repo::Repo;

/// The paths of manifests, a line each, in a file that lasts from run to run.
#[derive(Debug)]
pub(super) struct Owed {
    file: PathBuf,
    debts: Mutex<Debts>,
}

#[derive(Debug, Default)]
struct Debts {
    all: BTreeSet<String>,
    /// Those that this run knows of by having asked.
    found: BTreeSet<String>,
}

impl Owed {
    /// Reads what earlier runs left; what is not in the copy any more is forgotten.
    pub(super) fn open(file: PathBuf, repo: &Repo) -> io::Result<Self> {
        let text = match fs_err::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let is_here = |path: &&str| repo.root().join(path).is_file();
        let all = text.lines().filter(is_here).map(str::to_owned).collect();
        Ok(Self { file, debts: Mutex::new(Debts { all, ..Debts::default() }) })
    }

    /// Says whether something of what a manifest names is missing.
    pub(super) fn has(&self, manifest: &RepoPath) -> bool {
        self.debts().all.contains(manifest.tar().as_str())
    }

    /// Says whether anything is.
    pub(super) fn owes(&self) -> bool {
        !self.debts().all.is_empty()
    }

    /// Takes note that something of what a manifest names is missing.
    pub(super) fn note(&self, manifest: &RepoPath) {
        let path = manifest.tar().to_string();
        let mut debts = self.debts();
        debts.all.insert(path.clone());
        debts.found.insert(path);
    }

    /// Takes note that everything that a manifest names was asked for.
    pub(super) fn settle(&self, manifest: &RepoPath) {
        let path = manifest.tar();
        let mut debts = self.debts();
        if !debts.found.contains(path.as_str()) {
            debts.all.remove(path.as_str());
        }
    }

    /// Writes it down: before manifests get their places.
    pub(super) fn save(&self) -> io::Result<()> {
        let text: String = self.debts().all.iter().flat_map(|path| [path, "\n"]).collect();
        let unfinished = self.file.with_extension("new");
        fs_err::write(&unfinished, text)?;
        fs_err::rename(unfinished, &self.file)
    }

    fn debts(&self) -> MutexGuard<'_, Debts> {
        self.debts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! A session for the tree of a third-party repository: the same commands, in another tree, with
//! another certificate; and two things besides: somebody agrees to what is dangerous, and the
//! programs that it offers can be run.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool},
    time::Instant,
};

use super::Session;
use crate::{
    cli::failure::Failure,
    host::{machine::Machine, root::Root},
    settings::{Answer, Settings},
    third_party::{Offer, Places, Repository, dangers, programs, state_within},
    update::{
        approval::{Approver, NotApproved, Proposed},
        content::Content,
        switch::{self, Engine},
    },
};

/// A repository whose tree is worked on.
#[derive(Debug)]
pub(super) struct Guest {
    repository: Repository,
    /// The tree of the OS.
    os: PathBuf,
}

impl Session {
    /// Opens the tree of the OS.
    pub(in crate::cli) fn os(&self) -> Result<Root, Failure> {
        let path = self.guest.as_ref().map_or(&self.settings.tree, |guest| &guest.os);
        Root::open(path).map_err(|source| Failure::Tree { path: path.clone(), source })
    }

    /// Returns where a repository's parts lie in this tree.
    pub(in crate::cli) fn places_of(&self, repository: &Repository) -> Places {
        let Settings { tree, data_dir, cache_dir, .. } = &self.settings;
        Places::of(&repository.name, tree, data_dir, cache_dir)
    }

    /// Returns a session for a repository in this tree.
    pub(in crate::cli) fn of_repository(&self, repository: &Repository) -> Result<Self, Failure> {
        let places = self.places_of(repository);
        places.check(&self.os()?)?;
        // Where links lead to it, on a running system, it goes by its own path.
        let tree = fs_err::canonicalize(&places.tree).unwrap_or(places.tree);
        let within = state_within(&repository.name);
        let settings = self.settings.of_guest(tree, &within, &repository.url);
        let guest = Guest { repository: repository.clone(), os: self.settings.tree.clone() };
        Ok(Self {
            settings,
            output: Arc::clone(&self.output),
            now: self.now,
            is_root: self.is_root,
            begun: Instant::now(),
            ledger: Mutex::default(),
            newest: OnceLock::new(),
            terminal: self.terminal,
            goes_on: AtomicBool::new(false),
            guest: Some(guest),
        })
    }

    /// Returns who must agree to a change, where somebody must.
    pub(in crate::cli) fn approver(&self) -> Option<&dyn Approver> {
        self.guest.is_some().then_some(self as &dyn Approver)
    }

    /// Lets the programs be run that this content offers, where it is a third party's.
    pub(super) fn offer_programs(&self, content: &Content) -> Result<(), Failure> {
        let Some(guest) = &self.guest else { return Ok(()) };
        let os = self.os()?;
        let settled = self.offer(guest, &os).settle(&programs(content))?;
        let listed = |names: &[std::ffi::OsString]| {
            names.iter().map(|name| name.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        let place = self.offer(guest, &os).place().display().to_string();
        if !settled.written.is_empty() {
            self.output.info(&format!("Programs to run in {place}: {}", listed(&settled.written)));
        }
        if !settled.removed.is_empty() {
            self.output.info(&format!("Removed from {place}: {}", listed(&settled.removed)));
        }
        if !settled.taken.is_empty() {
            self.output.warning(&format!(
                "{place} has other programs of these names already: {}",
                listed(&settled.taken)
            ));
        }
        Ok(())
    }

    /// Does the same for what the tree has now, as far as that is written down: where it changes file by
    /// file it is not.
    pub(super) fn offer_what_runs(&self, machine: &Machine) -> Result<(), Failure> {
        if self.guest.is_none() {
            return Ok(());
        }
        let engine = switch::recoverer(machine, self.how(), &*self.output);
        let unreadable = |source| Failure::Tree { path: self.settings.tree.clone(), source };
        let listed = engine.generations()?;
        let running = listed.into_iter().find(|generation| generation.is_running);
        let Some(number) = running.and_then(|running| running.number) else { return Ok(()) };
        match engine.content_of(number).map_err(unreadable)? {
            Some(content) => self.offer_programs(&content),
            None => Ok(()),
        }
    }

    fn offer<'a>(&'a self, guest: &'a Guest, os: &'a Root) -> Offer<'a> {
        Offer { repository: &guest.repository, os, tree: &self.settings.tree }
    }

    fn refuse_taken_names(&self, guest: &Guest, content: &Content) -> Result<(), NotApproved> {
        let unlisted = |place: &std::path::Path, source| NotApproved::Unlisted {
            place: place.display().to_string(),
            source,
        };
        let os = Root::open(&guest.os).map_err(|source| unlisted(&guest.os, source))?;
        let offer = self.offer(guest, &os);
        let place = offer.place();
        let taken = offer.taken(programs(content).keys()).map(Option::<&_>::cloned);
        match taken.map_err(|error| unlisted(&place, std::io::Error::other(error)))? {
            None => Ok(()),
            Some(name) => Err(NotApproved::Taken {
                name: name.display().to_string(),
                place: place.display().to_string(),
            }),
        }
    }
}

impl Approver for Session {
    fn approve(&self, proposed: &Proposed<'_>) -> Result<(), NotApproved> {
        let Some(guest) = &self.guest else { return Ok(()) };
        self.refuse_taken_names(guest, proposed.content)?;
        let dangers = dangers(proposed)?;
        if dangers.is_empty() {
            return Ok(());
        }
        for danger in &dangers {
            let why: Vec<String> = danger.why.iter().map(ToString::to_string).collect();
            self.output.warning(&format!("{}: {}", self.shown(&danger.path), why.join(", ")));
        }
        let count = dangers.len();
        let name = &guest.repository.name;
        let question = format!(
            "{count} of the new files of repository `{name}` have dangerous permissions. Go on?"
        );
        match self.ask(&question) {
            Answer::Yes => Ok(()),
            Answer::No => Err(NotApproved::Dangerous { count }),
        }
    }
}

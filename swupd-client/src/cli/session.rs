//! What a subcommand works with: settings, the machine it changes and the server it asks, each
//! opened when it is first needed.

mod conclude;
mod guest;
mod server;

use std::{
    collections::BTreeSet,
    io::IsTerminal,
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use swupd_protocol::{
    bundle::BundleName, layout, path::TreePath, variant::Levels, version::Version,
};

pub(super) use self::server::{Server, in_format};
use self::{conclude::Ledger, guest::Guest};
use super::{
    Moment, advice::Running, again::Again, failure::Failure, glyphs::Glyphs, output::Output,
    question,
};
use crate::{
    host::{
        lock::Lock,
        machine::{Machine, MachineError, Places},
        os_release,
        root::Root,
        share::Share,
        state::{Act, Data},
    },
    report::{Observer, with_causes},
    search,
    settings::{self, Answer, Settings, Surroundings, Terminal},
    update::{
        Extent, Outcome, Target, Trip, UpdateError,
        check::Published,
        fetch::{Metadata, Named},
        switch::{self, Engine, How, Keeping, Recovery, Switched},
        trigger::{self, Occasion, Touched},
    },
};

/// Whether what was downloaded is kept once it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeepCache {
    /// All of it.
    Yes,
    /// Only what the next trip starts from.
    No,
}

/// One run of a subcommand.
#[derive(Debug)]
pub(super) struct Session {
    /// What was typed and configured.
    pub settings: Settings,
    /// Where everything is printed.
    pub output: Arc<Output>,
    /// Seconds since 1970.
    pub now: u64,
    is_root: bool,
    begun: Instant,
    ledger: Mutex<Ledger>,
    newest: OnceLock<Version>,
    terminal: Terminal,
    goes_on: AtomicBool,
    /// The repository whose tree is worked on, where it is not the OS's.
    guest: Option<Guest>,
}

impl Session {
    /// Starts a run.
    pub(super) fn new(settings: Settings, output: Arc<Output>, moment: Moment) -> Self {
        let Surroundings { is_root, terminal, .. } = moment.surroundings;
        let (now, begun, ledger) = (moment.now, Instant::now(), Mutex::default());
        let newest = OnceLock::new();
        let goes_on = AtomicBool::new(false);
        let guest = None;
        Self { settings, output, now, is_root, begun, ledger, newest, terminal, goes_on, guest }
    }

    /// Says that there is more to do, once this is done.
    pub(super) fn goes_on(&self) {
        self.goes_on.store(true, Ordering::Relaxed);
    }

    /// Returns where the command goes on: what the running system has now as its client may know
    /// more than this one.
    pub(super) fn again(&self) -> Again {
        match (self.goes_on.load(Ordering::Relaxed), self.settings.is_running_system) {
            (false, _) => Again::No,
            (true, false) => Again::Here,
            (true, true) => Again::Anew,
        }
    }

    /// Says whether the tree is that of a repository, in which no system starts.
    pub(super) fn is_of_a_repository(&self) -> bool {
        self.guest.is_some()
    }

    /// Opens the tree, the state and the store, and takes the lock.
    pub(super) fn machine(&self) -> Result<Machine, Failure> {
        self.machine_with_spare(None)
    }

    /// Opens them, with a cache directory that somebody else filled to take from.
    pub(super) fn machine_with_spare(&self, spare: Option<PathBuf>) -> Result<Machine, Failure> {
        let machine = Machine::open(&Places {
            tree: self.settings.tree.clone(),
            data: self.settings.data_dir.clone(),
            cache: self.settings.cache_dir.clone(),
            content_url: match &self.settings.urls {
                Ok(urls) => urls.content.clone(),
                // Who needs no server needs a place for objects all the same.
                Err(_) => "none".into(),
            },
            spare,
        })?;
        self.ledger().is_at_work = true;
        self.recover(&machine)?;
        if !self.is_root {
            self.output.info("the files stay yours: only root can give them other owners");
        }
        Ok(machine)
    }

    /// Takes the lock alone, for what changes no tree.
    pub(super) fn lock(&self, root: &Root) -> Result<Lock, Failure> {
        let data = Data::open(&self.settings.data_dir, root)?;
        Ok(data.lock().map_err(MachineError::from)?)
    }

    /// Finishes or discards what an interrupted run left, and tells.
    fn recover(&self, machine: &Machine) -> Result<(), Failure> {
        let mut engine = switch::recoverer(machine, self.how(), &*self.output);
        match engine.recover().map_err(UpdateError::from)? {
            Recovery::Nothing => {}
            Recovery::Stray => self.output.warning("removed what an interrupted run had staged"),
            Recovery::Discarded(intent) => self.output.warning(&format!(
                "an earlier run towards version {} was interrupted before it changed anything: \
                 what it had staged is removed",
                intent.to
            )),
            Recovery::Finished(switched) => {
                self.output.warning(&format!(
                    "an earlier run was interrupted while it changed the tree: the change to \
                     version {} is finished now",
                    switched.intent().to
                ));
                // What it touched is not known any more: everything that may follow does.
                let failed = self.follow(&switched, &Touched::everything());
                self.offer_what_runs(machine)?;
                switched.finish().map_err(UpdateError::from)?;
                self.keep_spare(machine);
                if failed > 0 {
                    self.output.warning("what follows that change is not complete");
                }
            }
        }
        Ok(())
    }

    /// Returns how the tree is to be changed.
    pub(super) fn how(&self) -> How {
        let policy = &self.settings.policy;
        let keeping = Keeping {
            read_only: policy.readonly_usr,
            generations: usize::try_from(policy.keep_generations.get()).unwrap_or(usize::MAX),
            share: match policy.share {
                settings::Share::Auto => Share::Auto,
                settings::Share::Link => Share::Link,
                settings::Share::Reflink => Share::Reflink,
                settings::Share::Copy => Share::Copy,
            },
        };
        How { method: self.settings.method, keeping }
    }

    /// Returns a trip of the whole tree, of which nothing else is decided yet.
    pub(super) fn trip<'a>(&'a self, machine: &'a Machine, metadata: Metadata<'a>) -> Trip<'a> {
        Trip {
            machine,
            metadata,
            runnable: self.runnable(),
            named: Named::Required,
            extent: Extent::All,
            track: BTreeSet::new(),
            untrack: BTreeSet::new(),
            how: self.how(),
            occasion: self.occasion(),
            approver: self.approver(),
        }
    }

    /// Returns the version that the tree says it is.
    pub(super) fn installed_version(&self) -> Result<Version, Failure> {
        let tree = &self.settings.tree;
        let unknown = |source| Failure::VersionUnknown { tree: tree.clone(), source };
        os_release::version(tree)
            .map_err(|source| unknown(Some(source)))?
            .ok_or_else(|| unknown(None))
    }

    /// Takes note of what was named as newest and is there, so that nobody names something older.
    pub(super) fn saw(&self, metadata: &Metadata<'_>, published: &Published) {
        if let Err(error) = metadata.pointers().remember(published) {
            self.output.warning(&with_causes(&error));
        }
    }

    /// Takes note of the version that the server says is the newest, and returns it.
    pub(super) fn saw_newest(&self, newest: Version) -> Version {
        *self.newest.get_or_init(|| newest)
    }

    /// Returns the version that the server said is the newest; none where it was not asked, or did
    /// not answer.
    pub(super) fn newest_seen(&self) -> Option<Version> {
        self.newest.get().copied()
    }

    /// Returns what the CPU can run beyond the baseline; a tree that is not the running system's
    /// gets the baseline.
    pub(super) fn runnable(&self) -> Levels {
        if self.settings.is_running_system { crate::host::cpu::levels() } else { Levels::NONE }
    }

    /// Tells what was fetched, for the record.
    pub(super) fn tell_fetched(&self, server: &Server) {
        let statistics = server.remote.statistics();
        self.ledger().bytes = statistics.bytes_received;
        if statistics.requests > 0 {
            self.output.info(&format!(
                "fetched {} bytes in {} requests",
                statistics.bytes_received, statistics.requests
            ));
        }
    }

    /// Tells how far what was fetched is from what was said before.
    pub(super) fn compare_fetched(&self, foreseen: u64, fetched: u64) {
        self.ledger().foreseen = Some(foreseen);
        let line = format!("{fetched} bytes were fetched, {foreseen} were foreseen");
        if fetched.abs_diff(foreseen) > foreseen / TOLERATED {
            self.output.info(&line);
        } else {
            self.output.verbose(&line);
        }
    }

    /// Returns those of `bundles` that the version has; the others are told. Nothing goes to a version
    /// without `os-core`.
    pub(super) fn known_bundles(
        &self,
        trip: &Trip<'_>,
        version: Version,
        bundles: &BTreeSet<BundleName>,
    ) -> Result<BTreeSet<BundleName>, Failure> {
        let mom = trip.metadata.mom(version)?;
        let (known, gone): (BTreeSet<_>, BTreeSet<_>) =
            bundles.iter().cloned().partition(|bundle| mom.bundle(bundle).is_some());
        for bundle in gone {
            if bundle.is_os_core() {
                trip.metadata.forget_mom(version);
                return Err(Failure::UnknownBundle { bundle, version });
            }
            self.output.warning(&format!("version {version} has no bundle `{bundle}`"));
        }
        Ok(known)
    }

    /// Does what follows a change: runs the scripts, clears the cache of what is no longer needed.
    pub(super) fn finish(
        &self,
        machine: &Machine,
        target: &Target,
        outcome: Outcome,
        cache: KeepCache,
    ) -> Result<(), Failure> {
        let concluded = self.conclude(machine, outcome)?;
        self.offer_programs(&target.content)?;
        let Some(failed) = concluded else { return Ok(()) };
        if cache == KeepCache::No {
            let kept = kept_metadata(target);
            let keep = |version, file: &str| kept.contains(&(version, file.to_owned()));
            machine.cache.all()?.clean(Act::Do, &keep, &mut |_| {})?;
        }
        self.tell_what_runs();
        self.answer_for_hooks(machine, failed)
    }

    /// Tells what still runs code that the tree no longer has, and what to do about it.
    pub(super) fn tell_what_runs(&self) {
        if self.output.manner().quiet {
            return;
        }
        let lines = Running::look(self).map(|running| running.lines()).unwrap_or_default();
        if !lines.is_empty() {
            let again = if self.guest.is_none() { " (`swupd status` shows it again)" } else { "" };
            self.output.info(&format!("Some of what was replaced still runs{again}:"));
        }
        for line in lines {
            self.output.info(&format!("  {line}"));
        }
    }

    /// Runs what must follow a change of the tree, tells which hooks failed, and returns how many.
    fn follow(&self, switched: &Switched, touched: &Touched) -> usize {
        if self.guest.is_some() {
            // Nothing of the OS depends on it.
            return 0;
        }
        let failed = trigger::after(&self.occasion(), switched.intent(), touched, &*self.output);
        for error in &failed {
            self.output.warning(&with_causes(error));
        }
        failed.len()
    }

    /// Returns whose change this is, for what goes before and follows it.
    pub(super) fn occasion(&self) -> Occasion<'_> {
        Occasion {
            tree: &self.settings.tree,
            command: self.output.section(),
            scripts: self.settings.scripts,
        }
    }

    /// Returns a path of the tree as it is told: behind the tree, as that was named.
    pub(super) fn shown(&self, path: &TreePath) -> String {
        self.settings.tree_as_named.join(path.relative()).display().to_string()
    }

    /// Asks a question that is answered with yes or no; nobody is asked what `--yes` or `--assume`
    /// answers, and where nobody answers it is a no.
    pub(super) fn ask(&self, question: &str) -> Answer {
        question::ask(question, self.settings.answer, &self.output, question::standard_input)
    }

    /// Says whether a question would be answered by somebody: by a person at a terminal, or
    /// beforehand.
    pub(super) fn can_ask(&self) -> bool {
        self.settings.answer.is_some() || std::io::stdin().is_terminal()
    }

    /// Returns the signs that whoever looks can see.
    pub(super) fn glyphs(&self) -> Glyphs {
        let Terminal { unicode, colour, .. } = self.terminal;
        Glyphs { unicode, colour: colour && self.output.is_looked_at() }
    }

    /// Returns the one who is told.
    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.output) as Arc<dyn Observer>
    }
}

/// Returns the files of metadata that the next trip starts from: those of the version that is now
/// installed.
fn kept_metadata(target: &Target) -> BTreeSet<(Version, String)> {
    let version = target.release.version();
    let mom = [layout::MOM_FILE, layout::MOM_SIGNATURE_FILE].map(|file| (version, file.to_owned()));
    let manifests = target
        .release
        .manifests()
        .map(|(bundle, manifest)| (manifest.header.version, layout::manifest_file(bundle)));
    manifests.chain(mom).chain([(version, search::FILE.to_owned())]).collect()
}

/// One part of so many may what is fetched differ from what was foreseen without a word.
const TOLERATED: u64 = 20;

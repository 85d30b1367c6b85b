//! A machine of version 10, and a source that it goes to for version 20: it may lie at first, and
//! is honest when it is asked to. Whatever the lie, the machine must be able to go on afterwards.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use swupd_fixtures::{
    faults::{Fault, FaultyServer, Request, honest},
    lies::{Liar, Pen},
    tree::{Node, Snapshot, Tree, snapshot},
    world::{Machine, Ran, STATE, World},
};
use swupd_protocol::{
    bundle::BundleName,
    layout::{self, RepoPath},
    manifest::Entry,
    version::Version,
};

use crate::world::{program, system, world};

/// Two versions, and a machine that has the first.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) world: World,
    installed: PathBuf,
    victims: AtomicUsize,
}

impl Scene {
    /// Returns the scene that all tests share that run at this time.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Scene>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let new = Arc::new(Self::new());
            *shared = Arc::downgrade(&new);
            new
        })
    }

    fn new() -> Self {
        let mut world = world();
        world.release(10, &old());
        world.release(20, &new());
        let machine = world.machine("installed");
        machine.run("os-install -V 10 -B editors").exits(0);
        let installed = machine.tree().to_owned();
        Self { world, installed, victims: AtomicUsize::new(0) }
    }

    /// Returns a source of the truth.
    pub(crate) fn truth(&self) -> Liar {
        let read = |name| fs_err::read(self.world.workshop().join("keys").join(name)).unwrap();
        let pen = Pen { certificate_pem: read("cert.pem"), key_pem: read("key.pem") };
        Liar::about(self.world.www(), pen)
    }

    /// Returns what version 20 says of a path of `os-core`.
    pub(crate) fn entry(&self, path: &str) -> Entry {
        let manifest = self.truth().manifest_of(&BundleName::os_core(), twenty());
        manifest.entries.into_iter().find(|entry| entry.path.as_bytes() == path.as_bytes()).unwrap()
    }

    /// Returns where the fullfile of a path of `os-core` lies.
    pub(crate) fn fullfile(&self, path: &str) -> RepoPath {
        let entry = self.entry(path);
        layout::fullfile(entry.hash, entry.version)
    }

    /// Returns a machine of version 10, whose source tells what `liar` tells, and the truth in the
    /// worst way that `faults` allow.
    pub(crate) fn victim(
        &self,
        liar: Liar,
        faults: impl Fn(&Request) -> Vec<Fault> + Send + Sync + 'static,
    ) -> Victim<'_> {
        self.victim_on(|_| {}, liar, faults)
    }

    /// Returns the same on what `prepare` does to the directory that the machine gets.
    pub(crate) fn victim_on(
        &self,
        prepare: impl FnOnce(&Path),
        liar: Liar,
        faults: impl Fn(&Request) -> Vec<Fault> + Send + Sync + 'static,
    ) -> Victim<'_> {
        let name = format!("victim-{}", self.victims.fetch_add(1, Ordering::Relaxed));
        let machine = self.world.machine(&name);
        fs_err::create_dir(machine.tree()).unwrap();
        prepare(machine.tree());
        let mut copy = Command::new("cp");
        copy.arg("-aT").arg(&self.installed).arg(machine.tree());
        assert!(copy.status().unwrap().success());
        let source = Source::start(liar, Arc::new(faults));
        let before = Known::of(&machine);
        Victim { scene: self, machine, source, before }
    }

    /// Returns a machine of version 10 whose source lies.
    pub(crate) fn victim_of(&self, liar: Liar) -> Victim<'_> {
        self.victim(liar, honest)
    }
}

/// A machine that is lied to.
#[derive(Debug)]
pub(crate) struct Victim<'a> {
    scene: &'a Scene,
    pub(crate) machine: Machine,
    pub(crate) source: Source,
    before: Known,
}

impl Victim<'_> {
    /// Returns the client, pointed at the source, with further arguments.
    pub(crate) fn command(&self, line: &str) -> Command {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = self.machine.command(&words);
        let url = self.source.url();
        command.args(["--url", &url, "--allow-insecure-http", "--max-retries", "0"]);
        command
    }

    /// Runs the client.
    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::of(&mut self.command(line))
    }

    /// Runs an update, which must end with this exit code and one error that says all of `words`,
    /// leave the machine as it was, and succeed once the source is honest.
    #[track_caller]
    pub(crate) fn refuses(self, exit: i32, words: &[&str]) {
        self.run("update").exits(exit).complains(words);
        self.must_be_unharmed();
        self.must_recover();
    }

    /// Runs an update, which must succeed in spite of all.
    #[track_caller]
    pub(crate) fn shrugs_it_off(self) {
        self.run("update").exits(0);
        self.must_be_updated();
        self.must_have_stayed_inside();
    }

    /// Panics unless the tree, and what the machine knows of itself, is what it was.
    #[track_caller]
    pub(crate) fn must_be_unharmed(&self) {
        let now = Known::of(&self.machine);
        let differences = now.tree.differences(&self.before.tree);
        assert!(differences.is_empty(), "the tree changed:\n{differences:#?}");
        assert_eq!(now.state, self.before.state, "what the machine knows changed");
        self.must_have_stayed_inside();
    }

    /// Panics unless an update succeeds now that the source is honest.
    #[track_caller]
    pub(crate) fn must_recover(&self) {
        self.source.repents();
        self.run("update").exits(0);
        self.must_be_updated();
    }

    /// Panics unless the machine has version 20, and nothing else.
    #[track_caller]
    pub(crate) fn must_be_updated(&self) {
        self.machine.must_be(&self.scene.world.says(20, &["editors"]));
    }

    /// Panics if anything lies beside the machines that should not.
    #[track_caller]
    fn must_have_stayed_inside(&self) {
        for name in ["evil", "evil2"] {
            for at in [self.scene.world.path().join(name), self.machine.tree().join(name)] {
                assert!(at.symlink_metadata().is_err(), "{} was made", at.display());
            }
        }
    }
}

/// Adds to what a program printed.
pub(crate) trait Complains {
    /// Panics unless there is one error, in one line, that says all of these words.
    #[track_caller]
    fn complains(self, words: &[&str]) -> Self;
}

impl Complains for Ran {
    fn complains(self, words: &[&str]) -> Self {
        let Self { typed, stderr, .. } = &self;
        let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("Error: ")).collect();
        assert_eq!(errors.len(), 1, "errors of `{typed}`:\n{stderr}");
        for word in words {
            assert!(errors[0].contains(word), "the error does not say {word:?}:\n{stderr}");
        }
        let tame =
            |line: &&str| ["Error: ", "Warning: ", "Hint: "].iter().any(|s| line.starts_with(s));
        assert!(stderr.lines().all(|line| tame(&line)), "`{typed}` prints more:\n{stderr}");
        assert!(errors[0].len() < 600, "the error is long:\n{stderr}");
        self
    }
}

/// What a machine has and knows, but for what can be fetched again.
#[derive(Debug)]
struct Known {
    tree: Snapshot,
    state: Vec<(PathBuf, Vec<u8>)>,
}

impl Known {
    fn of(machine: &Machine) -> Self {
        let state = machine.at(STATE);
        let all = snapshot(&state).unwrap();
        let all = all.without("cache").without("swupd_lock").without("journal");
        // What is known of objects on an ordinary user's machine, needed or not.
        let all = all.without("attributes").without("history").without("reserve");
        // That it was tried, and what came of it.
        let all = all.without("last-check").without("last-check.new");
        let all = all.without("last-result").without("last-result.new");
        let all = all.without("newest-seen").without("newest-seen.new");
        let content = |path: &PathBuf| fs_err::read(state.join(path)).unwrap_or_default();
        let state = all.iter().map(|(path, _)| (path.clone(), content(path))).collect();
        Self { tree: machine.seen(), state }
    }
}

/// A server that lies until it repents.
#[derive(Debug)]
pub(crate) struct Source {
    told: Arc<Mutex<Told>>,
    server: FaultyServer,
}

/// What is done wrong when something is asked for.
type Faults = dyn Fn(&Request) -> Vec<Fault> + Send + Sync;

struct Told {
    liar: Liar,
    truth: Liar,
    faults: Arc<Faults>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("liar", &self.liar).finish_non_exhaustive()
    }
}

impl Source {
    fn start(liar: Liar, faults: Arc<Faults>) -> Self {
        let truth = liar.honest();
        let told = Arc::new(Mutex::new(Told { liar, truth, faults }));
        let (content, faults) = (Arc::clone(&told), Arc::clone(&told));
        let server = FaultyServer::start(
            move |path| locked(&content).liar.answer(path),
            move |request| {
                // Not under the lock: it may take its time.
                let commit = Arc::clone(&locked(&faults).faults);
                commit(request)
            },
        );
        Self { told, server: server.unwrap() }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Tells nothing but the truth from here on.
    pub(crate) fn repents(&self) {
        let mut told = locked(&self.told);
        told.liar = told.truth.clone();
        told.faults = Arc::new(honest);
    }
}

fn locked(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What version 10 is made of.
fn old() -> Tree {
    system().file("/usr/share/doc/old", "old").file("/usr/share/doc/same", "same")
}

/// What version 20 is made of: something changed a little, something changed altogether, something
/// new, something gone, a link that goes elsewhere.
fn new() -> Tree {
    let mut tool = program(1);
    tool[2500] ^= 1;
    old()
        .without("/usr/share/doc/old")
        .with("/usr/bin/tool", Node::file(tool).mode(0o755))
        .file("/usr/lib/library", program(3))
        .file("/usr/share/doc/new", "new")
        .link("/usr/bin/link", "raise")
        .with("/usr/share/fresh", Node::directory().mode(0o750))
        .file("/usr/share/editors/two", "another editor")
}

pub(crate) fn ten() -> Version {
    Version::new(10).unwrap()
}

pub(crate) fn twenty() -> Version {
    Version::new(20).unwrap()
}

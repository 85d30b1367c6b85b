//! Two versions that differ in every way that versions can, and machines on the eve of a change.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::UNIX_EPOCH,
};

use fs_err::os::unix::fs::chown;
use swupd_fixtures::{
    syscalls::Tracer,
    tree::{Node, Tree},
    world::{Machine, Ran, STATE, World},
};

use super::known::Known;
use crate::{
    namespace::{mount, text, umount},
    world::{is_root, program, skipped, system, world},
};

/// What all kill tests share that run at this time.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) tracer: Tracer,
    slots: AtomicUsize,
}

impl Stage {
    /// Returns it, or tells why there can be none here.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Stage>> = Mutex::new(Weak::new());
        let tracer = Tracer::new(Path::new(env!("CARGO_BIN_EXE_stopped-at-calls")));
        if !tracer.works() {
            skipped("no program can be stopped at its system calls here");
            return None;
        }
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        Some(shared.upgrade().unwrap_or_else(|| {
            let new = Arc::new(Self::new(tracer));
            *shared = Arc::downgrade(&new);
            new
        }))
    }

    fn new(tracer: Tracer) -> Self {
        let mut world = world();
        world.release(10, &old());
        world.release(20, &new());
        for (name, version) in [("ten", 10), ("twenty", 20)] {
            let machine = world.machine(name);
            machine.run(&format!("os-install -V {version} -B editors")).exits(0);
            add_what_is_not_ours(&world, &machine);
        }
        damage(&world.machine("twenty"), &world.machine("damaged"));
        go_on(&world, "ten", "went-on");
        // An installation that has made its state and nothing else.
        world.machine("nothing").run("os-install -V 999").exits(4);
        Self { world, tracer, slots: AtomicUsize::new(0) }
    }

    /// Returns a place for a machine that nobody else uses.
    pub(crate) fn slot(&self, ground: Ground) -> Slot {
        let number = self.slots.fetch_add(1, Ordering::Relaxed);
        let machine = self.world.machine(&format!("{}/slot-{number}", ground.trees));
        let apart = ground.states.map(|at| self.world.path().join(at).join(number.to_string()));
        Slot { machine, apart, usr: ground.usr }
    }

    /// Does something for each number, on several machines at once, and returns what came of it.
    pub(crate) fn each<T: Send>(
        &self,
        ground: Ground,
        numbers: impl Iterator<Item = usize> + Send,
        work: impl Fn(usize, &Slot) -> T + Sync,
    ) -> Vec<T> {
        let numbers = Mutex::new(numbers);
        let next = || numbers.lock().unwrap().next();
        let one = || {
            let slot = self.slot(ground);
            std::iter::from_fn(next).map(|number| work(number, &slot)).collect::<Vec<T>>()
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(one)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        })
    }

    /// Returns the root of the tree of a machine of this name.
    pub(crate) fn template(&self, name: &str) -> PathBuf {
        self.world.path().join(name)
    }

    /// Returns a trip, and what a machine is before it and after it.
    pub(crate) fn trip(&self, line: Line, ground: Ground) -> Trip {
        let slot = self.slot(ground);
        slot.becomes(&self.template(line.from));
        let old = slot.known();
        slot.run(line.typed).exits(0);
        let new = slot.known();
        assert_ne!(old, new, "`{}` changes nothing", line.typed);
        Trip { line, ground, old, new }
    }
}

/// Where machines and what they know lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground {
    /// A directory of the world in which trees are.
    pub(crate) trees: &'static str,
    /// One in which their state is, where that is not in the tree.
    pub(crate) states: Option<&'static str>,
    pub(crate) usr: Usr,
}

/// How `/usr` is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usr {
    /// Not at all.
    Plain,
    /// On itself: it cannot be written to between changes, as the world is configured to have it.
    ReadOnly,
    /// It is a file system of its own, to which nothing can be written.
    OfItsOwn,
    /// Something else is mounted in it, and it is mounted on itself.
    Around,
}

/// All in one place.
pub(crate) const TOGETHER: Ground = Ground { trees: "slots", states: None, usr: Usr::Plain };

/// A place at which one machine after the other is.
#[derive(Debug)]
pub(crate) struct Slot {
    machine: Machine,
    /// Where the state is, if not in the tree.
    apart: Option<PathBuf>,
    usr: Usr,
}

impl Slot {
    /// Lets the machine be as one was that had its state in its tree, and start.
    pub(crate) fn becomes(&self, template: &Path) {
        self.brings(template);
        let usr = self.tree().join("usr");
        if self.usr == Usr::Around {
            let place = usr.join("local/data");
            fs_err::create_dir_all(&place).unwrap();
            mount(&["-t", "tmpfs", "-o", "mode=755", "x", &text(&place)]);
            let mine = fs_err::File::create(place.join("mine")).unwrap();
            mine.set_modified(UNIX_EPOCH).unwrap();
        }
        if matches!(self.usr, Usr::ReadOnly | Usr::Around) && usr.exists() {
            self.run(LOOK).exits(0);
        }
        if self.usr == Usr::OfItsOwn {
            let beside = beside(&usr);
            fs_err::rename(&usr, &beside).unwrap();
            fs_err::create_dir(&usr).unwrap();
            mount(&["-t", "tmpfs", "-o", "mode=755", "x", &text(&usr)]);
            copy(&beside, &usr);
            fs_err::remove_dir_all(beside).unwrap();
            mount(&["-o", "remount,ro", &text(&usr)]);
        }
    }

    fn brings(&self, template: &Path) {
        let tree = self.machine.tree();
        while let Some(place) = mounts_below(tree).into_iter().min() {
            // What is mounted in it goes with it.
            umount(&place);
        }
        copy_afresh(template, tree);
        let Some(state) = &self.apart else { return };
        if tree.join(STATE).exists() {
            copy_afresh(&tree.join(STATE), state);
            fs_err::remove_dir_all(tree.join(STATE)).unwrap();
        } else if state.exists() {
            fs_err::remove_dir_all(state).unwrap();
        }
    }

    /// Leaves only that mounted which whoever starts the machine mounts.
    pub(crate) fn starts_anew(&self) {
        if self.usr == Usr::OfItsOwn {
            let mounts = mounts_below(self.tree());
            mounts.iter().skip(1).for_each(|place| umount(place));
        }
    }

    /// Keeps the machine as it is.
    pub(crate) fn keep(&self) {
        copy_afresh(self.tree(), &beside(self.tree()));
        if let Some(state) = &self.apart {
            copy_afresh(state, &beside(state));
        }
    }

    /// Lets the machine be as it was kept.
    pub(crate) fn becomes_what_was_kept(&self) {
        copy_afresh(&beside(self.tree()), self.tree());
        if let Some(state) = &self.apart {
            copy_afresh(&beside(state), state);
        }
    }

    /// Returns what is mounted otherwise than it should be.
    pub(crate) fn mistakes_in_mounts(&self) -> Option<String> {
        let usr = self.tree().join("usr");
        let mounts = mounts_below(self.tree());
        let inside = usr.join("local/data");
        let is_right = match self.usr {
            Usr::Plain => return None,
            Usr::ReadOnly => mounts == [usr.clone()],
            Usr::Around => mounts.contains(&usr) && mounts.contains(&inside) && mounts.len() <= 3,
            // The tree that runs over the whole, once there is one.
            Usr::OfItsOwn => mounts == [usr.clone()] || mounts == [usr.clone(), usr.clone()],
        };
        if !is_right {
            return Some(format!("mounted are {mounts:?}"));
        }
        let can_be_written = fs_err::File::create(usr.join("written")).is_ok();
        can_be_written.then(|| "/usr can be written to".to_owned())
    }

    pub(crate) fn known(&self) -> Known {
        Known::of(self.tree(), &self.state())
    }

    pub(crate) fn tree(&self) -> &Path {
        self.machine.tree()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.apart.clone().unwrap_or_else(|| self.machine.at(STATE))
    }

    /// Returns the client with a line of words.
    pub(crate) fn command(&self, line: &str) -> Command {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = self.machine.command(&words);
        if let Some(state) = &self.apart {
            command.arg("--statedir").arg(state);
        }
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::of(&mut self.command(line))
    }
}

/// Returns the mount points below a directory, in the order in which they were mounted.
fn mounts_below(top: &Path) -> Vec<PathBuf> {
    let all = fs_err::read_to_string("/proc/self/mountinfo").unwrap();
    let points = all.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
    points.filter(|point| point.starts_with(top)).collect()
}

/// Returns where what is at a place is kept.
fn beside(place: &Path) -> PathBuf {
    let mut name = place.to_owned().into_os_string();
    name.push("-kept");
    name.into()
}

fn copy_afresh(from: &Path, to: &Path) {
    if to.exists() {
        fs_err::remove_dir_all(to).unwrap();
    }
    if let Some(above) = to.parent() {
        fs_err::create_dir_all(above).unwrap();
    }
    copy(from, to);
}

/// A command, and on which machine it is typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) from: &'static str,
    pub(crate) typed: &'static str,
    /// What is typed once all is done, and changes nothing.
    pub(crate) again: &'static str,
}

/// What is done to a machine, and what it is before and after.
#[derive(Debug)]
pub(crate) struct Trip {
    pub(crate) line: Line,
    pub(crate) ground: Ground,
    pub(crate) old: Known,
    pub(crate) new: Known,
}

pub(crate) const UPDATE: Line = Line { from: "ten", typed: "update", again: "update" };
pub(crate) const BUNDLE_ADD: Line =
    Line { from: "twenty", typed: "bundle-add games music", again: "bundle-add games music" };
pub(crate) const BUNDLE_REMOVE: Line =
    Line { from: "twenty", typed: "bundle-remove editors", again: "bundle-list" };
pub(crate) const REPAIR: Line =
    Line { from: "damaged", typed: "repair --picky", again: "repair --picky" };
pub(crate) const INSTALL: Line =
    Line { from: "nothing", typed: "os-install -V 20 -B editors", again: "diagnose" };
pub(crate) const ROLLBACK: Line = Line { from: "went-on", typed: "rollback", again: "diagnose" };
/// All of them.
pub(crate) const LINES: [Line; 6] = [UPDATE, BUNDLE_ADD, BUNDLE_REMOVE, REPAIR, INSTALL, ROLLBACK];
/// What takes the lock, finishes or discards what is unfinished, and changes nothing else.
pub(crate) const LOOK: &str = "recover";

fn old() -> Tree {
    let tree = system()
        .file("/usr/share/doc/old", "old")
        .file("/usr/share/doc/same", "same")
        .file("/usr/share/turns/file-to-directory", "file")
        .file("/usr/share/turns/directory-to-file/one", "one")
        .file("/usr/share/turns/directory-to-file/deeper/two", "two")
        .file("/usr/share/turns/file-to-link", "file")
        .link("/usr/share/turns/link-to-file", "file-to-link")
        .file("/usr/share/turns/mode", "mode")
        .file("/usr/share/turns/owner", "owner")
        .directory("/usr/share/turns/directory-mode")
        .file("/usr/share/gone/deep/down/file", "gone")
        .file("/usr/share/twins/one", program(7))
        .file("/usr/share/twins/two", program(7))
        .file("/opt/vendor/changed", "old")
        .file("/opt/vendor/gone", "gone")
        .file("/boot/kernel-10", "old kernel");
    (0..12).fold(tree, |tree, n| tree.file(&format!("/usr/lib/many/{n}"), program(20 + n)))
}

fn new() -> Tree {
    let mut tool = program(1);
    tool[2500] ^= 1;
    let tree = old()
        .without("/usr/share/doc/old")
        .without("/usr/share/gone")
        .without("/opt/vendor/gone")
        .without("/boot/kernel-10")
        .with("/usr/bin/tool", Node::file(tool).mode(0o755))
        .file("/usr/lib/library", program(3))
        .file("/usr/share/doc/new", "new")
        .link("/usr/bin/link", "raise")
        .with("/usr/share/fresh", Node::directory().mode(0o750))
        .file("/usr/share/fresh/deep/down/file", "fresh")
        .file("/usr/share/editors/two", "another editor")
        .file("/usr/share/turns/file-to-directory/inside", "inside")
        .file("/usr/share/turns/directory-to-file", "file")
        .link("/usr/share/turns/file-to-link", "mode")
        .file("/usr/share/turns/link-to-file", "file")
        .with("/usr/share/turns/mode", Node::file("mode").mode(0o600))
        .with("/usr/share/turns/owner", Node::file("owner").owner(0, 1))
        .with("/usr/share/turns/directory-mode", Node::directory().mode(0o1777))
        .file("/usr/share/twins/one", program(8))
        .file("/usr/share/twins/two", program(8))
        .file("/opt/vendor/changed", "new")
        .file("/boot/kernel-20", "new kernel");
    let tree =
        (0..6).fold(tree, |tree, n| tree.file(&format!("/usr/lib/many/{n}"), program(40 + n)));
    if !is_root() {
        return tree;
    }
    let ping = Node::file("ping").mode(0o755).xattr("security.capability", MAY_PING);
    tree.with("/usr/bin/ping", ping)
}

/// Adds what an administrator, users and services have on a machine.
fn add_what_is_not_ours(world: &World, machine: &Machine) {
    let theirs = Tree::new()
        .with("/usr/local/bin/mine", Node::file("mine").mode(0o700))
        .file("/usr/local/share/deep/mine", "mine")
        .file("/usr/src/mine", "mine")
        .file("/usr/lib/stray", "stray")
        .file("/usr/share/editors/stray", "stray")
        .link("/usr/share/stray-link", "stray")
        .file("/opt/vendor/stray", "stray")
        .file("/etc/hosts", "hosts")
        .file("/home/somebody/letter", "dear")
        .file("/root/notes", "notes")
        .file("/var/log/messages", "messages");
    let beside = world.path().join("theirs");
    if !beside.exists() {
        theirs.write_to(&beside).unwrap();
    }
    copy(&beside, machine.tree());
}

/// Makes a machine that was like another one and has been updated.
fn go_on(world: &World, from: &str, to: &str) {
    let (from, to) = (world.machine(from), world.machine(to));
    copy(from.tree(), to.tree());
    to.run("update").exits(0);
}

/// Makes a machine like another one, with one damage of each kind.
fn damage(whole: &Machine, machine: &Machine) {
    copy(whole.tree(), machine.tree());
    let at = |path: &str| machine.at(path);
    let mode = |path: &str, mode| {
        fs_err::set_permissions(at(path), PermissionsExt::from_mode(mode)).unwrap();
    };
    fs_err::write(at("/usr/bin/tool"), "spoilt").unwrap();
    fs_err::remove_file(at("/usr/lib/library")).unwrap();
    fs_err::remove_file(at("/usr/bin/link")).unwrap();
    fs_err::os::unix::fs::symlink("elsewhere", at("/usr/bin/link")).unwrap();
    fs_err::remove_dir_all(at("/usr/share/fresh")).unwrap();
    mode("/usr/share/turns/mode", 0o666);
    mode("/usr/share/private", 0o777);
    fs_err::remove_file(at("/usr/share/editors/one")).unwrap();
    fs_err::create_dir_all(at("/usr/share/editors/one/theirs")).unwrap();
    fs_err::remove_dir_all(at("/usr/share/turns/file-to-directory")).unwrap();
    fs_err::write(at("/usr/share/turns/file-to-directory"), "file").unwrap();
    fs_err::create_dir_all(at("/usr/share/extra/deep")).unwrap();
    fs_err::write(at("/usr/share/extra/deep/file"), "extra").unwrap();
    fs_err::write(at("/opt/vendor/changed"), "spoilt").unwrap();
    for n in 0..6 {
        fs_err::write(at(&format!("/usr/lib/many/{n}")), "spoilt").unwrap();
    }
    if is_root() {
        xattr::remove(at("/usr/bin/ping"), "security.capability").unwrap();
        chown(at("/usr/share/turns/owner"), Some(1), Some(1)).unwrap();
    }
}

/// Copies all that is in a directory to where some of it may be already.
fn copy(from: &Path, to: &Path) {
    let mut copy = Command::new("cp");
    copy.args(["-aT", "--reflink=auto"]).arg(from).arg(to);
    assert!(copy.status().unwrap().success());
}

/// `cap_net_raw=ep`, as the kernel stores it (version 2).
pub(crate) const MAY_PING: [u8; 20] =
    [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// How many machines there are at once.
const WORKERS: usize = 2;

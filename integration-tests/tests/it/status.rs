//! `status`: how the machine stands, and what still runs what an update replaced: real processes,
//! started from the tree.

use std::{
    path::Path,
    process::{Child, Command},
};

use serde_json::{Value, json};
use swupd_fixtures::{
    programs::with_programs,
    tree::{Node, Tree},
    world::{Machine, Ran, World},
};

use crate::{
    schemas::must_fit,
    world::{is_root, skipped, system, world},
};

/// Returns a system with two programs of this machine that wait; `mark` makes one of them another.
fn waiting(mark: &[u8]) -> Tree {
    let sleep = fs_err::read("/usr/bin/sleep").unwrap();
    let program = |content: Vec<u8>| Node::file(content).mode(0o755);
    system()
        .with("/usr/bin/same", program(sleep.clone()))
        .with("/usr/bin/changing", program([&sleep[..], mark].concat()))
}

fn machine(world: &mut World) -> Machine {
    world.release(10, &waiting(b"one"));
    world.release(20, &waiting(b"two"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    machine
}

/// A program of the tree that runs until this is dropped.
struct Running(Child);

impl Running {
    fn start(machine: &Machine, path: &str) -> Self {
        Self::by(Command::new(machine.at(path)).arg("600"), path)
    }

    /// Runs a command that ends up as the program of that name.
    fn by(command: &mut Command, path: &str) -> Self {
        let running = Self(command.spawn().unwrap());
        // Until then it is a copy of this program, or what starts the other.
        let comm = format!("/proc/{}/comm", running.0.id());
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        while fs_err::read_to_string(&comm).unwrap().trim_end() != name {
            std::thread::yield_now();
        }
        running
    }

    fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill().and_then(|()| self.0.wait()));
    }
}

/// Runs `status` for programs, and returns what it says.
fn told(machine: &Machine, code: i32) -> Value {
    let ran = machine.run("status --json-output").exits(code);
    let events: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let of_status = |event: &&Value| event["type"] == "status";
    let [status] = &events.iter().filter(of_status).collect::<Vec<_>>()[..] else {
        panic!("{events:#?}")
    };
    must_fit(status, "status-1");
    (*status).clone()
}

fn quiet(machine: &Machine, code: i32, word: &str) {
    let ran = machine.run("status --quiet").exits(code);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (format!("{word}\n").as_str(), ""));
}

#[test]
fn what_an_update_replaced_is_told_while_it_runs() {
    let mut world = world();
    let machine = machine(&mut world);
    quiet(&machine, 0, "ok");
    let (changing, same) =
        (Running::start(&machine, "/usr/bin/changing"), Running::start(&machine, "/usr/bin/same"));
    quiet(&machine, 0, "ok");
    let line = format!("changing ({})", changing.id());
    let ran = machine.run("update").exits(0).says(&line);
    assert!(!ran.stdout.contains(&format!("same ({})", same.id())), "{}", ran.stdout);

    let status = told(&machine, 39);
    assert_eq!(status["verdict"], "restart");
    let process = json!([{
        "pid": changing.id(),
        "name": "changing",
        "files": ["/usr/bin/changing"],
        "seesOldTree": false,
    }]);
    let mut found = status["running"]["processes"].clone();
    for process in found.as_array_mut().unwrap() {
        // Whoever runs the tests runs this, too.
        process.as_object_mut().unwrap().remove("belongsTo");
    }
    assert_eq!(found, process);
    machine.run("status").exits(39).says("some of what it replaced still runs").says("changing");
    quiet(&machine, 39, "restart");
    drop(changing);
    quiet(&machine, 0, "ok");
    drop(same);
}

#[test]
fn kept_versions_and_held_ones_are_told() {
    let mut world = world();
    let machine = machine(&mut world);
    machine.run("update").exits(0);
    let running = Running::start(&machine, "/usr/bin/changing");
    let same = Running::start(&machine, "/usr/bin/same");
    let kept = |status: &Value| {
        let all = status["generations"].as_array().unwrap().clone();
        all.iter().map(|one| (one["version"].clone(), one["current"].clone())).collect::<Vec<_>>()
    };
    let status = told(&machine, 0);
    assert_eq!(kept(&status), [(json!(10), json!(false)), (json!(20), json!(true))]);
    // What both versions have runs on as it should, wherever its name has gone.
    let ran = machine.run("rollback").exits(0).says(&format!("changing ({})", running.id()));
    assert!(!ran.stdout.contains(&format!("same ({})", same.id())), "{}", ran.stdout);
    let status = told(&machine, 39);
    assert_eq!(status["running"]["processes"].as_array().unwrap().len(), 1);
    assert_eq!(kept(&status), [(json!(10), json!(true)), (json!(20), json!(false))]);
    assert_eq!((&status["held"], &status["next"]["held"]), (&json!([20]), &json!(true)));
    machine.run("status").exits(39).says("Held back     20").says("> 20");
    drop(running);
    quiet(&machine, 0, "ok");
}

#[test]
fn what_is_confined_to_the_tree_counts_and_what_lives_elsewhere_does_not() {
    if !is_root() {
        skipped("only root can confine a program to a tree");
        return;
    }
    let mut world = world();
    let whole = |mark: &[u8]| with_programs(waiting(mark), &["/usr/bin/sleep"]);
    world.release(10, &whole(b"one"));
    world.release(20, &whole(b"two"));
    let [machine, other] = ["machine", "other"].map(|name| world.machine(name));
    for machine in [&machine, &other] {
        machine.run("os-install -V 10").exits(0);
    }
    let confined = |own_mounts: &[&str], machine: &Machine| {
        let mut words = own_mounts.to_vec();
        words.extend(["chroot", machine.tree().to_str().unwrap(), "/usr/bin/changing", "600"]);
        Running::by(Command::new(words[0]).args(&words[1..]), "changing")
    };
    let inside = confined(&[], &machine);
    let with_mounts = confined(&["unshare", "--mount"], &machine);
    let _others = [confined(&[], &other), confined(&["unshare", "--mount"], &other)];
    quiet(&machine, 0, "ok");
    machine.run("update").exits(0);
    let status = told(&machine, 39);
    let found = status["running"]["processes"].as_array().unwrap();
    let mut found: Vec<(u64, &Value)> =
        found.iter().map(|process| (process["pid"].as_u64().unwrap(), &process["files"])).collect();
    found.sort_by_key(|(pid, _)| *pid);
    let files = json!(["/usr/bin/changing"]);
    let mut expected = [inside.id(), with_mounts.id()].map(|pid| (u64::from(pid), &files));
    expected.sort_by_key(|(pid, _)| *pid);
    assert_eq!(found, expected);
    quiet(&other, 0, "ok");
}

#[test]
fn what_runs_old_code_is_not_told_where_quiet() {
    let mut world = world();
    let machine = machine(&mut world);
    let _running = Running::start(&machine, "/usr/bin/changing");
    let ran = machine.run("update --quiet").exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn checks_and_updates_are_remembered() {
    let mut world = world();
    let machine = machine(&mut world);
    let status = told(&machine, 0);
    assert_eq!((&status["version"], &status["next"]), (&json!(10), &Value::Null));
    assert_eq!(status["versionDate"], 1_700_000_010);

    machine.run("check-update").exits(0);
    let status = told(&machine, 0);
    assert_eq!(status["next"]["version"], 20);
    assert_eq!(status["next"]["knownSince"], status["lastCheck"]["at"]);
    machine.run("status").exits(0).says("Next version  > 20");

    machine.run("update").exits(0);
    let status = told(&machine, 0);
    assert_eq!((&status["version"], &status["next"]), (&json!(20), &Value::Null));
    let changed = &status["lastUpdate"]["changed"];
    assert_eq!((&changed["from"], &changed["to"]), (&json!(10), &json!(20)));
    let before = status["lastUpdate"].clone();
    machine.run("update").exits(0);
    let status = told(&machine, 0);
    assert_eq!(status["lastUpdate"]["changed"], before["changed"]);
    // What was typed wrongly says nothing of the machine.
    machine.run("update -V 10").exits(15);
    quiet(&machine, 0, "ok");
}

#[test]
fn updates_that_fail_are_told_loudly_until_one_succeeds() {
    let mut world = world();
    let machine = machine(&mut world);
    let gone = format!("file://{}/gone", world.path().display());
    let fails = || Ran::of(machine.command(&["update"]).args(["--url", &gone])).exits(16);
    fails();
    quiet(&machine, 41, "failing");
    fails();
    machine.run("status").exits(41).says("UPDATES HAVE FAILED 2 TIMES");
    let status = told(&machine, 41);
    let failing = &status["lastUpdate"]["failing"];
    assert_eq!((&failing["times"], &failing["exit"]), (&json!(2), &json!(16)));
    assert_eq!(status["lastCheck"]["failing"]["times"], 2);
    machine.run("update").exits(0);
    quiet(&machine, 0, "ok");
}

#[test]
fn a_machine_that_should_update_itself_and_does_not_is_overdue() {
    let mut world = world();
    let timer = "[Timer]\nOnCalendar=daily\n";
    let unit = "/usr/lib/systemd/system/swupd-update.timer";
    let tree = system().file(unit, timer);
    world.release(10, &tree);
    world.release(20, &tree.file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    machine.run("check-update").exits(0);
    assert_eq!(told(&machine, 0)["automatic"], "on");
    let record = machine.at("/var/lib/swupd/last-check");
    let mut check: Value = serde_json::from_slice(&fs_err::read(&record).unwrap()).unwrap();
    let then = check["at"].as_u64().unwrap() - 8 * 24 * 60 * 60;
    check["behind_since"] = json!(then);
    fs_err::write(&record, check.to_string()).unwrap();
    machine.run("status").exits(41).says("UPDATES ARE OVERDUE");
    quiet(&machine, 41, "overdue");
    let mask = machine.at("/etc/systemd/system/swupd-update.timer");
    fs_err::create_dir_all(mask.parent().unwrap()).unwrap();
    fs_err::os::unix::fs::symlink("/dev/null", mask).unwrap();
    assert_eq!(told(&machine, 0)["automatic"], "off");
    // What somebody wrote over the record is no reason to fail.
    fs_err::write(&record, "\0garbage").unwrap();
    assert_eq!(told(&machine, 0)["lastCheck"]["at"], Value::Null);
    machine.run("update").exits(0);
    assert_eq!(told(&machine, 0)["lastCheck"]["newest"], 20);
}

#[test]
fn looking_leaves_nothing_in_a_tree() {
    let world = world();
    let tree = world.path().join("bare");
    fs_err::create_dir_all(tree.join("usr/lib")).unwrap();
    fs_err::write(tree.join("usr/lib/os-release"), "VERSION_ID=7\n").unwrap();
    let look = |line: &str| {
        let mut command = world.machine("none").bare();
        Ran::of(command.args(line.split(' ')).arg("--path").arg(&tree))
    };
    look("status").exits(0).says("Version 7");
    look("check-update --url file:///nowhere -n -F 30").exits(16);
    assert_eq!(fs_err::read_dir(&tree).unwrap().count(), 1);
    fs_err::remove_file(tree.join("usr/lib/os-release")).unwrap();
    look("status").exits(20);
}

#[test]
fn whoever_logs_in_is_told_of_updates_that_fail() {
    let mut world = world();
    let machine = machine(&mut world);
    let motd = machine.at("/run/motd.d/swupd");
    let lost = machine.clone().at_url("file:///nowhere");
    // Nobody logs in to a tree that does not run.
    assert_ne!(lost.run("update").code, 0);
    assert!(!motd.exists());
    fs_err::create_dir_all(machine.at("/run/systemd/system")).unwrap();
    assert_ne!(lost.run("update").code, 0);
    let line = fs_err::read_to_string(&motd).unwrap();
    assert!(line.starts_with("Version 10") && line.contains("swupd status"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    machine.run("recover").exits(0);
    assert!(motd.exists());
    machine.run("update").exits(0);
    assert!(!motd.exists());
}

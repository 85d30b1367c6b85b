//! Drop-in hooks around a change, in a tree that has what they need to run.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use swupd_fixtures::{
    programs::with_programs,
    tree::{Node, Tree},
    world::{Machine, World},
};

use crate::world::{is_root, skipped, system, world};

/// Writes down how it is called.
const SCRIBE: &str =
    "#!/bin/sh\necho \"$0 $1 $SWUPD_COMMAND $SWUPD_FROM $SWUPD_TO\" >> /var/log/hooks\n";

/// Returns a system that can run shell scripts.
fn runnable() -> Tree {
    with_programs(system(), &["/bin/sh"])
}

/// Returns a machine of version 10 where version 20 is published; none, loudly, where its hooks
/// cannot be run.
fn machine(world: &mut World, old: &Tree, new: &Tree) -> Option<Machine> {
    if !is_root() {
        skipped("only root can run the hooks of a tree");
        return None;
    }
    world.release(10, old);
    world.release(20, new);
    let machine = world.machine("machine").with_scripts();
    machine.run("os-install -V 10").exits(0);
    fs_err::create_dir_all(machine.at("/var/log")).unwrap();
    Some(machine)
}

fn add(machine: &Machine, name: &str, script: &str) {
    let directory = machine.at("/etc/swupd/hooks.d");
    fs_err::create_dir_all(&directory).unwrap();
    let hook = directory.join(name);
    fs_err::write(&hook, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(hook, mode).unwrap();
}

/// Returns what hooks wrote down since the last call.
fn calls(machine: &Machine) -> Vec<String> {
    let log = machine.at("/var/log/hooks");
    let text = fs_err::read_to_string(&log).unwrap_or_default();
    drop(fs_err::remove_file(log));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn hooks_follow_whatever_changes_the_tree_and_nothing_else() {
    let mut world = world();
    let hook = |text: &str| Node::file(text).mode(0o755);
    let old = runnable().with("/usr/lib/swupd/hooks.d/20-os", hook(SCRIBE));
    // The hooks that follow are those of the tree as it is then.
    let new = old.clone().with("/usr/lib/swupd/hooks.d/30-new", hook(SCRIBE));
    let Some(machine) = machine(&mut world, &old, &new) else { return };
    let post = |machine: &Machine| {
        calls(machine).into_iter().filter(|call| call.contains(" post-update ")).collect::<Vec<_>>()
    };
    assert_eq!(calls(&machine), Vec::<String>::new(), "an installation has no hooks");

    add(&machine, "10-mine", SCRIBE);
    machine.run("bundle-add editors").exits(0);
    let expected = [
        "/etc/swupd/hooks.d/10-mine post-update bundle-add 10 10",
        "/usr/lib/swupd/hooks.d/20-os post-update bundle-add 10 10",
    ];
    assert_eq!(post(&machine), expected);
    machine.run("bundle-add editors").exits(0);
    machine.run("repair").exits(0);
    machine.run("update --download").exits(0);
    assert_eq!(calls(&machine), Vec::<String>::new(), "nothing changed");

    fs_err::remove_file(machine.at("/usr/lib/library")).unwrap();
    machine.run("repair").exits(0);
    assert_eq!(post(&machine).len(), 2);

    // A link to nothing turns one off.
    let off = machine.at("/etc/swupd/hooks.d/20-os");
    fs_err::os::unix::fs::symlink("/dev/null", off).unwrap();
    machine.run("update").exits(0).says("10-mine");
    let expected = [
        "/etc/swupd/hooks.d/10-mine post-update update 10 20",
        "/usr/lib/swupd/hooks.d/30-new post-update update 10 20",
    ];
    assert_eq!(post(&machine), expected);
    machine.run("diagnose").exits(0);
}

#[test]
fn no_scripts_means_no_hooks() {
    let mut world = world();
    let new = runnable().file("/usr/share/new", "new");
    let Some(machine) = machine(&mut world, &runnable(), &new) else { return };
    add(&machine, "10-mine", "#!/bin/sh\nexit 1\n");
    machine.run("update -N").exits(0);
    assert_eq!(calls(&machine), Vec::<String>::new());
    machine.must_be_20(&world);
}

#[test]
fn a_hook_that_fails_after_the_change_is_told_and_the_others_run() {
    let mut world = world();
    let new = runnable().file("/usr/share/new", "new");
    let Some(machine) = machine(&mut world, &runnable(), &new) else { return };
    add(&machine, "10-bad", "#!/bin/sh\ntest $1 = pre-update || { echo no luck; exit 4; }\n");
    add(&machine, "20-good", SCRIBE);
    let ran = machine.run("update").exits(28).says("no luck").says("exit status: 4");
    assert!(ran.stderr.contains("hooks.d/10-bad"), "{}", ran.stderr);
    assert!(calls(&machine).iter().any(|call| call.contains("20-good post-update")));
    machine.must_be_20(&world);
    // It is done with: nothing is left to be finished.
    let ran = machine.run("update").exits(0);
    assert!(!ran.stderr.contains("interrupted"), "{}", ran.stderr);
}

#[test]
fn a_hook_before_the_change_sees_what_comes_and_can_stop_it() {
    let mut world = world();
    let new = runnable().file("/usr/share/new", "new");
    let Some(machine) = machine(&mut world, &runnable(), &new) else { return };
    add(&machine, "10-first", SCRIBE);
    let look = "#!/bin/sh\ntest $1 = pre-update || exit 0\ntest ! -e /usr/share/new || exit 8\n\
                test -e $SWUPD_STAGED/share/new || exit 9\necho not today; exit 7\n";
    add(&machine, "20-stop", look);
    add(&machine, "30-never", SCRIBE);
    let before = machine.seen();
    let ran = machine.run("update").exits(28).says("not today").says("exit status: 7");
    assert!(ran.stderr.contains("20-stop") && ran.stderr.contains("--no-scripts"), "{ran:?}");
    let calls = calls(&machine);
    assert_eq!(calls, ["/etc/swupd/hooks.d/10-first pre-update update 10 20"]);
    let differences = machine.seen().differences(&before);
    assert!(differences.is_empty(), "the tree changed:\n{differences:#?}");
    machine.run("status --quiet").exits(41);
    // Nothing that was staged is left for the next run to stumble over.
    fs_err::remove_file(machine.at("/etc/swupd/hooks.d/20-stop")).unwrap();
    let ran = machine.run("update").exits(0);
    assert!(!ran.stderr.contains("interrupted"), "{}", ran.stderr);
    machine.must_be_20(&world);
    machine.run("rollback").exits(0);
    let rollback = self::calls(&machine);
    for word in ["pre-update", "post-update"] {
        let call = format!("/etc/swupd/hooks.d/10-first {word} rollback 20 10");
        assert!(rollback.contains(&call), "{rollback:#?}");
    }
}

#[test]
fn a_hook_goes_when_the_user_wants_to_stop_and_takes_what_it_started_with_it() {
    let mut world = world();
    let old = with_programs(runnable(), &["/usr/bin/sleep"]);
    let Some(machine) = machine(&mut world, &old, &old.clone().file("/usr/share/new", "new"))
    else {
        return;
    };
    // Another test that starts a program just now may still hold the copy open: then it is busy.
    let hangs = "#!/bin/sh\nwhile :; do\n/usr/bin/sleep 300 &\necho $! > /var/log/started\nwait\n\
                 done\n";
    add(&machine, "10-hangs", hangs);
    let before = machine.seen().without("var/log");
    let mut command = machine.command(&["update"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = || {
        let text = fs_err::read_to_string(machine.at("/var/log/started")).ok()?;
        text.strip_suffix('\n')?.parse::<u32>().ok()
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    let sleeper = loop {
        if let Some(pid) = started() {
            break pid;
        }
        assert!(Instant::now() < deadline, "the hook does not start");
        std::thread::sleep(Duration::from_millis(10));
    };
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(28), "{stderr}");
    assert!(stderr.contains("asked to stop"), "{stderr}");
    let runs = fs_err::read_link(format!("/proc/{sleeper}/exe"));
    assert!(!runs.is_ok_and(|exe| exe.ends_with("sleep")), "what the hook started still runs");
    let differences = machine.seen().without("var/log").differences(&before);
    assert!(differences.is_empty(), "the tree changed:\n{differences:#?}");
}

#[test]
fn a_hook_that_fails_afterwards_takes_the_change_back_where_that_is_configured() {
    let mut world = world();
    let new = runnable().file("/usr/share/new", "new");
    let Some(machine) = machine(&mut world, &runnable(), &new) else { return };
    world.configure("etc", "rollback_on_failed_hook=true\n");
    add(&machine, "10-bad", "#!/bin/sh\ntest \"$1 $SWUPD_TO\" != 'post-update 20'\n");
    let before = machine.seen();
    machine.run("update").exits(28).says("10-bad");
    let differences = machine.seen().differences(&before);
    assert!(differences.is_empty(), "the change was not taken back:\n{differences:#?}");
    assert_eq!(machine.run("info --quiet").exits(0).stdout, "10\n");
    assert_eq!(machine.run("status --quiet").exits(41).stdout, "failing\n");
}

#[test]
fn a_repair_whose_hook_fails_takes_nothing_back() {
    let mut world = world();
    let new = runnable().file("/usr/share/new", "new");
    let Some(machine) = machine(&mut world, &runnable(), &new) else { return };
    machine.run("update").exits(0);
    let whole = machine.seen();
    world.configure("etc", "rollback_on_failed_hook=true\n");
    add(&machine, "10-bad", "#!/bin/sh\ntest \"$1\" != post-update\n");
    fs_err::write(machine.at("/usr/share/new"), "spoilt").unwrap();
    machine.run("repair").exits(28).says("cannot be taken back");
    let differences = machine.seen().without("etc").differences(&whole.without("etc"));
    assert!(differences.is_empty(), "the machine went elsewhere:\n{differences:#?}");
    assert_eq!(machine.run("info --quiet").exits(0).stdout, "20\n");
}

trait Updated {
    fn must_be_20(&self, world: &World);
}

impl Updated for Machine {
    #[track_caller]
    fn must_be_20(&self, world: &World) {
        let seen = self.seen().without("etc/swupd").without("var/log");
        let says = world.says(20, &[]).snapshot();
        for path in ["usr/share/new", "usr/lib/os-release"] {
            assert_eq!(seen.get(path), says.get(path), "{path}");
        }
    }
}

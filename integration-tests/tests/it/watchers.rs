//! Whoever looks at a tree while it changes sees one version, then the other: nothing is missing in
//! between, and nothing is mixed.

mod program;
mod watch;

use std::{
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Machine, World},
};

use self::watch::{ALL, Holder, PROGRAM, Seen, WAITING_PROGRAM, Watched, Watcher, name_of};
use crate::{
    namespace::{Mounted, in_a_namespace, is_own_namespace, mount, text},
    world::{skipped, world},
};

#[test]
fn nobody_sees_a_mixture_or_a_gap() {
    let (world, machine) = installed("machine");
    watch_changes(&world, &machine);
}

#[test]
fn nobody_sees_a_gap_where_nothing_can_be_written_between_changes() {
    in_a_namespace("watchers::of_a_tree_that_is_read_only");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn of_a_tree_that_is_read_only() {
    if !is_own_namespace() {
        return;
    }
    let (world, machine) = installed("mounted/machine");
    world.configure("etc", "[GLOBAL]\nreadonly_usr=true\n");
    let _mounted = Mounted::of(machine.tree());
    machine.run("recover").exits(0);
    watch_changes(&world, &machine);
    assert!(fs_err::write(machine.at("/usr/written"), "").is_err(), "/usr can be written to");
}

#[test]
fn nobody_sees_a_gap_where_the_tree_is_a_file_system_of_its_own() {
    in_a_namespace("watchers::of_a_file_system_of_its_own");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn of_a_file_system_of_its_own() {
    if !is_own_namespace() {
        return;
    }
    let (world, machine) = installed("mounted/machine");
    let (usr, beside) = (machine.at("/usr"), world.path().join("beside"));
    fs_err::rename(&usr, &beside).unwrap();
    fs_err::create_dir(&usr).unwrap();
    let _mounted = Mounted::new(&usr, &["-t", "tmpfs", "-o", "mode=755", "x"]);
    let copied = Command::new("cp").arg("-aT").arg(&beside).arg(&usr).status();
    assert!(copied.unwrap().success());
    mount(&["-o", "remount,ro", &text(&usr)]);
    watch_changes(&world, &machine);
    assert!(fs_err::write(machine.at("/usr/written"), "").is_err(), "/usr can be written to");
}

/// Returns a machine of the first of many versions.
fn installed(name: &str) -> (World, Machine) {
    let mut world = world();
    for version in (1..=LAST / 10).map(|n| n * 10) {
        world.release(version, &tree(version));
    }
    let machine = world.machine(name);
    machine.run("os-install -V 10").exits(0);
    (world, machine)
}

/// Lets a machine go through versions, and back, while everybody looks.
fn watch_changes(world: &World, machine: &Machine) {
    if !can_run_programs(machine) {
        return;
    }
    watch(world, machine, &[10, 20, 30, 20, 40, 50, 40, 60], ALL);
    // Once more with nobody else in the way of the one who takes the time.
    watch(world, machine, &[60, 70, 60, 80, 90, 80, 100, LAST], &ALL[..1]);
}

/// Lets a machine go through versions while the watchers look.
fn watch(world: &World, machine: &Machine, versions: &[u32], watchers: &[(&str, Watcher)]) {
    let watched = &Watched {
        tree: machine.tree().to_owned(),
        versions: versions.to_owned(),
        files: FILES,
        over: AtomicBool::new(false),
        changing: AtomicBool::new(false),
        looks: watchers.iter().map(|_| AtomicUsize::new(0)).collect(),
    };
    let seen: Vec<Seen> = thread::scope(|scope| {
        let watch = |number| scope.spawn(move || watched.watch(number));
        let watching: Vec<_> = (0..watchers.len()).map(watch).collect();
        for pair in versions.windows(2) {
            change(world, machine, watched, (pair[0], pair[1]));
        }
        watched.over.store(true, Ordering::Relaxed);
        watching.into_iter().map(|watcher| watcher.join().unwrap()).collect()
    });
    for (seen, (name, _)) in seen.iter().zip(watchers) {
        println!("{name}: {seen}");
    }
    assert!(seen.iter().all(|seen| seen.wrong.is_empty()), "something wrong was seen");
    assert!(seen.iter().all(|seen| seen.at + 1 == versions.len()), "too little was seen");
}

/// Goes from one version to the next, once everybody has seen the first.
fn change(world: &World, machine: &Machine, watched: &Watched, (from, to): (u32, u32)) {
    let holder = Holder::of(machine.tree(), from);
    wait_for_looks(watched);
    watched.changing.store(true, Ordering::Relaxed);
    let line = if to < from { "rollback".into() } else { format!("update -V {to}") };
    machine.run(&line).exits(0);
    watched.changing.store(false, Ordering::Relaxed);
    wait_for_looks(watched);
    holder.must_be_unharmed();
    machine.must_be(&world.says(to, &[]));
}

fn wait_for_looks(watched: &Watched) {
    let looks =
        || watched.looks.iter().map(|count| count.load(Ordering::Relaxed)).collect::<Vec<_>>();
    let (begun, before) = (Instant::now(), looks());
    while looks().iter().zip(&before).any(|(now, before)| *now < before + 3) {
        assert!(begun.elapsed() < Duration::from_mins(1), "somebody looks no more");
        thread::sleep(Duration::from_millis(1));
    }
}

/// A tree in which every file says which version it is of.
fn tree(version: u32) -> Tree {
    let code = u8::try_from(version).unwrap();
    let text = format!("{version}\n").repeat(400);
    let mut tree = Tree::new()
        .file(&format!("/usr/share/watched/version-{version}"), "")
        .file("/usr/share/same", "same")
        .with(&format!("/{PROGRAM}"), Node::file(program::that_ends_with(code)).mode(0o755))
        .with(
            &format!("/{WAITING_PROGRAM}"),
            Node::file(program::that_waits_and_ends_with(code)).mode(0o755),
        );
    for number in 0..FILES {
        tree = tree.file(&format!("/{}", name_of(number).display()), &text);
    }
    (0..code / 10).fold(tree, |tree, n| tree.file(&format!("/usr/share/more/{n}"), "more"))
}

fn can_run_programs(machine: &Machine) -> bool {
    let code = Command::new(machine.at(PROGRAM)).status().map(|status| status.code());
    let can = matches!(code, Ok(Some(10)));
    if !can {
        skipped("no program for x86-64 can be run in the directory of the tests");
    }
    can
}

/// The last of the versions, which are ten apart.
const LAST: u32 = 110;
const FILES: usize = 60;

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
use crate::world::{skipped, world};

#[test]
fn nobody_sees_a_mixture_or_a_gap() {
    let mut world = world();
    let versions: Vec<u32> = (1..=2 * CHANGES + 1).map(|n| n * 10).collect();
    for version in &versions {
        world.release(*version, &tree(*version));
    }
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    if !can_run_programs(&machine) {
        return;
    }
    let (first, second) = versions.split_at(versions.len() / 2 + 1);
    watch(&world, &machine, first, ALL);
    // Once more with nobody else in the way of the one who takes the time.
    watch(&world, &machine, &[&first[first.len() - 1..], second].concat(), &ALL[..1]);
}

/// Lets a machine go through versions while the watchers look.
fn watch(world: &World, machine: &Machine, versions: &[u32], watchers: &[(&str, Watcher)]) {
    let watched = &Watched {
        tree: machine.tree().to_owned(),
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
    assert!(seen.iter().all(|seen| seen.versions == versions), "too little was seen");
}

/// Goes from one version to the next, once everybody has seen the first.
fn change(world: &World, machine: &Machine, watched: &Watched, (from, to): (u32, u32)) {
    let holder = Holder::of(machine.tree(), from);
    wait_for_looks(watched);
    watched.changing.store(true, Ordering::Relaxed);
    machine.run(&format!("update -V {to}")).exits(0);
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

const CHANGES: u32 = 6;
const FILES: usize = 60;

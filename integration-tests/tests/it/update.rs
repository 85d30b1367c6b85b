//! `update`: the tree becomes what the other version says, whatever changed, and by the cheapest
//! way that the server offers.

use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use proptest::test_runner::{Config, TestRunner};
use swupd_fixtures::{
    tree::{Node, Tree, tree_and_successor},
    world::{Machine, Ran, World},
};

use crate::world::{program, programs, system, tracked, world};

/// Returns the system one version on, with every kind of change.
fn changed() -> Tree {
    system()
        .with("/usr/bin/tool", Node::file(edited(1)).mode(0o755))
        .with("/usr/bin/raise", Node::file("raise").mode(0o755))
        .link("/usr/bin/link", "raise")
        .without("/usr/lib/library")
        .file("/usr/lib/library-2", program(2))
        .with("/usr/share/private", Node::directory().mode(0o755))
        .file("/usr/share/new/deep/file", "new")
}

/// Returns the program of a seed with few bytes changed.
fn edited(seed: u64) -> Vec<u8> {
    let mut bytes = program(seed);
    for at in [700, 1900, 4200] {
        bytes[at] ^= 0x55;
    }
    bytes
}

fn installed(world: &World, bundles: &str) -> Machine {
    let machine = world.machine("machine");
    machine.run(&format!("os-install -V 10 {bundles}")).exits(0);
    machine
}

#[test]
fn every_kind_of_change_is_made() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &changed());
    let machine = installed(&world, "-B editors,games");
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &["editors", "games", "music"]));
    assert_eq!(tracked(&machine), ["editors", "games"]);
    machine.run("diagnose --picky").exits(0);
    machine.run("update").exits(0);
    assert_eq!(fs_err::read_to_string(machine.at("/var/lib/swupd/version")).unwrap(), "20\n");
}

#[test]
fn anything_can_become_anything() {
    let kinds = |path: &str, tree: Tree, kind: usize| match kind {
        0 => tree.file(path, "a file"),
        1 => tree.directory(path),
        2 => tree.file(&format!("{path}/inside"), "in a directory"),
        3 => tree.link(path, "somewhere"),
        4 => tree.link(path, "/usr"),
        5 => tree.with(path, Node::file("a file").mode(0o4711)),
        6 => tree.with(path, Node::file("a file").owner(7, 8)),
        7 => tree.with(path, Node::directory().mode(0o1777)),
        _ => tree,
    };
    let mut trees = [system(), system()];
    for from in 0..9 {
        for to in 0..9 {
            let path = format!("/usr/share/change/{from}-{to}");
            let [old, new] = trees;
            trees = [kinds(&path, old, from), kinds(&path, new, to)];
        }
    }
    let mut world = world();
    world.release(10, &trees[0]);
    world.release(20, &trees[1]);
    let machine = installed(&world, "");
    machine.must_be(&world.says(10, &[]));
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &[]));
}

#[test]
fn any_tree_becomes_any_other() {
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    let check = |(old, new): (Tree, Tree)| {
        let mut world = World::new(&programs());
        // What every system has must find its place.
        world.release(10, &old.file("/usr/lib/os-release", "").directory("/usr/share"));
        world.release(20, &new.file("/usr/lib/os-release", "").directory("/usr/share"));
        let machine = installed(&world, "");
        machine.run("update").exits(0);
        machine.must_be(&world.says(20, &[]));
        Ok(())
    };
    TestRunner::new(config).run(&tree_and_successor(), check).unwrap();
}

#[test]
fn deltas_bring_what_changed_and_nothing_comes_alone() {
    let mut world = world();
    world.release(10, &system());
    let first = changed();
    let second = first.clone().with("/usr/bin/tool", Node::file(program(1)).mode(0o755));
    world.release(20, &first);
    world.release(30, &second);
    let service = world.serve();
    // The cache belongs to the URL.
    let machine = world.machine("machine").by_http(&service);
    machine.run("os-install -V 10 -B editors").exits(0);
    service.asked();
    let ran = machine.run("update -V 20 --debug --keepcache").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
    ran.says("patched: 1,").says("fetched: 0 ");
    let asked = service.asked();
    let has = |asked: &[String], path: &str| asked.iter().any(|other| other == path);
    assert!(has(&asked, "20/pack-os-core-from-10.tar"), "{asked:?}");
    assert!(has(&asked, "20/Manifest-os-core-delta-from-10"), "{asked:?}");
    assert!(!has(&asked, "20/Manifest.os-core.tar"), "{asked:?}");
    assert!(!asked.iter().any(|path| path.contains("/files/")), "{asked:?}");
    // What did not change is not asked for again, nor is what the machine came from.
    assert!(!asked.iter().any(|path| path.contains("editors")), "{asked:?}");
    machine.run("update").exits(0);
    let asked = service.asked();
    assert!(!asked.iter().any(|path| path.starts_with("20/")), "{asked:?}");
    assert!(has(&asked, "30/Manifest-os-core-delta-from-20"), "{asked:?}");
    assert!(has(&asked, "30/pack-os-core-from-20.tar"), "{asked:?}");
    machine.must_be(&world.says(30, &["editors"]));
}

#[test]
fn versions_without_deltas_between_them_are_jumped() {
    let mut world = world();
    for step in 1..=4_u8 {
        let tree = if step % 2 == 0 { changed() } else { system() };
        let tree = tree.with("/usr/share/step", Node::file([step]));
        world.release(u32::from(step) * 10, &tree);
    }
    let service = world.serve();
    let machine = installed(&world, "-B editors").by_http(&service);
    machine.run("update").exits(0);
    machine.must_be(&world.says(40, &["editors"]));
    let asked = service.asked();
    assert!(asked.iter().any(|path| path.contains("/files/")), "{asked:?}");
    assert!(!asked.iter().any(|path| path.ends_with("-from-0.tar")), "{asked:?}");
}

#[test]
fn what_was_downloaded_before_is_not_fetched_again() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &changed());
    let service = world.serve();
    let machine = installed(&world, "").by_http(&service);
    let before = world.says(10, &[]);
    machine.run("update --download").exits(0);
    machine.must_be(&before);
    assert!(service.asked().iter().any(|path| path.contains("/pack-")));
    machine.run("update").exits(0);
    let asked = service.asked();
    let is_content = |path: &String| path.contains("/files/") || path.contains("/pack-");
    assert!(!asked.iter().any(is_content), "{asked:?}");
    machine.must_be(&world.says(20, &[]));
}

#[test]
fn old_kernels_stay_until_somebody_else_removes_them() {
    let kernel = |tree: Tree, version: &str| {
        tree.file(&format!("/usr/lib/kernel/org.{version}"), format!("kernel {version}"))
            .file(&format!("/usr/lib/modules/{version}/a.ko"), format!("module {version}"))
    };
    let mut world = world();
    world.release(10, &kernel(system(), "1"));
    world.release(20, &kernel(system(), "2"));
    world.release(30, &kernel(system(), "3"));
    let machine = installed(&world, "");
    machine.run("update").exits(0);
    let should = kernel(world.says(30, &[]), "1");
    machine.must_be(&should);
    machine.run("diagnose").exits(0);
    machine.run("repair").exits(0);
    machine.must_be(&should);
}

#[test]
fn directories_stay_where_something_in_them_does() {
    let mut world = world();
    let kernel = |tree: Tree| tree.file("/usr/lib/modules/1/a.ko", "module 1");
    world.release(10, &kernel(system()).file("/usr/lib/modules/1/readme", "1"));
    world.release(20, &system());
    let machine = installed(&world, "");
    machine.run("update").exits(0);
    let should = kernel(world.says(20, &[])).file("/usr/lib/modules/1/readme", "1");
    machine.must_be(&should);
    machine.run("diagnose").exits(0);
    machine.run("repair").exits(0);
    machine.must_be(&should);
}

#[test]
fn a_bundle_that_vanished_goes() {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "-B editors,games");
    world.drop_bundle("games");
    world.drop_bundle("music");
    let tree = system().without("/usr/share/games").without("/usr/share/music");
    world.release(20, &tree);
    machine.run("update").exits(0).says("no bundle `games`");
    machine.must_be(&world.says(20, &["editors"]));
    let listed = machine.run("bundle-list --quiet").exits(0);
    assert_eq!(listed.lines(), ["editors", "languages", "os-core"]);
    machine.run("diagnose --picky").exits(0);
}

#[test]
fn what_a_bundle_begins_to_include_comes() {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "-B editors");
    world.bundle("editors", "files = [\"/usr/share/editors\"]\nincludes = [\"music\"]");
    world.release(20, &system());
    machine.run("update").exits(0);
    // What it came with stays, though nothing includes it any more.
    machine.must_be(&world.says(20, &["editors", "languages"]));
    assert!(machine.at("/usr/share/music/one").exists());
    assert_eq!(tracked(&machine), ["editors"]);
}

#[test]
fn versions_are_compared_before_anything_is_done() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &changed());
    world.release(30, &system());
    let machine = installed(&world, "");
    machine.run("check-update").exits(0);
    machine.run("update --status").exits(0);
    machine.run("update -V 20").exits(0);
    machine.must_be(&world.says(20, &[]));
    machine.run("update -V 10").exits(15);
    machine.run("update -V 20").exits(0);
    machine.run("update --version=never").exits(15);
    machine.must_be(&world.says(20, &[]));
    machine.run("update -V latest").exits(0);
    machine.must_be(&world.says(30, &[]));
    machine.run("update").exits(0);
    machine.run("check-update").exits(1);
    machine.run("update -s").exits(1);
    machine.must_be(&world.says(30, &[]));
}

#[test]
fn without_a_server_nothing_happens() {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "");
    let nobody = ["--url", "http://127.0.0.1:1", "--allow-insecure-http", "--max-retries", "0"];
    for command in ["check-update", "update", "update --status", "bundle-add editors"] {
        let words: Vec<&str> = command.split(' ').collect();
        let ran = Ran::of(machine.command(&words).args(nobody));
        ran.exits(16);
    }
    let fresh = world.machine("fresh");
    let ran = Ran::of(fresh.command(&["os-install"]).args(nobody));
    ran.exits(16);
}

#[test]
fn what_belongs_to_the_machine_is_left_alone() {
    let mut world = world();
    world.set("etc", "[\"/etc/default\"]");
    let old = system().file("/etc/default/a", "as shipped").file("/etc/default/b", "as shipped");
    world.release(10, &old.clone().file("/usr/share/going/ours", "ours"));
    let machine = installed(&world, "");
    let new = system().file("/etc/default/a", "shipped anew").file("/etc/default/c", "new");
    world.release(20, &new);
    let mine = Node::file("changed here");
    fs_err::write(machine.at("/etc/default/a"), "changed here").unwrap();
    fs_err::write(machine.at("/etc/mine"), "mine").unwrap();
    fs_err::write(machine.at("/usr/share/mine"), "mine").unwrap();
    fs_err::create_dir_all(machine.at("/home/me")).unwrap();
    fs_err::write(machine.at("/usr/share/going/mine"), "mine").unwrap();
    machine.run("update").exits(0).says("kept as");
    let kept = machine.seen();
    let kept = kept.iter().map(|(path, _)| path.to_string_lossy());
    let kept: Vec<String> =
        kept.filter(|path| path.contains(".deleted.")).map(Into::into).collect();
    assert!(kept.iter().any(|path| path.ends_with("/mine")), "{kept:?}");
    fs_err::remove_dir_all(machine.at(&kept[0])).unwrap();
    let should = world
        .says(20, &[])
        .with("/etc/default/a", mine)
        .file("/etc/default/b", "as shipped")
        .without("/etc/default/c")
        .file("/etc/mine", "mine")
        .file("/usr/share/mine", "mine")
        .directory("/home/me");
    machine.must_be(&should);
    // What is missing there is a finding, and mended.
    machine.run("repair").exits(0).says("/etc/default/c -> fixed");
    machine.must_be(&should.file("/etc/default/c", "new"));
}

#[test]
fn a_directory_that_somebody_replaced_is_whole_again_after_an_update() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &changed());
    let machine = installed(&world, "-B editors,games");
    let outside = machine.at("/usr/outside");
    fs_err::rename(machine.at("/usr/bin"), &outside).unwrap();
    fs_err::os::unix::fs::symlink("outside", machine.at("/usr/bin")).unwrap();
    machine.run("update").exits(0);
    fs_err::remove_dir_all(&outside).unwrap();
    machine.run("diagnose --picky").exits(0);
}

#[test]
fn directories_above_one_that_is_missing_are_made_right_too() {
    let mode = |machine: &Machine, path: &str| {
        fs_err::metadata(machine.at(path)).unwrap().permissions().mode() & 0o7777
    };
    let set = |machine: &Machine, path: &str| {
        fs_err::set_permissions(machine.at(path), Permissions::from_mode(0o711)).unwrap();
    };
    let mut world = world();
    let old = system()
        .with("/usr/share/deep", Node::directory().mode(0o750))
        .with("/usr/share/deep/down", Node::directory().mode(0o755));
    world.release(10, &old);
    world.release(20, &old.file("/usr/share/deep/down/new", "new"));
    let machine = installed(&world, "-B editors");
    set(&machine, "/usr/share/deep");
    fs_err::remove_dir(machine.at("/usr/share/deep/down")).unwrap();
    set(&machine, "/usr/share/editors");
    machine.run("update").exits(0);
    assert_eq!(mode(&machine, "/usr/share/deep"), 0o750);
    assert_eq!(mode(&machine, "/usr/share/deep/down"), 0o755);
    // What nothing is put into is not looked at.
    assert_eq!(mode(&machine, "/usr/share/editors"), 0o711);
}

#[test]
fn a_machine_follows_its_content_into_the_next_format() {
    let mut world = world();
    world.release(10, &system());
    // The last version of a format announces the next one.
    world.set("announced-format", "31");
    world.release(20, &changed());
    world.set("format", "31");
    world.release(30, &system());
    let machine = installed(&world, "");
    // The tree says by itself which format it follows.
    let run = |words: &[&str]| {
        let mut command = machine.bare();
        command.args(words).args(["--no-scripts", "--path"]).arg(machine.tree());
        Ran::of(command.arg("--statedir").arg(machine.at("/var/lib/swupd"))).exits(0)
    };
    run(&["update"]).says("Going on in format 31");
    machine.must_be(&world.says(30, &[]));
    run(&["diagnose", "--picky"]);
}

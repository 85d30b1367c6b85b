//! An ordinary user's tree: everything stays the user's, and the rest is as for root.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use swupd_fixtures::world::{Machine, Ran, World};

use crate::world::{is_root, program, skipped, system, world};

/// The user whom most systems call `nobody`.
const NOBODY: u32 = 65534;

/// Returns a machine of an ordinary user; none, loudly, where the tests cannot become one.
fn machine(world: &World) -> Option<Machine> {
    let machine = world.machine("machine");
    if !is_root() {
        return Some(machine);
    }
    let machine = machine.of_user(NOBODY);
    // Some systems keep the programs where others cannot reach them.
    if machine.bare().arg("--help").output().is_err() {
        skipped("an ordinary user cannot run the programs");
        return None;
    }
    Some(machine)
}

#[test]
fn a_tree_of_ones_own_is_installed_updated_and_repaired() {
    let mut world = world();
    let mut changed = program(1);
    changed[77] ^= 1;
    let new = system()
        .with("/usr/bin/tool", swupd_fixtures::tree::Node::file(changed).mode(0o755))
        .without("/usr/lib/library")
        .file("/usr/share/new", "new");
    world.release(10, &system());
    world.release(20, &new);
    let Some(machine) = machine(&world) else { return };
    let said = machine.run("os-install -V 10 -B editors").exits(0);
    assert_eq!(said.stdout.matches("stay yours").count(), 1, "{}", said.stdout);
    machine.must_be(&world.says(10, &["editors"]));
    machine.run("diagnose --picky").exits(0);
    machine.run("bundle-add games").exits(0);
    machine.run("update").exits(0);
    let should = world.says(20, &["editors", "games", "music"]);
    machine.must_be(&should);
    machine.run("diagnose --picky").exits(0);

    fs_err::write(machine.at("/usr/bin/tool"), "damaged").unwrap();
    fs_err::remove_file(machine.at("/usr/bin/raise")).unwrap();
    let library = machine.at("/usr/share/new");
    fs_err::set_permissions(&library, std::fs::Permissions::from_mode(0o600)).unwrap();
    fs_err::remove_dir_all(machine.at("/usr/share/private")).unwrap();
    // In a directory that may not be written to nothing can be mended before the directory is.
    fs_err::set_permissions(machine.at("/usr/bin"), std::fs::Permissions::from_mode(0o500))
        .unwrap();
    machine.run("diagnose").exits(1);
    machine.run("repair").exits(0);
    machine.must_be(&should);
    machine.run("diagnose --picky").exits(0);
}

#[test]
fn state_and_cache_lie_in_the_tree() {
    let mut world = world();
    world.release(10, &system());
    let Some(machine) = machine(&world) else { return };
    let (url, certificate) = (world.url(), world.certificate());
    let mut command = machine.bare();
    command.args(["os-install", "-u", &url, "-F", "30", "-C"]).arg(certificate);
    Ran::of(command.arg(machine.tree())).exits(0);
    machine.must_be(&world.says(10, &[]));
    // From here on the tree says by itself where everything is.
    for command in ["update", "diagnose", "bundle-list"] {
        Ran::of(machine.bare().arg(command).arg("--path").arg(machine.tree())).exits(0);
    }
    let owner = fs_err::metadata(machine.at("/var/lib/swupd")).unwrap().uid();
    assert_eq!(owner, fs_err::metadata(machine.tree()).unwrap().uid());
}

#[test]
fn the_running_system_is_not_ones_own() {
    let world = world();
    let Some(machine) = machine(&world) else { return };
    let run = |line: &str| Ran::of(machine.bare().args(line.split(' ')));
    for line in [
        "update",
        "repair",
        "diagnose",
        "bundle-add editors",
        "os-install /",
        "os-install / --path elsewhere",
    ] {
        run(line).exits(1).says("only root");
    }
    run("os-install").exits(15);
}

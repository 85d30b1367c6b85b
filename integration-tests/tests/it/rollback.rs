//! Going back to a version that is kept on the disk.

use std::{os::unix::fs::MetadataExt, process::Command};

use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Machine, Ran, World},
};

use crate::{
    namespace::{Mounted, in_a_namespace, is_own_namespace, mount, text},
    scene::Complains,
    world::{is_root, skipped, system, world},
};

fn installed(world: &World, flags: &str) -> Machine {
    let machine = world.machine("machine");
    machine.run(&format!("os-install {flags}")).exits(0);
    machine
}

/// The next version: something changed, came and went.
fn changed() -> Tree {
    system()
        .file("/usr/lib/library", "another library")
        .file("/usr/share/fresh/one", "new")
        .without("/usr/share/private")
}

fn updated() -> (World, Machine, Tree, Tree) {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "-B editors");
    let old = world.says(10, &["editors"]);
    machine.must_be(&old);
    world.release(20, &changed());
    machine.run("update").exits(0);
    let new = world.says(20, &["editors"]);
    machine.must_be(&new);
    (world, machine, old, new)
}

#[test]
fn the_version_before_comes_back_without_a_server_and_stays() {
    let (mut world, machine, old, new) = updated();
    let away = world.path().join("away");
    fs_err::rename(world.path().join("server"), &away).unwrap();
    machine.run("rollback --reason=broken").exits(0).says("Version 10 runs again");
    machine.must_be(&old);
    fs_err::rename(&away, world.path().join("server")).unwrap();
    assert_eq!(machine.run("info --quiet").exits(0).stdout, "10\n");
    // The newest is the one that was left: nobody goes there by himself.
    machine.run("check-update").exits(1).says("held");
    machine.run("update").exits(0).says("held");
    machine.must_be(&old);
    machine.run("history").exits(0).says("broken");
    // Neither mending nor adding ends that.
    fs_err::remove_file(machine.at("/usr/bin/tool")).unwrap();
    machine.run("repair").exits(0);
    machine.run("update").exits(0).says("held");
    machine.run("update -V 20").exits(0);
    machine.must_be(&new);
    world.release(30, &system());
    machine.run("update").exits(0);
    machine.must_be(&world.says(30, &["editors"]));
}

#[test]
fn a_newer_version_ends_the_hold() {
    let (mut world, machine, ..) = updated();
    machine.run("rollback").exits(0);
    world.release(30, &changed().file("/usr/share/newest", "30"));
    machine.run("check-update").exits(0);
    machine.run("update").exits(0);
    machine.must_be(&world.says(30, &["editors"]));
    machine.run("update").exits(0).says("nothing to update");
}

#[test]
fn going_back_twice_needs_to_be_told_where() {
    let (_world, machine, old, new) = updated();
    machine.run("rollback").exits(0);
    machine.run("rollback").exits(15).complains(&["no earlier version"]);
    machine.must_be(&old);
    machine.run("rollback 2").exits(0);
    machine.must_be(&new);
    // Nothing is held any more: neither where it is, nor where it was.
    assert!(!machine.at("/var/lib/swupd/held").exists());
    machine.run("rollback 2").exits(15).complains(&["is the one that runs"]);
    machine.run("rollback 7").exits(15).complains(&["generation 7 is not kept"]);
    machine.run("rollback nonsense").exits(15);
}

#[test]
fn a_damaged_version_is_refused_unless_that_is_wanted() {
    let (_world, machine, old, new) = updated();
    let kept = machine.at("/.swupd/generations/1/usr/lib/library");
    fs_err::write(&kept, "spoilt").unwrap();
    machine.run("rollback").exits(35).complains(&["/usr/lib/library"]);
    machine.must_be(&new);
    machine.run("rollback --force").exits(0);
    machine.run("repair").exits(0).says("/usr/lib/library -> fixed");
    machine.must_be(&old);
}

#[test]
fn bundles_come_and_go_with_their_version() {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "");
    machine.run("bundle-add editors").exits(0);
    let with = world.says(10, &["editors"]);
    machine.must_be(&with);
    machine.run("rollback").exits(0);
    machine.must_be(&world.says(10, &[]));
    assert!(!machine.at("/var/lib/swupd/bundles/editors").exists());
    machine.run("rollback 2").exits(0);
    machine.must_be(&with);
    assert!(machine.at("/var/lib/swupd/bundles/editors").exists());
}

#[test]
fn what_the_os_does_not_own_stays_as_it_is_now() {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "");
    let write = |path: &str, text: &str| {
        fs_err::create_dir_all(machine.at(path).parent().unwrap()).unwrap();
        fs_err::write(machine.at(path), text).unwrap();
    };
    write("/usr/local/bin/mine", "1");
    write("/usr/bin/stray", "1");
    write("/usr/share/gone", "1");
    let local = fs_err::metadata(machine.at("/usr/local")).unwrap().ino();
    world.release(20, &changed());
    machine.run("update").exits(0);
    assert_eq!(fs_err::metadata(machine.at("/usr/local")).unwrap().ino(), local);
    write("/usr/local/bin/mine", "2");
    write("/usr/local/lib/more", "2");
    fs_err::remove_file(machine.at("/usr/bin/stray")).unwrap();
    write("/usr/bin/stray", "2");
    fs_err::remove_file(machine.at("/usr/share/gone")).unwrap();
    machine.run("rollback").exits(0);
    assert_eq!(fs_err::metadata(machine.at("/usr/local")).unwrap().ino(), local);
    let should = world
        .says(10, &[])
        .file("/usr/local/bin/mine", "2")
        .file("/usr/local/lib/more", "2")
        .with("/usr/bin/stray", Node::file("2"));
    machine.must_be(&should);
}

#[test]
fn what_lies_outside_of_usr_comes_back_too() {
    let mut world = world();
    let old = system().file("/opt/app/one", "1").link("/bin", "usr/bin");
    world.release(10, &old);
    let machine = installed(&world, "");
    let new = system().file("/opt/app/two", "2").link("/bin", "usr/other");
    world.release(20, &new);
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &[]));
    machine.run("rollback").exits(0);
    machine.must_be(&world.says(10, &[]));
    machine.run("rollback 2").exits(0);
    machine.must_be(&world.says(20, &[]));
}

#[test]
fn a_tree_can_be_changed_file_by_file_if_that_is_wanted() {
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world, "--apply-method=per-file");
    machine.run("info").exits(0).says("the whole of /usr at once");
    machine.run("info --apply-method=per-file").exits(0).says("file by file, as asked");
    world.release(20, &changed());
    machine.run("update --apply-method=per-file").exits(0);
    machine.must_be(&world.says(20, &[]));
    assert!(!machine.at("/.swupd").exists());
    machine.run("rollback").exits(15).complains(&["no earlier version"]);
}

#[test]
fn a_tree_that_somebody_removed_comes_back() {
    let (_world, machine, old, _new) = updated();
    fs_err::remove_dir_all(machine.at("/usr")).unwrap();
    let listed = machine.run("history").exits(0).stdout;
    assert!(listed.contains("version 10") && !listed.contains("version 20 "), "{listed}");
    machine.run("rollback").exits(0).says("Version 10 runs again");
    machine.must_be(&old);
}

#[test]
fn a_version_that_filled_the_disk_can_be_left() {
    in_a_namespace("rollback::on_a_full_file_system");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn on_a_full_file_system() {
    if !is_own_namespace() {
        return;
    }
    let mut world = world();
    world.release(10, &system());
    let place = world.path().join("machine");
    fs_err::create_dir(&place).unwrap();
    let _mounted = Mounted::new(&place, &["-t", "tmpfs", "-o", "mode=755,size=64m", "x"]);
    let machine = installed(&world, "");
    world.release(20, &changed().file("/opt/outside", "changed as well"));
    machine.run("update").exits(0);
    let all = rustix::fs::statvfs(&place).unwrap();
    let used = (all.f_blocks - all.f_bfree) * all.f_frsize;
    mount(&["-o", &format!("remount,size={used}"), &text(&place)]);
    assert_eq!(rustix::fs::statvfs(&place).unwrap().f_bfree, 0);
    machine.run("rollback").exits(0);
    machine.must_be(&world.says(10, &[]));
}

/// Returns the same command for root as containers have it: with no power over the system.
fn in_a_container(command: &Command) -> Command {
    let mut contained = Command::new("setpriv");
    contained.args(["--bounding-set=-sys_admin", "--"]).arg(command.get_program());
    contained.args(command.get_args()).env_clear();
    contained.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    contained
}

#[test]
fn root_in_a_container_changes_trees_and_goes_back_too() {
    let contained = in_a_container(&Command::new("true")).status();
    if !is_root() || !contained.is_ok_and(|status| status.success()) {
        return skipped("only root with setpriv can do without power over the system");
    }
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    let contained = |words: &[&str]| Ran::of(&mut in_a_container(&machine.command(words)));
    contained(&["os-install", "-B", "editors"]).exits(0);
    let old = world.says(10, &["editors"]);
    machine.must_be(&old);
    world.release(20, &changed());
    contained(&["update"]).exits(0);
    let new = world.says(20, &["editors"]);
    machine.must_be(&new);
    contained(&["rollback"]).exits(0);
    machine.must_be(&old);
    // Both know what the other has done.
    machine.run("rollback 2").exits(0);
    machine.must_be(&new);
    fs_err::remove_file(machine.at("/usr/bin/tool")).unwrap();
    contained(&["repair"]).exits(0);
    machine.must_be(&new);
    contained(&["rollback", "1"]).exits(0);
    machine.must_be(&old);
    machine.run("diagnose").exits(0);
}

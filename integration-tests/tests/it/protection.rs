//! A `/usr` that is read-only between changes, or has mounts on and below it.

use std::{io::ErrorKind, path::Path};

use swupd_fixtures::world::{Machine, World};

use crate::{
    namespace::{in_a_namespace, is_own_namespace, mount, text, umount},
    world::{system, world},
};

fn installed(world: &World) -> Machine {
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    machine
}

fn is_read_only(machine: &Machine) -> bool {
    let written = fs_err::write(machine.at("/usr/probe"), "probe");
    if written.is_ok() {
        fs_err::remove_file(machine.at("/usr/probe")).unwrap();
    }
    written.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem)
}

fn mounts_below(place: &Path) -> usize {
    let listed = fs_err::read_to_string("/proc/self/mountinfo").unwrap();
    listed.lines().filter(|line| line.contains(place.to_str().unwrap())).count()
}

#[test]
fn it_is_read_only_between_changes_where_that_is_wanted() {
    in_a_namespace("protection::all_changes_of_a_read_only_tree");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn all_changes_of_a_read_only_tree() {
    if !is_own_namespace() {
        return;
    }
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world);
    world.configure("etc", "readonly_usr=true\n");
    machine.run("recover").exits(0);
    assert!(is_read_only(&machine));
    machine.run("bundle-add editors").exits(0);
    assert!(is_read_only(&machine));
    machine.must_be(&world.says(10, &["editors"]));
    world.release(20, &system().file("/usr/lib/library", "another"));
    machine.run("update").exits(0);
    assert!(is_read_only(&machine));
    machine.must_be(&world.says(20, &["editors"]));
    machine.run("diagnose --picky").exits(0);
    machine.run("rollback").exits(0);
    assert!(is_read_only(&machine));
    machine.must_be(&world.says(10, &["editors"]));
    assert_eq!(mounts_below(machine.tree()), 1, "mounts pile up");
    // As after a start of the machine.
    umount(&machine.at("/usr"));
    machine.must_be(&world.says(10, &["editors"]));
    assert!(!is_read_only(&machine));
    machine.run("recover").exits(0);
    assert!(is_read_only(&machine));
    umount(&machine.at("/usr"));
}

#[test]
fn what_is_mounted_on_and_below_it_goes_on_working() {
    in_a_namespace("protection::mounts_on_and_below");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn mounts_on_and_below() {
    if !is_own_namespace() {
        return;
    }
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world);
    let usr = machine.at("/usr");
    // Whoever made it read-only wants it to stay so.
    mount(&["--bind", &text(&usr), &text(&usr)]);
    mount(&["-o", "remount,bind,ro", &text(&usr)]);
    world.release(20, &system().file("/usr/lib/library", "another"));
    machine.run("info").exits(0).says("the whole of /usr at once");
    machine.run("update").exits(0);
    assert!(is_read_only(&machine));
    machine.must_be(&world.says(20, &[]));
    umount(&usr);
    // Something of its own below.
    let local = machine.at("/usr/local");
    fs_err::create_dir(&local).unwrap();
    mount(&["-t", "tmpfs", "x", &text(&local)]);
    fs_err::write(local.join("mine"), "mine").unwrap();
    world.release(30, &system().file("/usr/lib/library", "a third"));
    machine.run("info").exits(0).says("file by file: something is mounted at /usr/local");
    machine.run("update").exits(0).says("something is mounted at /usr/local");
    machine.must_be(
        &world
            .says(30, &[])
            .file("/usr/local/mine", "mine")
            .with("/usr/local", swupd_fixtures::tree::Node::directory().mode(0o1777)),
    );
    umount(&local);
}

//! A `/usr` that is read-only between changes, or has mounts on and below it.

use std::{
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use swupd_fixtures::{
    tree::Node,
    world::{Machine, World},
};

use crate::{
    kills::stage::MAY_PING,
    namespace::{in_a_namespace, is_own_namespace, mount, text, umount},
    world::{is_root, system, world},
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

fn mounts_below(place: &Path) -> Vec<String> {
    let listed = fs_err::read_to_string("/proc/self/mountinfo").unwrap();
    let lines = listed.lines().filter(|line| line.contains(place.to_str().unwrap()));
    lines.map(str::to_owned).collect()
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
    assert_eq!(mounts_below(machine.tree()).len(), 1, "mounts pile up");
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
    // Something of its own below.
    mount(&["-o", "remount,bind,rw", &text(&usr)]);
    fs_err::create_dir_all(machine.at("/usr/local/data")).unwrap();
    fs_err::write(machine.at("/usr/local/data/below"), "below").unwrap();
    mount(&["-o", "remount,bind,ro", &text(&usr)]);
    goes_along(&mut world, &machine, 30);
    assert!(is_read_only(&machine));
    umount(&usr);
    goes_along(&mut world, &machine, 50);
    world.configure("etc", "readonly_usr=true\n");
    goes_along(&mut world, &machine, 70);
    assert!(is_read_only(&machine));
    umount(&usr);
    let should = world.says(70, &[]).file("/usr/local/data/below", "below");
    machine.must_be(&should);
}

#[test]
fn the_change_that_makes_it_read_only_is_like_any_other() {
    in_a_namespace("protection::from_the_first_change_on");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn from_the_first_change_on() {
    if !is_own_namespace() {
        return;
    }
    let capable = Node::file("capable").mode(0o755);
    let capable = if is_root() { capable.xattr("security.capability", MAY_PING) } else { capable };
    let system = || system().with("/usr/bin/capable", capable.clone()).link("/usr/local/man", "x");
    let mut world = world();
    world.release(10, &system().file("/opt/vendor/file", "old"));
    let machine = installed(&world);
    fs_err::write(machine.at("/usr/local/mine"), "mine").unwrap();
    let inode = || fs_err::metadata(machine.at("/usr/local")).unwrap().ino();
    let was = inode();
    world.configure("etc", "readonly_usr=true\n");
    world.release(20, &system().file("/opt/vendor/file", "new").file("/usr/new", "new"));
    machine.run("update").exits(0);
    assert!(is_read_only(&machine));
    machine.must_be(&world.says(20, &[]).file("/usr/local/mine", "mine"));
    assert_eq!(inode(), was, "/usr/local is another one");
    machine.run("rollback").exits(0);
    assert!(is_read_only(&machine));
    machine.must_be(&world.says(10, &[]).file("/usr/local/mine", "mine"));
    assert_eq!(inode(), was, "/usr/local is another one");
    umount(&machine.at("/usr"));
}

#[test]
fn files_of_the_os_on_another_file_system_change_too() {
    in_a_namespace("protection::with_a_part_elsewhere");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn with_a_part_elsewhere() {
    if !is_own_namespace() {
        return;
    }
    let mut world = world();
    world.release(10, &system());
    let machine = installed(&world);
    let (share, aside) = (machine.at("/usr/share"), machine.at("/aside"));
    fs_err::rename(&share, &aside).unwrap();
    fs_err::create_dir(&share).unwrap();
    mount(&["--bind", &text(&aside), &text(&share)]);
    world.release(20, &system().file("/usr/share/new", "new").file("/usr/lib/library", "another"));
    machine.run("info").exits(0).says("unless files of the OS lie there");
    let told = "files of the OS lie on what is mounted at /usr/share";
    machine.run("update").exits(0).says(told);
    assert_eq!(fs_err::read_to_string(share.join("new")).unwrap(), "new");
    machine.run("diagnose").exits(0);
    assert!(!machine.at("/.swupd/generations/2").exists());
}

/// Takes a machine to a version, to the one after that, and back, while file systems are mounted below
/// its `/usr`, which somebody uses all the time.
#[track_caller]
fn goes_along(world: &mut World, machine: &Machine, version: u32) {
    let (data, deeper) = (machine.at("/usr/local/data"), machine.at("/usr/local/data/deeper"));
    mount(&["-t", "tmpfs", "x", &text(&data)]);
    fs_err::create_dir(&deeper).unwrap();
    mount(&["-t", "tmpfs", "y", &text(&deeper)]);
    fs_err::write(data.join("mine"), "mine").unwrap();
    fs_err::write(deeper.join("mine"), "mine").unwrap();
    let (is_over, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    machine.run("recover").exits(0);
    machine.run("info").exits(0).says("the whole of /usr at once");
    thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            while !is_over.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_mins(1) {
                for place in [&data, &deeper] {
                    assert_eq!(fs_err::read_to_string(place.join("mine")).unwrap(), "mine");
                }
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
        for version in [version, version + 10] {
            world.release(version, &system().file("/usr/lib/library", format!("{version}")));
            machine.run("update").exits(0);
        }
        machine.run("rollback").exits(0);
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(looks.load(Ordering::Relaxed) > 0);
    fs_err::write(data.join("more"), "more").unwrap();
    machine.run("update -V latest").exits(0);
    machine.run("rollback").exits(0);
    assert_eq!(fs_err::read_to_string(data.join("more")).unwrap(), "more");
    while !mounts_below(&data).is_empty() {
        umount(&data);
    }
    assert_eq!(fs_err::read_to_string(data.join("below")).unwrap(), "below");
    let library = fs_err::read_to_string(machine.at("/usr/lib/library")).unwrap();
    assert_eq!(library, version.to_string());
    assert!(mounts_below(&machine.at("/.swupd")).is_empty(), "mounts pile up");
    assert!(mounts_below(&machine.at("/usr")).len() <= 1, "mounts pile up");
}

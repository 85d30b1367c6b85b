//! What an engine does where something is mounted in the tree. Mounting needs a mount namespace of
//! one's own, so the test proper runs in a process of its own, where the machine allows that.

use std::process::Command;

use super::*;

#[test]
fn mount_points_in_the_tree_are_respected() {
    in_a_namespace("update::switch::tests::mounts::with_mounts", &[&["-m"], &["-rm"]]);
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn with_mounts() {
    if !is_own_namespace() {
        return;
    }
    let (world, outside) = world_with_mounts();
    let wanted = |mut tree: Tree| {
        tree.insert("/opt".into(), Directory(0o711));
        tree.insert("/opt/file".into(), File("optional", 0o644));
        tree
    };
    let (had, wanted) = (old(), wanted(new()));
    let run = world.run();
    run.provide(&had);
    let switched = run.go(run.engine(), &change(&Tree::new(), &had)).unwrap();
    assert_eq!(switched.left_alone(), [path("/usr")]);
    switched.finish().unwrap();
    let before = world.seen();

    run.provide(&wanted);
    let change = change(&had, &wanted);
    let killed = [3, 9, 15, 22, 28, 34, 40].map(|n| {
        let (faults, _) = killed_at(n);
        drop(run.go(run.engine().with_faults(faults), &change).unwrap_err());
        if let Recovery::Finished(switched) = run.engine().recover().unwrap() {
            switched.finish().unwrap();
            return true;
        }
        assert_eq!(world.seen(), before);
        false
    });
    assert!(killed.contains(&true) && killed.contains(&false));
    let mode = |at: &str| fs::metadata(world.at(at)).unwrap().mode() & 0o7777;
    assert_eq!((mode("/usr"), mode("/opt")), (0o750, 0o750), "mount points stay as they are");
    let keys: Vec<String> = world.seen().into_keys().collect();
    assert_eq!(keys, wanted.keys().cloned().collect::<Vec<_>>());
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "optional");

    // What cannot be done without harm is refused or left alone.
    let file = Step::Put { path: path("/opt"), kind: Kind::File, hash: ContentHash::ABSENT };
    let over = Change { steps: vec![file], ..Change::default() };
    let staged = run.engine().stage(run.trip(), &over).unwrap();
    assert_eq!(staged.left_alone(), [path("/opt")]);
    run.engine().commit(staged).unwrap().finish().unwrap();
    mount(&["-t", "tmpfs", "x", world.at("/usr/new").to_str().unwrap()]);
    let file =
        Step::Put { path: path("/usr"), kind: Kind::File, hash: new()["/usr/bin/tool"].hash() };
    let over = Change { steps: vec![file], ..Change::default() };
    let staged = run.engine().stage(run.trip(), &over).unwrap();
    assert_eq!(staged.left_alone(), [path("/usr")]);
    run.engine().commit(staged).unwrap().finish().unwrap();
    fs::create_dir_all(world.at("/srv/data")).unwrap();
    mount(&["-t", "tmpfs", "x", world.at("/srv/data").to_str().unwrap()]);
    let file =
        Step::Put { path: path("/srv"), kind: Kind::File, hash: new()["/usr/bin/tool"].hash() };
    let over = Change { steps: vec![file], ..Change::default() };
    let refused = run.engine().stage(run.trip(), &over).unwrap_err();
    assert!(matches!(refused, StageError::MountBelow { .. }));
}

#[test]
fn a_full_or_fixed_file_system_is_told_apart_and_nothing_changes() {
    in_a_namespace("update::switch::tests::mounts::on_a_small_file_system", &[&["-m"]]);
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn on_a_small_file_system() {
    if !is_own_namespace() {
        return;
    }
    let world = World::anyone();
    let small = world.at("/small");
    fs::create_dir(&small).unwrap();
    mount(&["-t", "tmpfs", "-o", "size=64k", "x", small.to_str().unwrap()]);
    let big: &'static str = "x".repeat(200_000).leak();
    let run = world.run();
    let wanted = tree([("/small/a", File("a", 0o644)), ("/small/b", File(big, 0o644))]);
    run.provide(&wanted);
    let before = world.seen();
    let refused = |why| {
        let error = run.engine().stage(run.trip(), &change(&Tree::new(), &wanted)).unwrap_err();
        assert_eq!(error.obstacle(), Some(why), "{error}");
        if let Reached::Fetched(trip) = journal::read(&run.data).unwrap() {
            trip.abandon().unwrap();
        }
        assert_eq!(world.seen(), before);
    };
    refused(Obstacle::NoSpace);
    mount(&["-o", "remount,ro", small.to_str().unwrap()]);
    refused(Obstacle::ReadOnly);
    mount(&["-o", "remount,rw,size=1m", small.to_str().unwrap()]);
    let fix = |how| Command::new("chattr").arg(how).arg(&small).status();
    if fix("+i").is_ok_and(|status| status.success()) {
        refused(Obstacle::NoPermission);
        fix("-i").unwrap();
    }
    run.go(run.engine(), &change(&Tree::new(), &wanted)).unwrap().finish().unwrap();
    assert_eq!(fs::read_to_string(small.join("b")).unwrap(), big);
}

/// A machine with `/usr` on a file system of its own, and `/opt` on another mount of the same.
fn world_with_mounts() -> (World, PathBuf) {
    let world = World::anyone();
    let outside = world.scratch.path().join("outside");
    for directory in [&world.at("/usr"), &world.at("/opt"), &outside] {
        fs::create_dir_all(directory).unwrap();
    }
    mount(&["-t", "tmpfs", "-o", "mode=750", "x", world.at("/usr").to_str().unwrap()]);
    fs::set_permissions(&outside, PermissionsExt::from_mode(0o750)).unwrap();
    mount(&["--bind", outside.to_str().unwrap(), world.at("/opt").to_str().unwrap()]);
    (world, outside)
}

fn mount(arguments: &[&str]) {
    assert!(Command::new("mount").args(arguments).status().unwrap().success());
}

/// Runs a test of this program where mounting harms nobody, if the machine lets us in one of the
/// ways: as root, or as root of a user namespace, who may not mount everything anew.
fn in_a_namespace(test: &str, ways: &[&[&str]]) {
    let unshare = |arguments: &[&str]| Command::new("unshare").args(arguments).output();
    let possible = ways.iter().find(|way| {
        let probe = unshare(&[way, &["mount", "-t", "tmpfs", "x", "/mnt"][..]].concat());
        probe.is_ok_and(|probe| probe.status.success())
    });
    let Some(way) = possible else { return };
    let exe = std::env::current_exe().unwrap();
    let inner = [exe.to_str().unwrap(), "--exact", test, "--ignored"];
    let output = unshare(&[way, &inner[..]].concat()).unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

fn is_own_namespace() -> bool {
    let namespace = |of: &str| fs::read_link(format!("/proc/{of}/ns/mnt")).ok();
    namespace("self") != namespace("1")
}

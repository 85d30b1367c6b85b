//! Disks that are full or may not be written to, and users who may not write.

use std::{
    collections::BTreeSet,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use fs_err::os::unix::fs::chown;
use swupd_fixtures::{
    faults::honest,
    world::{Ran, STATE},
};

use crate::{
    namespace::{in_a_namespace, is_own_namespace, mount, text, umount},
    scene::{Complains, Scene, Victim},
    world::{system, world},
};

#[test]
fn a_full_file_system_ends_the_run_before_anything_changes() {
    in_a_namespace("faults::disk::on_a_small_file_system");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn on_a_small_file_system() {
    if !is_own_namespace() {
        return;
    }
    let scene = Scene::shared();
    let mut ends = [0; 2];
    let mut codes = BTreeSet::new();
    for free in (0..=24).map(|pages| pages * 8) {
        let mut small = None;
        let prepare = |tree: &Path| {
            mount(&["-t", "tmpfs", "-o", "size=4m,mode=755", "x", &text(tree)]);
            small = Some(tree.to_owned());
        };
        let victim = scene.victim_on(prepare, scene.truth(), honest);
        let tree = small.unwrap();
        let used = used_kilobytes(&tree);
        mount(&["-o", &format!("remount,size={}k", used + free), &text(&tree)]);
        let ran = victim.run("update");
        let has_room = ran.code == 0;
        ends[usize::from(has_room)] += 1;
        if has_room {
            victim.must_be_updated();
        } else {
            codes.insert(ran.code);
            ran.complains(&["o space left", &text(&tree)]).says("make room");
            victim.must_be_unharmed();
            mount(&["-o", "remount,size=4m", &text(&tree)]);
            victim.must_recover();
        }
        umount(&tree);
    }
    assert!(ends.iter().all(|count| *count > 0), "too small or too large: {ends:?}");
    // What there is no room for has not come: the MoM, a manifest, a file, and then the next tree.
    assert!(codes.contains(&4) && codes.contains(&17), "{codes:?}");
    assert!(codes.is_subset(&[4, 8, 17, 25].into()), "{codes:?}");
}

#[test]
fn what_there_is_no_room_to_keep_has_not_come() {
    in_a_namespace("faults::disk::on_a_full_file_system");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn on_a_full_file_system() {
    if !is_own_namespace() {
        return;
    }
    let scene = Scene::shared();
    for (knows_its_version, commands) in [
        (false, [("update", 4), ("repair", 4), ("bundle-add games", 4)]),
        (true, [("update", 8), ("repair", 8), ("bundle-add games", 14)]),
    ] {
        let mut small = None;
        let prepare = |tree: &Path| {
            mount(&["-t", "tmpfs", "-o", "size=4m,mode=755", "x", &text(tree)]);
            small = Some(tree.to_owned());
        };
        let victim = scene.victim_on(prepare, scene.truth(), honest);
        let tree = small.unwrap();
        fs_err::remove_dir_all(victim.machine.at(STATE).join("cache")).unwrap();
        if knows_its_version {
            victim.run("bundle-list --all").exits(0);
            victim.run("plan").exits(0);
            let cached = cached_manifests(&victim);
            assert!(!cached.is_empty());
            for manifest in &cached {
                fs_err::remove_file(manifest).unwrap();
            }
        }
        mount(&["-o", &format!("remount,size={}k", used_kilobytes(&tree)), &text(&tree)]);
        for (command, exit) in commands {
            let ran = victim.run(command).exits(exit);
            ran.complains(&["o space left"]).says("make room");
            victim.must_be_unharmed();
        }
        // To look at what is here needs no room.
        victim.run("diagnose").exits(0);
        victim.run("bundle-list --all").exits(0);
        mount(&["-o", "remount,size=4m", &text(&tree)]);
        victim.must_recover();
        umount(&tree);
    }
}

#[test]
fn what_may_not_be_written_is_told() {
    in_a_namespace("faults::disk::on_a_file_system_that_is_read_only");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn on_a_file_system_that_is_read_only() {
    if !is_own_namespace() {
        return;
    }
    let scene = Scene::shared();
    for (at, outside_state, exit, word) in [
        ("", false, 9, STATE),
        ("", true, 7, "nothing was changed"),
        // Files of the OS on something that is mounted keep it from being exchanged as a whole.
        ("usr/share", false, 7, "cannot be written to; nothing was changed"),
    ] {
        let victim = scene.victim_of(scene.truth());
        let place = victim.machine.at(at);
        mount(&["--bind", &text(&place), &text(&place)]);
        mount(&["-o", "remount,bind,ro", &text(&place)]);
        let mut command = victim.command("update");
        let state = scene.world.path().join("state-elsewhere");
        if outside_state {
            command.arg("--statedir").arg(&state);
        }
        let words = [word, "Read-only file system"];
        let ran = Ran::of(&mut command).exits(exit).complains(&words);
        assert!(!ran.stderr.contains("other run"), "{}", ran.stderr);
        victim.must_be_unharmed();
        umount(&place);
        victim.must_recover();
    }
}

#[test]
fn a_user_may_not_change_what_is_roots() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can become somebody else");
        return;
    }
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    for command in ["update", "repair", "bundle-add games"] {
        let mut command = victim.command(command);
        let ran = Ran::of(command.uid(NOBODY).gid(NOBODY));
        ran.exits(1).complains(&[&text(victim.machine.tree()), "only root"]);
        victim.must_be_unharmed();
    }
    // A tree of the user's, in which one directory is not.
    let owned = |victim: &Victim<'_>| {
        let status = Command::new("chown")
            .arg("-hR")
            .arg(format!("{NOBODY}:{NOBODY}"))
            .arg(victim.machine.tree())
            .status();
        assert!(status.unwrap().success());
        chown(victim.machine.at("usr/share/doc"), Some(0), Some(0)).unwrap();
    };
    owned(&victim);
    let before = victim.machine.seen();
    let ran = Ran::of(victim.command("update").uid(NOBODY).gid(NOBODY));
    ran.exits(7).complains(&["/usr/share/doc", "nothing was changed", "ermission denied"]);
    let differences = victim.machine.seen().differences(&before);
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn an_immutable_file_is_told_before_anything_changes() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    let file = victim.machine.at("usr/bin/tool");
    let fix = |how| Command::new("chattr").arg(how).arg(&file).status();
    if !fix("+i").is_ok_and(|status| status.success()) {
        eprintln!("skipped: no file can be made immutable here");
        return;
    }
    let ran = victim.run("update");
    fix("-i").unwrap();
    ran.exits(7).complains(&["/usr/bin/tool", "immutable", "nothing was changed"]);
    victim.must_be_unharmed();
    victim.must_recover();
}

#[test]
fn what_is_immutable_keeps_a_repair_from_nothing_else() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    let [file, other] = ["/usr/bin/tool", "/usr/lib/library"].map(|path| machine.at(path));
    fs_err::write(&file, "else").unwrap();
    fs_err::remove_file(&other).unwrap();
    let fix = |how| Command::new("chattr").arg(how).arg(&file).status();
    if !fix("+i").is_ok_and(|status| status.success()) {
        eprintln!("skipped: no file can be made immutable here");
        return;
    }
    let ran = machine.run("repair --quiet");
    fix("-i").unwrap();
    let lines = [format!("{} -> fixed", text(&other)), format!("{} -> not fixed", text(&file))];
    assert_eq!(ran.exits(35).lines(), lines);
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "else");
    machine.run("repair").exits(0);
    machine.must_be(&world.says(10, &[]));
}

#[test]
fn an_immutable_root_is_told_before_anything_changes() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    world.release(20, &system().link("/sbin", "usr/bin").file("/usr/new", "new"));
    let fix = |how| Command::new("chattr").arg(how).arg(machine.tree()).status();
    if !fix("+i").is_ok_and(|status| status.success()) {
        eprintln!("skipped: no directory can be made immutable here");
        return;
    }
    let ran = machine.run("update");
    fix("-i").unwrap();
    ran.exits(7).complains(&["/sbin", "nothing was changed"]);
    machine.must_be(&world.says(10, &[]));
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &[]));
}

/// Returns the manifests of bundles that a machine's cache has.
fn cached_manifests(victim: &Victim<'_>) -> Vec<PathBuf> {
    let below = |directory: PathBuf| {
        let entries = fs_err::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let cache = below(victim.machine.at(STATE).join("cache"));
    let versions = cache.into_iter().flat_map(|url| below(url.join("manifest")));
    let is_of_a_bundle = |path: &PathBuf| !text(path).contains("Manifest.MoM");
    versions.flat_map(below).filter(is_of_a_bundle).collect()
}

fn used_kilobytes(place: &Path) -> u64 {
    let all = rustix::fs::statvfs(place).unwrap();
    (all.f_blocks - all.f_bfree) * all.f_frsize / 1024
}

const NOBODY: u32 = 65_534;

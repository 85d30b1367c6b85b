//! What kept versions take on the disk, and what becomes of those that cannot be removed.

use std::{path::Path, process::Command, thread, time::Duration};

use serde_json::Value;
use swupd_fixtures::{
    tree::Tree,
    world::{Machine, World},
};

use crate::{
    namespace::{Mounted, in_a_namespace, is_own_namespace, text},
    world::{skipped, system, world},
};

#[test]
fn what_is_told_of_their_size_is_what_the_disk_gives_back() {
    in_a_namespace("kept::on_disks_of_all_kinds");
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_disks_of_all_kinds() {
    if !is_own_namespace() {
        return;
    }
    // Links or reflinks, as they are asked for and as the file system can.
    for (kind, share) in
        [("btrfs", "reflink"), ("xfs", "reflink"), ("ext4", "link"), ("ext4", "copy")]
    {
        let mut world = world();
        world.configure("etc", &format!("share={share}\n"));
        world.release(10, &system_with(&[(UNCHANGED, 1), (CHANGED, 2)]));
        let machine = world.machine("machine");
        let Some(_disk) = disk(&world, kind, machine.tree()) else { continue };
        machine.run("os-install -V 10").exits(0);
        world.release(20, &system_with(&[(UNCHANGED, 1), (CHANGED, 3)]));
        machine.run("update").exits(0);
        let told = used(&machine, 1);
        let before = free(machine.tree());
        fs_err::remove_dir_all(machine.at(".swupd/generations/1/usr")).unwrap();
        let (own, shared) = told;
        let given_back = given_back(machine.tree(), before, own);
        println!("{kind}, {share}: told {told:?}, given back {given_back}");
        // Directories and what file systems note for themselves are the rest.
        assert!(own.abs_diff(given_back) < MEGABYTE, "{kind}, {share}: {own} and {given_back}");
        let all = if share == "copy" { 0 } else { 4 * MEGABYTE };
        assert!((all..all + MEGABYTE).contains(&shared), "{kind}, {share}: {shared} are shared");
    }
}

#[test]
fn what_cannot_be_removed_is_told_once_and_shown_from_then_on() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    world.release(20, &system().file("/usr/lib/library", "20"));
    assert_eq!(machine.run("update").exits(0).stderr, "");
    let stuck = machine.at(".swupd/generations/1/usr/stuck");
    fs_err::write(&stuck, "").unwrap();
    let fix = |how| Command::new("chattr").arg(how).arg(&stuck).status();
    if !fix("+i").is_ok_and(|status| status.success()) {
        return skipped("no file can be made immutable here");
    }
    world.release(30, &system().file("/usr/lib/library", "30"));
    machine.run("update").exits(0).says("an old version of the tree could not be removed");
    // Whoever asks for something else need not hear of it again.
    let ran = machine.run("diagnose").exits(0);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("removed"), "{ran:?}");
    machine.run("diagnose --debug").exits(0).says("could not be removed: ");
    machine.run("recover").exits(0).says("generation 1 cannot be removed completely");
    machine.run("status").says("  1 could not be removed completely");
    machine.run("history").exits(0).says("  1  could not be removed completely");
    let history = machine.run("history --json-output").exits(0).stdout;
    let remains = &element(&history, "history")["remains"];
    assert_eq!(remains[0]["number"], 1, "{remains}");
    let status = machine.run("status --json-output").stdout;
    assert_eq!(element(&status, "status")["remains"], serde_json::json!([1]));
    assert!(fix("-i").unwrap().success());
    machine.run("diagnose").exits(0);
    let ran = machine.run("history").exits(0);
    assert!(!ran.stdout.contains("removed completely"), "{ran:?}");
    assert!(!machine.at(".swupd/generations/1").exists());
    machine.must_be(&world.says(30, &[]));
}

/// Mounts a new file system of a kind where a machine's tree is to be; none where that cannot be.
fn disk(world: &World, kind: &str, tree: &Path) -> Option<Mounted> {
    let image = world.path().join("image");
    fs_err::File::create(&image).unwrap().set_len(320 << 20).unwrap();
    let quiet = if kind == "ext4" { "-Fq" } else { "-q" };
    let made = Command::new(format!("mkfs.{kind}")).arg(quiet).arg(&image).status();
    if !made.is_ok_and(|made| made.success()) {
        skipped(&format!("no {kind} can be made here"));
        return None;
    }
    fs_err::create_dir_all(tree).unwrap();
    let mounted = Mounted::tried(tree, &["-o", "loop", &text(&image)]);
    if mounted.is_none() {
        skipped(&format!("no {kind} can be mounted here"));
    }
    mounted
}

/// Returns the small system with some large files, each of bytes by a seed.
fn system_with(files: &[(&str, u64)]) -> Tree {
    files.iter().fold(system(), |tree, (path, seed)| tree.file(path, noise(*seed)))
}

/// Returns four megabytes that nobody can compress.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..MEGABYTE / 2).flat_map(|_| next()).collect()
}

/// Returns the bytes that a generation is said to have for itself, and to share.
fn used(machine: &Machine, number: u64) -> (u64, u64) {
    let told = machine.run("history --json-output").exits(0).stdout;
    let history = element(&told, "history");
    let generations = history["generations"].as_array().unwrap();
    let it = generations.iter().find(|generation| generation["number"] == number).unwrap();
    (it["ownBytes"].as_u64().unwrap(), it["sharedBytes"].as_u64().unwrap())
}

/// Returns the element of a type in what a command told as JSON.
fn element(told: &str, kind: &str) -> Value {
    let all: Vec<Value> = serde_json::from_str(told).unwrap();
    all.into_iter().find(|element| element["type"] == kind).unwrap()
}

/// Returns how many bytes more than before are free. File systems take their time over that, so it is
/// waited for while it is less than it should be.
fn given_back(place: &Path, before: u64, should: u64) -> u64 {
    let more = || free(place).saturating_sub(before);
    for _ in 0..100 {
        if more() + MEGABYTE > should {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    more()
}

/// Returns how many bytes are free on a disk once all is written to it.
fn free(place: &Path) -> u64 {
    let directory = fs_err::File::open(place).unwrap();
    rustix::fs::syncfs(&directory).unwrap();
    let all = rustix::fs::statvfs(place).unwrap();
    all.f_bfree * all.f_frsize
}

const UNCHANGED: &str = "/usr/lib/unchanged";
const CHANGED: &str = "/usr/lib/changed";
const MEGABYTE: u64 = 1 << 20;

//! What no hash covers: capabilities and other extended attributes, and the times that compiled
//! Python files want of their sources.

use std::{
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Machine, World},
};

use crate::world::{is_root, skipped, system, world};

/// `cap_net_raw=ep`, as the kernel stores it (version 2).
const MAY_PING: [u8; 20] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// The same with another capability, `cap_net_bind_service`.
const MAY_BIND: [u8; 20] = [1, 0, 0, 2, 0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const COMPILED: u64 = 1_600_000_000;

fn can_set_capabilities() -> bool {
    if !is_root() {
        skipped("only root can give capabilities");
    }
    is_root()
}

fn with_ping(capability: &[u8]) -> Tree {
    let ping = Node::file("ping").mode(0o755).xattr("security.capability", capability);
    system().with("/usr/bin/ping", ping)
}

#[test]
fn capabilities_are_given_changed_taken_and_mended() {
    if !can_set_capabilities() {
        return;
    }
    let mut world = world();
    world.release(10, &with_ping(&MAY_PING));
    world.release(20, &with_ping(&MAY_BIND));
    world.release(30, &system().with("/usr/bin/ping", Node::file("ping").mode(0o755)));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    machine.must_be(&world.says(10, &[]));
    machine.run("diagnose --picky").exits(0);

    let ping = machine.at("/usr/bin/ping");
    xattr::remove(&ping, "security.capability").unwrap();
    machine.run("diagnose --quiet").exits(1).says("/usr/bin/ping");
    machine.run("repair").exits(0);
    machine.must_be(&world.says(10, &[]));
    xattr::set(&ping, "security.capability", &MAY_BIND).unwrap();
    machine.run("repair --quiet").exits(0).says("/usr/bin/ping -> fixed");
    machine.must_be(&world.says(10, &[]));

    // One that no table gives was given by somebody else.
    xattr::set(machine.at("/usr/bin/tool"), "security.capability", &MAY_BIND).unwrap();
    machine.run("diagnose --quiet").exits(1).says("/usr/bin/tool");
    machine.run("repair").exits(0);
    machine.must_be(&world.says(10, &[]));

    // The content stays, so that its hash tells nothing.
    machine.run("update -V 20").exits(0);
    machine.must_be(&world.says(20, &[]));
    machine.run("update").exits(0);
    machine.must_be(&world.says(30, &[]));
    machine.run("diagnose --picky").exits(0);
}

#[test]
fn a_changed_program_keeps_its_capability() {
    if !can_set_capabilities() {
        return;
    }
    let mut world = world();
    world.release(10, &with_ping(&MAY_PING));
    let ping = Node::file("ping, better").mode(0o755).xattr("security.capability", MAY_PING);
    world.release(20, &system().with("/usr/bin/ping", ping));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &[]));
}

/// Returns a tree with a module and what was compiled of it at a time.
fn python(time: u64) -> Tree {
    let time_in_header = u32::try_from(time).unwrap().to_le_bytes();
    let size = u32::try_from(SOURCE.len()).unwrap().to_le_bytes();
    let header = [b"\xa7\r\r\n\0\0\0\0".as_slice(), &time_in_header, &size, b"code"].concat();
    system()
        .file("/usr/lib/python/m.py", SOURCE)
        .file("/usr/lib/python/__pycache__/m.cpython-311.pyc", header)
}

const SOURCE: &str = "print('compiled')\n";
const MODULE: &str = "/usr/lib/python/m.py";

fn release(world: &mut World, version: u32, time: u64) {
    let from = world.lay_out(version, &python(time));
    set_time(&from.join(MODULE.trim_start_matches('/')), time);
    world.release_laid_out(version, &python(time));
}

fn set_time(path: &std::path::Path, seconds: u64) {
    let file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
    file.file().set_modified(time).unwrap();
}

fn time_of(machine: &Machine) -> i64 {
    fs_err::metadata(machine.at(MODULE)).unwrap().mtime()
}

#[test]
fn sources_keep_the_time_that_was_compiled_into_others() {
    let mut world = world();
    release(&mut world, 10, COMPILED);
    release(&mut world, 20, COMPILED + 500);
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    assert_eq!(time_of(&machine), 1_600_000_000);
    machine.must_be(&world.says(10, &[]));
    machine.run("diagnose --picky").exits(0);
    set_time(&machine.at(MODULE), 1_650_000_000);
    machine.run("diagnose").exits(1);
    machine.run("repair").exits(0);
    assert_eq!(time_of(&machine), 1_600_000_000);
    // The source stays the same, but not its time.
    machine.run("update").exits(0);
    assert_eq!(time_of(&machine), 1_600_000_500);
    machine.must_be(&world.says(20, &[]));
}

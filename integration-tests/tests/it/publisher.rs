//! `swupd-server`: what it makes, what it refuses, and that a build which fails leaves no trace.

use std::path::Path;

use swupd_fixtures::{
    tree::{Snapshot, snapshot},
    world::{Ran, World},
};

use crate::world::{programs, system, world};

fn published(world: &World) -> Snapshot {
    snapshot(&world.www()).unwrap()
}

#[test]
fn a_working_directory_is_made_once() {
    let world = World::bare(&programs());
    let made = world.server(&["init", "here", "--format", "31"]).exits(0);
    made.says("31").says("key.pem");
    let here = world.workshop().join("here");
    for file in ["swupd-server.toml", "bundles/os-core.toml", "keys/cert.pem", "keys/key.pem"] {
        assert!(here.join(file).is_file(), "{file}");
    }
    assert!(here.join("www").is_dir());
    let settings = fs_err::read_to_string(here.join("swupd-server.toml")).unwrap();
    assert!(settings.contains("format = 31"), "{settings}");
    let before = snapshot(&here).unwrap();
    world.server(&["init", "here"]).exits(1);
    assert_eq!(snapshot(&here).unwrap(), before);
    world.server(&["build", "--version", "1", "--from", "/"]).exits(1).says("init");
    world.server(&["nonsense"]).exits(2);
    world.server(&["--help"]).exits(0);
}

#[test]
fn a_version_is_made_once_and_later_ones_are_greater() {
    let mut world = world();
    world.release(20, &system());
    let before = published(&world);
    for version in [20, 10] {
        world.build(version, &system()).exits(1);
        assert!(published(&world).differences(&before).is_empty());
    }
    world.release(21, &system());
    world.server(&["check"]).exits(0);
    world.server(&["build", "--version", "0", "--from", "/"]).exits(2);
    world.server(&["build", "--version", "30", "--from", "/no/such/tree"]).exits(1);
}

#[test]
fn a_build_that_ends_early_changes_nothing_and_can_be_run_again() {
    let mut world = world();
    world.release(10, &system());
    let before = published(&world);
    let settings = world.workshop().join("swupd-server.toml");
    let good = fs_err::read_to_string(&settings).unwrap();
    let new = system().file("/usr/share/new", "new");
    // The first fails, the second is killed, both when everything but the signatures is made.
    for command in ["[\"false\"]", "[\"sh\", \"-c\", \"kill -9 $PPID\"]"] {
        let text = good.replace("\nkey = ", &format!("\ncommand = {command}\n#key = "));
        fs_err::write(&settings, text).unwrap();
        let ran = world.build(20, &new);
        assert_ne!(ran.code, 0, "{ran:?}");
        assert!(published(&world).differences(&before).is_empty());
    }
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    machine.must_be(&world.says(10, &[]));
    fs_err::write(&settings, good).unwrap();
    world.release(20, &new);
    world.server(&["check"]).exits(0);
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &[]));
}

#[test]
fn the_tree_is_only_read() {
    let mut world = world();
    let tree = system();
    world.release(10, &tree);
    let seen = snapshot(&world.path().join("trees/10")).unwrap();
    let differences = seen.differences(&tree.snapshot());
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn the_same_tree_makes_the_same_bytes() {
    let build = || {
        let mut world = world();
        // What names the place of the world would differ.
        world.set("content-url", "\"https://content.example\"");
        world.set("version-url", "\"https://version.example\"");
        world.release(10, &system());
        world.release(20, &system().without("/usr/lib/library").file("/usr/share/new", "new"));
        world
    };
    let [one, other] = [build(), build()].map(|world| {
        let seen = published(&world);
        // A signature has the time at which it was made.
        let signed = |path: &Path| path.to_string_lossy().contains("MoM");
        let of_signature = |path: &Path| path.extension().is_some_and(|end| end == "sig");
        seen.iter()
            .filter(|(path, _)| !signed(path) && !of_signature(path))
            .map(|(path, seen)| (path.clone(), seen.clone()))
            .collect::<Snapshot>()
    });
    let differences = one.differences(&other);
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn state_and_foreign_markers_do_not_become_content() {
    let mut world = world();
    let tree = system()
        .file("/var/lib/thing/state", "state")
        .file("/home/me/letter", "mine")
        .file("/etc/passwd", "root")
        .file("/run/pid", "1")
        .file("/usr/share/clear/bundles/foreign", "")
        .file("/usr/lib/os-release", "NAME=Ours\nVERSION_ID=9\n");
    let ran = world.release(10, &tree);
    ran.says("foreign");
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    for path in ["/var/lib/thing", "/home/me", "/etc/passwd", "/run/pid"] {
        assert!(!machine.at(path).exists(), "{path}");
    }
    assert!(!machine.at("/usr/share/clear/bundles/foreign").exists());
    let release = fs_err::read_to_string(machine.at("/usr/lib/os-release")).unwrap();
    assert_eq!(release, "NAME=Ours\nVERSION_ID=10\n");
}

#[test]
fn damage_is_found() {
    let mut world = world();
    world.release(10, &system());
    world.release(
        20,
        &system().with("/usr/bin/tool", {
            let mut bytes = crate::world::program(1);
            bytes[1234] ^= 1;
            swupd_fixtures::tree::Node::file(bytes).mode(0o755)
        }),
    );
    world.server(&["check"]).exits(0);
    let www = world.www();
    let some = |directory: &str| {
        let mut all: Vec<_> =
            fs_err::read_dir(www.join(directory)).unwrap().map(|e| e.unwrap().path()).collect();
        all.sort();
        all[0].clone()
    };
    let files = [
        www.join("10/Manifest.MoM.tar"),
        www.join("20/Manifest.MoM"),
        www.join("20/Manifest.os-core.tar"),
        www.join("10/pack-editors-from-0.tar"),
        www.join("20/pack-os-core-from-10.tar"),
        www.join("20/Manifest-os-core-delta-from-10"),
        www.join("version/format30/latest.sig"),
        some("10/files"),
    ];
    for file in files {
        let good = fs_err::read(&file).unwrap();
        let mut bad = good.clone();
        // Behind the certificate, of which every machine has its own copy, comes the signature.
        let is_signature = file.extension().is_some_and(|end| end == "sig");
        let place = if is_signature { bad.len() - 1 } else { bad.len() / 2 };
        bad[place] ^= 0x55;
        // Deltas may be taken away at any time: clients go without.
        let is_delta = file.to_string_lossy().ends_with("from-10.tar")
            || file.to_string_lossy().contains("-delta-");
        let gone = (!is_delta).then_some(None);
        let damages = [Some(&bad[..]), Some(&good[..good.len() - 1])];
        for damage in damages.into_iter().chain(gone) {
            match damage {
                Some(bytes) => fs_err::write(&file, bytes).unwrap(),
                None => fs_err::remove_file(&file).unwrap(),
            }
            let ran = world.server(&["check", "--quiet"]);
            let how = damage.map(<[u8]>::len);
            assert_eq!(ran.code, 1, "{} {how:?} {ran:?}", file.display());
            assert_ne!(ran.stdout, "", "{} {how:?}", file.display());
            fs_err::write(&file, &good).unwrap();
        }
    }
    world.server(&["check"]).exits(0);
    world.server(&["check", "--version", "10"]).exits(0);
    world.server(&["check", "--version", "15"]).exits(1);
}

#[test]
fn bundles_that_cannot_be_are_refused() {
    for (name, toml) in [
        ("games", "includes = [\"nothing\"]"),
        ("games", "files = [\"relative\"]"),
        ("games", "flies = []"),
        ("MoM", ""),
    ] {
        let world = world();
        world.bundle(name, toml);
        let before = published(&world);
        let ran: Ran = world.build(10, &system());
        assert_eq!(ran.code, 1, "{toml}: {ran:?}");
        assert!(published(&world).differences(&before).is_empty());
    }
}

#[test]
fn the_server_answers_as_http_asks() {
    let mut world = world();
    world.release(10, &system());
    let service = world.serve();
    let whole = service.get("/10/Manifest.MoM");
    assert!(whole.starts_with("HTTP/1.1 200"), "{whole}");
    assert!(whole.to_lowercase().contains("etag"), "{whole}");
    assert!(service.get("/10/nothing").starts_with("HTTP/1.1 404"));
    assert!(service.get("/../keys/key.pem").starts_with("HTTP/1.1 4"));
    assert!(service.get("/%2e%2e/keys/key.pem").starts_with("HTTP/1.1 4"));
    assert_eq!(service.stop(), Some(0));
}

//! `diff`: what differs between versions, and between those that are kept on the disk.

use serde_json::{Value, json};
use swupd_fixtures::world::{Machine, World};

use crate::{
    schemas::must_fit,
    world::{system, world},
};

fn scene() -> (World, Machine) {
    let mut world = world();
    world.bundle("docs", "files = [\"/usr/share/doc\"]");
    let old = system()
        .file("/usr/share/doc/bash/copyright", "mine")
        .file("/usr/share/doc/bash/changelog.Debian.gz", "1")
        .file("/usr/share/doc/gone/copyright", "mine");
    world.release(10, &old);
    let new = old
        .without("/usr/share/doc/gone/copyright")
        .without("/usr/share/doc/gone")
        .file("/usr/share/doc/bash/changelog.Debian.gz", "2")
        .file("/usr/share/doc/new/copyright", "mine")
        .file("/usr/share/games/one", "another game");
    world.bundle(
        "editors",
        "files = [\"/usr/share/editors\"]\nincludes = [\"languages\", \"music\"]",
    );
    world.release(20, &new);
    let machine = world.machine("machine");
    machine.run("os-install -V 10 -B editors,docs").exits(0);
    (world, machine)
}

fn told(machine: &Machine, line: &str) -> Value {
    let ran = machine.run(&format!("{line} --json-output")).exits(0);
    let events: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let found = events.into_iter().find(|event| event["type"] == "diff").unwrap();
    must_fit(&found, "diff-1");
    found
}

#[test]
fn what_is_installed_is_compared_with_what_is_next() {
    let (_world, machine) = scene();
    let before = machine.seen();
    let found = told(&machine, "diff");
    assert_eq!(found["from"], json!({ "version": 10, "generation": null }));
    assert_eq!(found["to"], json!({ "version": 20, "generation": null }));
    assert_eq!(found["packages"], json!({ "gone": ["gone"], "new": ["new"], "changed": ["bash"] }));
    assert_eq!(found["bundles"]["new"], json!(["music"]));
    let changed = found["bundles"]["changed"].as_array().unwrap();
    assert!(changed.contains(&"docs".into()) && changed.contains(&"editors".into()), "{changed:?}");
    assert_eq!(
        found["paths"]["changed"],
        json!(["/usr/lib/os-release", "/usr/share/doc/bash/changelog.Debian.gz"])
    );
    // Nobody has the games here.
    let ran = machine.run("diff --quiet").exits(0);
    assert!(ran.stdout.contains("- /usr/share/doc/gone/copyright\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("+ /usr/share/music/one\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("games"), "{}", ran.stdout);
    machine.run("diff").exits(0).says("~ package bash").says("+ bundle music");
    assert_eq!(machine.seen().differences(&before), Vec::<String>::new());
}

#[test]
fn versions_are_named_in_any_order() {
    let (_world, machine) = scene();
    let (there, back) = (told(&machine, "diff 10 20"), told(&machine, "diff latest installed"));
    assert_eq!(there["paths"]["gone"], back["paths"]["new"]);
    assert_eq!(there["paths"]["new"], back["paths"]["gone"]);
    assert_eq!(told(&machine, "diff 20")["paths"], there["paths"]);
    machine.run("diff 10 10").exits(0).says("Nothing differs");
    assert_eq!(machine.run("diff 10 10 --quiet").exits(0).stdout, "");
    machine.run("diff 10 20 30").exits(15);
    machine.run("diff newest").exits(15);
    machine.run("diff 10 15").exits(4);
    machine.run("diff 10 g99").exits(15);
}

#[test]
fn kept_versions_are_compared_without_a_server() {
    let (world, machine) = scene();
    let published = told(&machine, "diff 10 20");
    machine.run("update").exits(0);
    let history = machine.run("history --json-output").exits(0).stdout;
    let history: Vec<Value> = serde_json::from_str(&history).unwrap();
    let history = history.into_iter().find(|event| event["type"] == "history").unwrap();
    let number = |version: u32| {
        let generations = history["generations"].as_array().unwrap();
        let found = generations.iter().find(|generation| generation["version"] == version);
        format!("g{}", found.unwrap()["number"])
    };
    fs_err::rename(world.www(), world.path().join("away")).unwrap();
    let kept = told(&machine, &format!("diff {} {}", number(10), number(20)));
    assert_eq!(kept["paths"], published["paths"]);
    assert_eq!(kept["packages"], published["packages"]);
    assert_eq!(kept["bundles"]["new"], json!(["music"]));
    assert_eq!(kept["from"]["version"], 10);
}

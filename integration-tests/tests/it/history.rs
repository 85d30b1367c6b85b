//! `history`: what was changed when, on one screen.

use serde_json::Value;

use crate::{
    schemas::must_fit,
    world::{system, world},
};

#[test]
fn each_change_is_told_with_what_it_fetched() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/lib/library", "20"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    machine.run("update").exits(0);
    world.release(30, &system().file("/usr/lib/library", "30"));
    fs_err::rename(world.www().join("30"), world.www().join("away")).unwrap();
    machine.run("update").exits(4);

    let told = machine.run("history --json-output").exits(0).stdout;
    let events: Vec<Value> = serde_json::from_str(&told).unwrap();
    let history = events.iter().find(|event| event["type"] == "history").unwrap();
    must_fit(history, "history-1");
    let changes = history["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 3, "{history:#}");
    // It came from a directory: that counts, too.
    assert!(changes[..2].iter().all(|change| change["bytes"].as_u64().unwrap() > 100), "{told}");

    let ran = machine.run("history").exits(0);
    let ran = ran.says("10 -> 20").says(" done").says(" failed: ").says("Versions on the disk");
    assert!(ran.stdout.lines().all(|line| line.len() < 160), "{}", ran.stdout);
    let ran = machine.run("history 2").exits(0);
    ran.says("paths put").says(" s  ").says("generation ");
    let told = machine.run("history 2 --json-output").exits(0).stdout;
    let events: Vec<Value> = serde_json::from_str(&told).unwrap();
    must_fit(events.iter().find(|event| event["type"] == "history").unwrap(), "history-1");
    machine.run("history 99").exits(15);
}

#[test]
fn a_long_history_is_cut_where_the_screen_ends() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    let lines: Vec<String> = (1..=40)
        .map(|n| {
            format!("{{\"number\":{n},\"when\":1700000000,\"command\":\"update\",\"to\":{n}}}\n")
        })
        .collect();
    fs_err::write(machine.at("/var/lib/swupd/history"), lines.concat()).unwrap();
    let changes = |line: &str| machine.run(line).exits(0).stdout.matches(" update ").count();
    assert_eq!(changes("history"), 15);
    machine.run("history").exits(0).says("25 earlier changes").says("  40 2023-11-14 22:13 UTC");
    assert_eq!([changes("history --all"), changes("history -a --quiet")], [40, 40]);
}

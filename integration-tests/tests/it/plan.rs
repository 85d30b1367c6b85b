//! `plan`: what is foreseen is what an update then does, to the byte.

use serde_json::Value;
use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Machine, Ran, World},
};

use crate::{
    schemas::must_fit,
    world::{program, system, world},
};

/// Returns the system one version on.
fn changed() -> Tree {
    let mut edited = program(1);
    edited[700] ^= 0x55;
    system()
        .with("/usr/bin/tool", Node::file(edited).mode(0o755))
        .without("/usr/lib/library")
        .file("/usr/lib/libc.so.6", "new")
        .file("/usr/share/editors/one", "another editor")
}

/// Returns the elements of one type that a command printed.
fn elements(ran: &Ran, kind: &str) -> Vec<Value> {
    let events: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    events.into_iter().filter(|event| event["type"] == kind).collect()
}

/// Returns what `plan` says for programs.
fn planned(machine: &Machine) -> Value {
    let ran = machine.run("plan --json-output").exits(0);
    let [plan] = &elements(&ran, "plan")[..] else { panic!("{}", ran.stdout) };
    must_fit(plan, "plan-1");
    plan.clone()
}

/// Returns the newest line of the history.
fn last_change(machine: &Machine) -> Value {
    let text = fs_err::read_to_string(machine.at("/var/lib/swupd/history")).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

fn scene() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &changed());
    let machine = world.machine("machine");
    machine.run("os-install -V 10 -B editors,games").exits(0);
    (world, machine)
}

/// Updates, and returns the content that was fetched: what is fetched besides is known from a plan.
fn fetched_by_an_update(world: &World) -> u64 {
    let service = world.serve();
    let by_http = world.machine("machine").by_http(&service);
    by_http.run("update").exits(0);
    let asked = service.asked();
    let is_content = |path: &&String| path.contains("/pack-") || path.contains("/files/");
    let size = |path: &String| {
        fs_err::metadata(world.www().join(path.trim_start_matches('/'))).map_or(0, |m| m.len())
    };
    asked.iter().filter(is_content).map(size).sum()
}

#[test]
fn what_is_foreseen_is_what_an_update_does() {
    let (world, machine) = scene();
    let before = machine.seen();
    let plan = planned(&machine);
    assert_eq!(machine.seen().differences(&before), Vec::<String>::new());
    assert_eq!((plan["from"].clone(), plan["to"].clone()), (10.into(), 20.into()));
    assert_eq!(plan["versions"], serde_json::json!([20]));
    let bundles = |key: &str| plan["bundles"][key].as_array().unwrap().len();
    assert_eq!((bundles("added"), bundles("removed")), (0, 0));
    let changed = plan["bundles"]["changed"].to_string();
    for (bundle, is_changed) in [("os-core", true), ("editors", true), ("games", false)] {
        assert_eq!(changed.contains(&format!("\"{bundle}\"")), is_changed, "{changed}");
    }
    assert_eq!(plan["removed"], serde_json::json!(["/usr/lib/library"]));
    assert_eq!(plan["vital"], serde_json::json!(["libc"]));
    assert!(plan["disk"]["needed"].as_u64().unwrap() >= 5000, "{plan:#}");

    machine.run("plan").exits(0).says("From version 10 to 20").says("the C library");
    machine.run("plan --verbose").exits(0).says("- /usr/lib/library");
    assert_eq!(machine.run("plan --quiet").exits(0).stdout, "20\n");

    let foreseen = plan["download"]["bytes"].as_u64().unwrap();
    assert!(foreseen > 0);
    assert_eq!(plan["download"]["guessed"], 0);
    let ran = machine.run("status").exits(0);
    let next = ran.stdout.lines().find(|line| line.contains("Next version"));
    assert!(next.is_some_and(|line| line.contains(" to fetch")), "{}", ran.stdout);
    let status = elements(&machine.run("status --json-output").exits(0), "status");
    assert_eq!(status[0]["next"]["bytes"], foreseen);
    must_fit(&status[0], "status-1");

    assert_eq!(fetched_by_an_update(&world), foreseen);
    let change = last_change(&machine);
    assert_eq!(change["put"].as_u64().unwrap(), plan["put"].as_array().unwrap().len() as u64);
    assert_eq!(change["removed"], 1);
    assert_eq!(machine.run("plan --quiet").exits(1).stdout, "");
    machine.run("plan").exits(1).says("nothing to update");
}

#[test]
fn files_come_alone_where_no_pack_is() {
    let (world, machine) = scene();
    for entry in fs_err::read_dir(world.www().join("20")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("pack-") {
            fs_err::remove_file(path).unwrap();
        }
    }
    let plan = planned(&machine);
    assert_eq!(plan["download"]["packs"], serde_json::json!([]));
    assert!(plan["download"]["files"].as_u64().unwrap() >= 3, "{plan:#}");
    let foreseen = plan["download"]["bytes"].as_u64().unwrap();
    assert_eq!(fetched_by_an_update(&world), foreseen);
}

#[test]
fn what_is_here_already_is_not_to_be_fetched() {
    let (_world, machine) = scene();
    machine.run("update --download").exits(0);
    let plan = planned(&machine);
    assert_eq!(plan["download"]["bytes"], 0, "{plan:#}");
    assert!(plan["download"]["here"].as_u64().unwrap() >= 3, "{plan:#}");
}

#[test]
fn another_version_can_be_asked_for() {
    let (mut world, machine) = scene();
    world.release(30, &changed().file("/usr/share/thirty", "30"));
    let to = |line: &str| machine.run(line).exits(0).stdout;
    assert_eq!(to("plan --quiet -V 20"), "20\n");
    assert_eq!(to("plan --quiet --version latest"), "30\n");
    machine.run("plan -V 5").exits(15);
    let plan = planned(&machine);
    assert_eq!(plan["versions"], serde_json::json!([20, 30]), "{plan:#}");
}

#[test]
fn bundles_that_come_and_go_are_told() {
    let (mut world, _) = scene();
    world.drop_bundle("games");
    world.bundle(
        "editors",
        "files = [\"/usr/share/editors\"]\nincludes = [\"languages\", \"music\"]",
    );
    world.bundle("music", "files = [\"/usr/share/music\", \"/usr/share/notes\"]");
    world.release(30, &changed().file("/usr/share/notes", "notes"));
    let machine = world.machine("second");
    machine.run("os-install -V 10 -B editors,games --skip-optional").exits(0);
    let plan = planned(&machine);
    assert_eq!(plan["bundles"]["added"], serde_json::json!(["music"]), "{plan:#}");
    assert_eq!(plan["bundles"]["removed"], serde_json::json!(["games"]), "{plan:#}");
}

#[test]
fn who_is_asked_is_shown_the_plan_and_told_whether_it_was_right() {
    let (world, machine) = scene();
    machine.run("update --quiet --assume=no -V 10").exits(0);
    world.configure("etc", "[update]\nask_before_update=true\n");
    let before = machine.seen();
    let ran = machine.run("update --assume=no").exits(1);
    let (plan, question) = (ran.stdout.find("From version 10 to 20"), ran.stdout.find("? no"));
    assert!(plan.is_some() && plan < question, "{}", ran.stdout);
    assert_eq!(machine.seen().differences(&before), Vec::<String>::new());
    assert_eq!(machine.run("update --assume=no --quiet").exits(1).stdout, "");

    let foreseen = planned(&machine)["download"]["bytes"].clone();
    machine.run("update --yes --verbose").exits(0).says(&format!("{foreseen} were foreseen"));
    let change = last_change(&machine);
    assert_eq!(change["foreseen"], foreseen);
    assert!(change["bytes"].as_u64() >= foreseen.as_u64(), "{change}");
}

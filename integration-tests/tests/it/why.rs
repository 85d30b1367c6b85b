//! `why`: whose a path is, and why a bundle is here.

use serde_json::{Value, json};
use swupd_fixtures::world::{Machine, World};

use crate::{
    schemas::must_fit,
    world::{system, world},
};

fn scene() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/languages/two", "another"));
    let machine = world.machine("machine");
    machine.run("os-install -B editors").exits(0);
    (world, machine)
}

fn told(machine: &Machine, what: &str) -> Value {
    let ran = machine.run(&format!("why {what} --json-output")).exits(0);
    let events: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let found = events.into_iter().find(|event| event["type"] == "why").unwrap();
    must_fit(&found, "why-1");
    found
}

#[test]
fn a_path_is_of_a_bundle_that_something_needs() {
    let (_world, machine) = scene();
    let found = told(&machine, "/usr/share/languages/one");
    assert_eq!(found["path"]["entries"][0]["since"], 10);
    let owner = &found["bundles"][0];
    assert_eq!((&owner["bundle"], &owner["tracked"]), (&json!("languages"), &json!(false)));
    assert_eq!((&owner["because"], &owner["since"]), (&json!(["editors"]), &json!(20)));
    assert_eq!(told(&machine, "/usr/share/languages/two/")["path"]["entries"][0]["since"], 20);
    let ran = machine.run("why /usr/share/languages/one").exits(0);
    let ran = ran.says("is of bundle `languages`, as it is since version 10");
    ran.says("it came along with editors").says("|-- editors");
    assert_eq!(machine.run("why --quiet /usr/bin/tool").exits(0).stdout, "os-core\n");
    // By the link that the tree has.
    assert_eq!(machine.run("why --quiet /bin/tool").exits(0).stdout, "os-core\n");
}

#[test]
fn a_bundle_is_there_because_somebody_asked() {
    let (_world, machine) = scene();
    assert_eq!(told(&machine, "editors")["path"], json!(null));
    machine.run("why editors").exits(0).says("somebody asked for it");
    machine.run("why languages").exits(0).says("it came along with editors");
    machine.run("why os-core").exits(0).says("every system has it");
    machine.run("bundle-add languages").exits(0);
    machine.run("why languages").exits(0).says("somebody asked for it, and editors needs it");
    machine.run("bundle-remove editors").exits(0);
    machine.run("why languages").exits(0).says("somebody asked for it\n");
}

#[test]
fn what_is_not_there_is_told() {
    let (_world, machine) = scene();
    machine.run("why games").exits(13);
    machine.run("why nonsense").exits(3);
    let ran = machine.run("why /usr/share/games/one").exits(26);
    assert!(ran.stderr.contains("swupd search-file"), "{}", ran.stderr);
    let ran = machine.run("why /var/log/messages").exits(26);
    assert!(ran.stderr.contains("the machine's own"), "{}", ran.stderr);
    machine.run("why").exits(15);
}

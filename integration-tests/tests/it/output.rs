//! What programs that call the client rely on: `--quiet` line by line, and JSON that is whole
//! whatever happens.

use serde_json::Value;
use swupd_fixtures::world::{Machine, Ran, World};

use crate::world::{system, world};

fn two_versions() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    (world, machine)
}

#[test]
fn quiet_commands_print_what_was_asked_for_and_nothing_else() {
    let (_world, machine) = two_versions();
    let prints = |line: &str, code: i32, expected: &str| {
        let ran = machine.run(&format!("{line} --quiet")).exits(code);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (expected, ""), "{line}");
    };
    prints("os-install -V 10", 0, "");
    prints("info", 0, "10\n");
    prints("check-update", 0, "20\n");
    prints("update --status", 0, "20\n");
    prints("bundle-add editors", 0, "");
    prints("bundle-add editors", 0, "");
    prints("bundle-list", 0, "editors\nlanguages\nos-core\n");
    prints("diagnose", 0, "");
    prints("repair", 0, "");
    prints("update --download", 0, "");
    prints("update", 0, "");
    prints("update", 0, "");
    prints("check-update", 1, "");
    let place = machine.at("/usr/lib/library");
    fs_err::remove_file(&place).unwrap();
    let place = place.display();
    prints("diagnose", 1, &format!("{place}\n"));
    prints("repair", 0, &format!("{place} -> fixed\n"));
    let file = machine.at("/usr/share/new");
    let seen = machine.seen();
    let hash = seen.get("usr/share/new").unwrap().hash().unwrap();
    let ran = Ran::of(machine.bare().args(["hashdump", "--quiet"]).arg(file)).exits(0);
    assert_eq!(ran.stdout, format!("{hash}\n"));
}

#[test]
fn errors_are_told_even_where_quiet() {
    let (_world, machine) = two_versions();
    machine.run("os-install -V 10 --quiet").exits(0);
    let ran = machine.run("update -V 5 --quiet").exits(15);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("Error: "), "{}", ran.stderr);
}

/// Reads the array that a command printed, and checks its form.
fn events(ran: &Ran, section: &str, code: i32) -> Vec<Value> {
    assert_eq!(ran.code, code, "{ran:?}");
    let parsed = serde_json::from_str(&ran.stdout);
    let Ok(Value::Array(events)) = parsed else { panic!("{parsed:?} of {ran:?}") };
    let [first, middle @ .., last] = &events[..] else { panic!("{ran:?}") };
    assert_eq!((&first["type"], &first["section"]), (&"start".into(), &section.into()));
    assert_eq!((&last["type"], &last["section"]), (&"end".into(), &section.into()));
    assert_eq!(last["status"], code, "{ran:?}");
    for event in middle {
        let kind = event["type"].as_str().unwrap();
        match kind {
            "info" | "warning" | "error" | "status" => assert!(event["msg"].is_string(), "{event}"),
            "progress" => assert!(event["stepDescription"].is_string(), "{event}"),
            _ => panic!("{event}"),
        }
    }
    assert_eq!(ran.stderr, "", "{ran:?}");
    events
}

#[test]
fn json_is_one_array_whatever_happens() {
    let (world, machine) = two_versions();
    let json = |line: &str, code: i32| {
        let ran = machine.run(&format!("{line} --json-output"));
        events(&ran, line.split(' ').next().unwrap(), code)
    };
    let has = |events: &[Value], kind: &str, text: &str| {
        events.iter().any(|e| e["type"] == kind && e["msg"].as_str().unwrap().contains(text))
    };
    json("os-install -V 10 -B editors", 0);
    json("info", 0);
    json("check-update", 0);
    json("bundle-add games nothing", 3);
    json("bundle-list --all", 0);
    let needed = json("bundle-list --deps editors", 0);
    assert!(has(&needed, "status", "languages"), "{needed:?}");
    let info = json("bundle-info games --files", 0);
    assert!(has(&info, "status", "/usr/share/games/one"), "{info:?}");
    let removed = json("bundle-remove nothing music games os-core", 2);
    assert!(has(&removed, "error", "`nothing`"), "{removed:?}");
    json("update --debug", 0);
    fs_err::write(machine.at("/usr/bin/tool"), "").unwrap();
    let found = json("diagnose", 1);
    assert!(has(&found, "status", "/usr/bin/tool"), "{found:?}");
    let mended = json("repair", 0);
    assert!(has(&mended, "status", "/usr/bin/tool -> fixed"), "{mended:?}");
    let failed = json("update -V 10", 15);
    assert!(has(&failed, "error", "older"), "{failed:?}");
    fs_err::remove_dir_all(world.www().join("20")).unwrap();
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/cache")).unwrap();
    let failed = json("diagnose", 4);
    assert!(has(&failed, "error", "20"), "{failed:?}");
    fs_err::remove_file(machine.at("/usr/lib/os-release")).unwrap();
    json("update", 20);
}

#[test]
fn json_holds_any_name() {
    let (_world, machine) = two_versions();
    machine.run("os-install").exits(0);
    let odd = machine.at("/usr/share/\"quoted\"\\\u{1}");
    fs_err::write(odd, "").unwrap();
    let ran = machine.run("diagnose --picky --json-output");
    let found = events(&ran, "diagnose", 1);
    let told = found.iter().any(|event| {
        event["msg"].as_str().is_some_and(|text| text.ends_with("/\"quoted\"\\\u{1}"))
    });
    assert!(told, "{found:?}");
}

#[test]
fn the_journal_gets_priorities_and_nobody_else() {
    use std::os::unix::fs::MetadataExt;

    let world = world();
    let machine = world.machine("machine");
    let place = world.path().join("stderr");
    let run = |inode_off: u64| {
        let stderr = fs_err::File::create(&place).unwrap();
        let found = stderr.metadata().unwrap();
        let stream = format!("{}:{}", found.dev(), found.ino() + inode_off);
        let mut command = machine.command(&["update"]);
        command.env("JOURNAL_STREAM", stream).stderr(std::fs::File::from(stderr));
        assert!(!command.status().unwrap().success());
        fs_err::read_to_string(&place).unwrap()
    };
    let said = run(0);
    assert!(said.lines().any(|line| line.starts_with("<3>Error: ")), "{said}");
    assert!(said.lines().all(|line| line.starts_with('<')), "{said}");
    // The variable is inherited by what a service starts with another standard error.
    let said = run(1);
    assert!(said.starts_with("Error: "), "{said}");
}

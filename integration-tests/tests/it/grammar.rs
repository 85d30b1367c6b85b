//! The command line is read as GNU programs read theirs, and what cannot be read ends with exit code
//! 15, in text or in JSON.

use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use serde_json::Value;
use swupd_fixtures::{
    tree::snapshot,
    world::{Machine, Ran, World},
};

use crate::{
    scene::Complains,
    world::{system, tracked, world},
};

fn installed() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    (world, machine)
}

/// Runs the client with nothing but what is typed; each word of the line is one.
fn bare(machine: &Machine, line: &str) -> Ran {
    Ran::of(machine.bare().args(line.split_whitespace()))
}

#[test]
fn flags_may_be_joined_shortened_repeated_and_stand_anywhere() {
    let (_world, machine) = installed();
    let quiet = |line: &str| machine.run(&format!("{line} --quiet")).exits(0).stdout;
    for line in [
        "update -s",
        "update -tsk",
        "update --status -V10 -V 20",
        "update --statu --keep --down",
        "-tI update -nsk -V20",
        "update --version=20 --status",
        "update --manifest 20 --status",
        "update -m20 -s",
    ] {
        let first = quiet(line);
        assert_eq!(first, "20\n", "{line}");
    }
    // What is repeated counts once, the last time.
    let told = machine.run("diagnose --quiet -X /usr/no -X/usr/share --picky").exits(0);
    assert_eq!(told.stdout, "");
    let mixed = ["bundle-add", "editors", "-t", "--skip-optional", "--", "games"];
    Ran::of(machine.command(&[]).args(mixed)).exits(0);
    assert_eq!(tracked(&machine), ["editors", "games", "os-core"]);
    machine.run("diagnose -B editors -B games,languages --quick").exits(0);
}

#[test]
fn what_could_be_several_things_is_none() {
    let (_world, machine) = installed();
    for (line, words) in [
        ("update --ver", &["--version", "--versionurl", "--verbose"][..]),
        ("update --no", &["--no-scripts", "--nosigcheck", "--no-progress"]),
        ("diagnose --f", &["--force", "--file", "--format"]),
        ("info --ma", &["--max-retries", "--max-parallel-downloads"]),
    ] {
        machine.run(line).exits(15).complains(words);
    }
    // The whole name is clear though others begin with it.
    machine.run("diagnose --nosigcheck").exits(0);
    // Names of commands are not shortened.
    for line in ["upd", "update-", "bundle", "bundle-ad", "3rd"] {
        bare(&machine, line).exits(15).complains(&[line]);
    }
}

#[test]
fn what_is_missing_or_too_much_is_refused() {
    let (_world, machine) = installed();
    for (line, words) in [
        ("bundle-add", &["BUNDLE", "missing"][..]),
        ("hashdump", &["FILE", "missing"]),
        ("update 20", &["`20`", "too many"]),
        ("info --quiet extra", &["`extra`", "too many"]),
        ("check-update 20", &["`20`", "too many"]),
        ("bundle-list os-core", &["`os-core`", "too many"]),
        ("diagnose /usr", &["`/usr`", "too many"]),
        ("repair /usr", &["`/usr`", "too many"]),
        ("hashdump a b", &["`b`", "too many"]),
        ("update -V", &["--version", "needs a value"]),
        ("update --path", &["--path", "needs a value"]),
        ("update -W0", &["--max-parallel-downloads", "0"]),
        ("update --retry-delay=61", &["--retry-delay", "61"]),
        ("update -d -1", &["-1"]),
        ("update -P 65536", &["--port", "65536"]),
        ("update --assume=perhaps", &["yes or no", "perhaps"]),
        ("diagnose -f", &["`-f`"]),
        ("repair -i", &["`-i`"]),
        ("diagnose -X relative", &["--picky-tree", "relative"]),
        ("repair --picky-whitelist=(", &["--picky-whitelist", "`(`"]),
        ("diagnose --file ../up", &["--file", "../up"]),
        ("verify --fix --install", &["--fix", "--install"]),
    ] {
        bare(&machine, line).exits(15).complains(words);
    }
    for line in ["os-install", "--yes os-install"] {
        bare(&machine, line).exits(15).complains(&["directory"]);
    }
}

#[test]
fn usage_is_told_in_the_form_that_was_asked_for() {
    let (_world, machine) = installed();
    for (line, section, exit) in [
        ("update --json-output --no-such-flag", "update", 15),
        ("update --no-such-flag --json", "update", 15),
        ("update -tj extra", "update", 15),
        ("-j bundle-add", "bundle-add", 15),
        ("--json-output no-such-command", "swupd", 15),
        ("diagnose --quick --picky -j", "diagnose", 15),
        ("update --help --json-output", "update", 0),
        ("--json-output", "swupd", 0),
        ("-vj", "swupd", 0),
    ] {
        let ran = bare(&machine, line).exits(exit);
        assert_eq!(ran.stderr, "", "{line}");
        let parsed: Result<Vec<Value>, _> = serde_json::from_str(&ran.stdout);
        let events = parsed.unwrap_or_else(|error| panic!("{line}: {error}: {}", ran.stdout));
        let [start, middle, end] = &events[..] else { panic!("{line}: {events:?}") };
        assert_eq!((&start["type"], &start["section"]), (&"start".into(), &section.into()));
        assert_eq!((&end["type"], &end["section"]), (&"end".into(), &section.into()));
        assert_eq!(end["status"], exit);
        assert!(middle["msg"].as_str().is_some_and(|text| !text.is_empty()), "{line}: {middle}");
        assert_eq!(middle["type"] == "error", exit == 15, "{line}: {middle}");
    }
    // `-Vj` is a version, and behind `--` there are no flags.
    for line in ["update -Vj", "update -- --json-output", "update --no-such-flag --quiet"] {
        let ran = bare(&machine, line).exits(15);
        assert_eq!(ran.stdout, "", "{line}");
    }
}

#[test]
fn what_only_root_may_do_is_refused_to_others() {
    if !crate::world::is_root() {
        return crate::world::skipped("only root can be somebody else");
    }
    let world = world();
    let other = world.machine("other").of_user(4711);
    for line in ["update", "bundle-add editors", "diagnose", "repair", "verify", "bundle-list -a"] {
        let ran = bare(&other, line).exits(1);
        assert!(ran.stderr.contains("only root"), "{line}: {}", ran.stderr);
    }
    // What is typed wrong is told first.
    bare(&other, "update --no-such-flag").exits(15);
    bare(&other, "update --help").exits(0);
    bare(&other, "hashdump /etc/passwd").exits(0);
    // Whatever they find, it is not that they may not.
    for line in ["info", "check-update", "check-update --verbose", "bundle-list"] {
        let ran = bare(&other, line);
        assert!(!ran.stderr.contains("only root"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn a_tree_of_somebody_else_is_looked_at_and_not_changed() {
    if !crate::world::is_root() {
        return crate::world::skipped("only root can be somebody else");
    }
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10 -B editors").exits(0);
    let before = snapshot(machine.tree()).unwrap();
    let other = world.machine("machine").of_user(4711);
    std::os::unix::fs::chown(machine.tree(), Some(0), Some(0)).unwrap();
    for mode in [0o755, 0o700] {
        // The C client keeps the marks to itself, and on some machines the whole directory.
        let state = machine.at("/var/lib/swupd");
        for (place, mode) in [(state.join("bundles"), 0o700), (state, mode)] {
            fs_err::set_permissions(place, Permissions::from_mode(mode)).unwrap();
        }
        for line in [
            "update",
            "update --status",
            "bundle-add games",
            "bundle-remove editors",
            "bundle-list --all",
            "bundle-info editors",
            "diagnose",
            "repair",
            "clean",
            "mirror --unset",
            "mirror --set https://one.example",
            "autoupdate --disable",
            "3rd-party update",
        ] {
            let ran = other.run(line).exits(1);
            assert!(ran.stderr.contains("only root"), "{line}: {}", ran.stderr);
        }
        let says = |line: &str| other.run(&format!("{line} --quiet")).exits(0).stdout;
        assert_eq!(says("check-update"), "20\n");
        assert_eq!(says("info"), "10\n");
        assert_eq!(says("bundle-list"), "editors\nlanguages\nos-core\n");
        assert_eq!(
            says("bundle-list --status"),
            "editors: installed\nlanguages: installed\nos-core: installed\n"
        );
    }
    let now = snapshot(machine.tree()).unwrap().without("var");
    assert_eq!(now.differences(&before.without("var")), Vec::<String>::new());
}

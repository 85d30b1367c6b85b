//! Configuration files: each flag can stand in one, the nearest word counts, and what is wrong in
//! them is told and stops nothing.

use swupd_fixtures::world::{Machine, Ran, World};

use crate::world::{system, world};

fn installed() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    (world, machine)
}

/// Runs the client with nothing but what is typed and configured.
fn bare(machine: &Machine, line: &str) -> Ran {
    Ran::of(machine.bare().args(line.split_whitespace()))
}

/// Returns lines that say of a machine what its flags say.
fn about(world: &World, machine: &Machine) -> String {
    let tree = machine.tree().display();
    format!(
        "path={tree}\nstatedir={tree}/var/lib/swupd\ncertpath={}\nformat=30\nurl={}\nno_scripts=true\n",
        world.certificate().display(),
        world.url()
    )
}

#[test]
fn a_machine_can_be_configured_altogether() {
    let (world, machine) = installed();
    world.configure("etc", &about(&world, &machine));
    assert_eq!(bare(&machine, "info --quiet").exits(0).stdout, "10\n");
    bare(&machine, "bundle-add editors").exits(0);
    bare(&machine, "update").exits(0);
    bare(&machine, "diagnose").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
}

#[test]
fn the_command_line_goes_before_a_section_and_that_before_what_is_for_all() {
    let (world, machine) = installed();
    let shows = |line: &str, url: &str| {
        let ran = bare(&machine, line).exits(0);
        assert!(ran.stdout.contains(&format!("Version URL:       {url}\n")), "{}", ran.stdout);
        assert_eq!(ran.stderr, "");
    };
    let tree = machine.tree().display();
    world.configure("defaults", &format!("path={tree}\nurl=file:///defaults\n"));
    shows("info", "file:///defaults");
    world.configure("run", "[GLOBAL]\nurl=file:///run\n");
    shows("info", "file:///run");
    world.configure("etc", "[global]\nurl=file:///etc\n[update]\nurl=file:///other\n");
    shows("info", "file:///etc");
    // A section of the least important file.
    world.configure("defaults", &format!("path={tree}\n[info]\nurl=file:///section\n"));
    shows("info", "file:///section");
    for line in [
        "info --url file:///typed",
        "info -u file:///typed",
        "--url file:///typed info",
        "--ur=file:///typed info --",
        "-jufile:///x info --url file:///typed",
    ] {
        if line.starts_with("-j") {
            let ran = bare(&machine, line).exits(0);
            assert!(ran.stdout.contains("file:///typed"), "{}", ran.stdout);
        } else {
            shows(line, "file:///typed");
        }
    }
    // It says where both come from.
    world.configure("etc", "[info]\nversionurl=file:///v\ncontenturl=file:///c\n");
    shows("info", "file:///v");
    shows("info --url file:///typed", "file:///typed");
    // Taken back: what the tree says counts again.
    world.configure("etc", "[info]\nurl=\n");
    shows("info", &world.url());
}

#[test]
fn flags_of_a_subcommand_can_be_configured() {
    let (world, machine) = installed();
    let extra = machine.at("/usr/share/stray");
    fs_err::write(&extra, "").unwrap();
    let extra = format!("{}\n", extra.display());
    let quiet = |line: &str| machine.run(&format!("{line} --quiet"));
    assert_eq!(quiet("diagnose").exits(0).stdout, "");
    world.configure("etc", "[diagnose]\npicky = true\npicky-tree=/usr/share\n");
    assert_eq!(quiet("diagnose").exits(1).stdout, extra);
    // Not of another, and not what is not true.
    assert_eq!(quiet("repair").exits(0).stdout, "");
    world.configure("etc", "[diagnose]\npicky=true\npicky_tree=/usr/bin\npicky_whitelist=^/no$");
    assert_eq!(quiet("diagnose").exits(0).stdout, "");
    assert_eq!(quiet("diagnose -X /usr/share").exits(1).stdout, extra);
    world.configure("etc", "[diagnose]\npicky=false\n");
    assert_eq!(quiet("diagnose").exits(0).stdout, "");
    // For all that have it.
    world.configure("etc", "[GLOBAL]\nstatus=true\n");
    assert_eq!(quiet("update").exits(0).stdout, "20\n");
    assert_eq!(quiet("info").exits(0).stdout, "10\n");
    world.configure("etc", "[os-install]\nbundles=editors,games\n[bundle-add]\nskip-optional=true");
    let second = world.machine("second");
    second.run("os-install -V 10").exits(0);
    second.must_be(&world.says(10, &["editors", "games", "music"]));
}

#[test]
fn loudness_that_is_typed_goes_before_what_is_configured() {
    let (world, machine) = installed();
    world.configure("etc", "verbose=true\n");
    assert_eq!(machine.run("info --quiet").exits(0).stdout, "10\n");
    world.configure("etc", "quiet=true\n");
    assert_eq!(machine.run("info").exits(0).stdout, "10\n");
    let ran = machine.run("info --verbose").exits(0);
    assert!(ran.stdout.contains("Installed version: 10"), "{}", ran.stdout);
}

#[test]
fn what_is_wrong_is_told_by_file_and_line_and_stops_nothing() {
    let (world, machine) = installed();
    let lines = [
        "max_retries=many",
        "no_such_flag=1",
        "quiet=perhaps",
        "nonsense",
        "assume=maybe",
        "retry_delay=61",
        "keep_generations=1",
        "share=clone",
        "[no-such-command]",
        "quiet=true",
        "[info]",
        "keepcache=true",
        "format=never",
        "# picky is of another command, and no mistake",
        "[GLOBAL]",
        "picky=true",
        "keep_generations=3",
        "[3rd-party-info]",
    ];
    let file = world.configure("etc", &lines.join("\n"));
    let ran = machine.run("info").exits(0);
    let warnings: Vec<&str> = ran.stderr.lines().collect();
    let mut about: Vec<&str> = Vec::new();
    for warning in &warnings {
        let rest = warning.strip_prefix(&format!("Warning: {}, line ", file.display()));
        about.push(rest.unwrap_or_else(|| panic!("{warning}")).split(':').next().unwrap());
    }
    about.sort_unstable_by_key(|line| line.parse::<u32>().unwrap());
    // Line 7 is overruled by line 17.
    assert_eq!(about, ["1", "2", "3", "4", "5", "6", "8", "10", "12", "13"], "{}", ran.stderr);
    for words in ["`assume` cannot be `maybe`: it takes yes or no", "61", "auto, link, reflink"] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    // Whoever wants to hear nothing hears nothing; JSON stays JSON.
    let ran = machine.run("info --quiet").exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("10\n", ""));
    let ran = machine.run("info --json-output").exits(0);
    let events: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    let told = events.iter().filter(|event| event["type"] == "warning").count();
    assert_eq!((told, ran.stderr.as_str()), (warnings.len(), ""));
}

#[test]
fn flags_that_exclude_each_other_are_refused_and_the_file_is_named() {
    let (world, machine) = installed();
    let file = world.configure("etc", "[diagnose]\nquick=true\n");
    let ran = machine.run("diagnose --picky").exits(15);
    assert!(ran.stderr.contains(&format!("{}, line 2", file.display())), "{}", ran.stderr);
    machine.run("diagnose").exits(0);
    // Wrong by itself: the file is not to blame.
    let ran = machine.run("diagnose --no-such-flag").exits(15);
    assert!(!ran.stderr.contains("config"), "{}", ran.stderr);
}

#[test]
fn output_for_programs_can_be_configured() {
    let (world, machine) = installed();
    world.configure("etc", "json_output=true\n");
    for (line, exit) in [("info", 0), ("update --no-such-flag", 15), ("nonsense", 15)] {
        let ran = machine.run(line).exits(exit);
        let events: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(events.last().unwrap()["status"], exit, "{line}");
        assert_eq!(ran.stderr, "", "{line}");
    }
}

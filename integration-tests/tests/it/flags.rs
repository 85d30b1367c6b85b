//! The flags that every subcommand knows: each does what it says.

use std::{process::Command, time::Instant};

use swupd_fixtures::{
    faults::{Fault, FaultyServer, Request, honest},
    tree::Node,
    world::{Machine, Ran, World},
};
use swupd_protocol::{
    layout,
    version::{Format, Version},
};

use crate::{
    scene::{Scene, twenty},
    world::{system, world},
};

/// A world whose second version has what the boot manager wants to know of; its boot manager writes
/// down what it is called with.
fn booting() -> (World, Machine) {
    let script = "#!/bin/sh\necho \"$@\" >> \"$3/called\"\n";
    let manager = Node::file(script).mode(0o755);
    let tree = system().with("/usr/bin/clr-boot-manager", manager);
    let mut world = world();
    world.release(10, &tree);
    for version in [20, 30, 40] {
        let kernel = format!("kernel of {version}");
        world.release(version, &tree.clone().file("/usr/lib/kernel/org.swupd", kernel));
    }
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    (world, machine)
}

/// Returns the client with the machine's flags but for `--no-scripts`.
fn with_scripts(machine: &Machine, line: &str) -> Command {
    let flags = machine.command(&[]);
    let flags = flags.get_args().filter(|flag| *flag != "--no-scripts");
    let mut command = machine.bare();
    command.args(line.split_whitespace()).args(flags);
    command
}

#[test]
fn scripts_run_unless_they_are_unwanted() {
    let (world, machine) = booting();
    let place = machine.at("/called");
    let called = || fs_err::read_to_string(&place).unwrap_or_default();
    Ran::of(&mut with_scripts(&machine, "update -V 20 --no-scripts")).exits(0).says("no scripts");
    assert_eq!(called(), "");
    Ran::of(&mut with_scripts(&machine, "update -V 30 --no-boot-update")).exits(0);
    assert_eq!(called(), "");
    Ran::of(&mut with_scripts(&machine, "update -V 40 --wait-for-scripts")).exits(0);
    assert_eq!(called(), format!("update --path {}\n", machine.tree().display()));
    fs_err::remove_file(place).unwrap();
    machine.must_be(&world.says(40, &[]));
}

#[test]
fn a_port_goes_before_that_of_the_url() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    let service = world.serve();
    let port = service.url().rsplit(':').next().unwrap().to_owned();
    for url in ["http://127.0.0.1", "http://127.0.0.1:1"] {
        let plain = ["check-update", "--allow-insecure-http", "--url", url, "-r0"];
        Ran::of(machine.command(&[]).args(plain)).exits(16);
        Ran::of(machine.command(&[]).args(plain).args(["-P", &port])).exits(1);
        Ran::of(machine.command(&[]).args(plain).args(["--port", &port])).exits(1);
    }
    // Files have none.
    machine.run("check-update --port 1").exits(1);
}

#[test]
fn versions_and_content_may_come_from_different_places() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    let (versions, content) = (world.path().join("versions"), world.path().join("content"));
    let copy = |from: &str, to: &std::path::Path| {
        fs_err::create_dir_all(to).unwrap();
        let status = Command::new("cp").arg("-a").arg(world.www().join(from)).arg(to).status();
        assert!(status.unwrap().success());
    };
    copy("version", &versions);
    copy("10", &content);
    copy("20", &content);
    let url = |place: &std::path::Path| format!("file://{}", place.display());
    let (versions, content) = (url(&versions), url(&content));
    let update = |flags: &[&str]| {
        let flags = [flags, &["--no-scripts", "--statedir"]].concat();
        let mut command = machine.bare();
        command.args(["update", "-F30", "--path"]).arg(machine.tree()).arg("-C");
        command.arg(world.certificate()).args(flags).arg(machine.at("/var/lib/swupd"));
        Ran::of(&mut command)
    };
    update(&["--url", &versions]).exits(4);
    update(&["--url", &content]).exits(16);
    update(&["--url", &content, "--versionurl", &versions, "--download"]).exits(0);
    update(&["-v", &versions, "-c", &content]).exits(0);
    machine.must_be(&world.says(20, &[]));
    let mut before = machine.bare();
    before.args(["--versionurl", "file:///v", "-c", "file:///c", "-p"]).arg(machine.tree());
    let ran = Ran::of(before.arg("info")).exits(0);
    assert!(ran.stdout.contains("file:///v\n") && ran.stdout.contains("file:///c\n"), "{ran:?}");
}

#[test]
fn what_breaks_is_tried_again_as_often_as_asked() {
    let scene = Scene::shared();
    let twice = |request: &Request| {
        let breaks = request.path.ends_with("/latest_version") && request.number < 2;
        if breaks { vec![Fault::Status(500)] } else { Vec::new() }
    };
    let victim = scene.victim(scene.truth(), twice);
    let begun = Instant::now();
    let tries = |retries: &str, delay: &str| {
        let mut command = victim.command("update --status");
        Ran::of(command.args(["--max-retries", retries, "--retry-delay", delay]))
    };
    tries("0", "0").exits(16);
    // The next one was the second: from here on it works.
    tries("1", "0").exits(0);
    assert!(begun.elapsed().as_secs() < 5);
    let always = |request: &Request| {
        let breaks = request.path.ends_with("/latest_version");
        if breaks { vec![Fault::Status(500)] } else { Vec::new() }
    };
    let victim = scene.victim(scene.truth(), always);
    let begun = Instant::now();
    let mut command = victim.command("update --status");
    Ran::of(command.args(["-r", "2", "-d1"])).exits(16);
    // One second, then two.
    assert!(begun.elapsed().as_millis() >= 2500, "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_says_nothing_is_waited_for_as_long_as_asked() {
    let scene = Scene::shared();
    let silent = |_: &Request| vec![Fault::Silence];
    let victim = scene.victim(scene.truth(), silent);
    let begun = Instant::now();
    Ran::of(victim.command("check-update").args(["--network-timeout", "1"])).exits(16);
    let took = begun.elapsed().as_secs_f64();
    assert!((0.9..20.0).contains(&took), "{took}");
    Ran::of(victim.command("check-update").args(["--network-timeout=0"])).exits(15);
}

#[test]
fn no_more_downloads_go_on_at_once_than_asked() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };
    let scene = Scene::shared();
    let truth = scene.truth();
    for (most, flag) in [(1, "-W1"), (64, "--max-parallel-downloads=64")] {
        let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (seen, highest, source) = (Arc::clone(&now), Arc::clone(&peak), truth.clone());
        let content = move |path: &str| {
            let others = seen.fetch_add(1, Ordering::SeqCst) + 1;
            highest.fetch_max(others, Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(50));
            let answer = source.answer(path);
            seen.fetch_sub(1, Ordering::SeqCst);
            // Packs would leave nothing to fetch at once.
            answer.filter(|_| !path.contains("/pack-"))
        };
        let server = FaultyServer::start(content, honest).unwrap();
        let victim = scene.victim_of(scene.truth());
        let mut command = victim.machine.command(&["update", flag]);
        command.args(["--allow-insecure-http", "-r0", "--url", &server.url()]);
        Ran::of(&mut command).exits(0);
        victim.must_be_updated();
        let peak = peak.load(Ordering::SeqCst);
        assert!(peak <= most && (most == 1 || peak > 1), "{flag}: {peak} at once");
    }
}

#[test]
fn what_may_go_unsigned_is_said_by_two_flags() {
    let scene = Scene::shared();
    let unsigned = || scene.truth().without(&layout::latest(format()).signature());
    let victim = scene.victim(unsigned(), honest);
    victim.run("update").exits(21);
    victim.run("update --nosigcheck-latest").exits(0);
    victim.must_be_updated();
    let text = scene.truth().bytes(&layout::mom(twenty()));
    let victim = scene.victim(scene.truth().signed_mom(twenty(), &text, b"nonsense"), honest);
    victim.run("update --nosigcheck-latest").exits(4);
    victim.run("update -n").exits(0).says("signatures are not checked");
    victim.must_be_updated();
    let victim = scene.victim(unsigned(), honest);
    Ran::of(victim.command("update").args(["--certpath", "/no/such/file"])).exits(21);
    Ran::of(victim.command("update").args(["-C", "/no/such/file", "--nosigcheck"])).exits(0);
    victim.must_be_updated();
}

fn format() -> Format {
    "30".parse().unwrap()
}

#[test]
fn state_and_cache_go_where_they_are_told() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    let bare = |line: &str| {
        let mut command = machine.bare();
        command.args(line.split_whitespace()).arg("--path").arg(machine.tree());
        command.args(["--no-scripts", "-F", "30", "--url", &world.url(), "-C"]);
        command.arg(world.certificate());
        Ran::of(&mut command)
    };
    let place = |name: &str| world.path().join(name);
    let [both, data, cache] = ["both", "data", "cache"].map(place);
    let shown = |path: &std::path::Path| path.display().to_string();
    bare(&format!("os-install --statedir {}", shown(&both))).exits(0);
    assert!(both.join("bundles/os-core").exists() && both.join("cache").exists());
    // The system in the tree must know what was asked for; all else stays where it was told to be.
    let in_tree = fs_err::read_dir(machine.at("/var/lib/swupd")).unwrap();
    let in_tree: Vec<_> = in_tree.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(in_tree, ["bundles"]);
    assert!(machine.at("/var/lib/swupd/bundles/os-core").exists());
    bare(&format!("diagnose -S {} -K {} -Z {}", shown(&both), shown(&cache), shown(&data)))
        .exits(0);
    assert!(data.join("swupd_lock").exists() && cache.join("cache").exists());
    bare(&format!("bundle-add editors --datadir {} --cachedir {}", shown(&data), shown(&cache)))
        .exits(0);
    assert!(data.join("bundles/editors").exists() && !both.join("bundles/editors").exists());
}

#[test]
fn the_format_that_is_followed_can_be_named() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    let update = |flag: &str| Ran::of(machine.command(&[]).args(["update", flag]));
    update("-F31").exits(16);
    update("--format=30").exits(0);
    update("--format=0").exits(15);
    update("--format=staging").exits(16);
}

#[test]
fn times_are_told_where_asked() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    for line in ["os-install -V 10", "info", "check-update", "bundle-list", "diagnose", "update"] {
        let ran = machine.run(&format!("{line} --time")).exits(0);
        assert!(ran.stdout.lines().last().unwrap().starts_with("Time: "), "{line}: {ran:?}");
        let stages = ran.stdout.lines().filter(|line| line.ends_with(" s")).count();
        assert!(!line.starts_with("update") || stages > 2, "{}", ran.stdout);
        let ran = machine.run(line);
        assert!(!ran.stdout.contains("Time: "), "{line}: {ran:?}");
    }
    let ran = machine.run("info --time --quiet").exits(0);
    assert_eq!(ran.stdout, "20\n");
}

#[test]
fn more_is_told_to_those_who_ask() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    fs_err::remove_file(machine.at("/usr/share/clear/versionstamp")).ok();
    let count = |flags: &str| machine.run(&format!("diagnose {flags}")).stdout.lines().count();
    let [quiet, usual, verbose, debug] = ["--quiet", "", "--verbose", "--debug"].map(count);
    assert!(quiet < usual && usual < verbose && verbose <= debug, "{quiet} {usual} {verbose}");
    // The last one counts.
    assert_eq!(count("--debug --verbose --quiet"), quiet);
    assert_eq!(count("--quiet --debug --verbose"), verbose);
    let before =
        Ran::of(machine.bare().args(["--quiet", "info", "--verbose", "-p"]).arg(machine.tree()));
    assert!(before.exits(0).stdout.contains("Installed version: "));
}

#[test]
fn slow_stages_tell_how_far_they_are_unless_that_is_unwanted() {
    let scene = Scene::shared();
    // Some thousand bytes, so that it goes on for a while when the first line is due.
    let slowly = |request: &Request| {
        let slow = request.path.contains("/pack-os-core");
        if slow { vec![Fault::Trickle(std::time::Duration::from_millis(1))] } else { Vec::new() }
    };
    let run = |flag: &str| {
        let victim = scene.victim(scene.truth(), slowly);
        let ran = victim.run(&format!("update {flag}")).exits(0);
        ran.stdout.lines().filter(|line| line.contains(" s left")).count()
    };
    let told: Vec<usize> = std::thread::scope(|scope| {
        let runs =
            ["--time", "--no-progress", "--quiet"].map(|flag| scope.spawn(move || run(flag)));
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(told[0] > 0 && told[1] == 0 && told[2] == 0, "{told:?}");
}

#[test]
fn questions_are_answered_beforehand_or_not_asked() {
    let mut world = world();
    let tree = system();
    for version in [10_u32, 20, 30, 40] {
        world.release(version, &tree.clone().file("/usr/share/new", version.to_string()));
    }
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    let version = || machine.run("info --quiet").stdout.trim().parse::<Version>().unwrap();
    world.configure("etc", "[update]\nask_before_update=true\n");
    let ran = machine.run("update -V 20 --assume=no").exits(1);
    assert!(ran.stdout.contains("Update from version 10 to 20? no"), "{}", ran.stdout);
    assert_eq!(version().number(), 10);
    machine.run("update -V 20 --yes --quiet").exits(0);
    assert_eq!(version().number(), 20);
    // The last answer counts.
    machine.run("update -V 30 -y --assume no").exits(1);
    machine.run("update -V 30 --assume no -y").exits(0);
    assert_eq!(version().number(), 30);
    // Nobody is there.
    let ran = machine.run("update --quiet").exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(version().number(), 40);
}

//! Updates that take more than one step, or that somebody prepared: through every version, into the
//! next format, without a server.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use swupd_fixtures::{
    faults::{FaultyServer, Request, honest},
    lies::{Liar, Pen},
    tree::{Node, Tree},
    world::{Machine, Ran, World},
};
use swupd_protocol::{
    bundle::BundleName,
    layout,
    version::{Format, Version},
};

use crate::world::{is_root, program, skipped, system, world};

fn step_of(step: u8) -> Tree {
    let mut tool = program(1);
    tool[2500] ^= step;
    let tool = Node::file(tool).mode(0o755);
    system().with("/usr/bin/tool", tool).file("/usr/share/step", format!("step {step}"))
}

/// A publisher of versions 10, 20, 30 and 40, and a machine that has the first.
fn four_versions() -> (World, Machine) {
    let mut world = world();
    for step in 1..=4_u8 {
        world.release(u32::from(step) * 10, &step_of(step));
    }
    let machine = world.machine("machine");
    machine.run("os-install -V 10 -B editors").exits(0);
    (world, machine)
}

fn truth(world: &World) -> Liar {
    let read = |name| fs_err::read(world.workshop().join("keys").join(name)).unwrap();
    Liar::about(world.www(), Pen { certificate_pem: read("cert.pem"), key_pem: read("key.pem") })
}

fn format() -> Format {
    "30".parse().unwrap()
}

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

/// A server that tells what a liar tells.
fn serve(liar: Liar) -> FaultyServer {
    FaultyServer::start(move |path| liar.answer(path), honest).unwrap()
}

fn run_at(machine: &Machine, server: &FaultyServer, line: &str) -> Ran {
    let mut command = machine.command(&line.split_whitespace().collect::<Vec<_>>());
    command.args(["--url", &server.url(), "--allow-insecure-http", "--max-retries", "0"]);
    Ran::of(&mut command)
}

fn asked(server: &FaultyServer, path: &str) -> bool {
    server.requests().iter().any(|Request { path: asked, .. }| asked == path)
}

#[test]
fn an_incremental_update_goes_through_every_version() {
    let (world, machine) = four_versions();
    let listed = || truth(&world).latest(format(), "40\n30\n20\n10\n");
    let server = serve(listed());
    run_at(&machine, &server, "update --incremental -V 30").exits(0);
    machine.must_be(&world.says(30, &["editors"]));
    for step in ["/20/pack-os-core-from-10.tar", "/30/pack-os-core-from-20.tar"] {
        assert!(asked(&server, step), "{step}");
    }
    assert!(!server.requests().iter().any(|request| request.path.starts_with("/40/")));
    run_at(&machine, &server, "update --incremental").exits(0);
    machine.must_be(&world.says(40, &["editors"]));
    run_at(&machine, &server, "update --incremental").exits(0).says("nothing to update");
    // Without the flag the first line alone counts.
    let other = world.machine("other");
    other.run("os-install -V 10").exits(0);
    let server = serve(listed());
    let ran = run_at(&other, &server, "update --json-output").exits(0);
    assert_eq!(ran.stdout.matches("\"start\"").count(), 1);
    other.must_be(&world.says(40, &[]));
    assert!(!asked(&server, "/20/Manifest.MoM.tar") && !asked(&server, "/30/Manifest.MoM.tar"));
}

#[test]
fn several_steps_are_told_as_one_command() {
    let (world, machine) = four_versions();
    let server = serve(truth(&world).latest(format(), "40\n30\n20\n10\n"));
    let ran = run_at(&machine, &server, "update --incremental --json-output").exits(0);
    let events: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    let of_type = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of_type("start"), of_type("end")), (1, 1));
    let told = |text: &str| events.iter().any(|e| e["msg"].as_str().is_some_and(|m| m == text));
    for step in ["10 to 20", "20 to 30", "30 to 40"] {
        assert!(told(&format!("Updating from version {step}")), "{step}");
    }
    let other = world.machine("other");
    other.run("os-install -V 10").exits(0);
    let quiet = run_at(&other, &server, "update --incremental --quiet").exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert_eq!(other.run("info --quiet").stdout, "40\n");
}

#[test]
fn a_tree_that_does_not_say_where_it_is_cannot_go_on() {
    let (world, machine) = four_versions();
    let core = BundleName::os_core();
    let forgets = |text: String| {
        let lines = text.split_inclusive('\n');
        lines.filter(|line| !line.ends_with("/usr/lib/os-release\n")).collect::<String>()
    };
    let liar = truth(&world).manifest(&core, version(20), forgets);
    let server = serve(liar.latest(format(), "30\n20\n10\n"));
    let ran = run_at(&machine, &server, "update --incremental").exits(20);
    assert!(ran.stderr.contains("version 20 is installed"), "{ran:?}");
    assert_eq!(fs_err::read_to_string(machine.at("/var/lib/swupd/version")).unwrap(), "20\n");
    assert_eq!(fs_err::read(machine.at("/usr/share/step")).unwrap(), b"step 2");
}

#[test]
fn what_was_downloaded_is_installed_without_a_server() {
    let (world, machine) = four_versions();
    let server = serve(truth(&world));
    let before = world.says(10, &["editors"]);
    run_at(&machine, &server, "diagnose").exits(0);
    run_at(&machine, &server, "update -V 30 --download").exits(0);
    machine.must_be(&before);
    let port = server.port();
    let url = server.url();
    drop(server);
    let offline = |line: &str| {
        let mut command = machine.command(&line.split_whitespace().collect::<Vec<_>>());
        command.args(["--url", &url, "--allow-insecure-http", "--max-retries", "0"]);
        Ran::of(&mut command)
    };
    // What was not downloaded cannot be had, and the newest was not.
    offline("update").exits(16);
    offline("update -V 40").exits(16);
    offline("update -V 20").exits(16);
    machine.must_be(&before);
    let ran = offline("update -V 30").exits(0);
    assert!(ran.stderr.contains("nobody says what is newest"), "{ran:?} {port}");
    machine.must_be(&world.says(30, &["editors"]));
    // It is kept for that and for nothing else.
    offline("update").exits(16);
    offline("check-update").exits(16);
}

#[test]
fn a_server_that_lags_or_jumps_leads_where_it_says() {
    let (world, machine) = four_versions();
    for (says, is) in [("10\n", 10), ("30\n", 30), ("30\n", 30), ("40\n", 40)] {
        let server = serve(truth(&world).latest(format(), says));
        run_at(&machine, &server, "update").exits(0);
        machine.must_be(&world.says(is, &["editors"]));
    }
    let server = serve(truth(&world).latest(format(), "20\n"));
    run_at(&machine, &server, "update").exits(0).says("older than the installed one");
    run_at(&machine, &server, "update -V 30").exits(15);
    run_at(&machine, &server, "update -m 40").exits(0);
    run_at(&machine, &server, "update --manifest latest").exits(0);
    machine.must_be(&world.says(40, &["editors"]));
}

#[test]
fn formats_are_told_to_those_who_ask() {
    let mut world = world();
    world.release(10, &step_of(1));
    world.set("announced-format", "31");
    world.release(20, &step_of(2));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    let ran = machine.run("check-update --verbose").exits(0);
    ran.says("Format of version 10: 30").says("Format of version 20: 30");
    let ran = machine.run("check-update").exits(0);
    assert!(!ran.stdout.contains("Format"), "{}", ran.stdout);
    fs_err::remove_file(world.www().join("10/format")).unwrap();
    machine.run("check-update --verbose").exits(0).says("Format of version 10: ");
}

/// A minimum version lifts the entries of a manifest: what did not change is looked at, and comes
/// again only where it is not what it should be.
#[test]
fn what_a_minimum_version_lifts_is_looked_at_again() {
    let (world, machine) = four_versions();
    let core = BundleName::os_core();
    let lift = |text: String| {
        let (head, body) = text.split_once("\n\n").unwrap();
        let head = head.replace("\nfilecount:", "\nminversion:\t20\nfilecount:");
        let lifted = body.lines().map(|line| line.replacen("\t10\t", "\t20\t", 1) + "\n");
        format!("{head}\n\n{}", lifted.collect::<String>())
    };
    let entries = truth(&world).manifest_of(&core, version(20)).entries;
    let library = entries.iter().find(|e| e.path.as_bytes() == b"/usr/lib/library").unwrap();
    let [was, is] = [10, 20].map(|number| layout::fullfile(library.hash, version(number)));
    let liar = truth(&world).swapped(&is, &was).manifest(&core, version(20), lift);
    let server = serve(liar.latest(format(), "20\n"));
    fs_err::write(machine.at("/usr/lib/library"), "damaged").unwrap();
    run_at(&machine, &server, "update").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
    let fetched = |request: &&Request| request.path.contains("/files/");
    let requests = server.requests();
    let fetched: Vec<&Request> = requests.iter().filter(fetched).collect();
    assert!(fetched.iter().all(|request| request.path.ends_with(is.as_str())), "{fetched:?}");
}

/// On the running system the client that came with the new version goes on, with what was typed.
#[test]
fn the_new_client_goes_on_in_the_next_format() {
    let Some(client) = Client::of_the_new_version() else { return };
    let mut world = world();
    let with_client =
        |tree: Tree, client: &[u8]| tree.with("/usr/bin/swupd", Node::file(client).mode(0o755));
    world.release(10, &with_client(step_of(1), b"an old one"));
    world.set("announced-format", "31");
    world.release(20, &with_client(step_of(2), &client.bytes));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    client.move_in(&machine, &world);
    let typed = ["update", "--json-output", "--url", "file:///srv/www", "-C", "/srv/cert.pem"];
    // Without /proc it would not know which program it is.
    let script = "mount -t proc proc \"$1/proc\" && exec chroot \"$@\"";
    let mut command = Command::new("unshare");
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("LD_LIBRARY_PATH", "/lib64").args(["-m", "sh", "-c", script, "sh"]);
    command.arg(machine.tree()).arg("/usr/bin/swupd").args(typed);
    let ran = Ran::of(&mut command).exits(77);
    let told = fs_err::read_to_string(machine.at("/told")).unwrap();
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told[..told.len() - 1], typed, "{ran:?}");
    assert_eq!(told.last(), Some(&"SWUPD_GOES_ON=1"));
    assert_eq!(fs_err::read(machine.at("/usr/share/step")).unwrap(), b"step 2");
    // The array is left open for it.
    assert!(ran.stdout.starts_with('[') && !ran.stdout.contains("\"end\""), "{ran:?}");
}

/// A program that takes the place of the client, and the real one with all that it needs.
struct Client {
    bytes: Vec<u8>,
    libraries: Vec<PathBuf>,
}

impl Client {
    /// Makes the program, where that can be done.
    fn of_the_new_version() -> Option<Self> {
        let probe = Command::new("unshare").args(["-m", "true"]).output();
        if !is_root() || !probe.is_ok_and(|ran| ran.status.success()) {
            skipped("nobody but root has another root directory, and mounts of one's own");
            return None;
        }
        let scratch = tempfile::tempdir().unwrap();
        let (source, made) = (scratch.path().join("client.c"), scratch.path().join("client"));
        fs_err::write(&source, NEW_CLIENT).unwrap();
        let mut compile = Command::new("cc");
        compile.args(["-static", "-Os", "-s", "-o"]).arg(&made).arg(&source);
        if !compile.output().is_ok_and(|ran| ran.status.success()) {
            skipped("there is no C compiler that links statically");
            return None;
        }
        let ldd = Command::new("ldd").arg(real_client()).output().unwrap();
        let listed = String::from_utf8(ldd.stdout).unwrap();
        let library = |line: &str| {
            line.split_whitespace().find(|word| word.starts_with('/')).map(PathBuf::from)
        };
        let libraries = listed.lines().filter_map(library).collect();
        Some(Self { bytes: fs_err::read(made).unwrap(), libraries })
    }

    /// Puts the real client into a machine, with the publisher's content beside it.
    fn move_in(&self, machine: &Machine, world: &World) {
        let place = machine.at("/usr/bin/swupd");
        fs_err::remove_file(&place).unwrap();
        fs_err::copy(real_client(), &place).unwrap();
        fs_err::create_dir_all(machine.at("/lib64")).unwrap();
        for library in &self.libraries {
            fs_err::copy(library, machine.at("/lib64").join(library.file_name().unwrap())).unwrap();
        }
        fs_err::create_dir_all(machine.at("/proc")).unwrap();
        fs_err::create_dir_all(machine.at("/srv")).unwrap();
        fs_err::copy(world.certificate(), machine.at("/srv/cert.pem")).unwrap();
        let mut copy = Command::new("cp");
        assert!(
            copy.arg("-a").arg(world.www()).arg(machine.at("/srv")).status().unwrap().success()
        );
    }
}

fn real_client() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_swupd-under-test"))
}

/// Writes down what it is called with.
const NEW_CLIENT: &str = r#"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    FILE *told = fopen("/told", "w");
    const char *goes_on = getenv("SWUPD_GOES_ON");
    for (int i = 1; i < argc; i++) fprintf(told, "%s\n", argv[i]);
    fprintf(told, "SWUPD_GOES_ON=%s\n", goes_on ? goes_on : "");
    return fclose(told) ? 1 : 77;
}
"#;

//! Mirrors that lag, lie, lack something or are not there, and answers that are older than they
//! should be.

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use swupd_fixtures::{
    faults::{Fault, FaultyServer, Request, files_below, honest},
    lies::{Liar, Pen},
    tree::{Node, Tree},
    world::{Machine, Ran, World},
};
use swupd_protocol::version::Format;

use crate::{
    scene::Complains,
    world::{program, system, world},
};

/// A publisher with versions of these numbers, and a machine that has the first and a mirror set.
fn mirrored(versions: &[u32], mirror: &str) -> (World, Machine) {
    let mut world = world();
    for (step, version) in versions.iter().enumerate() {
        world.release(*version, &step_of(step));
    }
    let machine = world.machine("machine");
    machine.run(&format!("os-install -V {} -B editors", versions[0])).exits(0);
    bare(&world, &machine, &format!("mirror --set {mirror}")).exits(0);
    (world, machine)
}

fn step_of(step: usize) -> Tree {
    let mut tool = program(1);
    tool[2500] ^= u8::try_from(step).unwrap();
    let tool = Node::file(tool).mode(0o755);
    system().with("/usr/bin/tool", tool).file("/usr/share/step", format!("step {step}"))
}

/// Runs the client with no URL typed.
fn bare(world: &World, machine: &Machine, line: &str) -> Ran {
    let mut command = machine.bare();
    command.args(line.split_whitespace()).arg("--path").arg(machine.tree());
    command.arg("-S").arg(machine.at("/var/lib/swupd")).arg("-C").arg(world.certificate());
    command.args(["-F", "30", "--no-scripts", "--allow-insecure-http", "--max-retries", "0"]);
    Ran::of(&mut command)
}

fn pen(world: &World) -> Pen {
    let read = |name| fs_err::read(world.workshop().join("keys").join(name)).unwrap();
    Pen { certificate_pem: read("cert.pem"), key_pem: read("key.pem") }
}

fn format() -> Format {
    "30".parse().unwrap()
}

fn is_mirrored(machine: &Machine) -> bool {
    let there = |kind: &str| machine.at(&format!("/etc/swupd/mirror_{kind}url")).exists();
    assert_eq!(there("version"), there("content"));
    there("version")
}

/// A server that answers as it is told when it is asked.
struct Mirror {
    server: FaultyServer,
    told: Arc<Mutex<Option<Liar>>>,
}

impl Mirror {
    fn start(faults: impl Fn(&Request) -> Vec<Fault> + Send + Sync + 'static) -> Self {
        let told = Arc::new(Mutex::new(None::<Liar>));
        let shared = Arc::clone(&told);
        let content = move |path: &str| shared.lock().unwrap().as_ref()?.answer(path);
        Self { server: FaultyServer::start(content, faults).unwrap(), told }
    }

    fn tells(&self, liar: Liar) {
        *self.told.lock().unwrap() = Some(liar);
    }

    fn asked(&self, part: &str) -> usize {
        self.server.requests().iter().filter(|request| request.path.contains(part)).count()
    }
}

#[test]
fn a_mirror_may_be_a_little_behind() {
    for (newest, warns) in [(30, false), (31, true), (510, true)] {
        let mirror = Mirror::start(honest);
        let (world, machine) = mirrored(&[10, newest], &mirror.server.url());
        mirror.tells(Liar::about(world.www(), pen(&world)).latest(format(), "10\n"));
        let ran = bare(&world, &machine, "update").exits(0).says("nothing to update");
        let warned = ran.stderr.contains(&format!("version {newest} is published"));
        assert_eq!(warned, warns, "{ran:?}");
        machine.must_be(&world.says(10, &["editors"]).file_of_mirror(&machine));
        assert!(is_mirrored(&machine));
        // It caught up.
        mirror.tells(Liar::about(world.www(), pen(&world)));
        let ran = bare(&world, &machine, "update").exits(0);
        assert_eq!(ran.stderr, "");
        assert!(mirror.asked("/pack-os-core") > 0);
        machine.must_be(&world.says(newest, &["editors"]).file_of_mirror(&machine));
    }
}

#[test]
fn a_mirror_that_is_far_behind_is_left() {
    let mirror = Mirror::start(honest);
    let (world, machine) = mirrored(&[10, 511], &mirror.server.url());
    mirror.tells(Liar::about(world.www(), pen(&world)).latest(format(), "10\n"));
    let ran = bare(&world, &machine, "update").exits(0);
    assert!(ran.stderr.contains("too far behind"), "{ran:?}");
    assert!(!is_mirrored(&machine));
    assert_eq!(mirror.asked("/pack-") + mirror.asked("/files/"), 0);
    fs_err::remove_dir_all(machine.at("/etc")).unwrap();
    machine.must_be(&world.says(511, &["editors"]));
}

#[test]
fn a_mirror_that_is_of_no_use_is_passed_over() {
    let portal = FaultyServer::start(|_| None, |_| vec![Fault::Portal]).unwrap();
    let empty = FaultyServer::start(|_| None, honest).unwrap();
    let ill = FaultyServer::start(|_| None, |_| vec![Fault::Status(503)]).unwrap();
    for url in [&portal.url(), &empty.url(), &ill.url(), "http://127.0.0.1:1"] {
        let (world, machine) = mirrored(&[10, 20], url);
        let ran = bare(&world, &machine, "update").exits(0);
        assert!(ran.stderr.contains("passed over"), "{url}: {ran:?}");
        assert!(is_mirrored(&machine));
        machine.must_be(&world.says(20, &["editors"]).file_of_mirror(&machine));
        bare(&world, &machine, "diagnose").exits(0);
        bare(&world, &machine, "bundle-add games").exits(0);
        bare(&world, &machine, "check-update").exits(1);
    }
}

#[test]
fn what_a_mirror_lacks_or_damages_comes_from_the_origin() {
    type Faults = fn(&Request) -> Vec<Fault>;
    let faults: [(&str, Faults); 5] = [
        ("no content", |r| if is_content(r) { vec![Fault::Status(404)] } else { Vec::new() }),
        ("damaged content", |r| if is_content(r) { vec![Fault::Flip(40)] } else { Vec::new() }),
        ("cut content", |r| if is_content(r) { vec![Fault::CutAfter(20)] } else { Vec::new() }),
        ("pages for content", |r| if is_content(r) { vec![Fault::Portal] } else { Vec::new() }),
        ("no manifests", |r| {
            if r.path.contains("/Manifest") { vec![Fault::Status(404)] } else { Vec::new() }
        }),
    ];
    for (what, faults) in faults {
        let mirror = Mirror::start(faults);
        let (world, machine) = mirrored(&[10, 20], &mirror.server.url());
        mirror.tells(Liar::about(world.www(), pen(&world)));
        let ran = bare(&world, &machine, "update --keepcache").exits(0);
        assert!(mirror.asked("/version/format30/latest") > 0, "{what}: {ran:?}");
        machine.must_be(&world.says(20, &["editors"]).file_of_mirror(&machine));
        // Alone, object by object.
        fs_err::remove_file(machine.at("/usr/share/step")).unwrap();
        fs_err::remove_file(machine.at("/usr/share/editors/one")).unwrap();
        bare(&world, &machine, "clean").exits(0);
        bare(&world, &machine, "repair").exits(0);
        machine.must_be(&world.says(20, &["editors"]).file_of_mirror(&machine));
    }
}

fn is_content(request: &Request) -> bool {
    request.path.contains("/files/") || request.path.contains("/pack-")
}

#[test]
fn several_mirrors_are_turned_to_in_their_order() {
    let good = Mirror::start(honest);
    let urls = format!("http://127.0.0.1:1 {}", good.server.url());
    let (world, machine) = mirrored(&[10, 20], &urls);
    good.tells(Liar::about(world.www(), pen(&world)));
    let origin = |kind: &str| machine.at(&format!("/usr/share/defaults/swupd/{kind}url"));
    let kept = ["version", "content"].map(|kind| (kind, fs_err::read(origin(kind)).unwrap()));
    // Nothing comes from there.
    for (kind, _) in &kept {
        fs_err::write(origin(kind), "file:///no/such/origin").unwrap();
    }
    let ran = bare(&world, &machine, "update").exits(0);
    assert!(ran.stderr.contains("http://127.0.0.1:1"), "{ran:?}");
    for (kind, text) in kept {
        fs_err::write(origin(kind), text).unwrap();
    }
    machine.must_be(&world.says(20, &["editors"]).file_of_mirror(&machine));
}

#[test]
fn what_is_unsigned_or_signed_by_strangers_is_not_believed_of_a_mirror() {
    let stranger = swupd_fixtures::keys::Identity::self_signed("a stranger");
    let theirs = Pen {
        certificate_pem: stranger.certificate_pem.clone(),
        key_pem: stranger.key_pem.clone(),
    };
    let mirror = Mirror::start(honest);
    let (world, machine) = mirrored(&[10, 20], &mirror.server.url());
    let truth = || Liar::about(world.www(), pen(&world));
    mirror.tells(truth().signing_with(theirs).latest(format(), "9999\n"));
    let ran = bare(&world, &machine, "update --download").exits(0);
    assert!(ran.stderr.contains("passed over") && ran.stderr.contains("signature"), "{ran:?}");
    // With nobody else to ask it is an error.
    for kind in ["version", "content"] {
        fs_err::remove_file(machine.at(&format!("/usr/share/defaults/swupd/{kind}url"))).unwrap();
    }
    bare(&world, &machine, "update").exits(21);
    mirror.tells(truth().without(&swupd_protocol::layout::latest(format()).signature()));
    bare(&world, &machine, "update").exits(21);
    mirror.tells(truth());
    bare(&world, &machine, "update").exits(0);
    assert_eq!(bare(&world, &machine, "info --quiet").stdout, "20\n");
}

#[test]
fn an_answer_that_is_older_than_one_before_is_refused() {
    let mut world = world();
    for (step, version) in [10, 20, 30].into_iter().enumerate() {
        world.release(version, &step_of(step));
    }
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    let source = Mirror::start(honest);
    let truth = || Liar::about(world.www(), pen(&world));
    let run = |line: &str| {
        let url = ["--url", &source.server.url(), "--allow-insecure-http", "-r0"];
        Ran::of(machine.command(&line.split(' ').collect::<Vec<_>>()).args(url))
    };
    let says = |text: &str| {
        let any = swupd_protocol::layout::latest_version();
        let signature = pen(&world).sign(text.as_bytes());
        let liar =
            truth().latest(format(), text).with(&any, text).with(&any.signature(), signature);
        source.tells(liar);
    };
    source.tells(truth());
    run("update --download").exits(0);
    run("check-update").exits(0);
    says("20\n");
    let refused = run("update").exits(21);
    assert!(refused.stderr.contains("20 is the newest") && refused.stderr.contains("30 before"));
    assert!(refused.stderr.contains("Hint: "), "{refused:?}");
    run("check-update").exits(21);
    run("update --status").exits(21);
    machine.must_be(&world.says(10, &[]));
    // Nothing would follow from it.
    says("10\n");
    run("update").exits(0);
    run("check-update").exits(1);
    says("5\n");
    run("update").exits(0).says("older than the installed one");
    run("check-update").exits(1);
    machine.must_be(&world.says(10, &[]));
    // A record that cannot be read says nothing.
    let record = machine.at("/var/lib/swupd/newest-seen");
    let kept = fs_err::read(&record).unwrap();
    says("20\n");
    fs_err::write(&record, b"\xff\n\n\tnonsense\t30").unwrap();
    run("check-update").exits(0);
    fs_err::write(&record, kept).unwrap();
    // Somebody knows better.
    run("update -V 20").exits(0).says("may have been taken back");
    machine.must_be(&world.says(20, &[]));
    source.tells(truth());
    run("update").exits(0);
    machine.must_be(&world.says(30, &[]));
}

#[test]
fn a_mirror_that_goes_back_is_told_of_though_the_origin_does_not_answer() {
    let mirror = Mirror::start(honest);
    let (world, machine) = mirrored(&[10, 20, 30], &mirror.server.url());
    let copy = world.path().join("copy");
    assert!(Command::new("cp").arg("-a").args([&world.www(), &copy]).status().unwrap().success());
    let held_back = || Liar::about(&copy, pen(&world)).latest(format(), "20\n");
    mirror.tells(Liar::about(&copy, pen(&world)));
    bare(&world, &machine, "update --download").exits(0);
    mirror.tells(held_back());
    // With the origin there it is passed over.
    let ran = bare(&world, &machine, "update --download").exits(0);
    assert!(ran.stderr.contains("passed over") && ran.stderr.contains("30 before"), "{ran:?}");
    let old = world.says(10, &["editors"]).file_of_mirror(&machine);
    fs_err::rename(world.www(), world.path().join("away")).unwrap();
    bare(&world, &machine, "update").exits(21).complains(&["20 is the newest", "30 before"]);
    let signature = swupd_protocol::layout::latest(format()).signature();
    mirror.tells(Liar::about(&copy, pen(&world)).without(&signature));
    bare(&world, &machine, "update").exits(21).complains(&["is not signed", &mirror.server.url()]);
    machine.must_be(&old);
}

#[test]
fn a_number_that_nobody_signed_is_not_remembered() {
    let mut world = world();
    world.release(10, &step_of(0));
    world.release(20, &step_of(1));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    let file = files_below(world.www());
    let lies = |path: &str| path.ends_with("/latest") || path.ends_with("/latest_version");
    let server = FaultyServer::start(file, move |request| {
        if lies(&request.path) { vec![Fault::OtherContent(b"999\n".to_vec())] } else { Vec::new() }
    });
    let server = server.unwrap();
    let url = ["--url", &server.url(), "--allow-insecure-http", "-r0"];
    let run = |words: &[&str]| Ran::of(machine.command(words).args(url));
    run(&["check-update", "--nosigcheck-latest"]).exits(0).says("999");
    run(&["update", "--nosigcheck-latest"]).exits(4);
    run(&["update"]).exits(21);
    let record = machine.at("/var/lib/swupd/newest-seen");
    let record = fs_err::read_to_string(record).unwrap_or_default();
    assert!(!record.contains("999"), "{record}");
}

/// Adds to a tree.
trait WithMirror {
    /// Returns the tree with what setting a mirror puts there.
    fn file_of_mirror(self, machine: &Machine) -> Self;
}

impl WithMirror for Tree {
    fn file_of_mirror(mut self, machine: &Machine) -> Self {
        for kind in ["version", "content"] {
            let path = format!("/etc/swupd/mirror_{kind}url");
            self = self.file(&path, fs_err::read(machine.at(&path)).unwrap());
        }
        self
    }
}

#[test]
fn every_place_that_is_asked_is_listed() {
    let (world, machine) = mirrored(&[10], "https://one.example https://two.example");
    for command in ["info", "mirror"] {
        let ran = bare(&world, &machine, command).exits(0);
        let said: Vec<&str> = ran.lines().into_iter().filter(|line| line.contains("://")).collect();
        let places = ["https://one.example", "https://two.example", &world.url()];
        // Once for versions, once for content.
        assert_eq!(said.len(), 6, "{said:?}");
        for (line, place) in said.iter().zip(places.iter().cycle()) {
            assert!(line.ends_with(place), "{line} {place}");
        }
    }
    assert_eq!(bare(&world, &machine, "mirror --quiet").lines(), ["https://one.example"]);
}

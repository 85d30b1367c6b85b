//! `swupd-server mirror`: machines live on a copy of what a publisher has, while it is being made.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use swupd_fixtures::{
    faults::{FaultyServer, TlsKeys, files_below, honest},
    tree::{Node, Tree},
    world::{Machine, Ran, World},
};

use crate::world::{program, programs, system, world};

/// Returns the program with the arguments of a copy into the world's `copy`.
fn mirror(world: &World, url: &str) -> Command {
    let mut command = Command::new(programs().server);
    command.env_clear().args(["mirror", url]).arg(copy(world)).arg("-C").arg(world.certificate());
    command.args(["--max-retries", "0"]);
    command
}

fn copy(world: &World) -> PathBuf {
    world.path().join("copy")
}

fn at_copy(world: &World, name: &str) -> Machine {
    world.machine(name).at_url(&format!("file://{}", copy(world).display()))
}

fn step(number: u64) -> Tree {
    let mut tool = program(1);
    tool[2500] ^= u8::try_from(number).unwrap();
    let many = (0..20).fold(system(), |tree, file| {
        tree.file(&format!("/usr/share/many/{file}"), program(100 * number + file))
    });
    many.with("/usr/bin/tool", Node::file(tool).mode(0o755))
}

#[test]
fn a_machine_lives_on_a_copy() {
    let mut world = world();
    world.release(10, &step(1));
    let service = world.serve();
    Ran::of(&mut mirror(&world, service.url())).exits(0).says("1 new");
    let machine = at_copy(&world, "machine");
    machine.run("os-install -B editors").exits(0);
    machine.must_be(&world.says(10, &["editors"]));
    world.release(20, &step(2));
    machine.run("check-update").exits(1);
    Ran::of(&mut mirror(&world, service.url())).exits(0).says("versions here: 2 (10 to 20), 1 new");
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
    fs_err::write(machine.at("/usr/bin/tool"), "broken").unwrap();
    machine.run("repair").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
    let ran = Ran::of(mirror(&world, service.url()).arg("--quiet")).exits(0);
    assert_eq!(
        ran.lines(),
        ["versions here: 2 (10 to 20), 0 new; files: 0 fetched (0 B), \
        0 removed, 0 left out"]
    );
    let copy = copy(&world);
    world.server(&["check", "--content", copy.to_str().unwrap()]).exits(0);
}

#[test]
fn a_copy_in_the_making_is_never_seen_in_part() {
    let mut world = world();
    world.release(10, &step(1));
    // A server that takes its time, so that machines come at every moment.
    let files = files_below(world.www());
    let slow = move |path: &str| {
        thread::sleep(Duration::from_millis(10));
        files(path)
    };
    let server = FaultyServer::start(slow, honest).unwrap();
    let (mut came_too_early, mut installed) = (0, 0);
    for (number, version) in [(0, 10), (1, 20)] {
        if version == 20 {
            world.release(20, &step(2));
        }
        let mut writing = mirror(&world, &server.url());
        let mut writing = writing
            .args(["--parallel", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut round = 0;
        loop {
            let is_over = has_ended(&mut writing);
            let machine = at_copy(&world, &format!("machine-{number}-{round}"));
            let ran = machine.run("os-install -B editors");
            if ran.code == 0 {
                let seen = fs_err::read_to_string(machine.at("/usr/lib/os-release")).unwrap();
                let now = if seen.contains("VERSION_ID=20") { 20 } else { 10 };
                machine.must_be(&world.says(now, &["editors"]));
                installed += 1;
            } else {
                assert_eq!(version, 10, "{ran:?}");
                came_too_early += 1;
            }
            if is_over {
                assert_eq!(ran.code, 0, "{ran:?}");
                let at = fs_err::read_to_string(machine.at("/usr/lib/os-release")).unwrap();
                assert!(at.contains(&format!("VERSION_ID={version}")), "{at}");
                break;
            }
            fs_err::remove_dir_all(machine.tree()).unwrap();
            round += 1;
        }
    }
    assert!(came_too_early > 0 && installed > 3, "{came_too_early} {installed}");
}

#[test]
fn a_copy_follows_while_versions_are_published() {
    let mut world = world();
    world.release(10, &step(1));
    let service = world.serve();
    let mut copying = mirror(&world, service.url());
    let mut check = Command::new(programs().server);
    check.args(["check", "--content"]).arg(copy(&world));
    check.arg("--certificate").arg(world.certificate());
    let is_over = AtomicBool::new(false);
    let runs = thread::scope(|scope| {
        let copies = scope.spawn(|| {
            // The last run begins after the last version is there.
            for run in 1..500 {
                let is_last = is_over.load(Ordering::SeqCst);
                Ran::of(&mut copying).exits(0);
                Ran::of(&mut check).exits(0);
                if is_last {
                    return run;
                }
            }
            panic!("nothing more is published, and nobody says so");
        });
        for number in 2..6 {
            world.release(10 * u32::try_from(number).unwrap(), &step(number));
        }
        is_over.store(true, Ordering::SeqCst);
        copies.join().unwrap()
    });
    assert!(runs > 2, "{runs}");
    let differences = Command::new("diff").arg("-r").arg(world.www()).arg(copy(&world)).output();
    assert_eq!(String::from_utf8_lossy(&differences.unwrap().stdout), "");
}

#[test]
fn a_copy_that_is_killed_is_gone_on_with() {
    let mut world = world();
    world.release(10, &step(1));
    world.release(20, &step(2));
    let files = files_below(world.www());
    let slow = move |path: &str| {
        thread::sleep(Duration::from_millis(5));
        files(path)
    };
    let server = FaultyServer::start(slow, honest).unwrap();
    for round in 1..6 {
        let mut writing = mirror(&world, &server.url());
        let mut writing = writing.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(40 * round));
        writing.kill().unwrap();
        writing.wait().unwrap();
    }
    Ran::of(&mut mirror(&world, &world.url())).exits(0);
    let differences = Command::new("diff").arg("-r").arg(world.www()).arg(copy(&world)).output();
    assert_eq!(String::from_utf8_lossy(&differences.unwrap().stdout), "");
}

#[test]
fn a_copy_comes_over_https_from_a_server_that_is_trusted() {
    let mut world = world();
    world.release(10, &step(1));
    let keys = TlsKeys::new().unwrap();
    let [authority, known, other] =
        ["ca.pem", "known.pem", "other.pem"].map(|n| world.path().join(n));
    fs_err::write(&authority, keys.authority().unwrap()).unwrap();
    fs_err::write(&known, keys.client().unwrap()).unwrap();
    fs_err::write(&other, TlsKeys::new().unwrap().client().unwrap()).unwrap();
    let serving = |tls| FaultyServer::start_tls(tls, files_below(&world.www()), honest).unwrap();
    let open = serving(keys.server().unwrap());
    // Nobody vouches for it, or not for this name.
    Ran::of(&mut mirror(&world, &open.url())).exits(1).says(&open.url());
    let elsewhere = serving(keys.server_with_other_name().unwrap());
    let trusting = |world: &World, server: &FaultyServer| {
        let mut command = mirror(world, &server.url());
        command.env("SSL_CERT_FILE", &authority);
        command
    };
    Ran::of(&mut trusting(&world, &elsewhere)).exits(1);
    let closed = serving(keys.server_for_known_clients().unwrap());
    Ran::of(&mut trusting(&world, &closed)).exits(1);
    Ran::of(trusting(&world, &closed).arg("--client-certificate").arg(&other)).exits(1);
    let missing = world.path().join("missing.pem");
    Ran::of(trusting(&world, &closed).arg("--client-certificate").arg(missing))
        .exits(1)
        .says("missing.pem");
    assert!(!copy(&world).join("version").exists(), "nothing came of that");
    Ran::of(trusting(&world, &closed).arg("--client-certificate").arg(&known))
        .exits(0)
        .says("1 new");
    Ran::of(&mut trusting(&world, &open)).exits(0).says("0 new");
    world.release(20, &step(2));
    Ran::of(&mut trusting(&world, &open)).exits(0).says("1 new");
    let machine = at_copy(&world, "machine");
    machine.run("os-install -B editors").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
}

#[test]
fn a_copy_tells_what_it_cannot_do() {
    let mut world = world();
    world.release(10, &step(1));
    let url = world.url();
    let bare = |words: &[&str]| {
        let mut command = Command::new(programs().server);
        Ran::of(command.env_clear().arg("mirror").args(words).current_dir(world.path()))
    };
    bare(&[&url, "copy"]).exits(2).says("--certificate");
    bare(&[&url]).exits(2);
    bare(&["ftp://example.org", "copy", "-n"]).exits(1).says("ftp://example.org");
    bare(&[&url, "copy", "-C", "none.pem"]).exits(1).says("none.pem");
    bare(&[&url, "copy", "-n", "--format", "99"]).exits(1).says("format 99");
    bare(&[&url, "copy", "-n", "--newest", "1", "--from", "10"]).exits(2);
    bare(&[&url, "copy", "-n", "--bundles", "none"]).exits(1).says("`none`");
    bare(&["http://127.0.0.1:9/", "copy", "-n"]).exits(1).says("127.0.0.1:9");
    // Unsigned, when somebody wants it.
    fs_err::remove_file(world.www().join("version/latest_version.sig")).unwrap();
    let certificate = world.certificate();
    let certificate = certificate.to_str().unwrap();
    bare(&[&url, "copy", "-C", certificate]).exits(1).says("--format");
    bare(&[&url, "copy", "-C", certificate, "-F", "30", "-B", "editors"]).exits(0);
    bare(&[&url, "copy", "-n"]).exits(0).says("1 (10)");
}

fn has_ended(child: &mut Child) -> bool {
    match child.try_wait().unwrap() {
        Some(status) => {
            assert!(status.success());
            true
        }
        None => false,
    }
}

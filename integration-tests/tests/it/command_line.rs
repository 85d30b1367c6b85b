//! What may be typed: where flags stand, how they are shortened, and what is refused.

use swupd_fixtures::{tree::Node, world::Ran};

use crate::world::{is_root, skipped, system, world};

const COMMANDS: [&str; 13] = [
    "info",
    "check-update",
    "update",
    "bundle-add",
    "bundle-list",
    "diagnose",
    "repair",
    "verify",
    "os-install",
    "mirror",
    "autoupdate",
    "clean",
    "hashdump",
];

#[test]
fn help_is_no_failure() {
    let world = world();
    let machine = world.machine("machine");
    let run = |words: &[&str]| Ran::of(machine.bare().args(words));
    for words in [&[][..], &["--help"], &["-h"]] {
        let ran = run(words).exits(0);
        for command in COMMANDS.iter().filter(|command| **command != "verify") {
            assert!(ran.stdout.contains(command), "{command} in {}", ran.stdout);
        }
        assert_eq!(ran.stderr, "");
    }
    for command in COMMANDS {
        for help in ["--help", "-h"] {
            let ran = run(&[command, help]).exits(0);
            assert!(ran.stdout.contains(&format!("swupd {command}")), "{}", ran.stdout);
        }
    }
    run(&["--version"]).exits(0).says("swupd ");
    run(&["-v"]).exits(0).says("swupd ");
}

#[test]
fn nonsense_is_refused_by_one_exit_code() {
    let world = world();
    let machine = world.machine("machine");
    for line in [
        "no-such-command",
        "--no-such-flag",
        "update --no-such-flag",
        "update operand",
        "info operand",
        "update -V",
        "update -V 0",
        "update -V -1",
        "update -V 99999999999999999999",
        "diagnose -B",
        "os-install -B a/b",
        "os-install a b",
        "hashdump",
        "update --retry-delay 61",
        "update --port nonsense",
        "update --format nonsense",
        "update --assume perhaps",
        "update --max-retries -1",
        "update --quiet=yes",
    ] {
        // What would not be refused must find no tree.
        let mut command = machine.bare();
        command.arg("--path").arg(machine.tree()).args(line.split(' '));
        let ran = Ran::of(&mut command).exits(15);
        assert_eq!(ran.stdout, "", "{line}");
        assert_ne!(ran.stderr, "", "{line}");
    }
    assert!(!machine.tree().exists());
}

#[test]
fn flags_stand_before_and_behind_the_command() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    let (tree, url) = (machine.tree().to_str().unwrap(), world.url());
    let state = machine.at("/var/lib/swupd");
    let certificate = world.certificate();
    let (state, certificate) = (state.to_str().unwrap(), certificate.to_str().unwrap());
    let stale = "/no/such/directory";
    for line in [
        vec!["--path", tree, "--quiet", "--url", &url, "-F", "30", "info"],
        vec!["info", "-p", tree, "-u", &url, "--format=30", "--quiet"],
        vec!["-p", tree, "info", "--quiet", "-F30", "-u", &url],
        // The one behind the command is nearer.
        vec!["--path", stale, "-F", "29", "info", "--path", tree, "--quiet", "-u", &url, "-F30"],
        // The last one counts.
        vec!["info", "--path", stale, "--path", tree, "--quiet", "-u", &url, "-F30"],
        // Long names may be cut, as long as they stay clear.
        vec!["info", "--pa", tree, "--qui", "--ur", &url, "--form", "30"],
        vec!["info", "-v", &url, "-c", &url, "--path", tree, "--quiet", "-F", "30"],
    ] {
        let ran = Ran::of(machine.bare().args(&line)).exits(0);
        assert_eq!(ran.stdout, "10\n", "{line:?}");
    }
    let check = |words: &[&str]| Ran::of(machine.bare().args(words));
    let common = ["-p", tree, "-S", state, "-C", certificate, "-F", "30", "--quiet"];
    check(&[&["-v", &url, "diagnose"][..], &common].concat()).exits(15);
    check(&[&["diagnose", "-v", &url, "-c", &url][..], &common].concat()).exits(0);
    // `--no` could be several.
    check(&[&["diagnose", "--no", "-u", &url][..], &common].concat()).exits(15);
    check(&[&["diagnose", "--nosigcheck-l", "-u", &url][..], &common].concat()).exits(0);
}

#[test]
fn operands_and_flags_mix() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    machine.run("bundle-add editors --skip-optional games").exits(0);
    machine.must_be(&world.says(10, &["editors", "games"]));
}

#[test]
fn plain_http_is_refused_unless_it_is_allowed() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    let service = world.serve();
    let check = |more: &[&str]| {
        let plain = ["--url", service.url()];
        Ran::of(machine.command(&["check-update"]).args(plain).args(more))
    };
    check(&[]).exits(12).says("--allow-insecure-http");
    assert!(service.asked().is_empty());
    check(&["--allow-insecure-http"]).exits(1);
    assert!(!service.asked().is_empty());
}

#[test]
fn hashes_are_those_of_the_protocol() {
    if !is_root() {
        return skipped("only root can make files of root's");
    }
    let world = world();
    let machine = world.machine("machine");
    let tree = swupd_fixtures::tree::Tree::new()
        .file("/usr/data", "test-data")
        .with("/usr/empty", Node::file("").mode(0o600))
        .with("/usr/raise", Node::file("x").mode(0o4755).owner(1000, 1000))
        .link("/usr/link", "/some/target/path")
        .with("/tmp", Node::directory().mode(0o1777));
    tree.write_to(machine.tree()).unwrap();
    for (path, hash) in [
        ("/usr/data", "8286279c93f45c7ffa6b9ed440066de09716527346d9dd0239f50948e0e554f0"),
        ("/usr/empty", "eb0e822d91ece255077f7c6e019bb2d9420e3602085e01631267081b166fe31e"),
        ("/usr/raise", "b06ad414cbb6228f87384060a2946e4b8e300883f3ef7fb4ca7a2d720d7c1949"),
        ("/usr/link", "75f8a3e744be454cca16c4db9c7457a47e1a7be554f2d84b4eaaa246a1fc6c9f"),
        ("/usr", "6c27df6efcd6fc401ff1bc67c970b83eef115f6473db4fb9d57e5de317eba96e"),
        ("/tmp", "d93a5e9129361e28b9e244fe422234e3a1794b001a082aeb78e16fd881673a2b"),
    ] {
        let place = machine.at(path);
        let own = Ran::of(machine.bare().arg("hashdump").arg(&place)).exits(0);
        assert_eq!(own.lines(), [hash], "{path}");
        let mut command = machine.bare();
        command.args(["hashdump", "-n", path, "--path"]).arg(machine.tree());
        assert_eq!(Ran::of(&mut command).exits(0).lines(), [hash], "{path}");
    }
    let data = machine.at("/usr/data");
    xattr::set(&data, "user.name", b"value").unwrap();
    let with = Ran::of(machine.bare().arg("hashdump").arg(&data)).exits(0).stdout;
    let without = Ran::of(machine.bare().args(["hashdump", "--no-xattrs"]).arg(&data)).exits(0);
    assert_ne!(with, without.stdout);
}

#[test]
fn what_goes_into_a_hash_is_told_where_asked() {
    let world = world();
    let machine = world.machine("machine");
    swupd_fixtures::tree::Tree::new()
        .file("/usr/data", "test-data")
        .write_to(machine.tree())
        .unwrap();
    let data = machine.at("/usr/data");
    xattr::set(&data, "user.name", b"value").unwrap();
    let hashdump = |flags: &[&str]| {
        Ran::of(machine.bare().arg("hashdump").args(flags).arg(&data)).exits(0).stdout
    };
    let hash = hashdump(&[]);
    assert_eq!(hash.lines().count(), 1);
    assert_eq!(hashdump(&["--quiet"]), hash);
    let all = hashdump(&["--debug"]);
    assert_eq!(all.lines().last(), hash.lines().last());
    for words in ["mode 100644", "9 bytes", "user.name"] {
        assert!(all.contains(words), "{words}: {all}");
    }
    assert!(!hashdump(&["--debug", "--no-xattrs"]).contains("user.name"));
}

#[test]
fn state_directories_that_a_slip_would_empty_are_refused() {
    let world = world();
    let machine = world.machine("machine");
    fs_err::create_dir(machine.tree()).unwrap();
    for place in ["/", "/usr", "/var", "/usr/", "/var/."] {
        let mut command = machine.command(&["diagnose"]);
        Ran::of(command.args(["--statedir", place])).exits(15);
    }
    for flag in ["--statedir", "--cachedir", "--datadir"] {
        let mut command = machine.bare();
        command.args(["clean", "--path"]).arg(machine.tree()).args([flag, "here"]);
        let ran = Ran::of(command.current_dir(world.path())).exits(15);
        assert!(ran.stderr.contains("must be named from `/` on"), "{}", ran.stderr);
    }
    assert!(!world.path().join("here").exists());
}

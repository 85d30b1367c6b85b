//! `os-install`: a version comes into a directory, and nothing else of the directory changes.

use std::{collections::BTreeSet, path::Path};

use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Machine, Ran},
};

use crate::world::{is_root, skipped, system, tracked, world};

#[test]
fn an_empty_directory_becomes_a_system() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    machine.must_be(&world.says(10, &[]));
    assert_eq!(tracked(&machine), ["os-core"]);
    assert_eq!(fs_err::read_to_string(machine.at("/var/lib/swupd/version")).unwrap(), "10\n");
    machine.run("diagnose").exits(0);
    machine.run("info --quiet").exits(0).says("10");
}

#[test]
fn all_bundles_together_are_the_whole_tree() {
    let mut world = world();
    let tree = system();
    world.release(10, &tree);
    let all = world.says(10, &["editors", "games", "music"]);
    for (path, node) in tree.as_laid_out().nodes() {
        assert_eq!(all.get_at(path), Some(node), "{path}");
    }
    let machine = world.machine("machine");
    machine.run("os-install -B editors,games,music").exits(0);
    machine.must_be(&all);
}

#[test]
fn bundles_come_with_what_they_include_and_suggest() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("all");
    machine.run("os-install -B games,editors").exits(0);
    machine.must_be(&world.says(10, &["games", "editors", "music"]));
    assert_eq!(tracked(&machine), ["editors", "games"]);
    let machine = world.machine("less");
    machine.run("os-install --skip-optional --bundles editors,games").exits(0);
    machine.must_be(&world.says(10, &["games", "editors"]));
    let machine = world.machine("none");
    machine.run("os-install -B games,nothing").exits(3).says("nothing");
    assert!(!machine.at("/usr").exists());
}

#[test]
fn what_is_in_the_directory_stays() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    let before = Tree::new()
        .file("/usr/share/mine", "mine")
        .file("/home/me/letter", "dear")
        .file("/etc/passwd", "me")
        .with("/home", Node::directory().mode(0o711));
    let in_the_way = before
        .clone()
        .file("/usr/lib/library", "not the library")
        .with("/usr/bin/tool", Node::directory())
        .file("/usr/bin/tool/inside", "kept beside")
        .link("/usr/share/private", "../../home");
    in_the_way.write_to(machine.tree()).unwrap();
    machine.run("os-install").exits(0).says("kept as");
    let mut should = world.says(10, &[]);
    for (path, node) in before.nodes().filter(|(path, _)| !path.is_at_or_below(b"/usr/share/clear"))
    {
        should.put(path.clone(), node.clone());
    }
    // The directory that had something in it was moved aside, not removed.
    let seen = machine.seen();
    let kept: Vec<&Path> = seen
        .iter()
        .map(|(path, _)| path.as_path())
        .filter(|path| path.to_string_lossy().contains(".deleted."))
        .collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept[1].ends_with("inside"));
    let at = machine.at(kept[0].to_str().unwrap());
    fs_err::remove_dir_all(at).unwrap();
    machine.must_be(&should);
}

#[test]
fn a_version_can_be_named() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    for (name, flags, version) in
        [("a", "-V 10", 10), ("b", "--version latest", 20), ("c", "-m 20", 20), ("d", "", 20)]
    {
        let machine = world.machine(name);
        machine.run(&format!("os-install {flags}")).exits(0);
        machine.must_be(&world.says(version, &[]));
    }
    let machine = world.machine("e");
    machine.run("os-install -V 30").exits(4);
    machine.run("os-install -V nonsense").exits(15);
    assert!(!machine.at("/usr").exists());
}

#[test]
fn the_directory_can_be_an_operand() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    let (url, certificate) = (world.url(), world.certificate());
    let mut command = machine.bare();
    command.arg("os-install").arg(machine.tree());
    command.args(["--url", &url, "--format=30", "-N", "-K"]).arg(world.path().join("cache"));
    command.arg("-C").arg(certificate);
    Ran::of(&mut command).exits(0);
    machine.must_be(&world.says(10, &[]));
    Ran::of(machine.bare().args(["os-install", "--url", &url])).exits(15);
}

#[test]
fn a_cache_filled_before_needs_no_content_from_the_server() {
    if !is_root() {
        return skipped("the owners that a user cannot give are known to one machine only");
    }
    let mut world = world();
    world.release(10, &system());
    let service = world.serve();
    let cache = world.path().join("cache");
    let cache = cache.to_str().unwrap();
    let install = |machine: &Machine, more: &[&str]| {
        let line = [&["os-install", "--statedir-cache", cache, "-B", "editors"], more].concat();
        machine.swupd(&line).exits(0);
    };
    let first = world.machine("first").by_http(&service);
    install(&first, &["--download"]);
    let is_content = |path: &String| path.contains("/files/") || path.contains("/pack-");
    assert!(service.asked().iter().any(is_content));
    assert!(!first.at("/usr").exists());
    for name in ["second", "third"] {
        let machine = world.machine(name).by_http(&service);
        install(&machine, &[]);
        let asked = service.asked();
        assert!(!asked.iter().any(is_content), "{asked:?}");
        machine.must_be(&world.says(10, &["editors"]));
    }
}

#[test]
fn content_comes_in_packs_over_http() {
    let mut world = world();
    world.release(10, &system());
    let service = world.serve();
    let machine = world.machine("machine").by_http(&service);
    machine.run("os-install -B editors,games").exits(0);
    machine.must_be(&world.says(10, &["editors", "games", "music"]));
    let asked = service.asked();
    let packs: BTreeSet<&str> =
        asked.iter().filter_map(|path| path.strip_prefix("10/pack-")).collect();
    let names = ["editors", "games", "languages", "music", "os-core"];
    let all: Vec<String> = names.iter().map(|name| format!("{name}-from-0.tar")).collect();
    assert_eq!(packs, all.iter().map(String::as_str).collect());
    assert!(!asked.iter().any(|path| path.contains("/files/")), "{asked:?}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn the_older_form_installs_too() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    fs_err::create_dir(machine.tree()).unwrap();
    machine.run("verify --install -m 10 -B editors").exits(0);
    machine.must_be(&world.says(10, &["editors"]));
}

#[test]
fn a_tree_that_its_server_did_not_sign_is_not_installed() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    let stranger = swupd_fixtures::keys::Identity::self_signed("a stranger");
    let certificate = world.path().join("stranger.pem");
    fs_err::write(&certificate, &stranger.certificate_pem).unwrap();
    let certificate = certificate.to_str().unwrap();
    // The flag that comes last counts: the machine's own goes first here.
    let run = |more: &[&str]| {
        let mut command = machine.command(&["os-install"]);
        Ran::of(command.args(["--certpath", certificate]).args(more))
    };
    run(&[]).exits(21);
    assert!(!machine.at("/usr").exists());
    run(&["--nosigcheck"]).exits(0);
    machine.must_be(&world.says(10, &[]));
}

#[test]
fn what_would_stop_it_can_be_overruled() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install -B editors,nothing").exits(3);
    assert!(!machine.at("/usr").exists());
    let ran = machine.run("os-install -B editors,nothing --force").exits(0);
    assert!(ran.stderr.contains("no bundle `nothing`"), "{}", ran.stderr);
    machine.must_be(&world.says(10, &["editors"]));
    assert_eq!(tracked(&machine), ["editors"]);
    // A version in another format than the one that is followed.
    let other = world.machine("other");
    let in_format = |line: &str| {
        let words = line.split(' ');
        Ran::of(other.command(&[]).args(words).args(["-F", "31"]))
    };
    let refused = in_format("os-install -V 10").exits(14);
    assert!(refused.stderr.contains("format 30") && refused.stderr.contains("--force"));
    assert!(!other.at("/usr").exists());
    in_format("os-install -V 10 -x").exits(0);
    other.must_be(&world.says(10, &[]));
}

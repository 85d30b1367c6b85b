//! `os-install`: a version comes into a directory, and nothing else of the directory changes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use swupd_fixtures::{
    tree::{Node, Tree, snapshot},
    world::{Machine, Ran, World},
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
    // Who names two may mean either.
    let other = world.path().join("other");
    let ran = Ran::of(machine.command(&["os-install"]).arg(&other)).exits(15);
    assert!(ran.stderr.contains("named twice") && !other.exists(), "{}", ran.stderr);
    // What is configured is no second one.
    world.configure("etc", &format!("path={}\n", other.display()));
    let mut command = machine.bare();
    command.args(["os-install", "--url", &url, "--format=30", "-N", "-K"]);
    command.arg(world.path().join("cache")).arg(machine.tree()).arg("-C");
    Ran::of(command.arg(world.certificate())).exits(0);
    assert!(!other.exists());
}

/// Fills a cache with what an installation of `editors` needs, and returns where it is.
fn filled_cache(world: &World, filler: &Machine) -> PathBuf {
    let cache = world.path().join("filled");
    let mut command = filler.command(&["os-install", "--download", "-B", "editors"]);
    Ran::of(command.arg("--statedir").arg(&cache)).exits(0);
    assert!(!filler.at("/usr").exists());
    cache
}

#[test]
fn what_is_only_downloaded_is_not_installed() {
    let mut world = world();
    world.release(10, &system());
    let service = world.serve();
    let machine = world.machine("machine").by_http(&service);
    machine.run("os-install --download -B editors").exits(0).says("nothing was installed");
    assert!(!machine.at("/usr").exists());
    let is_content = |path: &String| path.contains("/files/") || path.contains("/pack-");
    assert!(service.asked().iter().any(is_content));
    machine.run("os-install -B editors").exits(0);
    assert!(!service.asked().iter().any(is_content));
    machine.must_be(&world.says(10, &["editors"]));
}

#[test]
fn a_cache_filled_before_needs_no_content_from_the_server() {
    if !is_root() {
        return skipped("the owners that a user cannot give are known to one machine only");
    }
    let mut world = world();
    world.release(10, &system());
    let service = world.serve();
    let cache = filled_cache(&world, &world.machine("filler").by_http(&service));
    let is_content = |path: &String| path.contains("/files/") || path.contains("/pack-");
    assert!(service.asked().iter().any(is_content));
    let before = snapshot(&cache).unwrap();
    let cache = cache.to_str().unwrap();
    let install = |machine: &Machine, more: &[&str]| {
        machine.swupd(&[&["os-install", "--statedir-cache", cache], more].concat())
    };
    for name in ["second", "third"] {
        let machine = world.machine(name).by_http(&service);
        install(&machine, &["-B", "editors"]).exits(0);
        let asked = service.asked();
        assert!(asked.iter().all(|path| path.starts_with("version/")), "{asked:?}");
        machine.must_be(&world.says(10, &["editors"]));
    }
    // It is only read, and by whatever URL it was filled.
    assert!(snapshot(Path::new(cache)).unwrap().differences(&before).is_empty());
    let machine = world.machine("by-file");
    install(&machine, &["-s", cache, "-B", "editors"]).exits(0);
    machine.must_be(&world.says(10, &["editors"]));
    // What it lacks comes from the server.
    let machine = world.machine("more").by_http(&service);
    service.asked();
    install(&machine, &["-B", "games"]).exits(0);
    assert!(service.asked().iter().any(|path| path.contains("/pack-games-")));
    machine.must_be(&world.says(10, &["games", "music"]));
    let machine = world.machine("without");
    let ran = machine.run("os-install --statedir-cache /no/such/cache -B editors").exits(0);
    assert!(ran.stderr.contains("/no/such/cache holds no cache"), "{ran:?}");
}

#[test]
fn a_cache_is_enough_without_a_server() {
    if !is_root() {
        return skipped("the owners that a user cannot give are known to one machine only");
    }
    let mut world = world();
    world.release(10, &system());
    let service = world.serve();
    let machine = |name: &str| world.machine(name).by_http(&service);
    let machines = ["a", "b", "c"].map(machine);
    let cache = filled_cache(&world, &machine("filler"));
    assert_eq!(service.stop(), Some(0));
    let cache = cache.to_str().unwrap();
    let install = |machine: &Machine, more: &[&str]| {
        machine.swupd(&[&["os-install", "-B", "editors", "-s", cache], more].concat())
    };
    let ran = install(&machines[0], &[]).exits(0);
    assert!(ran.stderr.contains("nobody says what is newest now"), "{ran:?}");
    machines[0].must_be(&world.says(10, &["editors"]));
    let ran = install(&machines[1], &["-V", "10"]).exits(0);
    assert_eq!(ran.stderr, "");
    machines[1].must_be(&world.says(10, &["editors"]));
    install(&machines[2], &["-V", "20"]).exits(16);
    install(&machines[2], &["-B", "games", "-V", "10"]).exits(16);
    assert!(!machines[2].at("/usr").exists());
}

#[test]
fn what_is_wrong_in_a_cache_is_passed_over() {
    let mut world = world();
    world.release(10, &system());
    let cache = filled_cache(&world, &world.machine("filler"));
    let all = snapshot(&cache).unwrap();
    let files: Vec<PathBuf> = all.iter().map(|(path, _)| cache.join(path)).collect();
    let files = files.into_iter().filter(|path| path.is_file() && !path.is_symlink());
    for file in files.filter(|path| path.metadata().unwrap().len() > 0) {
        let mut bytes = fs_err::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        fs_err::write(&file, bytes).unwrap();
    }
    let machine = world.machine("machine");
    machine.swupd(&["os-install", "-B", "editors", "-s", cache.to_str().unwrap()]).exits(0);
    machine.must_be(&world.says(10, &["editors"]));
}

#[test]
fn the_tree_knows_what_was_asked_for_wherever_the_state_is() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    let state = world.path().join("state");
    let marks = |directory: std::path::PathBuf| {
        let listed = fs_err::read_dir(directory.join("bundles")).unwrap();
        listed.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    let mut command = machine.command(&["os-install", "-B", "editors,games"]);
    Ran::of(command.arg("--statedir").arg(&state)).exits(0);
    let asked: BTreeSet<_> = ["editors", "games"].map(Into::into).into();
    assert_eq!(marks(machine.at("/var/lib/swupd")), asked);
    assert_eq!(marks(state), asked);
    let mut command = machine.command(&["os-install", "--download", "-B", "music"]);
    Ran::of(command.arg("--datadir").arg(world.path().join("other"))).exits(0);
    assert_eq!(marks(machine.at("/var/lib/swupd")), asked, "nothing was installed");
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
    // Without a directory nothing is meant, not even the running system.
    let state = world.path().join("nowhere");
    let mut command = machine.bare();
    command.args(["verify", "--install", "-m", "10", "--url", &world.url(), "-S"]).arg(&state);
    assert!(Ran::of(&mut command).exits(15).stderr.contains("no directory to install into"));
    assert!(!state.exists());
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

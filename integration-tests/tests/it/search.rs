//! `search-file` and `search`: which bundles hold a file, and what is fetched to know.

use swupd_fixtures::{
    tree::Tree,
    world::{Machine, Ran, World},
};

use crate::{
    namespace::{in_a_namespace, is_own_namespace, mount, text},
    scene::Complains,
    world::{program, system, world},
};

fn tree() -> Tree {
    system()
        .file("/usr/lib/games/libgame.so.1", program(7))
        .link("/usr/lib/games/libgame.so", "libgame.so.1")
        .file("/usr/bin/game", "play")
        .file("/usr/share/music/game", "the song of the game")
}

/// Returns a machine with `editors`; `games` has a library and a program, and suggests `music`.
fn installed() -> (World, Machine) {
    let mut world = world();
    world.bundle(
        "games",
        "files = [\"/usr/share/games\", \"/usr/lib/games\", \"/usr/bin/game\"]\n\
         also-add = [\"music\"]",
    );
    world.bundle("music", "files = [\"/usr/share/music\"]\nexperimental = true");
    world.release(10, &tree());
    let machine = world.machine("machine");
    machine.run("os-install -B editors").exits(0);
    (world, machine)
}

/// Panics unless a command prints these lines, and nothing else, where quiet.
#[track_caller]
fn prints(machine: &Machine, line: &str, expected: &[&str]) {
    let ran = machine.run(&format!("search-file --quiet {line}")).exits(0);
    assert_eq!((ran.lines(), ran.stderr.as_str()), (expected.to_vec(), ""), "{line}");
}

#[test]
fn a_file_is_found_in_whatever_bundle() {
    let (_world, machine) = installed();
    let games = [
        "[games]",
        "/usr/bin/game",
        "/usr/lib/games/libgame.so",
        "/usr/lib/games/libgame.so.1",
        "/usr/share/clear/bundles/games",
        "/usr/share/games/one",
    ];
    let music = ["[music]", "/usr/share/music/game"];
    prints(&machine, "game", &[&games[..], &music].concat());
    prints(
        &machine,
        "--library game",
        &games[..1].iter().chain(&games[2..4]).copied().collect::<Vec<_>>(),
    );
    prints(&machine, "-l libgame.so.1", &["[games]", "/usr/lib/games/libgame.so.1"]);
    prints(&machine, "game --binary", &games[..2]);
    prints(&machine, "-T 1 game", &["[games]", "/usr/bin/game", music[0], music[1]]);
    prints(&machine, "editors/one", &["[editors]", "/usr/share/editors/one"]);
    prints(
        &machine,
        "--regexp ^/usr/(bin|share/music)/ga.e$",
        &[games[0], games[1], music[0], music[1]],
    );
    prints(&machine, "--csv share/g -m --top 2", &["/usr/share/games/one,games"]);
    // The smaller one first, with what it needs.
    prints(&machine, "-o size -T 1 game", &[music[0], music[1], "[games]", "/usr/bin/game"]);
    prints(&machine, "--order=alpha -T 1 game", &["[games]", "/usr/bin/game", music[0], music[1]]);
    let ran = machine.run("search-file one").exits(0);
    ran.says("Bundle editors (installed)\n")
        .says("Bundle music (")
        .says("to install, experimental)");
}

#[test]
fn what_is_nowhere_is_told() {
    let (_world, machine) = installed();
    let ran = machine.run("search-file --quiet nowhere").exits(1);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    machine.run("search-file nowhere").exits(1).says("No bundle");
    // A directory is no file.
    machine.run("search-file --regexp share/games$").exits(1);
    for line in ["", "-l -B x", "-T 0 x", "-T x x", "-o date x", "--regexp (", "x y", "-V x y"] {
        machine.run(&format!("search-file {line}")).exits(15);
    }
    machine.run("search-file -V 15 one").exits(4);
}

#[test]
fn the_index_is_fetched_once_and_kept() {
    let (world, machine) = installed();
    let service = world.serve();
    let machine = machine.by_http(&service);
    machine.run("search-file --init").exits(0);
    let asked = service.asked();
    assert!(asked.contains(&"10/Manifest.games.tar".to_owned()), "{asked:?}");
    machine.run("search-file game").exits(0);
    machine.run("search-file --init one").exits(0).says("/usr/share/games/one");
    // A change of the machine within the version leaves it.
    machine.run("bundle-add music").exits(0);
    service.asked();
    prints(&machine, "libgame.so.1", &["[games]", "/usr/lib/games/libgame.so.1"]);
    assert_eq!(service.asked(), Vec::<String>::new());
    // One that is damaged is made again.
    let cache = fs_err::read_dir(machine.at("/var/lib/swupd/cache")).unwrap();
    let index = |url: std::path::PathBuf| url.join("manifest/10/search-index");
    let index = cache.map(|url| index(url.unwrap().path())).find(|path| path.exists()).unwrap();
    let bytes = fs_err::read(&index).unwrap();
    fs_err::write(&index, &bytes[..bytes.len() - 9]).unwrap();
    prints(&machine, "libgame.so.1", &["[games]", "/usr/lib/games/libgame.so.1"]);
    assert_eq!(fs_err::read(&index).unwrap(), bytes);
}

#[test]
fn each_version_has_an_index_of_its_own() {
    let (mut world, machine) = installed();
    world.release(20, &tree().file("/usr/share/games/two", "another game"));
    machine.run("search-file games/two").exits(1);
    for version in ["20", "latest"] {
        prints(&machine, &format!("games/two -V {version}"), &["[games]", "/usr/share/games/two"]);
    }
    machine.run("update --quiet --update-search-file-index").exits(0);
    fs_err::remove_dir_all(world.www()).unwrap();
    prints(&machine, "games/two", &["[games]", "/usr/share/games/two"]);
}

#[test]
fn a_manifest_that_is_missing_leaves_the_others() {
    let (world, machine) = installed();
    let lost = world.www().join("10/Manifest.music.tar");
    let kept = lost.with_extension("kept");
    fs_err::rename(&lost, &kept).unwrap();
    let ran = machine.run("search-file libgame.so.1").exits(8);
    ran.says("/usr/lib/games/libgame.so.1")
        .says("Warning: cannot load the manifest of bundle `music`");
    machine.run("search-file --init").exits(8);
    fs_err::rename(&kept, &lost).unwrap();
    prints(&machine, "music/game", &["[music]", "/usr/share/music/game"]);
}

#[test]
fn the_program_that_searches_is_run_if_it_is_there() {
    let (_world, machine) = installed();
    let ran = machine.run("search vim").exits(36);
    ran.complains(&["/usr/bin/swupd-search", "No such file"]).says("search-file");
    let json = Ran::of(machine.bare().args(["--json-output", "search", "vim"])).exits(36);
    assert!(json.stdout.trim_end().ends_with(']') && json.stderr.is_empty(), "{json:?}");
    in_a_namespace("search::with_the_program_that_searches");
}

#[test]
#[ignore = "started by the test above, in a mount namespace of its own"]
fn with_the_program_that_searches() {
    if !is_own_namespace() {
        return;
    }
    let world = world();
    let place = world.path().join("layers");
    for layer in ["upper", "work"] {
        fs_err::create_dir_all(place.join(layer)).unwrap();
    }
    let options = format!(
        "lowerdir=/usr/bin,upperdir={},workdir={}",
        text(&place.join("upper")),
        text(&place.join("work"))
    );
    mount(&["-t", "overlay", "-o", &options, "x", "/usr/bin"]);
    fs_err::write("/usr/bin/swupd-search", "#!/bin/sh\necho \"searched: $*\"\nexit 7\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions("/usr/bin/swupd-search", executable).unwrap();
    let machine = world.machine("machine");
    let ran = Ran::of(machine.bare().args(["search", "--init", "-x", "some thing", "--help"]));
    assert_eq!(ran.exits(7).stdout, "searched: --init -x some thing --help\n");
}

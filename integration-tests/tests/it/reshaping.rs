//! Updates between versions whose bundles are not the same: they appear, vanish, need others, and
//! files move between them.

use swupd_fixtures::{
    lies::Liar,
    tree::Node,
    world::{Machine, World},
};
use swupd_protocol::{bundle::BundleName, layout};

use crate::{
    scene::{Scene, ten, twenty},
    world::{program, system, tracked, world},
};

fn machine(world: &World, bundles: &str) -> Machine {
    let machine = world.machine("machine");
    machine.run(&format!("os-install -V 10 {bundles}")).exits(0);
    machine
}

/// Updates, and panics unless the machine then has the version's content of these bundles.
#[track_caller]
fn update(world: &World, machine: &Machine, version: u32, bundles: &[&str]) {
    machine.run(&format!("update -V {version}")).exits(0);
    machine.must_be(&world.says(version, bundles));
    machine.run("diagnose --picky").exits(0);
}

#[track_caller]
fn lists(machine: &Machine, line: &str, expected: &[&str]) {
    let listed = machine.run(&format!("bundle-list --quiet {line}")).exits(0);
    assert_eq!(listed.lines(), expected, "{line}");
}

#[test]
fn what_nothing_needs_any_more_stays_as_an_orphan() {
    let mut world = world();
    world.release(10, &system());
    let machine = machine(&world, "-B editors,os-core");
    world.bundle("editors", "files = [\"/usr/share/editors\"]");
    world.release(20, &system().file("/usr/share/languages/two", "another language"));
    update(&world, &machine, 20, &["editors", "languages"]);
    assert_eq!(tracked(&machine), ["editors", "os-core"]);
    lists(&machine, "--orphans", &["languages"]);
    machine.run("bundle-remove --orphans").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
}

#[test]
fn what_is_needed_anew_comes_with_its_own_needs() {
    let mut world = world();
    world.release(10, &system());
    let machine = machine(&world, "-B games --skip-optional");
    let tree =
        system().file("/usr/share/fonts/one", "a font").file("/usr/share/sound/one", "a horn");
    world.bundle("fonts", "files = [\"/usr/share/fonts\"]\nalso-add = [\"music\"]");
    world.bundle("sound", "files = [\"/usr/share/sound\"]\nincludes = [\"fonts\"]");
    world.bundle(
        "games",
        "files = [\"/usr/share/games\"]\nincludes = [\"sound\"]\nalso-add = [\"music\", \"editors\"]",
    );
    world.release(20, &tree);
    // What is only suggested does not come by an update.
    update(&world, &machine, 20, &["games", "sound", "fonts"]);
    assert_eq!(tracked(&machine), ["games"]);
    lists(
        &machine,
        "--status",
        &[
            "fonts: installed",
            "games: explicitly installed",
            "os-core: installed",
            "sound: installed",
        ],
    );
}

#[test]
fn bundles_that_begin_to_need_each_other_or_nobody_come_nevertheless() {
    let scene = Scene::shared();
    let includes = |name: &'static str| {
        move |text: String| text.replacen("\n\n", &format!("\nincludes:\t{name}\n\n"), 1)
    };
    let [core, editors] = ["os-core", "editors"].map(|name| name.parse::<BundleName>().unwrap());
    let odd = scene.truth().manifest(&core, twenty(), includes("editors")).manifest(
        &editors,
        twenty(),
        includes("nowhere"),
    );
    let victim = scene.victim_of(without_deltas(odd, &[&core, &editors]));
    victim.run("update").exits(0);
    victim.must_be_updated();
    let listed = victim.run("bundle-list --deps editors --quiet").exits(0);
    assert_eq!(listed.lines(), ["languages", "os-core"]);
    let tree = victim.run("bundle-list --has-dep os-core --verbose").exits(0);
    tree.says("  os-core\n    |-- editors\n    |-- languages\n        |-- editors\nTotal: 2\n");
    // What everything needs is never left without what it needs.
    victim.run("bundle-remove editors").exits(2);
    victim.run("bundle-remove editors -x").exits(2);
    victim.must_be_updated();
}

fn without_deltas(liar: Liar, bundles: &[&BundleName]) -> Liar {
    bundles
        .iter()
        .fold(liar, |liar, bundle| liar.without(&layout::manifest_delta(bundle, ten(), twenty())))
}

#[test]
fn a_file_that_moves_to_another_bundle_goes_only_where_that_is_missing() {
    let mut world = world();
    let tree = system().file("/usr/share/games/song", program(9));
    world.release(10, &tree);
    let with_both = machine(&world, "-B games,music");
    let alone = world.machine("alone");
    alone.run("os-install -V 10 -B games --skip-optional").exits(0);
    world.bundle("games", "files = [\"/usr/share/games/one\"]");
    world.bundle("music", "files = [\"/usr/share/music\", \"/usr/share/games/song\"]");
    world.release(20, &tree);
    update(&world, &with_both, 20, &["games", "music"]);
    assert!(with_both.at("/usr/share/games/song").exists());
    update(&world, &alone, 20, &["games"]);
    assert!(!alone.at("/usr/share/games/song").exists());
}

#[test]
fn a_bundle_that_vanishes_leaves_what_others_have() {
    let mut world = world();
    world.bundle("office", "files = [\"/usr/share/office\", \"/usr/share/music\"]");
    let tree = system().file("/usr/share/office/one", "a desk");
    world.release(10, &tree);
    let machine = machine(&world, "-B office,music,editors");
    world.drop_bundle("music");
    world.drop_bundle("games");
    world.release(20, &tree.clone().without("/usr/share/games"));
    let said = machine.run("update").exits(0);
    said.says("no bundle `music`");
    machine.must_be(&world.says(20, &["office", "editors"]));
    machine.run("bundle-remove music").exits(3);
    machine.run("bundle-info music").exits(3);
    machine.run("bundle-add music").exits(3);
    lists(&machine, "", &["editors", "languages", "office", "os-core"]);
    // It comes back for whoever asks.
    world.bundle("music", "files = [\"/usr/share/music\"]");
    world.release(30, &tree);
    update(&world, &machine, 30, &["office", "editors"]);
    machine.run("bundle-add music").exits(0);
    machine.must_be(&world.says(30, &["office", "editors", "music"]));
    machine.run("bundle-remove office").exits(0);
    machine.must_be(&world.says(30, &["editors", "music"]));
}

#[test]
fn a_bundle_that_vanishes_may_still_be_named_by_others() {
    let mut world = world();
    world.release(10, &system());
    let machine = machine(&world, "-B editors");
    // Nobody can publish that; the reference server can.
    world.bundle("editors", "files = [\"/usr/share/editors\"]");
    world.drop_bundle("languages");
    let tree = system().without("/usr/share/languages");
    world.release(20, &tree);
    machine.run("update").exits(0).says("no bundle `languages`");
    machine.must_be(&world.says(20, &["editors"]));
    machine.run("diagnose --picky").exits(0);
}

#[test]
fn versions_in_between_need_not_be_visited() {
    let mut world = world();
    world.release(10, &system());
    let straight = machine(&world, "-B editors,games");
    let through = world.machine("through");
    through.run("os-install -V 10 -B editors,games").exits(0);
    let grown = system()
        .file("/usr/share/games/two", "another game")
        .file("/usr/share/office/one", "a desk")
        .link("/usr/share/editors/link", "one");
    world.bundle("office", "files = [\"/usr/share/office\"]");
    world.bundle("games", "files = [\"/usr/share/games\"]\nincludes = [\"office\"]");
    world.release(20, &grown);
    world.bundle("games", "files = [\"/usr/share/games\"]\nalso-add = [\"music\"]");
    world.drop_bundle("office");
    let shrunk = grown
        .without("/usr/share/office")
        .without("/usr/share/games/two")
        .without("/usr/share/editors/link")
        .with("/usr/share/editors/link", Node::directory().mode(0o750));
    world.release(30, &shrunk);
    update(&world, &through, 20, &["editors", "games", "music", "office"]);
    for machine in [&straight, &through] {
        update(&world, machine, 30, &["editors", "games", "music"]);
        lists(machine, "", &["editors", "games", "languages", "music", "os-core"]);
    }
}

#[test]
fn a_bundle_may_become_empty_and_another_everything() {
    let mut world = world();
    world.release(10, &system());
    let machine = machine(&world, "-B games,music");
    world.bundle("games", "includes = [\"languages\"]");
    world.bundle("music", "files = [\"/usr/share/music\", \"/usr/share/games\"]");
    world.release(20, &system());
    update(&world, &machine, 20, &["games", "music", "languages"]);
    machine.run("bundle-remove music").exits(0);
    machine.must_be(&world.says(20, &["games"]));
}

#[test]
fn what_is_experimental_can_become_usual() {
    let mut world = world();
    world.bundle("music", "files = [\"/usr/share/music\"]\nexperimental = true");
    world.release(10, &system());
    let machine = machine(&world, "-B music");
    lists(&machine, "", &["music: experimental", "os-core"]);
    world.bundle("music", "files = [\"/usr/share/music\"]");
    world.release(20, &system());
    update(&world, &machine, 20, &["music"]);
    lists(&machine, "", &["music", "os-core"]);
}

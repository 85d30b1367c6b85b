//! The world of these tests: the programs, and a small system in two bundles and more.

use std::io::{self, Write};

use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Machine, Programs, World},
};

/// Returns the programs under test.
pub(crate) fn programs() -> Programs {
    Programs {
        client: env!("CARGO_BIN_EXE_swupd-under-test").into(),
        server: env!("CARGO_BIN_EXE_swupd-server-under-test").into(),
    }
}

/// Returns a world with the bundles `editors` (includes `languages`), `languages`, `games`
/// (suggests `music`) and `music`, and nothing published.
pub(crate) fn world() -> World {
    let world = World::new(&programs());
    world.bundle("editors", "files = [\"/usr/share/editors\"]\nincludes = [\"languages\"]");
    world.bundle("languages", "files = [\"/usr/share/languages\"]");
    world.bundle("games", "files = [\"/usr/share/games\"]\nalso-add = [\"music\"]");
    world.bundle("music", "files = [\"/usr/share/music\"]");
    world
}

/// Returns a small system.
pub(crate) fn system() -> Tree {
    Tree::new()
        .with("/usr/bin/tool", Node::file(program(1)).mode(0o755))
        .with("/usr/bin/raise", Node::file("raise").mode(0o4755))
        .link("/usr/bin/link", "tool")
        .link("/bin", "usr/bin")
        .file("/usr/lib/library", program(2))
        .with("/usr/share/private", Node::directory().mode(0o700))
        .file("/usr/share/editors/one", "an editor")
        .file("/usr/share/languages/one", "a language")
        .file("/usr/share/games/one", "a game")
        .file("/usr/share/music/one", "a song")
}

/// Returns bytes that are worth a delta when few of them change.
pub(crate) fn program(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = |()| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    std::iter::repeat_n((), 5000).map(step).collect()
}

/// Returns the bundles that somebody asked for on a machine, sorted.
pub(crate) fn tracked(machine: &Machine) -> Vec<String> {
    let marks = fs_err::read_dir(machine.at("/var/lib/swupd/bundles")).unwrap();
    let mut names: Vec<String> =
        marks.map(|mark| mark.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Tells, loudly, that a test cannot be made here.
pub(crate) fn skipped(why: &str) {
    // Not through the macro, whose output is seen only where a test fails.
    writeln!(io::stderr(), "SKIPPED: {why}").unwrap();
}

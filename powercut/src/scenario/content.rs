//! A small OS in two versions that differ in every way in which versions can, and what is on its
//! machine besides.

use swupd_fixtures::{
    tree::{Node, Tree},
    world::{Programs, World},
};

use crate::seed::Seed;

/// The version that machines begin with.
pub(super) const OLD: u32 = 10;
/// The version that they are updated to.
pub(super) const NEW: u32 = 20;
/// A bundle that machines begin with.
pub(super) const INSTALLED: &str = "editors";
/// A bundle that they can add.
pub(super) const ADDED: &str = "games";

/// Publishes both versions.
pub(super) fn published(programs: &Programs) -> World {
    let mut world = World::new(programs);
    world.bundle(INSTALLED, "files = [\"/usr/share/editors\"]");
    world.bundle(ADDED, "files = [\"/usr/share/games\"]");
    world.release(OLD, &old());
    world.release(NEW, &new());
    world
}

/// What is on the machine besides: it is the user's and stays as it is.
pub(super) fn of_the_user() -> Tree {
    Tree::new()
        .file("/etc/hostname", "machine")
        .file("/home/user/letter", bytes(900, 7000))
        .file("/var/lib/service/data", bytes(901, 3000))
        .with("/usr/local/bin/mine", Node::file("mine").mode(0o755))
        .with("/usr/local/share/private", Node::directory().mode(0o700).owner(1000, 1000))
        .file("/usr/bin/stray", "stray")
}

fn old() -> Tree {
    let mut tree = Tree::new()
        .link("/bin", "usr/bin")
        .with("/usr/bin/tool", Node::file(bytes(1, 40_000)).mode(0o755))
        .with("/usr/bin/raise", Node::file("raise").mode(0o4755))
        .with("/usr/bin/ping", Node::file("ping").mode(0o755).xattr(CAPABILITY, MAY_PING))
        .link("/usr/bin/link", "tool")
        .file("/usr/lib/large", bytes(2, 300_000))
        .with("/usr/share/private", Node::directory().mode(0o700))
        .file("/opt/vendor/changed", bytes(3, 2000))
        .file("/opt/vendor/gone", "gone")
        .file("/srv/pages/same", "same")
        // What these are changes.
        .file("/usr/share/kinds/file-to-directory", "file")
        .file("/usr/share/kinds/file-to-link", "file")
        .file("/usr/share/kinds/directory-to-file/within", "within")
        .file("/usr/share/kinds/directory-to-link/deep/within", "within")
        .link("/usr/share/kinds/link-to-file", "file-to-link")
        .link("/usr/share/kinds/link-to-directory", "directory-to-file")
        // Whose these are and what one may do with them changes.
        .with("/usr/share/rights/file", Node::file("rights").mode(0o644))
        .with("/usr/share/rights/owned", Node::file("owned").owner(0, 0))
        .with("/usr/share/rights/directory", Node::directory().mode(0o755));
    for number in 0..240 {
        tree = tree.with(&place(number), Node::file(bytes(1000 + number, size(number))));
    }
    for number in 0..12 {
        tree = tree.file(&format!("/usr/share/old/chapter-{number}"), bytes(2000 + number, 600));
    }
    tree
}

fn new() -> Tree {
    let mut tree = old()
        .without("/usr/share/old")
        .without("/opt/vendor/gone")
        .without("/usr/share/kinds")
        .with("/usr/bin/tool", Node::file(changed(bytes(1, 40_000))).mode(0o755))
        .with("/usr/bin/ping", Node::file("ping").mode(0o755).xattr(CAPABILITY, MAY_BIND))
        .link("/usr/bin/link", "raise")
        .file("/usr/lib/large", changed(bytes(2, 300_000)))
        .file("/opt/vendor/changed", bytes(4, 2500))
        .file("/opt/vendor/fresh", "fresh")
        .file("/usr/share/kinds/file-to-directory/within", "within")
        .link("/usr/share/kinds/file-to-link", "link-to-file")
        .file("/usr/share/kinds/directory-to-file", "file")
        .link("/usr/share/kinds/directory-to-link", "file-to-directory")
        .file("/usr/share/kinds/link-to-file", "file")
        .file("/usr/share/kinds/link-to-directory/within", "within")
        .with("/usr/share/rights/file", Node::file("rights").mode(0o600))
        .with("/usr/share/rights/owned", Node::file("owned").owner(1000, 1000))
        .with("/usr/share/rights/directory", Node::directory().mode(0o711));
    for number in (0..240).step_by(3) {
        let before = bytes(1000 + number, size(number));
        let is_rewritten = number % 2 == 0;
        let content =
            if is_rewritten { bytes(3000 + number, size(number) + 7) } else { changed(before) };
        tree = tree.with(&place(number), Node::file(content));
    }
    for number in (5..240).step_by(24) {
        tree = tree.without(&place(number));
    }
    for number in 0..20 {
        tree = tree.file(&format!("/usr/share/new/page-{number}"), bytes(4000 + number, 1500));
    }
    tree
}

/// Returns where a numbered file is: in one of the bundles, or in none.
fn place(number: u64) -> String {
    match number % 8 {
        0 => format!("/usr/share/editors/part-{}/file-{number}", number % 5),
        1 => format!("/usr/share/games/file-{number}"),
        rest => format!("/usr/lib/room-{rest}/file-{number}"),
    }
}

/// Returns how large a numbered file is: empty ones, ones that file systems keep with their names,
/// and ones of several blocks.
fn size(number: u64) -> usize {
    [0, 40, 300, 900, 4096, 5000, 13_000, 30_000][usize::try_from(number / 8 % 8).unwrap_or(0)]
}

/// Returns bytes that cannot be made smaller.
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut seed = Seed::new(seed);
    (0..count).map(|_| seed.next().to_le_bytes()[0]).collect()
}

/// Changes a little, so that a delta is worth while.
fn changed(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    match bytes.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => bytes.push(b'!'),
    }
    bytes
}

const CAPABILITY: &str = "security.capability";
/// `cap_net_raw=ep`, as the kernel stores it (version 2).
const MAY_PING: [u8; 20] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// The same with another capability, `cap_net_bind_service`.
const MAY_BIND: [u8; 20] = [1, 0, 0, 2, 0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

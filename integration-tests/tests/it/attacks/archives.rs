//! Packs are a convenience: whatever is wrong with one, its objects come in another way.

use std::io::Read;

use swupd_fixtures::lies::{TarMember, bomb, compressed, tar};
use swupd_protocol::{
    bundle::BundleName,
    compression::decoder,
    layout::{self, RepoPath},
};

use crate::scene::{Scene, ten, twenty};

#[test]
fn a_pack_of_lies_is_made_up_for() {
    let scene = Scene::shared();
    let hash = scene.entry("/usr/share/doc/new").hash.to_string();
    let whole = scene.truth().bytes(&pack());
    let member = |name: &str, content: &str| TarMember::file(name, content);
    let staged = format!("staged/{hash}");
    let packed = |members: &[TarMember]| compressed(&tar(members));
    for (lie, bytes) in [
        ("nothing", vec![]),
        ("a page", b"<html>no such page</html>".to_vec()),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("all but a byte", whole[..whole.len() - 1].to_vec()),
        ("something behind it", [&whole[..], b"evil"].concat()),
        ("no member", packed(&[])),
        ("other content", packed(&[member(&staged, "evil")])),
        ("an absolute name", packed(&[member("/evil", "evil")])),
        ("a name above", packed(&[member("staged/../../../../evil", "evil")])),
        ("a name beside", packed(&[member("evil", "evil")])),
        ("a link", packed(&[TarMember::of(b'2', &staged, "/etc/passwd")])),
        (
            "a link, then something below it",
            packed(&[TarMember::of(b'2', "staged", "/"), member("staged/evil", "evil")]),
        ),
        (
            "a link that is then written to",
            packed(&[TarMember::of(b'2', &staged, "/evil"), member(&staged, "evil")]),
        ),
        ("a hard link", packed(&[TarMember::of(b'1', &staged, "/etc/passwd")])),
        ("a device", packed(&[TarMember::of(b'3', &staged, "")])),
        ("a fifo", packed(&[TarMember::of(b'6', &staged, "")])),
        (
            "an object that nobody lists",
            packed(&[member(&format!("staged/{}", "1".repeat(64)), "x")]),
        ),
        ("a huge size", packed(&[member(&staged, "new").stating(1 << 62)])),
    ] {
        // Shown where the test fails.
        println!("{lie}");
        scene.victim_of(scene.truth().with(&pack(), bytes)).shrugs_it_off();
    }
}

#[test]
fn a_pack_that_unpacks_without_end_is_given_up() {
    let scene = Scene::shared();
    let hash = scene.entry("/usr/share/doc/new").hash;
    let from = scene.truth().manifest_of(&BundleName::os_core(), ten());
    let tool = |entries: &[swupd_protocol::manifest::Entry]| {
        entries.iter().find(|entry| entry.path.as_bytes() == b"/usr/bin/tool").unwrap().hash
    };
    let delta = layout::delta_file(tool(&from.entries), scene.entry("/usr/bin/tool").hash);
    for name in [format!("staged/{hash}"), "evil".into(), format!("delta/{}", &delta[..60])] {
        let head = tar(&[TarMember::file(name, "").stating(8 << 30)]);
        let lie = scene.truth().with(&pack(), bomb(&head[..512], 3 << 30));
        scene.victim_of(lie).shrugs_it_off();
    }
}

#[test]
fn many_empty_members_are_given_up() {
    let scene = Scene::shared();
    let head = tar(&[TarMember::file("evil", "")]);
    let many = head[..512].repeat(50_000);
    scene.victim_of(scene.truth().with(&pack(), compressed(&many))).shrugs_it_off();
}

#[test]
fn a_delta_with_any_damage_is_made_up_for() {
    let scene = Scene::shared();
    let mut unpacked = Vec::new();
    let packed = scene.truth().bytes(&pack());
    decoder(&packed[..]).unwrap().read_to_end(&mut unpacked).unwrap();
    let start = find(&unpacked, b"BSDIFF4").expect("the pack has a delta");
    // Lengths, sizes, owner, encoding, control block: a byte wrong in each, and signs turned.
    let damages = (0..200).step_by(9).flat_map(|at| [(at, 0x01), (at, 0x80), (at, 0xff)]);
    let victims: Vec<_> = damages.collect();
    for chunk in victims.chunks(11) {
        let mut damaged = unpacked.clone();
        for (at, with) in chunk.iter().take(1) {
            damaged[start + at] ^= with;
        }
        scene.victim_of(scene.truth().with(&pack(), compressed(&damaged))).shrugs_it_off();
    }
}

#[test]
fn a_delta_from_something_that_was_changed_here_is_made_up_for() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    fs_err::write(victim.machine.at("/usr/bin/tool"), "changed by the user").unwrap();
    victim.shrugs_it_off();
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The pack from version 10 to 20 of `os-core`.
fn pack() -> RepoPath {
    layout::pack(&BundleName::os_core(), Some(ten()), twenty())
}

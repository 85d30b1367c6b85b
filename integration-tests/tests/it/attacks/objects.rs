//! What is given: objects that are not what the manifests list. Where nothing else has the object,
//! the update ends; nothing of the lie is kept.

use swupd_fixtures::lies::{Liar, TarMember, bomb, compressed, tar};
use swupd_protocol::layout;

use crate::scene::{Scene, ten, twenty};

const NEW: &str = "/usr/share/doc/new";

#[test]
fn an_object_that_is_not_what_its_name_says_is_refused() {
    let scene = Scene::shared();
    let hash = scene.entry(NEW).hash.to_string();
    let path = scene.fullfile(NEW);
    let whole = scene.truth().bytes(&path);
    let member = |name: &str| TarMember::file(name, "new");
    let packed = |members: &[TarMember]| compressed(&tar(members));
    for (lie, bytes) in [
        ("nothing", vec![]),
        ("a page", b"<html>no such page</html>".to_vec()),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("all but a byte", whole[..whole.len() - 1].to_vec()),
        ("no member", packed(&[])),
        ("another object", scene.truth().bytes(&scene.fullfile("/usr/bin/tool"))),
        ("other content", packed(&[TarMember::file(&hash, "evil")])),
        ("more content", packed(&[TarMember::file(&hash, "newer")])),
        ("another name", packed(&[member("other")])),
        ("an absolute name", packed(&[member(&format!("/{hash}"))])),
        ("a name above", packed(&[member(&format!("../{hash}"))])),
        ("one more behind it", packed(&[member(&hash), member("../evil")])),
        ("one more before it", packed(&[member("evil"), member(&hash)])),
        ("it twice", packed(&[member(&hash), member(&hash)])),
        ("a link", packed(&[TarMember::of(b'2', &hash, "/etc/passwd")])),
        ("a link, then it", packed(&[TarMember::of(b'2', &hash, "/evil"), member(&hash)])),
        ("a hard link", packed(&[TarMember::of(b'1', &hash, "/etc/passwd")])),
        ("a directory", packed(&[TarMember::of(b'5', &hash, "")])),
        ("a character device", packed(&[TarMember::of(b'3', &hash, "")])),
        ("a block device", packed(&[TarMember::of(b'4', &hash, "")])),
        ("a fifo", packed(&[TarMember::of(b'6', &hash, "")])),
        ("a size it has not", packed(&[member(&hash).stating(4)])),
        ("a huge size", packed(&[member(&hash).stating(1 << 62)])),
    ] {
        // Shown where the test fails.
        println!("{lie}");
        let url = format!("/{path}");
        // The reference client has no code for content that is not what its name says.
        let exit = if ["other content", "more content", "a size it has not"].contains(&lie) {
            1
        } else {
            17
        };
        let lie = alone(scene.truth()).with(&path, bytes);
        scene.victim_of(lie).refuses(exit, &[&url, NEW]);
    }
}

#[test]
fn an_object_that_unpacks_without_end_is_refused() {
    let scene = Scene::shared();
    let hash = scene.entry(NEW).hash.to_string();
    let path = scene.fullfile(NEW);
    for size in [4 << 20, 3 << 30, 1 << 50] {
        let head = tar(&[TarMember::file(&hash, "").stating(size)]);
        let lie = alone(scene.truth()).with(&path, bomb(&head[..512], 3 << 30));
        scene.victim_of(lie).refuses(17, &[NEW]);
    }
    // Behind the object, where nothing should be.
    let whole = tar(&[TarMember::file(&hash, "new")]);
    let lie = alone(scene.truth()).with(&path, bomb(&whole, 3 << 30));
    scene.victim_of(lie).refuses(17, &[NEW]);
}

#[test]
fn an_object_that_is_not_there_is_told_by_path_and_url() {
    let scene = Scene::shared();
    let path = scene.fullfile(NEW);
    let url = format!("/{path}");
    let lie = alone(scene.truth()).without(&path);
    scene.victim_of(lie).refuses(17, &[NEW, &url]);
}

#[test]
fn an_object_that_is_larger_than_all_of_its_bundle_is_refused_before_it_is_read() {
    let scene = Scene::shared();
    let hash = scene.entry(NEW).hash.to_string();
    let size = 20 << 20;
    let whole = tar(&[TarMember::file(&hash, "").stating(size)]);
    let lie = alone(scene.truth()).with(&scene.fullfile(NEW), bomb(&whole[..512], size + 1024));
    scene.victim_of(lie).refuses(17, &["/files/", "too large (20971520 bytes)"]);
}

/// Leaves nothing but fullfiles.
fn alone(liar: Liar) -> Liar {
    ["os-core", "editors", "languages"].into_iter().fold(liar, |liar, bundle| {
        liar.without(&layout::pack(&bundle.parse().unwrap(), Some(ten()), twenty()))
    })
}

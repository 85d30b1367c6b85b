//! What is said: manifests that are damaged, too large, somebody else's, or that name places
//! outside of the tree; the latter with all hashes and signatures in order.

use swupd_fixtures::lies::{Liar, TarMember, archive_of, bomb, compressed, tar};
use swupd_protocol::{bundle::BundleName, layout};

use crate::scene::{Scene, ten, twenty};

const NAME: &str = "Manifest.os-core";

#[test]
fn a_damaged_manifest_is_refused() {
    let scene = Scene::shared();
    let path = layout::manifest(&core(), twenty()).tar();
    let whole = scene.truth().bytes(&path);
    let text = scene.truth().bytes(&layout::manifest(&core(), twenty()));
    let mut changed = text.clone();
    let last = changed.len() - 2;
    changed[last] ^= 1;
    for bytes in [
        vec![],
        b"<html>no such page</html>".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        text.clone(),
        archive_of(&[(NAME, &changed)]),
        archive_of(&[(NAME, &text[..text.len() / 2])]),
        archive_of(&[("Manifest.editors", &text)]),
        compressed(&tar(&[TarMember::file(format!("/{NAME}"), &text)])),
        compressed(&tar(&[TarMember::file(format!("../{NAME}"), &text)])),
        compressed(&tar(&[TarMember::of(b'2', NAME, "/etc/passwd")])),
        compressed(&tar(&[TarMember::of(b'1', NAME, "/etc/passwd")])),
        compressed(&tar(&[TarMember::file(NAME, &text).stating(1 << 62)])),
    ] {
        let lie = without_delta(scene.truth()).with(&path, bytes);
        scene.victim_of(lie).refuses(8, &["bundle `os-core`", "version 20"]);
    }
}

#[test]
fn a_version_without_the_core_is_not_gone_to() {
    let scene = Scene::shared();
    let without = |text: String| {
        let lines = text.split_inclusive('\n').filter(|line| !line.ends_with("\tos-core\n"));
        lines.collect()
    };
    let liar = scene.truth().mom(twenty(), without);
    scene.victim_of(liar).refuses(3, &["version 20", "`os-core`"]);
}

#[test]
fn a_damaged_mom_is_refused() {
    let scene = Scene::shared();
    let path = layout::mom(twenty()).tar();
    let whole = scene.truth().bytes(&path);
    for bytes in [&b""[..], b"<html>no such page</html>", &whole[..whole.len() / 2]] {
        let lie = scene.truth().with(&path, bytes);
        scene.victim_of(lie).refuses(4, &["MoM of version 20"]);
    }
}

#[test]
fn metadata_that_is_not_there_is_told_by_its_url() {
    let scene = Scene::shared();
    for version in [ten(), twenty()] {
        let path = layout::mom(version).tar();
        let url = format!("/{path}");
        scene.victim_of(scene.truth().without(&path)).refuses(4, &[&url]);
        let path = layout::manifest(&core(), version).tar();
        let url = format!("/{path}");
        let lie = without_delta(scene.truth()).without(&path);
        scene.victim_of(lie).refuses(8, &[&url, "os-core"]);
    }
}

#[test]
fn metadata_that_unpacks_without_end_is_refused() {
    let scene = Scene::shared();
    let member = |name: &str| tar(&[TarMember::file(name, "").stating(8 << 30)])[..512].to_vec();
    let lie =
        scene.truth().with(&layout::mom(twenty()).tar(), bomb(&member("Manifest.MoM"), 3 << 30));
    scene.victim_of(lie).refuses(4, &["MoM of version 20"]);
    let path = layout::manifest(&core(), twenty()).tar();
    let lie = without_delta(scene.truth()).with(&path, bomb(&member(NAME), 3 << 30));
    scene.victim_of(lie).refuses(8, &["bundle `os-core`"]);
}

#[test]
fn the_manifest_of_another_version_is_refused() {
    let scene = Scene::shared();
    // The same name, and the right place: only the hash in the MoM tells.
    let [is, was] = [twenty(), ten()].map(|version| layout::manifest(&core(), version).tar());
    let lie = without_delta(scene.truth()).swapped(&is, &was);
    scene.victim_of(lie).refuses(8, &["bundle `os-core`", "hash"]);
    // The hash is right, too: only what it says of itself tells.
    let lie = retold(scene.truth(), |text| text.replace("version:\t20\n", "version:\t10\n"));
    scene.victim_of(lie).refuses(8, &["os-core", "states version 10 and not 20"]);
}

#[test]
fn a_signed_path_that_leaves_the_tree_is_refused() {
    let scene = Scene::shared();
    let long = format!("/{}", "x".repeat(5000));
    for path in [
        "/../evil",
        "/usr/../../evil",
        "/usr/..",
        "/usr/./evil",
        "/usr//evil",
        "usr/evil",
        "../evil",
        "",
        "/",
        "/usr/",
        "/usr/evil\0",
        &long,
    ] {
        let lie = retold(scene.truth(), |text| text.replace("/usr/share/doc/new", path));
        scene.victim_of(lie).refuses(8, &["bundle `os-core`"]);
    }
}

#[test]
fn a_signed_text_that_is_no_manifest_is_refused() {
    let scene = Scene::shared();
    let mut lies: Vec<Box<dyn Fn(String) -> String>> = vec![
        Box::new(|_| String::new()),
        Box::new(|text| text.replacen("MANIFEST", "MANIFESTO", 1)),
        Box::new(|text| text.trim_end().to_owned()),
        Box::new(|text| text.replace("\t/usr/share/doc/new\n", "\n")),
        Box::new(|text| text.replace("\t/usr/share/doc/new\n", "\t/usr/share/doc/new\n\n")),
        Box::new(|text| text + "F...\tnot a hash\t20\t/usr/x\n"),
        Box::new(|text| text + &format!("F...\t{}\t20\t/usr/x\n", "0".repeat(65))),
        Box::new(|text| text + &format!("F..\t{}\t20\t/usr/x\n", "1".repeat(64))),
        Box::new(|text| text + &format!("F...\t{}\t-20\t/usr/x\n", "1".repeat(64))),
        Box::new(|text| text + &format!("F...\t{}\t4294967296\t/usr/x\n", "1".repeat(64))),
    ];
    for (key, values) in [
        ("filecount", ["4000001", "-1", "99999999999999999999999", "x"]),
        ("contentsize", ["2000000000001", "-1", "99999999999999999999999", "x"]),
        ("version", ["0", "-20", "4294967316", "x"]),
    ] {
        for value in values {
            lies.push(Box::new(move |text| with_header(&text, key, value)));
        }
    }
    for (number, lie) in lies.into_iter().enumerate() {
        let liar = retold(scene.truth(), lie);
        let victim = scene.victim_of(liar);
        let ran = victim.run("update");
        assert_eq!(ran.code, 8, "lie {number}: {}{}", ran.stdout, ran.stderr);
        victim.must_be_unharmed();
    }
}

#[test]
fn a_signed_name_that_leaves_the_directory_of_manifests_is_refused() {
    let scene = Scene::shared();
    for name in ["../evil", "/evil", "a/b", "..", ".", "-rf", "", "MoM", "full", "x\u{7}"] {
        let lie =
            scene.truth().mom(twenty(), |text| text.replace("\teditors\n", &format!("\t{name}\n")));
        scene.victim_of(lie).refuses(4, &["MoM of version 20"]);
        let lie = retold(scene.truth(), |text| {
            text.replacen("\n\n", &format!("\nincludes:\t{name}\n\n"), 1)
        });
        scene.victim_of(lie).refuses(8, &["bundle `os-core`"]);
    }
}

#[test]
fn bundles_that_include_each_other_are_no_endless_road() {
    let scene = Scene::shared();
    let lie = retold(scene.truth(), |text| {
        text.replacen("\n\n", "\nincludes:\teditors\nincludes:\tos-core\nincludes:\tnobody\n\n", 1)
    });
    scene.victim_of(lie).shrugs_it_off();
}

#[test]
fn a_signed_path_below_a_signed_file_or_link_is_refused() {
    let scene = Scene::shared();
    for below in ["/usr/bin/tool/evil", "/usr/bin/link/evil", "/bin/evil"] {
        let lie = retold(scene.truth(), |text| text.replace("/usr/share/doc/new", below));
        let victim = scene.victim_of(lie);
        victim.refuses(7, &[below, "will be no directory"]);
    }
}

#[test]
fn a_signed_list_of_objects_that_nobody_has_does_not_stick() {
    let scene = Scene::shared();
    let hash = scene.entry("/usr/share/doc/new").hash.to_string();
    let lie = retold(scene.truth(), |text| text.replace(&hash, &"1".repeat(64)));
    scene.victim_of(lie).refuses(17, &["/usr/share/doc/new", &"1".repeat(64)]);
}

#[test]
fn a_lie_about_the_installed_version_is_refused_too() {
    let scene = Scene::shared();
    let lie = scene
        .truth()
        .manifest(&core(), ten(), |text| text.replace("/usr/share/doc/old", "/../evil"));
    scene.victim_of(lie).refuses(8, &["bundle `os-core`", "version 10"]);
}

/// Tells something else about `os-core`; without a delta of its manifest it must be fetched whole.
fn retold(liar: Liar, edit: impl FnOnce(String) -> String) -> Liar {
    without_delta(liar.manifest(&core(), twenty(), edit))
}

fn without_delta(liar: Liar) -> Liar {
    liar.without(&layout::manifest_delta(&core(), ten(), twenty()))
}

fn with_header(text: &str, key: &str, value: &str) -> String {
    let start = format!("{key}:\t");
    let new = |line: &str| {
        let is_it = line.starts_with(&start);
        if is_it { format!("{start}{value}\n") } else { format!("{line}\n") }
    };
    text.lines().map(new).collect()
}

fn core() -> BundleName {
    BundleName::os_core()
}

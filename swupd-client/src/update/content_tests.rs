use swupd_protocol::variant::Level;

use super::*;

fn manifest(lines: &str) -> Manifest {
    let text = format!("MANIFEST\t30\nversion:\t20\n\n{lines}");
    Manifest::parse(text.as_bytes()).unwrap()
}

fn line(flags: &str, hash: char, version: u32, path: &str) -> String {
    format!("{flags}\t{}\t{version}\t{path}\n", hash.to_string().repeat(64))
}

fn of(layers: &[(&Manifest, bool)], runnable: Levels) -> Content {
    Content::of(
        layers.iter().map(|(manifest, tracked)| Layer { manifest, tracked: *tracked }),
        runnable,
    )
}

#[test]
fn present_goes_before_deleted_and_contradictions_are_left_out() {
    let a = manifest(&[line("F...", '1', 10, "/a"), line(".d..", '0', 20, "/b")].concat());
    let b = manifest(&[line("F...", '2', 10, "/a"), line("F...", '3', 10, "/b")].concat());
    for layers in [[(&a, false), (&b, true)], [(&b, true), (&a, false)]] {
        let content = of(&layers, Levels::NONE);
        assert_eq!(content.contradictions.len(), 1);
        let paths: Vec<String> = content.present().map(|e| e.path.to_string()).collect();
        assert_eq!(paths, ["/b"]);
    }
}

#[test]
fn of_the_same_object_the_tracked_bundles_then_the_older_entry_is_taken() {
    let (ten, twenty) = (line("F...", '1', 10, "/a"), line("F...", '1', 20, "/a"));
    let (ten, twenty) = (manifest(&ten), manifest(&twenty));
    let path = TreePath::parse(b"/a").unwrap();
    let version = |layers: &[(&Manifest, bool)]| {
        of(layers, Levels::NONE).get(&path).unwrap().version.number()
    };
    assert_eq!(version(&[(&ten, false), (&twenty, true)]), 20);
    assert_eq!(version(&[(&twenty, false), (&ten, false)]), 10);
    assert_eq!(version(&[(&ten, true), (&twenty, true)]), 10);
}

#[test]
fn one_build_of_a_path_is_taken_and_reserved_ones_are_counted() {
    let lines =
        [line("F.a.", '1', 10, "/a"), line("F.e.", '2', 10, "/a"), line("F.z.", '3', 10, "/a")];
    let manifest = manifest(&lines.concat());
    let plain = of(&[(&manifest, true)], Levels::NONE);
    assert_eq!(plain.present().next().unwrap().hash.to_string(), "1".repeat(64));
    assert_eq!(plain.reserved, 1);
    let avx2 = of(&[(&manifest, true)], Levels::NONE.with(Level::Avx2));
    assert_eq!(avx2.present().next().unwrap().hash.to_string(), "2".repeat(64));
}

#[test]
fn state_configuration_and_kernels_that_are_gone_are_left_alone() {
    let lines = [
        line("F...", '1', 10, "/etc/x"),
        line("D...", '1', 10, "/var"),
        line(".d..", '0', 10, "/usr/lib/modules/6/x.ko"),
        line("F...", '1', 10, "/usr/lib/modules/7/x.ko"),
        line(".g..", '0', 10, "/usr/x"),
        line(".d..", '0', 10, "/usr/y"),
    ];
    let manifest = manifest(&lines.concat());
    let left: Vec<bool> = manifest.entries.iter().map(is_left_alone).collect();
    assert_eq!(left, [true, false, true, false, true, false]);
}

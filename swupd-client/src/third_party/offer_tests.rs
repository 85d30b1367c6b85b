use std::os::unix::fs::PermissionsExt;

use swupd_protocol::manifest::Manifest;

use super::*;
use crate::update::content::Layer;

fn content(lines: &[(&str, &str)]) -> Content {
    let hash = "a".repeat(64);
    let lines = lines.iter().map(|(flags, path)| format!("{flags}\t{hash}\t10\t{path}\n"));
    let text = format!(
        "MANIFEST\t30\nversion:\t10\nprevious:\t0\nfilecount:\t9\ntimestamp:\t1\n\
         contentsize:\t1\n\n{}",
        lines.collect::<String>()
    );
    let manifest = Manifest::parse(text.as_bytes()).unwrap();
    let layer = Layer { manifest: &manifest, tracked: true };
    Content::of([layer], swupd_protocol::variant::Levels::NONE)
}

#[test]
fn programs_are_what_is_flagged_in_directories_of_programs() {
    let content = content(&[
        ("F..x", "/bin/both"),
        ("F..x", "/opt/bin/elsewhere"),
        ("F..x", "/usr/bin/both"),
        ("F..x", "/usr/bin/tool"),
        ("D..x", "/usr/bin/directory"),
        ("F...", "/usr/bin/plain"),
        ("F..x", "/usr/bin/x/deep"),
        ("L..x", "/usr/local/bin/link"),
    ]);
    let programs = programs(&content);
    let told: Vec<String> =
        programs.iter().map(|(name, path)| format!("{} {path}", name.display())).collect();
    assert_eq!(told, ["both /usr/bin/both", "link /usr/local/bin/link", "tool /usr/bin/tool"]);
}

/// A tree with two repositories.
struct Scene {
    scratch: tempfile::TempDir,
    root: Root,
    one: Repository,
    other: Repository,
}

impl Scene {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let root = Root::open(scratch.path()).unwrap();
        let repository =
            |name: &str| Repository { name: name.parse().unwrap(), url: "file:///".into() };
        Self { scratch, root, one: repository("one"), other: repository("other") }
    }

    fn settle(&self, repository: &Repository, names: &[&str]) -> Settled {
        let tree = self.root.path().join("opt/3rd-party/bundles").join(repository.name.as_str());
        let offer = Offer { repository, os: &self.root, tree: &tree };
        let path = |name: &str| TreePath::parse(format!("/usr/bin/{name}").as_bytes()).unwrap();
        let programs = names.iter().map(|name| (OsString::from(name), path(name))).collect();
        let taken = offer.taken(&programs_of(&programs)).unwrap().cloned();
        let settled = offer.settle(&programs).unwrap();
        assert_eq!(settled.taken.first(), taken.as_ref());
        settled
    }

    fn at(&self, name: &str) -> PathBuf {
        self.scratch.path().join("opt/3rd-party/bin").join(name)
    }
}

fn programs_of(programs: &BTreeMap<OsString, TreePath>) -> Vec<OsString> {
    programs.keys().cloned().collect()
}

#[test]
fn scripts_come_and_go_with_what_is_offered() {
    let scene = Scene::new();
    assert_eq!(scene.settle(&scene.one, &[]), Settled::default());
    assert!(!scene.at("").exists());
    assert_eq!(scene.settle(&scene.one, &["a", "b"]).written, ["a", "b"]);
    assert_eq!(scene.settle(&scene.other, &["c"]).written, ["c"]);
    assert_eq!(scene.settle(&scene.one, &["a", "b"]), Settled::default());
    fs_err::set_permissions(scene.at("a"), PermissionsExt::from_mode(0o644)).unwrap();
    let settled = scene.settle(&scene.one, &["a"]);
    assert_eq!((settled.written, settled.removed), (vec!["a".into()], vec!["b".into()]));
    assert_eq!(fs_err::metadata(scene.at("a")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(!scene.at("b").exists() && scene.at("c").exists());
    assert_eq!(scene.settle(&scene.one, &[]).removed, ["a"]);
    assert!(scene.at("c").exists());
}

#[test]
fn what_somebody_else_has_there_stays() {
    let scene = Scene::new();
    scene.settle(&scene.other, &["a"]);
    fs_err::write(scene.at("mine"), "#!/bin/sh\n").unwrap();
    fs_err::create_dir(scene.at("directory")).unwrap();
    fs_err::os::unix::fs::symlink("mine", scene.at("link")).unwrap();
    let names = ["a", "directory", "link", "mine", "new"];
    let settled = scene.settle(&scene.one, &names);
    assert_eq!(settled.taken, ["a", "directory", "link", "mine"]);
    assert_eq!(settled.written, ["new"]);
    assert_eq!(scene.settle(&scene.one, &[]).removed, ["new"]);
    assert_eq!(fs_err::read_to_string(scene.at("mine")).unwrap(), "#!/bin/sh\n");
    assert!(scene.at("link").is_symlink() && scene.at("directory").is_dir());
}

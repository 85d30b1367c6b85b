use std::fmt::Write;

use super::*;
use crate::host::processes::{self, Unit};

/// A tree, and a `/proc` to tell lies about it.
struct Scene {
    scratch: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { scratch: tempfile::tempdir().unwrap() };
        fs_err::create_dir_all(scene.proc("self/ns")).unwrap();
        fs_err::os::unix::fs::symlink("mnt:[1]", scene.proc("self/ns/mnt")).unwrap();
        scene
    }

    fn tree(&self, path: &str) -> PathBuf {
        self.scratch.path().canonicalize().unwrap().join("tree").join(path)
    }

    fn proc(&self, path: &str) -> PathBuf {
        self.scratch.path().join("proc").join(path)
    }

    fn put(&self, path: &str) -> PathBuf {
        let path = self.tree(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        drop(fs_err::remove_file(&path));
        fs_err::write(&path, "").unwrap();
        path
    }

    /// Lets a process map files: the path that the kernel shows, and the file.
    fn process(&self, pid: u32, mounts: &str, mapped: &[(&str, &Path)]) {
        let place = self.proc(&pid.to_string());
        for directory in ["ns", "map_files"] {
            fs_err::create_dir_all(place.join(directory)).unwrap();
        }
        fs_err::os::unix::fs::symlink(mounts, place.join("ns/mnt")).unwrap();
        fs_err::write(place.join("comm"), format!("program-{pid}\n")).unwrap();
        fs_err::write(place.join("cgroup"), "0::/system.slice/a.service\n").unwrap();
        let mut maps = String::new();
        for (number, (shown, file)) in mapped.iter().enumerate() {
            let inode = fs_err::metadata(file).unwrap().ino();
            let range = format!("{:x}-{:x}", number * 2 + 1, number * 2 + 2);
            writeln!(maps, "{range} r-xp 00000000 fe:00 {inode}      {shown}").unwrap();
            fs_err::os::unix::fs::symlink(file, place.join("map_files").join(range)).unwrap();
        }
        fs_err::write(place.join("maps"), maps).unwrap();
    }

    fn shown(&self, path: &str) -> String {
        self.tree(path).display().to_string()
    }

    fn look(&self) -> Looked {
        let root = Root::open(&self.tree("")).unwrap();
        processes::look(&self.proc(""), &root).unwrap()
    }

    /// Returns what is found of the only process.
    fn files(&self) -> Vec<String> {
        let looked = self.look();
        assert!(looked.stale.len() < 2 && looked.hidden == 0, "{looked:?}");
        looked.stale.iter().flat_map(|stale| &stale.files).map(ToString::to_string).collect()
    }
}

#[test]
fn what_was_replaced_file_by_file_is_old() {
    let scene = Scene::new();
    let aside = scene.put("aside");
    scene.put("usr/bin/tool");
    let deleted = format!("{} (deleted)", scene.shown("usr/bin/tool"));
    let gone = format!("{} (deleted)", scene.shown("usr/lib/gone.so"));
    scene.process(5_000_001, "mnt:[1]", &[(&deleted, &aside), (&gone, &aside)]);
    let looked = scene.look();
    let [stale] = &looked.stale[..] else { panic!("{looked:?}") };
    assert_eq!(stale.name, "program-5000001");
    assert_eq!(stale.unit, Unit::System("a.service".into()));
    assert_eq!(scene.files(), ["/usr/bin/tool", "/usr/lib/gone.so"]);
}

#[test]
fn after_an_exchange_only_what_changed_is_old() {
    let scene = Scene::new();
    let same = scene.put("usr/lib/same.so");
    scene.put("usr/lib/changed.so");
    let before = scene.put(".swupd/generations/7/usr/lib/changed.so");
    let gone = scene.put(".swupd/generations/7/usr/lib/gone.so");
    let kept = |path: &str| scene.shown(&format!(".swupd/generations/7/usr/lib/{path}"));
    let (same_kept, changed, was) = (kept("same.so"), kept("changed.so"), kept("gone.so"));
    // Its name in the kept version may go; it is the tree's file all the same.
    let same_gone = format!("{same_kept} (deleted)");
    scene.process(
        5_000_001,
        "mnt:[1]",
        &[(&same_kept, &same), (&same_gone, &same), (&changed, &before), (&was, &gone)],
    );
    assert_eq!(scene.files(), ["/usr/lib/changed.so", "/usr/lib/gone.so"]);
}

#[test]
fn what_is_not_of_the_os_or_not_code_does_not_count() {
    let scene = Scene::new();
    let other = scene.put("other");
    let local = format!("{} (deleted)", scene.shown("usr/local/bin/x"));
    let home = format!("{} (deleted)", scene.shown("home/me/x"));
    let cases = [
        (local.as_str(), other.as_path()),
        (&home, &other),
        ("/memfd:x (deleted)", &other),
        ("/usr/lib/another-tree.so (deleted)", &other),
        ("/elsewhere/.swupd/generations/1/usr/lib/x.so", &other),
    ];
    scene.process(5_000_001, "mnt:[1]", &cases);
    let data = scene.proc("5000001/maps");
    let mut maps = fs_err::read_to_string(&data).unwrap();
    let data_shown = scene.shown("usr/lib/data");
    writeln!(maps, "90-91 r--p 00000000 fe:00 1      {data_shown} (deleted)").unwrap();
    fs_err::write(data, maps).unwrap();
    assert_eq!(scene.look(), Looked::default());
}

#[test]
fn a_container_is_another_tree_and_a_confined_service_is_not() {
    let scene = Scene::new();
    let old = scene.put("aside");
    scene.put("usr/lib/x.so");
    let mapped = [("/usr/lib/x.so", old.as_path())];
    scene.process(5_000_001, "mnt:[2]", &mapped);
    fs_err::os::unix::fs::symlink(scene.proc(""), scene.proc("5000001/root")).unwrap();
    assert_eq!(scene.look(), Looked::default());
    fs_err::remove_file(scene.proc("5000001/root")).unwrap();
    fs_err::os::unix::fs::symlink(scene.tree(""), scene.proc("5000001/root")).unwrap();
    assert_eq!(scene.files(), ["/usr/lib/x.so"]);
}

#[test]
fn a_service_that_has_the_old_tree_mounted_is_told() {
    let scene = Scene::new();
    let old = scene.put(".swupd/generations/7/usr/lib/x.so");
    let detached = scene.put(".swupd/generations/7/usr/libexec/daemon");
    scene.put("usr/lib/x.so");
    scene.process(5_000_001, "mnt:[2]", &[("/lib/x.so", &old), ("/libexec/daemon", &detached)]);
    // Its root is the tree, but for its `/usr`: the tests cannot mount, so its root is the kept
    // version's, which the look takes for the tree's where that is one.
    let root = scene.tree(".swupd/generations/7");
    fs_err::os::unix::fs::symlink(&root, scene.proc("5000001/root")).unwrap();
    fs_err::os::unix::fs::symlink("usr/lib", scene.tree("lib")).unwrap();
    let opened = Root::open(&scene.tree("")).unwrap();
    let proc = scene.proc("");
    let none = std::collections::BTreeSet::new();
    let mut reader = Reader::new(&proc, &opened, &none).unwrap();
    reader.tree_identity = identity(&root);
    let looked = reader.look().unwrap();
    let [stale] = &looked.stale[..] else { panic!("{looked:?}") };
    assert!(stale.sees_old_tree);
    let files: Vec<String> = stale.files.iter().map(ToString::to_string).collect();
    assert_eq!(files, ["/lib/x.so", "/usr/libexec/daemon"]);
}

#[test]
fn processes_that_end_or_hide_do_not_stop_the_look() {
    let scene = Scene::new();
    let file = scene.put("usr/bin/tool");
    scene.process(5_000_001, "mnt:[1]", &[(&scene.shown("usr/bin/tool"), &file)]);
    fs_err::create_dir(scene.proc("5000002")).unwrap();
    fs_err::create_dir_all(scene.proc("5000003/maps")).unwrap();
    fs_err::write(scene.proc("uptime"), "1").unwrap();
    assert_eq!(scene.look(), Looked { stale: Vec::new(), hidden: 1 });
}

#[test]
fn this_machine_can_be_looked_at() {
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path().join("usr/bin");
    fs_err::create_dir_all(&tree).unwrap();
    fs_err::copy("/usr/bin/sleep", tree.join("sleep")).unwrap();
    let root = Root::open(scratch.path()).unwrap();
    let mut child = std::process::Command::new(tree.join("sleep")).arg("60").spawn().unwrap();
    let look = || {
        let looked = processes::look(Path::new("/proc"), &root).unwrap();
        looked.stale.into_iter().map(|stale| (stale.pid, stale.files)).collect::<Vec<_>>()
    };
    // It must have been exec'ed before it can be seen.
    let program = format!("/proc/{}/exe", child.id());
    while fs_err::read_link(&program).unwrap().file_name() != Some("sleep".as_ref()) {
        std::thread::yield_now();
    }
    assert_eq!(look(), []);
    fs_err::copy("/usr/bin/sleep", tree.join("fresh")).unwrap();
    fs_err::rename(tree.join("fresh"), tree.join("sleep")).unwrap();
    let path = TreePath::parse(b"/usr/bin/sleep").unwrap();
    assert_eq!(look(), [(child.id(), BTreeSet::from([path]))]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_will_be_replaced_counts_where_that_is_asked() {
    let scene = Scene::new();
    let file = scene.put("usr/lib/a.so");
    let shown = file.to_str().unwrap().to_owned();
    scene.process(5_000_001, "mnt:[1]", &[(&shown, &file)]);
    let (opened, proc) = (Root::open(&scene.tree("")).unwrap(), scene.proc(""));
    let stale = |going: &[&str]| {
        let going = going.iter().map(|path| TreePath::parse(path.as_bytes()).unwrap()).collect();
        Reader::new(&proc, &opened, &going).unwrap().look().unwrap().stale.len()
    };
    assert_eq!(stale(&[]), 0);
    assert_eq!(stale(&["/usr/lib/b.so"]), 0);
    assert_eq!(stale(&["/usr/lib/a.so"]), 1);
}

use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use fs_err as fs;

use super::*;

fn both_ways(path: &Path) -> [Directory; 2] {
    let open = || Directory::open_anywhere(path).unwrap();
    [open(), open().by_walking()]
}

#[test]
fn nothing_outside_is_reached_in_either_way() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::create_dir_all(at("outside/deep")).unwrap();
    fs::create_dir_all(at("inside/deep")).unwrap();
    fs::write(at("outside/file"), "precious").unwrap();
    fs::os::unix::fs::symlink("../outside", at("inside/link")).unwrap();
    for directory in both_ways(&at("inside")) {
        for bad in ["link/file", "../outside/file", "link/deep", "/etc/passwd"] {
            let bad = Path::new(bad);
            assert!(directory.read(bad).is_err(), "{}", bad.display());
            assert!(directory.directory(bad).is_err());
            assert!(directory.create_new(&bad.with_file_name("new"), 0o644).is_err());
            assert!(directory.remove(bad, FileKind::File).is_err());
            assert!(directory.rename(Path::new("deep"), bad).is_err());
            assert!(directory.set_mtime(bad, 1).is_err());
        }
        assert!(directory.directory(Path::new("link")).is_err());
        assert!(directory.append(Path::new("link"), 0o644).is_err());
        assert!(directory.stat(Path::new("link/file")).unwrap().is_none());
        assert_eq!(directory.stat(Path::new("link")).unwrap().unwrap().kind, FileKind::Symlink);
    }
    assert_eq!(fs::read_dir(at("outside")).unwrap().count(), 2);
}

#[test]
fn removing_everything_follows_no_link() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    for directory in both_ways(scratch.path()) {
        fs::create_dir_all(at("outside")).unwrap();
        fs::write(at("outside/file"), "precious").unwrap();
        fs::create_dir_all(at("tree/a/b/c")).unwrap();
        fs::create_dir_all(at("tree/a/d")).unwrap();
        for file in ["tree/a/b/file", "tree/file", "tree/a/b/c/file"] {
            fs::write(at(file), "x").unwrap();
        }
        fs::os::unix::fs::symlink(at("outside"), at("tree/a/link")).unwrap();
        directory.remove_all(Path::new("tree")).unwrap();
        directory.remove_all(Path::new("tree")).unwrap();
        assert!(!at("tree").exists());
        assert_eq!(fs::read_to_string(at("outside/file")).unwrap(), "precious");
    }
}

#[test]
fn a_deep_tree_is_removed_without_deep_recursion() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = Directory::open_anywhere(scratch.path()).unwrap();
    let mut at = directory.again().unwrap();
    for _ in 0..300 {
        at.make_directory(Path::new("d"), 0o755).unwrap();
        at = at.directory(Path::new("d")).unwrap();
    }
    directory.remove_all(Path::new("d")).unwrap();
    assert!(directory.list().unwrap().is_empty());
}

#[test]
fn a_small_file_is_replaced_in_one_go() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = Directory::open_anywhere(scratch.path()).unwrap();
    let name = Path::new("file");
    assert!(directory.read_whole(name, 9).unwrap().is_none());
    fs::write(scratch.path().join("file.new"), "what a crash left").unwrap();
    directory.write_whole(name, b"first", 0o640).unwrap();
    directory.write_whole(name, b"second", 0o604).unwrap();
    assert_eq!(directory.read_whole(name, 6).unwrap().unwrap(), b"second");
    let refused = directory.read_whole(name, 5).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
    let mode = fs::metadata(scratch.path().join("file")).unwrap().permissions();
    assert_eq!(mode, Permissions::from_mode(0o100_604));
    assert_eq!(directory.list().unwrap(), ["file"]);
    assert!(directory.read_whole(Path::new("."), 5).is_err());
}

#[test]
fn a_file_without_a_name_gets_one_or_goes() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = Directory::open_anywhere(scratch.path()).unwrap();
    let temporary = || {
        let file = directory.create_new(Path::new("temporary"), 0o600).unwrap();
        Unnamed { file, name: Some("temporary".into()) }
    };
    let truly = || directory.create_unnamed(OsStr::new("unused")).unwrap();
    for make in [&temporary as &dyn Fn() -> Unnamed, &truly] {
        let mut file = make();
        io::Write::write_all(&mut file.file, b"x").unwrap();
        file.name(&directory, OsStr::new("name")).unwrap();
        let taken = make().name(&directory, OsStr::new("name")).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        directory.remove_all(Path::new("temporary")).unwrap();
        make().discard(&directory).unwrap();
        assert_eq!(directory.list().unwrap(), ["name"]);
        directory.remove_all(Path::new("name")).unwrap();
    }
}

use std::{os::unix::fs::PermissionsExt, path::Path};

use fs_err::os::unix::fs::symlink;

use super::*;

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

/// A tree with a bit of everything, and something outside of it that links point to.
fn tree() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs_err::create_dir_all(at("outside/deep")).unwrap();
    fs_err::write(at("outside/deep/file"), "secret").unwrap();
    fs_err::create_dir_all(at("root/usr/bin")).unwrap();
    fs_err::write(at("root/usr/bin/tool"), "test-data").unwrap();
    fs_err::set_permissions(at("root/usr/bin/tool"), PermissionsExt::from_mode(0o644)).unwrap();
    symlink("../../outside", at("root/escape")).unwrap();
    symlink(at("outside"), at("root/absolute")).unwrap();
    symlink("usr", at("root/inside")).unwrap();
    scratch
}

/// Opens the tree both ways of resolving paths.
fn roots(scratch: &Path, ownership: Ownership) -> [Root; 2] {
    let open = || Root::open_with(&scratch.join("root"), ownership).unwrap();
    let walking = open();
    [open(), Root { directory: walking.directory.by_walking(), ..walking }]
}

#[test]
fn no_path_goes_through_a_link() {
    let scratch = tree();
    for root in roots(scratch.path(), Ownership::AsStated) {
        for planted in ["/escape/deep/file", "/absolute/deep/file", "/inside/bin/tool"] {
            assert_eq!(root.look(&path(planted)).unwrap(), Seen::Nothing, "{planted}");
            assert!(root.open_file(&path(planted)).unwrap().is_none());
            assert!(root.hash(&path(planted)).unwrap().is_none());
        }
        for link in ["/escape", "/absolute", "/inside"] {
            let Seen::Object(Object::Symlink { .. }) = root.look(&path(link)).unwrap() else {
                panic!("{link} is a link");
            };
            assert!(root.list(Some(&path(link))).unwrap().is_none());
        }
        assert_eq!(root.look(&path("/usr/bin/tool/below")).unwrap(), Seen::Nothing);
        assert_eq!(root.list(Some(&path("/usr"))).unwrap().unwrap(), [b"bin"]);
    }
}

#[test]
fn what_stands_at_a_path_is_verified_by_its_name() {
    let scratch = tree();
    let owner = sys::user();
    for root in roots(scratch.path(), Ownership::AsStated) {
        let tool = path("/usr/bin/tool");
        let (object, hash) = root.hash(&tool).unwrap().unwrap();
        let attributes = object.attributes();
        assert_eq!((attributes.mode, attributes.uid, object.content_size()), (0o644, owner, 9));
        if (owner, attributes.gid) == (0, 0) {
            let known = "8286279c93f45c7ffa6b9ed440066de09716527346d9dd0239f50948e0e554f0";
            assert_eq!(hash.to_string(), known);
        }
        let verify = |at: &str, kind, hash| {
            root.verify(&path(at), kind, &hash, &mut Buffer::default()).unwrap()
        };
        assert!(matches!(verify("/usr/bin/tool", Kind::File, hash), Found::Same));
        assert!(matches!(verify("/usr/bin/tool", Kind::Symlink, hash), Found::Different));
        let other = ContentHash::from_bytes([1; 32]);
        assert!(matches!(verify("/usr/bin/tool", Kind::File, other), Found::Different));
        assert!(matches!(verify("/usr/bin/none", Kind::File, hash), Found::Missing));
        assert!(root.open_verified(&tool, &other).unwrap().is_none());
        let mut text = String::new();
        root.open_verified(&tool, &hash).unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "test-data");
    }
}

#[test]
fn a_users_tree_is_verified_by_what_was_recorded() {
    let scratch = tree();
    let record = Arc::new(
        Record::open(&Directory::open_anywhere(&scratch.path().join("outside")).unwrap()).unwrap(),
    );
    let [root, _] = roots(scratch.path(), Ownership::OfTheUser);
    let root = root.with_record(Arc::clone(&record));
    let stated = |mode, gid| Object::File { attributes: Attributes::new(mode, 0, gid), size: 9 };
    let hash_of = |object: &Object| {
        let mut hasher = object.hasher();
        hasher.update(b"test-data");
        hasher.finish()
    };
    let tool = path("/usr/bin/tool");
    let is_same = |object: &Object| {
        let found =
            root.verify(&tool, Kind::File, &hash_of(object), &mut Buffer::default()).unwrap();
        matches!(found, Found::Same)
    };
    // Not recorded: taken to be root's with the mode that it has.
    assert!(is_same(&stated(0o644, 0)));
    assert!(!is_same(&stated(0o644, 5)));
    assert!(!is_same(&stated(0o4644, 0)));
    for object in [stated(0o644, 5), stated(0o4644, 0), stated(0o600, 0)] {
        record.remember(hash_of(&object), object.attributes()).unwrap();
    }
    assert!(is_same(&stated(0o644, 5)));
    assert!(is_same(&stated(0o4644, 0)), "the disk has no set-user-id bit");
    assert!(!is_same(&stated(0o600, 0)), "the mode on the disk is another");
}

#[test]
fn what_has_no_hash_is_told_apart_and_holds_nobody_up() {
    let scratch = tree();
    let pipe = scratch.path().join("root/pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for root in roots(scratch.path(), Ownership::AsStated) {
        assert_eq!(root.look(&path("/pipe")).unwrap(), Seen::Special);
        assert!(root.hash(&path("/pipe")).unwrap().is_none());
        let hash = ContentHash::from_bytes([1; 32]);
        let found = root.verify(&path("/pipe"), Kind::File, &hash, &mut Buffer::default());
        assert!(matches!(found.unwrap(), Found::Different));
    }
}

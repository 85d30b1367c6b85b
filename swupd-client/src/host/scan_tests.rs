use std::{os::unix::fs::PermissionsExt, path::Path};

use fs_err as fs;

use super::*;
use crate::host::root::Ownership;

#[test]
fn every_path_gets_its_own_finding_in_order() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::create_dir_all(at("usr/directory")).unwrap();
    for file in ["same", "content", "mode", "gone", "extra"] {
        fs::write(at("usr").join(file), file).unwrap();
    }
    fs::os::unix::fs::symlink("here", at("usr/link")).unwrap();
    let root = Root::open_with(scratch.path(), Ownership::AsStated).unwrap();
    let path = |name: &str| TreePath::parse(format!("/usr/{name}").as_bytes()).unwrap();
    let names = ["same", "content", "mode", "gone", "directory", "link"];
    let mut expected: Vec<Expected> = names
        .iter()
        .map(|name| {
            let (object, hash) = root.hash(&path(name)).unwrap().unwrap();
            Expected { path: path(name), kind: Some(object.kind()), hash }
        })
        .collect();
    for name in ["extra", "never"] {
        expected.push(Expected { path: path(name), kind: None, hash: ContentHash::ABSENT });
    }
    let told = AtomicU64::new(0);
    let look = |closeness| {
        let progress = |done| {
            told.fetch_max(done, Ordering::SeqCst);
        };
        let found = scan(&root, &expected, closeness, &progress);
        found.into_iter().map(|found| format!("{found:?}")).collect::<Vec<_>>()
    };
    let all = ["Same"; 6];
    assert_eq!(look(Closeness::Content), [&all[..], &["Different", "Missing"]].concat());

    fs::write(at("usr/content"), "CONTENT").unwrap();
    fs::set_permissions(at("usr/mode"), PermissionsExt::from_mode(0o600)).unwrap();
    fs::remove_file(at("usr/gone")).unwrap();
    fs::remove_dir(at("usr/directory")).unwrap();
    fs::write(at("usr/directory"), "a file now").unwrap();
    fs::remove_file(at("usr/link")).unwrap();
    fs::os::unix::fs::symlink("there", at("usr/link")).unwrap();
    let different = ["Same", "Different", "Different", "Missing", "Different", "Different"];
    assert_eq!(look(Closeness::Content), [&different[..], &["Different", "Missing"]].concat());
    let present = ["Same", "Same", "Same", "Missing", "Same", "Same"];
    assert_eq!(look(Closeness::Presence), [&present[..], &["Different", "Missing"]].concat());
    assert_eq!(told.into_inner(), 8);
    assert!(Path::new(scratch.path()).exists());
}

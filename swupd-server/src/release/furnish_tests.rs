use proptest::prelude::*;

use super::*;

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

fn scanned(files: &[(&str, &str)]) -> Scanned {
    let mut scanned = Scanned::default();
    for (file, content) in files {
        put(&mut scanned.tree, &path(file), content.as_bytes().to_vec(), None).unwrap();
        scanned.kept.insert(path(file), content.as_bytes().to_vec());
    }
    scanned
}

fn furnished(scanned: &mut Scanned, bundles: &[&str]) -> Furnished {
    furnish(
        scanned,
        &Identity {
            version: Version::new(20).unwrap(),
            format: FormatNumber::new(30).unwrap(),
            next_format: FormatNumber::new(31).ok(),
            content_url: Some("https://content"),
            version_url: None,
            certificate: b"certificate",
            bundles: &bundles.iter().map(|name| name.parse().unwrap()).collect(),
        },
    )
    .unwrap()
}

fn content(scanned: &Scanned, at: &str) -> String {
    match &scanned.tree.0[&path(at)].source {
        Source::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Source::Tree(_) => panic!("{at} is not made"),
    }
}

#[test]
fn a_bare_tree_gets_everything() {
    let mut scanned = scanned(&[]);
    let furnished = furnished(&mut scanned, &["os-core", "vi"]);
    assert_eq!(content(&scanned, OS_RELEASE), "NAME=\"Linux\"\nID=linux\nVERSION_ID=20\n");
    assert_eq!(content(&scanned, FORMAT), "30\n");
    assert_eq!(content(&scanned, CONTENT_URL), "https://content\n");
    assert_eq!(content(&scanned, CERTIFICATE), "certificate");
    assert_eq!(content(&scanned, "/usr/share/clear/bundles/vi"), "");
    assert!(!scanned.tree.0.contains_key(&path(VERSION_URL)));
    assert_eq!(furnished.warnings.len(), 1);
    assert!(furnished.warnings[0].starts_with(VERSION_URL));
    let vi = &furnished.reserved[&path("/usr/share/clear/bundles/vi")];
    assert_eq!(vi.as_str(), "vi");
    assert!(furnished.reserved[&path(OS_RELEASE)].is_os_core());
    // The hash is what the reference server gives an empty file of root.
    let marker = &scanned.tree.0[&path("/usr/share/clear/bundles/vi")];
    assert!(marker.hash.to_string().starts_with("28cb7c6cad23"));
}

#[test]
fn what_fits_stays_and_what_does_not_is_replaced() {
    let right = [
        (OS_RELEASE, "ID=x\nVERSION_ID=\"20\"\n"),
        (FORMAT, "31"),
        (CONTENT_URL, "https://content"),
        (VERSION_URL, "https://mine\n"),
        (CERTIFICATE, "certificate"),
        ("/usr/share/clear/bundles/os-core", ""),
    ];
    let mut tree = scanned(&right);
    let before = tree.tree.clone();
    assert_eq!(furnished(&mut tree, &["os-core"]).notes, [""; 0]);
    assert_eq!(tree.tree, before);

    let wrong = [
        (OS_RELEASE, "ID=x\nVERSION_ID=12\nX=y\nVERSION_ID=20"),
        (FORMAT, "29"),
        (CONTENT_URL, "https://other"),
        (CERTIFICATE, "other"),
        ("/usr/share/clear/bundles/os-core", "text"),
    ];
    let mut tree = scanned(&wrong);
    assert_eq!(furnished(&mut tree, &["os-core"]).notes.len(), 4);
    assert_eq!(content(&tree, OS_RELEASE), "ID=x\nVERSION_ID=20\nX=y\n");
    assert_eq!(content(&tree, FORMAT), "30\n");
    assert_eq!(content(&tree, "/usr/share/clear/bundles/os-core"), "");
}

#[test]
fn markers_of_undefined_bundles_and_old_tables_are_left_out() {
    let mut tree = scanned(&[
        ("/usr/share/clear/bundles/old", ""),
        ("/usr/share/clear/bundles/.hidden/x", ""),
        ("/usr/share/swupd/attributes/old", "ATTRIBUTES"),
        ("/usr/share/swupd/other", ""),
    ]);
    let furnished = furnished(&mut tree, &["os-core"]);
    let said = furnished.warnings.iter().any(|message| message.ends_with(".hidden, old"));
    assert!(said, "{:?}", furnished.warnings);
    let paths: Vec<String> = tree.tree.0.keys().map(ToString::to_string).collect();
    assert!(!paths.iter().any(|p| p.contains("old") || p.contains(".hidden")), "{paths:?}");
    assert!(paths.contains(&"/usr/share/swupd/other".to_owned()));
}

#[test]
fn a_file_where_a_directory_is_needed_is_named() {
    let mut tree = scanned(&[("/usr/share", "a file")]);
    let identity = Identity {
        version: Version::new(20).unwrap(),
        format: FormatNumber::new(30).unwrap(),
        next_format: None,
        content_url: None,
        version_url: None,
        certificate: b"",
        bundles: &BTreeSet::new(),
    };
    let error = furnish(&mut tree, &identity).unwrap_err();
    assert!(matches!(error, FurnishError::NoDirectory { path } if path.name() == b"share"));
}

#[test]
fn what_no_hash_covers_goes_into_the_table_of_the_bundle() {
    let mut tree = scanned(&[("/usr/a", "1"), ("/usr/b", "2"), ("/usr/c", "3")]).tree;
    let capability = vec![(b"security.capability".to_vec(), vec![1, 2])];
    tree.0.get_mut(&path("/usr/a")).unwrap().xattrs = capability;
    tree.0.get_mut(&path("/usr/b")).unwrap().mtime = Some(7);
    let holds = |paths: &[&str]| BundleContent {
        paths: paths.iter().map(|p| path(p)).collect(),
        ..BundleContent::default()
    };
    let (core, x): (BundleName, BundleName) = (BundleName::os_core(), "x".parse().unwrap());
    let mut bundles = BTreeMap::from([
        (core.clone(), holds(&["/usr", "/usr/c"])),
        (x.clone(), holds(&["/usr/a", "/usr/b"])),
    ]);
    state_attributes(&mut tree, &mut bundles).unwrap();
    let table = table_path(&x);
    assert!(bundles[&x].paths.contains(&table) && bundles[&x].paths.len() == 3);
    assert!(bundles[&core].paths.contains(&table.parent().unwrap()));
    assert!(!tree.0.contains_key(&table_path(&core)));
    let Source::Bytes(text) = &tree.0[&table].source else { panic!("not made") };
    let read = AttributeTable::parse(text).unwrap();
    assert_eq!(read.get(&path("/usr/b")).unwrap().mtime(), Some(7));
    assert_eq!(read.get(&path("/usr/a")).unwrap().xattrs().len(), 1);
    assert!(read.get(&path("/usr/c")).is_none());
}

proptest! {
    #[test]
    fn an_os_release_file_has_its_version_exactly_once(
        text in "((VERSION_ID=|ID=|)[\"']?[0-9]{0,2}[\"']?\n?){0,6}",
    ) {
        let version = Version::new(20).unwrap();
        let stated = with_version(text.as_bytes(), version);
        let lines = stated.split(|b| *b == b'\n').filter_map(|l| l.strip_prefix(b"VERSION_ID="));
        prop_assert_eq!(lines.map(unquoted).collect::<Vec<_>>(), [b"20".to_vec()]);
        prop_assert_eq!(with_version(&stated, version), stated);
    }
}

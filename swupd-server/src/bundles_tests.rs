use proptest::prelude::*;
use swupd_protocol::object::{Attributes, Object};

use super::*;
use crate::tree::{Source, TreeObject};

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

fn name(text: &str) -> BundleName {
    text.parse().unwrap()
}

/// A tree of empty files, with the directories that they need.
fn tree(files: &[&str]) -> Tree {
    let attributes = Attributes::new(0o755, 0, 0);
    let mut tree = Tree::default();
    let mut put = |path: TreePath, object: Object| {
        let hash = object.hasher().finish();
        let source = Source::Tree(path.clone());
        tree.0.insert(path, TreeObject { object, hash, source, xattrs: Vec::new(), mtime: None });
    };
    for file in files {
        path(file).ancestors().for_each(|above| put(above, Object::Directory { attributes }));
        put(path(file), Object::File { attributes, size: 0 });
    }
    tree
}

fn definitions(list: &[(&str, &str)]) -> BTreeMap<BundleName, Definition> {
    let define = |(stem, text): &(&str, &str)| (name(stem), Definition::parse(stem, text).unwrap());
    list.iter().map(define).collect()
}

struct Case<'a> {
    files: &'a [&'a str],
    bundles: &'a [(&'a str, &'a str)],
    packages: &'a [(&'a str, &'a [&'a str])],
    reserved: &'a [(&'a str, &'a str)],
}

impl Case<'_> {
    fn share(&self) -> Result<Shared, SharingError> {
        let packages = |(package, files): &(&str, &[&str])| {
            ((*package).to_owned(), files.iter().map(|file| path(file)).collect())
        };
        let reserved = self.reserved.iter().map(|(at, bundle)| (path(at), name(bundle)));
        share(&Sharing {
            definitions: &definitions(self.bundles),
            packages: &Packages(self.packages.iter().map(packages).collect()),
            unclaimed: &BundleName::os_core(),
            tree: &tree(self.files),
            reserved: &reserved.collect(),
        })
    }
}

fn paths(shared: &Shared, bundle: &str) -> Vec<String> {
    shared.bundles[&name(bundle)].paths.iter().map(ToString::to_string).collect()
}

const NOTHING: Case<'_> = Case { files: &[], bundles: &[], packages: &[], reserved: &[] };

#[test]
fn bundles_get_what_they_claim_and_os_core_the_rest() {
    let case = Case {
        files: &["/usr/bin/vi", "/usr/bin/sh", "/usr/share/vi/rc/a", "/usr/share/vi/rc/b"],
        bundles: &[("vi", "files = [\"/usr/share/vi\"]\npackages = [\"vi\"]")],
        packages: &[("vi", &["/usr", "/usr/bin", "/usr/bin/vi", "/usr/gone"])],
        ..NOTHING
    };
    let shared = case.share().unwrap();
    assert_eq!(paths(&shared, "os-core"), ["/usr", "/usr/bin", "/usr/bin/sh"]);
    let vi = [
        "/usr/bin/vi",
        "/usr/share",
        "/usr/share/vi",
        "/usr/share/vi/rc",
        "/usr/share/vi/rc/a",
        "/usr/share/vi/rc/b",
    ];
    assert_eq!(paths(&shared, "vi"), vi);
    assert_eq!(shared.bundles[&name("vi")].includes, BTreeSet::from([BundleName::os_core()]));
    assert!(shared.warnings.is_empty());
}

#[test]
fn what_is_included_at_any_depth_is_left_out() {
    let both = "files = [\"/usr/x\"]\n";
    let case = Case {
        files: &["/usr/x", "/sh"],
        bundles: &[
            ("a", &format!("{both}includes = [\"b\"]")),
            ("b", "includes = [\"c\"]"),
            ("c", both),
            ("d", both),
        ],
        ..NOTHING
    };
    let shared = case.share().unwrap();
    assert!(paths(&shared, "a").is_empty() && paths(&shared, "b").is_empty());
    assert_eq!(paths(&shared, "c"), ["/usr/x"]);
    assert_eq!(paths(&shared, "d"), ["/usr/x"]);
    assert_eq!(paths(&shared, "os-core"), ["/sh", "/usr"]);
}

#[test]
fn compiled_files_go_with_their_source() {
    let case = Case {
        files: &["/usr/l/m.py", "/usr/l/__pycache__/m.cpython-311.pyc", "/usr/sh"],
        bundles: &[("p", "packages = [\"p\"]")],
        packages: &[("p", &["/usr/l/m.py"])],
        ..NOTHING
    };
    let shared = case.share().unwrap();
    assert!(paths(&shared, "p").contains(&"/usr/l/__pycache__/m.cpython-311.pyc".to_owned()));
    assert_eq!(paths(&shared, "os-core"), ["/usr", "/usr/sh"]);
}

#[test]
fn what_the_build_reserves_is_nobody_elses() {
    let case = Case {
        files: &["/usr/m/a", "/usr/m/os-core"],
        bundles: &[("a", ""), ("b", "files = [\"/usr/m\"]")],
        reserved: &[("/usr/m/a", "a"), ("/usr/m/os-core", "os-core")],
        ..NOTHING
    };
    let shared = case.share().unwrap();
    assert_eq!(paths(&shared, "os-core"), ["/usr", "/usr/m", "/usr/m/os-core"]);
    assert_eq!(paths(&shared, "a"), ["/usr/m/a"]);
    assert!(paths(&shared, "b").is_empty());
}

#[test]
fn another_bundle_can_take_the_rest() {
    let case = Case {
        files: &["/usr/x", "/usr/y"],
        bundles: &[("rest", "unclaimed = true"), ("os-core", "files = [\"/usr/y\"]")],
        ..NOTHING
    };
    let shared = case.share().unwrap();
    assert_eq!(paths(&shared, "os-core"), ["/usr", "/usr/y"]);
    assert_eq!(paths(&shared, "rest"), ["/usr/x"]);
}

#[test]
fn exported_programs_are_known() {
    let text = "files = [\"/usr/bin\"]\nexported = [\"/usr/bin/*\"]\nexperimental = true";
    let case = Case { files: &["/usr/bin/x", "/sh"], bundles: &[("x", text)], ..NOTHING };
    let shared = case.share().unwrap();
    assert_eq!(shared.bundles[&name("x")].exported, BTreeSet::from([path("/usr/bin/x")]));
    assert!(shared.bundles[&name("x")].experimental);
}

#[test]
fn what_matches_nothing_is_said() {
    let text = "files = [\"/usr/x*\"]\npackages = [\"x\"]";
    let case = Case { files: &["/sh"], bundles: &[("x", text)], ..NOTHING };
    let expected =
        ["bundle x: nothing in the tree is /usr/x*", "bundle x: no package x is installed"];
    assert_eq!(case.share().unwrap().warnings, expected);
}

#[test]
fn bundles_that_cannot_be_are_refused() {
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("a", "includes = [\"b\"]")], "bundle a names bundle b, which is not defined"),
        (&[("a", "also-add = [\"b\"]")], "bundle a names bundle b, which is not defined"),
        (&[("a", ""), ("os-core", "includes = [\"a\"]")], "os-core includes bundle a, but"),
        (
            &[
                ("a", "includes = [\"b\"]"),
                ("b", "includes = [\"c\"]"),
                ("c", "includes = [\"a\"]"),
            ],
            "in a circle: a -> b -> c -> a",
        ),
        (&[("a", "unclaimed = true"), ("b", "unclaimed = true")], "bundles a and b both want"),
    ];
    for (bundles, expected) in cases {
        let error = Case { bundles, ..NOTHING }.share().unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }
}

proptest! {
    /// Whatever bundles claim: nothing is lost, no directory is missing, nothing is doubled.
    #[test]
    fn every_path_can_be_installed(
        files in prop::collection::btree_set("(/[a-c]){1,2}/[d-f]", 1..12),
        claims in prop::collection::vec(("(/[a-c*]){1,2}(/[d-f])?", 0..4_usize), 0..8),
        includes in prop::collection::vec((0..4_usize, 0..4_usize), 0..5),
    ) {
        let names = ["p", "q", "r", "s"];
        let texts: Vec<String> = (0..names.len()).map(|index| {
            let files: Vec<&String> = claims.iter().filter(|c| c.1 == index).map(|c| &c.0).collect();
            // Only backwards, so that there is no circle.
            let includes: Vec<&str> =
                includes.iter().filter(|i| i.0 == index && i.1 < index).map(|i| names[i.1]).collect();
            format!("files = {files:?}\nincludes = {includes:?}")
        }).collect();
        let bundles: Vec<(&str, &str)> =
            names.iter().zip(&texts).map(|(name, text)| (*name, text.as_str())).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let shared = Case { files: &files, bundles: &bundles, ..NOTHING }.share().unwrap();
        let inclusion = shares::Inclusion::new(&shared.bundles).unwrap();
        let mut all = BTreeSet::new();
        for (name, content) in &shared.bundles {
            all.extend(content.paths.clone());
            let included = inclusion.of(name);
            let included = || included.iter().flat_map(|other| &shared.bundles[other].paths);
            prop_assert!(included().all(|path| !content.paths.contains(path)));
            for above in content.paths.iter().flat_map(|path| path.ancestors().collect::<Vec<_>>()) {
                let has = content.paths.contains(&above) || included().any(|path| *path == above);
                prop_assert!(has, "{above} for {name}");
            }
        }
        prop_assert_eq!(all, tree(&files).0.into_keys().collect());
    }
}

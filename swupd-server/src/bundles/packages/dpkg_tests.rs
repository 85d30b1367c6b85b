use std::path::Path;

use proptest::prelude::*;
use swupd_protocol::object::{Attributes, Object};

use super::*;
use crate::{
    bundles::{
        definition::PackagePattern,
        packages::{Packages, places},
    },
    tree::{Source, Tree, TreeObject},
};

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

/// A tree of directories (ending in `/`), links (with `->`) and empty files.
fn tree(list: &[&str]) -> Tree {
    let attributes = Attributes::new(0o755, 0, 0);
    let object = |written: &&str| {
        let (at, object) = match written.split_once(" -> ") {
            Some((at, target)) => (at, Object::Symlink { uid: 0, gid: 0, target: target.into() }),
            None => match written.strip_suffix('/') {
                Some(at) => (at, Object::Directory { attributes }),
                None => (*written, Object::File { attributes, size: 0 }),
            },
        };
        let hash = object.hasher().finish();
        let source = Source::Tree(path(at));
        (path(at), TreeObject { object, hash, source, xattrs: Vec::new(), mtime: None })
    };
    Tree(list.iter().map(object).collect())
}

fn database(files: &[(&str, &str)]) -> (tempfile::TempDir, SourceTree) {
    let directory = tempfile::tempdir().unwrap();
    let dpkg = directory.path().join("var/lib/dpkg");
    fs_err::create_dir_all(dpkg.join("info")).unwrap();
    for (file, content) in files {
        fs_err::write(dpkg.join(file), content).unwrap();
    }
    let tree = SourceTree::open(directory.path()).unwrap();
    (directory, tree)
}

fn patterns(list: &[&str]) -> Vec<PackagePattern> {
    let text = format!("packages = {list:?}");
    crate::bundles::definition::Definition::parse("x", &text).unwrap().packages
}

fn lookup(
    files: &[(&str, &str)],
    wanted: &[&str],
    has: &[&str],
) -> Result<Packages, PackagesError> {
    let (_directory, database) = database(files);
    let patterns = patterns(wanted);
    Packages::read(&database, &patterns.iter().collect::<Vec<_>>(), &tree(has))
}

const STATUS: &str = "Package: coreutils\nStatus: install ok installed\nArchitecture: amd64\n\
    Description: x\n Package: not this one\n .\n\n\
    Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n\n\
    Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\n\n\
    Package: dash\nStatus: install ok installed\nArchitecture: amd64\n";

const FILES: &[(&str, &str)] = &[
    ("status", STATUS),
    ("diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/ls\n/usr/bin/ls.real\n:\n"),
    (
        "info/coreutils.list",
        "/.\n/bin\n/bin/ls\n/bin/sh\n/usr\n/usr/bin\n/usr/bin/ls\n/usr/gone\n/usr/empty\n",
    ),
    ("info/libc6:amd64.list", "/lib\n/lib/libc.so\n/lib64/ld.so\n"),
    ("info/dash.list", "/bin/sh\n"),
];

#[test]
fn files_are_found_where_the_tree_has_them() {
    let has = [
        "/bin -> usr/bin",
        "/lib -> /usr/lib",
        "/usr/",
        "/usr/bin/",
        "/usr/empty/",
        "/usr/bin/ls",
        "/usr/bin/ls.real",
        "/usr/bin/sh",
        "/usr/bin/sh.distrib",
        "/usr/lib/",
        "/usr/lib/libc.so",
        "/usr/lib64 -> ./lib/../lib/",
        "/usr/lib/ld.so",
    ];
    let packages = lookup(FILES, &["coreutils", "lib*", "gone", "dash"], &has).unwrap().0;
    let files = |package: &str| -> Vec<String> {
        packages[package].iter().map(ToString::to_string).collect()
    };
    let coreutils = ["/usr/bin/ls", "/usr/bin/sh.distrib", "/usr/bin/ls.real", "/usr/empty"];
    assert_eq!(files("coreutils"), coreutils);
    assert_eq!(files("libc6"), ["/usr/lib/libc.so", "/usr/lib/ld.so"]);
    assert_eq!(files("dash"), ["/usr/bin/sh"]);
    assert!(!packages.contains_key("gone"));
}

#[test]
fn links_in_a_circle_lead_nowhere() {
    let has = ["/bin -> lib", "/lib -> bin", "/usr/"];
    let packages = lookup(FILES, &["dash", "libc6"], &has).unwrap().0;
    assert!(packages["libc6"].is_empty() && packages["dash"].is_empty());
}

#[test]
fn without_a_database_packages_cannot_be_asked_for() {
    let error = lookup(&[], &["dash"], &[]).unwrap_err();
    assert!(matches!(error, PackagesError::NoDatabase { .. }));
    assert_eq!(lookup(&[], &[], &[]).unwrap(), Packages::default());
    let error = lookup(&[("status", STATUS)], &["dash"], &[]).unwrap_err();
    assert!(matches!(error, PackagesError::NoList { package } if package == "dash"));
}

#[test]
fn a_database_that_leads_out_of_its_tree_is_not_read() {
    let (directory, database) = database(&[]);
    let status = directory.path().join("var/lib/dpkg/status");
    std::os::unix::fs::symlink(Path::new("/etc/passwd"), status).unwrap();
    let patterns = patterns(&["dash"]);
    let wanted: Vec<&PackagePattern> = patterns.iter().collect();
    let error = Packages::read(&database, &wanted, &Tree::default()).unwrap_err();
    assert!(matches!(error, PackagesError::Io { .. }));
}

proptest! {
    #[test]
    fn any_text_is_read(text: Vec<u8>) {
        let found = installed(&text);
        prop_assert!(found.len() <= text.len());
        prop_assert!(Diversions::parse(&text).0.len() <= text.len() / 3 + 1);
    }

    #[test]
    fn what_is_written_is_read(packages in prop::collection::vec(("[a-z0-9+.-]{1,9}", "[a-z0-9]{1,6}", any::<bool>()), 0..9)) {
        let paragraph = |(name, architecture, has_files): &(String, String, bool)| {
            let state = if *has_files { "half-configured" } else { "not-installed" };
            let status = format!("Status: install ok {state}\nX:\n y: z");
            format!("Package: {name}\n{status}\nArchitecture: {architecture}\n")
        };
        let text = packages.iter().map(paragraph).collect::<Vec<_>>().join("\n");
        let expected: Vec<Installed> = packages.into_iter().filter(|(_, _, has_files)| *has_files)
            .map(|(name, architecture, _)| Installed { name, architecture }).collect();
        prop_assert_eq!(installed(text.as_bytes()), expected);
    }

    #[test]
    fn targets_stay_in_the_tree(link in "(/[a-c]{1,2}){1,3}", target in "(/?[a-c.]{0,3}){0,5}") {
        if let Some(path) = places::target_of(&path(&link), target.as_bytes()) {
            prop_assert!(path.components().all(|c| c != b".."));
        }
    }
}

//! How the programs get onto a machine: laid out below a directory, and as packages, which go again
//! without a trace.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use swupd_fixtures::world::Ran;

use crate::world::{is_root, programs, skipped};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns a directory with the programs under test by their own names.
fn built(place: &Path) -> PathBuf {
    let directory = place.join("programs");
    fs_err::create_dir(&directory).unwrap();
    fs_err::copy(programs().client, directory.join("swupd")).unwrap();
    fs_err::copy(programs().server, directory.join("swupd-server")).unwrap();
    directory
}

fn lay_out(from: &Path, flags: &[&str], destination: &Path) -> Ran {
    let mut command = Command::new(repository().join("packaging/install"));
    Ran::of(command.args(flags).arg("--from").arg(from).arg(destination))
}

/// Returns the files and links below a directory, with their modes and sizes, and the directories.
fn listed(root: &Path) -> BTreeMap<PathBuf, (u32, u64)> {
    // What package managers keep of themselves.
    const BOOKS: &[&str] =
        &["var/lib/dpkg", "var/lib/rpm", "root/.rpmdb", "var/log", "var/cache", "tmp", "run"];
    let mut found = BTreeMap::new();
    let mut ahead = vec![root.to_owned()];
    while let Some(directory) = ahead.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let below = entry.path().strip_prefix(root).unwrap().to_owned();
            if BOOKS.iter().any(|book| below.starts_with(book)) {
                continue;
            }
            let metadata = fs_err::symlink_metadata(entry.path()).unwrap();
            let size = if metadata.is_dir() { 0 } else { metadata.len() };
            found.insert(below, (metadata.permissions().mode(), size));
            if metadata.is_dir() {
                ahead.push(entry.path());
            }
        }
    }
    found
}

#[track_caller]
fn must_be_the_same(before: &BTreeMap<PathBuf, (u32, u64)>, after: &BTreeMap<PathBuf, (u32, u64)>) {
    let differ = before.iter().filter(|(path, what)| after.get(*path) != Some(what));
    let differ = differ.chain(after.iter().filter(|(path, _)| !before.contains_key(*path)));
    let differ: Vec<_> = differ.collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn everything_is_laid_out_below_a_directory() {
    let place = tempfile::tempdir().unwrap();
    let from = built(place.path());
    let all = place.path().join("all");
    lay_out(&from, &[], &all).exits(0);
    let [client, server] = ["client", "server"].map(|which| {
        let destination = place.path().join(which);
        lay_out(&from, &[&format!("--{which}")], &destination).exits(0);
        listed(&destination)
    });
    let found = listed(&all);
    let both: BTreeMap<_, _> = client.clone().into_iter().chain(server.clone()).collect();
    must_be_the_same(&both, &found);
    let is_file = |(_, (mode, _)): &(&PathBuf, &(u32, u64))| mode & 0o170_000 == 0o100_000;
    assert!(!client.iter().filter(is_file).any(|(path, _)| server.contains_key(path)));
    for (path, (mode, _)) in found.iter().filter(is_file) {
        let is_program = path.starts_with("usr/bin");
        assert_eq!(mode & 0o7777, if is_program { 0o755 } else { 0o644 }, "{}", path.display());
    }
    for path in listed(&repository().join("dist")).keys() {
        assert!(found.contains_key(path), "{}", path.display());
    }
    for program in ["swupd", "swupd-server"] {
        Ran::of(Command::new(all.join("usr/bin").join(program)).arg("--version")).exits(0);
    }
    lay_out(&from, &["--nonsense"], &all).exits(2);
    lay_out(&place.path().join("none"), &[], &place.path().join("x")).says("none/swupd");
}

/// A way to install packages in a tree.
struct Manager {
    kind: &'static str,
    tool: &'static str,
    install: &'static str,
    verify: &'static str,
    /// Prints who maintains the packages.
    maintainer: &'static str,
    remove: &'static str,
}

const MANAGERS: [Manager; 2] = [
    Manager {
        kind: "deb",
        tool: "cargo-deb",
        install: "chroot $TREE sh -c 'dpkg --install /tmp/packages/*.deb'",
        verify: "chroot $TREE dpkg --verify swupd swupd-server",
        maintainer: "for one in $TREE/tmp/packages/*.deb; do dpkg-deb --field $one Maintainer; done",
        remove: "chroot $TREE dpkg --purge swupd swupd-server",
    },
    Manager {
        kind: "rpm",
        tool: "cargo-generate-rpm",
        // The tree's own libraries are none that rpm knows of.
        install: "rpm --root $TREE --nodeps --install $TREE/tmp/packages/*.rpm",
        verify: "rpm --root $TREE --nodeps --verify swupd swupd-server",
        maintainer: "rpm --query --queryformat '%{VENDOR}\\n' --package $TREE/tmp/packages/*.rpm",
        remove: "rpm --root $TREE --nodeps --erase swupd swupd-server",
    },
];

#[test]
#[ignore = "makes a Debian tree and packages: minutes, a network, root"]
fn packages_come_and_go_cleanly() {
    if !is_root() {
        return skipped("only root makes a tree");
    }
    let place = tempfile::tempdir().unwrap();
    let tree = place.path().join("tree");
    let mut make = Command::new("mmdebstrap");
    make.args(["--quiet", "--variant=minbase", "bookworm"]).arg(&tree);
    if make.status().is_err() {
        return skipped("there is no mmdebstrap");
    }
    assert!(tree.join("usr/bin/dpkg").exists());
    let from = built(place.path());
    for manager in &MANAGERS {
        let mut found = Command::new("sh");
        found.args(["-c", &format!("command -v {} {}", manager.tool, first(manager.verify))]);
        if !found.output().unwrap().status.success() {
            skipped(&format!("there is no {} or {}", manager.tool, first(manager.verify)));
            continue;
        }
        come_and_go(manager, &tree, &from);
    }
}

fn first(line: &str) -> &str {
    line.split(' ').next().unwrap()
}

fn come_and_go(manager: &Manager, tree: &Path, from: &Path) {
    let output = tree.join("tmp/packages");
    let mut package = Command::new(repository().join("packaging/package"));
    package.arg(manager.kind).arg("--from").arg(from).arg(&output);
    package.env("DEBFULLNAME", "Ann Other").env("DEBEMAIL", "ann@other.example");
    let made = Ran::of(&mut package).exits(0);
    assert_eq!(made.lines().len(), 2, "{made:?}");
    let run = |line: &str| {
        Ran::of(Command::new("sh").args(["-euc", line]).env("TREE", tree).env("LC_ALL", "C"))
    };
    let named = run(manager.maintainer).exits(0);
    assert_eq!(named.lines(), ["Ann Other <ann@other.example>"; 2]);
    let before = listed(tree);
    run(manager.install).exits(0);
    let said = run(manager.verify).exits(0);
    assert_eq!(said.stdout, "");
    for program in ["swupd", "swupd-server"] {
        run(&format!("chroot $TREE {program} --version")).exits(0).says(program);
    }
    // All that is laid out, pages of the manual perhaps compressed; and nothing is turned on.
    let laid_out = tree.join("tmp/laid-out");
    lay_out(from, &[], &laid_out).exits(0);
    for (path, (mode, _)) in listed(&laid_out) {
        let there = |end: &str| {
            let path = format!("{}{end}", tree.join(&path).display());
            fs_err::symlink_metadata(path).map(|found| found.permissions().mode())
        };
        let found = there("").or_else(|_| there(".gz")).unwrap();
        assert_eq!(found, mode, "{}", path.display());
    }
    let enabled = listed(&tree.join("etc"));
    assert!(!enabled.keys().any(|path| path.to_string_lossy().contains("swupd")));
    run(manager.remove).exits(0);
    let mut after = listed(tree);
    if manager.kind == "rpm" {
        // Directories that packages share belong to none of ours: rpm leaves them, empty.
        after.retain(|path, (mode, _)| {
            let is_directory = *mode & 0o170_000 == 0o040_000;
            let is_ours = path.to_string_lossy().contains("swupd");
            !is_directory || is_ours || before.contains_key(path)
        });
    }
    must_be_the_same(&before, &after);
    fs_err::remove_dir_all(laid_out).unwrap();
    fs_err::remove_dir_all(output).unwrap();
}

//! Trees of rpm packages, as Fedora's are: their database says what packages have.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use swupd_fixtures::world::{Ran, World};

use crate::world::{is_root, programs, skipped};

/// What rpm is told here: Fedora's place for the database, which is not Debian's.
const DATABASE: &str = "_dbpath /usr/lib/sysimage/rpm";

#[test]
fn bundles_have_what_packages_of_rpm_have() {
    let Some(tree) = installed(&["editor", "plugin-one", "plugin-two"]) else { return };
    let world = World::bare(&programs());
    let os = publisher_of(&world, &["editor", "plugin-*"]);
    let root = tree.path().join("root");
    let before = modified(&root);
    Ran::of(&mut build(&os, &root)).exits(0);
    assert_eq!(modified(&root), before, "the tree is only read");
    let has = |bundle: &str| -> Vec<String> {
        let manifest = os.join(format!("www/10/Manifest.{bundle}"));
        let text = fs_err::read_to_string(manifest).unwrap();
        let paths = text.lines().filter_map(|line| line.split('\t').nth(3));
        paths.filter(|path| path.starts_with("/usr/bin/")).map(str::to_owned).collect()
    };
    assert_eq!(
        has("editor"),
        ["editor", "plugin-one", "plugin-two"].map(|p| format!("/usr/bin/{p}"))
    );
    assert_eq!(has("os-core"), [""; 0]);
}

#[test]
fn who_has_no_rpm_is_told_to_install_it() {
    let Some(tree) = installed(&["editor"]) else { return };
    let world = World::bare(&programs());
    let os = publisher_of(&world, &["editor"]);
    let mut build = build(&os, &tree.path().join("root"));
    Ran::of(build.env("PATH", "/nowhere")).exits(1).says("`rpm` cannot be run: install it");
}

/// Makes a working directory with a bundle of packages.
fn publisher_of(world: &World, packages: &[&str]) -> PathBuf {
    world.server(&["init", "os"]).exits(0);
    let os = world.workshop().join("os");
    let bundle = format!("name = \"editor\"\ntitle = \"x\"\npackages = {packages:?}\n");
    fs_err::write(os.join("bundles/editor.toml"), bundle).unwrap();
    os
}

fn build(os: &Path, root: &Path) -> Command {
    let mut command = Command::new(programs().server);
    command.arg("-C").arg(os).args(["build", "--version", "10", "--from"]).arg(root);
    command
}

/// Makes packages with a program each, and a tree in which rpm has installed them; none where that
/// cannot be done here.
fn installed(packages: &[&str]) -> Option<tempfile::TempDir> {
    let can = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !is_root() || !can("rpmbuild") {
        skipped("rpm, or the right to install packages of it into a tree, is missing here");
        return None;
    }
    let place = tempfile::tempdir().unwrap();
    let made: Vec<PathBuf> = packages.iter().map(|name| package(place.path(), name)).collect();
    let root = place.path().join("root");
    fs_err::create_dir_all(root.join("usr/bin")).unwrap();
    // An old package says where the program was before /bin became a link.
    fs_err::os::unix::fs::symlink("usr/bin", root.join("bin")).unwrap();
    fs_err::create_dir_all(root.join("usr/lib")).unwrap();
    fs_err::write(root.join("usr/lib/os-release"), "ID=fedora\nVERSION_ID=1\n").unwrap();
    let mut rpm = Command::new("rpm");
    rpm.args(["--define", DATABASE, "--nodeps", "--install", "--root"]).arg(&root).args(made);
    Ran::of(&mut rpm).exits(0);
    Some(place)
}

fn package(place: &Path, name: &str) -> PathBuf {
    let directory = if name == "editor" { "/bin" } else { "/usr/bin" };
    let spec = format!(
        "Name: {name}\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n\
         AutoReqProv: no\n%description\nx\n%install\nmkdir -p %{{buildroot}}{directory}\n\
         echo {name} > %{{buildroot}}{directory}/{name}\n%files\n{directory}/{name}\n"
    );
    let file = place.join(format!("{name}.spec"));
    fs_err::write(&file, spec).unwrap();
    let mut build = Command::new("rpmbuild");
    build.args(["-bb", "--quiet", "--define"]).arg(format!("_topdir {}", place.display()));
    Ran::of(build.arg(file)).exits(0);
    place.join(format!("RPMS/noarch/{name}-1-1.noarch.rpm"))
}

/// Returns when the database's directory and what is in it last changed.
fn modified(root: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    let directory = root.join("usr/lib/sysimage/rpm");
    let entries = fs_err::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = entries.chain([directory]).collect();
    all.sort();
    let time = |path: PathBuf| {
        let at = fs_err::metadata(&path).unwrap().modified().unwrap();
        (path, at)
    };
    all.into_iter().map(time).collect()
}

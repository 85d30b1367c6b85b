//! `clean`, `mirror`, `autoupdate` and `hashdump`: the small commands around an update.

use std::{os::unix::fs::symlink, path::Path};

use swupd_fixtures::{
    tree::Tree,
    world::{Machine, Ran, World},
};

use crate::world::{is_root, skipped, system, world};

fn installed() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/new", "new"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10 -B editors").exits(0);
    (world, machine)
}

/// Runs a command with `--quiet`; it must print this and nothing else.
#[track_caller]
fn prints(machine: &Machine, line: &str, code: i32, expected: &[&str]) {
    let ran = machine.run(&format!("{line} --quiet")).exits(code);
    assert_eq!((ran.lines(), ran.stderr.as_str()), (expected.to_vec(), ""), "{line}");
}

/// Returns where a machine's cache of the publisher's URL lies.
fn cache(world: &World, machine: &Machine) -> String {
    let name = world.url().replace([':', '/'], "_");
    format!("{}/cache/{name}", machine.at("/var/lib/swupd").display())
}

fn exists(path: &str) -> bool {
    Path::new(path).symlink_metadata().is_ok()
}

#[test]
fn cleaning_keeps_the_metadata_of_the_installed_version() {
    let (world, machine) = installed();
    let cache = cache(&world, &machine);
    let at = |path: &str| format!("{cache}/{path}");
    machine.run("update --download").exits(0);
    assert!(exists(&at("manifest/20/Manifest.MoM")));
    // What other runs and other programs leave.
    let object = "1".repeat(64);
    for file in [
        "pack-games-from-0-to-10.tar",
        "manifest/Manifest-games-delta-from-10-to-20",
        "manifest/10/Manifest.games.1234",
        "manifest/5/Manifest.games",
        "delta/x",
        "download/.x.tar",
        "temp/x",
        &format!("staged/{object}"),
        "notes",
        "manifest/10/notes",
    ] {
        fs_err::create_dir_all(Path::new(&at(file)).parent().unwrap()).unwrap();
        fs_err::write(at(file), "x").unwrap();
    }
    let told = machine.run("clean --dry-run --quiet").exits(0);
    assert_eq!(told.stderr, "");
    let told = told.lines();
    for gone in [
        "pack-games-from-0-to-10.tar",
        "manifest/Manifest-games-delta-from-10-to-20",
        "manifest/10/Manifest.games.1234",
        "manifest/5/Manifest.games",
        "manifest/20/Manifest.MoM",
        "manifest/20/Manifest.MoM.sig",
        "delta/x",
        "download/.x.tar",
        "temp/x",
        &format!("staged/{object}"),
    ] {
        assert!(told.contains(&at(gone).as_str()), "{gone} is not in {told:#?}");
        assert!(exists(&at(gone)));
    }
    let kept =
        ["Manifest.MoM", "Manifest.MoM.sig", "Manifest.os-core", "Manifest.editors", "notes"];
    let is_kept = |path: &str| kept.iter().any(|name| path == at(&format!("manifest/10/{name}")));
    assert!(!told.iter().any(|path| is_kept(path) || path.ends_with("/notes")), "{told:#?}");
    prints(&machine, "clean", 0, &[]);
    assert!(told.iter().all(|path| !exists(path)));
    assert!(exists(&at("notes")) && !exists(&at("manifest/20")) && !exists(&at("manifest/5")));
    assert!(kept.iter().all(|name| exists(&at(&format!("manifest/10/{name}")))));
    prints(&machine, "clean --dry-run", 0, &[]);
    machine.run("clean --all --dry-run").exits(0).says("Manifest.os-core");
    machine.run("clean --all").exits(0);
    let left = ["notes", "delta", "download", "manifest", "staged", "temp"];
    for entry in fs_err::read_dir(&cache).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(left.contains(&name.as_str()), "{name} stayed");
    }
    prints(&machine, "clean --all", 0, &[]);
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
}

#[test]
fn cleaning_knows_what_the_other_client_keeps_beside_manifests() {
    let (world, machine) = installed();
    let metadata = format!("{}/manifest/10", cache(&world, &machine));
    machine.run("diagnose").exits(0);
    let mom = fs_err::read_to_string(format!("{metadata}/Manifest.MoM")).unwrap();
    let line = mom.lines().find(|line| line.ends_with("\teditors")).unwrap();
    let hash = line.split('\t').nth(1).unwrap();
    let verified = format!("{metadata}/Manifest.editors.{hash}");
    let difference = format!("{metadata}/Manifest-editors-delta-from-5-to-10");
    for file in [&verified, &difference] {
        fs_err::write(file, "x").unwrap();
    }
    prints(&machine, "clean", 0, &[]);
    assert!(exists(&verified) && !exists(&difference));
    prints(&machine, "clean --all", 0, &[]);
    assert!(!exists(&verified));
}

#[test]
fn cleaning_needs_no_server_and_no_cache() {
    let (_world, machine) = installed();
    let bare = |line: &str| {
        let mut command = machine.bare();
        command.args(line.split_whitespace()).arg("--path").arg(machine.tree());
        command.arg("--statedir").arg(machine.at("/var/lib/swupd"));
        Ran::of(&mut command)
    };
    bare("clean --all").exits(0);
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/cache")).unwrap();
    bare("clean").exits(0).says("0 files");
    assert!(!machine.at("/var/lib/swupd/cache").exists());
    fs_err::remove_file(machine.at("/usr/lib/os-release")).unwrap();
    bare("clean --dry-run").exits(0);
    bare("clean operand").exits(15);
}

#[test]
fn a_mirror_is_set_shown_and_taken_away() {
    let (world, machine) = installed();
    // As an administrator types it, with no URL among the flags.
    let url_of_tree = |kind: &str| {
        let path = machine.at("/usr/share/defaults/swupd").join(format!("{kind}url"));
        assert_eq!(fs_err::read_to_string(path).unwrap().trim(), world.url());
    };
    url_of_tree("version");
    let bare = |line: &str| {
        let mut command = machine.bare();
        command.args(line.split_whitespace()).arg("--path").arg(machine.tree());
        Ran::of(&mut command)
    };
    let shows = |expected: &[&str]| {
        let ran = bare("mirror --quiet").exits(0);
        assert_eq!((ran.lines(), ran.stderr.as_str()), (expected.to_vec(), ""));
    };
    let file = |kind: &str| machine.at("/etc/swupd").join(format!("mirror_{kind}url"));
    let text = |kind: &str| fs_err::read_to_string(file(kind)).unwrap();
    shows(&[&world.url()]);
    for line in [
        "mirror --set https://one.example/a",
        "mirror --set=https://one.example/a",
        "mirror -s https://one.example/a",
        "mirror -shttps://one.example/a",
        "mirror --set --quiet https://one.example/a",
        "mirror https://one.example/a --set",
        "mirror --set -u https://one.example/a",
        "mirror --set -v https://one.example/a -c https://one.example/a",
    ] {
        let ran = bare(&format!("{line} --quiet")).exits(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{line}");
        assert_eq!([text("version"), text("content")], ["https://one.example/a"; 2], "{line}");
        shows(&["https://one.example/a"]);
        let ran = bare("mirror -U --quiet").exits(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{line}");
        assert!(!file("version").exists() && !file("content").exists());
    }
    bare("mirror --unset").exits(0).says("No mirror");
    bare("mirror --set https://both.example -c https://c.example").exits(0);
    shows(&["https://both.example", "https://c.example"]);
    bare("mirror").exits(0).says("https://both.example").says("https://c.example");
    shows(&["https://both.example", "https://c.example"]);
}

#[test]
fn what_cannot_be_a_mirror_is_refused() {
    let (_world, machine) = installed();
    let mut set = machine.bare();
    set.args(["mirror", "--set", "https://one.example", "--path"]).arg(machine.tree());
    Ran::of(&mut set).exits(0);
    let before = machine.seen();
    for line in [
        "mirror --set",
        "mirror --set http://plain.example",
        "mirror --set https://good.example -c http://plain.example",
        "mirror --set nonsense",
        "mirror --set ftp://one.example",
        "mirror https://one.example",
        "mirror --set https://one.example --unset",
        "mirror --unset https://one.example",
    ] {
        let mut command = machine.bare();
        command.args(line.split_whitespace()).arg("--path").arg(machine.tree());
        let ran = Ran::of(&mut command).exits(15);
        assert_eq!(ran.stdout, "", "{line}");
        assert!(machine.seen().differences(&before).is_empty(), "{line}");
    }
    let mut command = machine.bare();
    command.args(["mirror", "--set", "http://plain.example", "--allow-insecure-http", "--path"]);
    Ran::of(command.arg(machine.tree())).exits(0);
    let mut command = machine.bare();
    Ran::of(command.args(["mirror", "--path"]).arg(machine.tree())).exits(12);
    // Something else stands where the files would.
    fs_err::remove_dir_all(machine.at("/etc/swupd")).unwrap();
    fs_err::write(machine.at("/etc/swupd"), "a file").unwrap();
    let mut command = machine.bare();
    command.args(["mirror", "--set", "https://one.example", "--path"]).arg(machine.tree());
    Ran::of(&mut command).exits(7).says("/etc/swupd");
    assert_eq!(fs_err::read(machine.at("/etc/swupd")).unwrap(), b"a file");
}

#[test]
fn only_root_changes_what_the_running_system_does() {
    if !is_root() {
        return skipped("only root can become somebody else");
    }
    let world = world();
    let machine = world.machine("machine").of_user(1234);
    for line in ["mirror --set https://one.example", "mirror --unset", "clean"] {
        Ran::of(machine.bare().args(line.split(' '))).exits(1).says("only root");
    }
    for line in ["autoupdate --enable", "autoupdate --disable"] {
        Ran::of(machine.bare().args(line.split(' '))).exits(1).says("only root");
    }
}

#[test]
fn the_automatic_update_is_masked_and_unmasked() {
    let (_world, machine) = installed();
    // Without a timer nothing starts an update.
    prints(&machine, "autoupdate", 1, &[]);
    let ran = machine.run("autoupdate").exits(1);
    assert!(ran.stderr.contains("has no swupd-update.timer"), "{}", ran.stderr);
    let ran = machine.run("autoupdate --enable").exits(0).says("Nothing keeps the machine from");
    assert!(ran.stderr.contains("has no swupd-update.timer"), "{}", ran.stderr);
    let vendor = machine.at("/usr/lib/systemd/system/swupd-update.timer");
    fs_err::create_dir_all(vendor.parent().unwrap()).unwrap();
    fs_err::write(vendor, "[Timer]\n").unwrap();
    prints(&machine, "autoupdate", 0, &[]);
    prints(&machine, "autoupdate --disable", 0, &[]);
    for unit in ["swupd-update.service", "swupd-update.timer"] {
        let mask = fs_err::read_link(machine.at("/etc/systemd/system").join(unit)).unwrap();
        assert_eq!(mask, Path::new("/dev/null"), "{unit}");
    }
    prints(&machine, "autoupdate", 1, &[]);
    machine.run("autoupdate").exits(1).says("Disabled");
    prints(&machine, "autoupdate --enable", 0, &[]);
    prints(&machine, "autoupdate", 0, &[]);
    let units = machine.at("/etc/systemd/system");
    assert!(fs_err::read_dir(&units).unwrap().next().is_none());
    machine.run("autoupdate").exits(0).says("Enabled");
    machine.run("autoupdate --enable --disable").exits(15);
    machine.run("autoupdate operand").exits(15);
    // What belongs to it comes with it, in this tree the shipped units.
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let shipped = shipped.join("dist/usr/lib/systemd/system");
    for unit in ["swupd-verify.timer", "swupd-recover.service"] {
        let place = machine.at("/usr/lib/systemd/system").join(unit);
        fs_err::copy(shipped.join(unit), place).unwrap();
    }
    machine.run("autoupdate --enable").exits(0).says("swupd-verify.timer looks for damage");
    for link in
        ["timers.target.wants/swupd-verify.timer", "sysinit.target.wants/swupd-recover.service"]
    {
        let to = fs_err::read_link(units.join(link)).unwrap();
        assert!(
            to.starts_with("/usr/lib/systemd/system")
                && to.ends_with(link.split_once('/').unwrap().1)
        );
    }
    // One of both is enough.
    symlink("/dev/null", units.join("swupd-update.service")).unwrap();
    prints(&machine, "autoupdate", 1, &[]);
    fs_err::remove_file(units.join("swupd-update.service")).unwrap();
    fs_err::write(units.join("swupd-update.timer"), "[Timer]\n").unwrap();
    machine.run("autoupdate --disable").exits(28).says("swupd-update.timer");
    prints(&machine, "autoupdate", 0, &[]);
}

#[test]
fn a_hash_is_printed_of_whatever_stands_there_and_of_nothing() {
    let world = world();
    let machine = world.machine("machine");
    Tree::new().file("/usr/file", "x").link("/usr/link", "file").write_to(machine.tree()).unwrap();
    let run = |words: &[&str]| Ran::of(machine.bare().arg("hashdump").args(words));
    let (file, tree) = (machine.at("/usr/file"), machine.tree().to_str().unwrap());
    let hash = machine.seen().get("usr/file").unwrap().hash().unwrap().to_string();
    for words in [
        &[file.to_str().unwrap()][..],
        &["--quiet", file.to_str().unwrap()],
        &["-n", "-p", tree, "/usr/file"],
        &["usr/file", "--no-xattrs", "--path", tree],
        &["--", file.to_str().unwrap()],
    ] {
        assert_eq!(run(words).exits(0).lines(), [hash.as_str()], "{words:?}");
    }
    let told = run(&["--debug", file.to_str().unwrap()]).exits(0).says(": mode 100644, owner ");
    assert_eq!(told.lines().last(), Some(&hash.as_str()));
    run(&["-p", tree, "/usr/link", "--debug"]).exits(0).says("a link to file");
    let absent = "0".repeat(64);
    for nothing in ["/usr/nothing", "/usr/file/below"] {
        let ran = run(&["-p", tree, nothing]).exits(0).says("nothing stands at");
        assert_eq!(ran.lines(), [absent.as_str()]);
        let ran = run(&["-p", tree, nothing, "--quiet"]).exits(0);
        assert_eq!((ran.lines(), ran.stderr.as_str()), (vec![absent.as_str()], ""));
    }
    run(&["/dev/null"]).exits(30);
    run(&[]).exits(15);
    run(&["one", "two"]).exits(15);
    run(&["--statedir", "/x", "/usr"]).exits(15);
    run(&["-h"]).exits(0).says("hashdump");
}

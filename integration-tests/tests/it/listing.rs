//! `bundle-list` and `bundle-info`: what bundles there are, what they are to each other and hold.

use swupd_fixtures::{
    tree::Tree,
    world::{Machine, World},
};

use crate::{
    scene::Complains,
    world::{system, world},
};

fn tree() -> Tree {
    system().file("/usr/share/office/one", "a desk").file("/usr/share/lab/one", "a flask")
}

/// Returns a machine with `office`, which needs `editors`, which needs `languages`; `lab` needs
/// `languages`, too, and is experimental.
fn installed() -> (World, Machine) {
    let mut world = world();
    world.bundle("office", "files = [\"/usr/share/office\"]\nincludes = [\"editors\"]");
    world.bundle(
        "lab",
        "files = [\"/usr/share/lab\"]\nincludes = [\"languages\"]\nexperimental = true",
    );
    world.release(10, &tree());
    let machine = world.machine("machine");
    machine.run("os-install -B office").exits(0);
    (world, machine)
}

/// Panics unless a command prints these lines, and nothing else, where quiet.
#[track_caller]
fn prints(machine: &Machine, line: &str, expected: &[&str]) {
    let ran = machine.run(&format!("{line} --quiet")).exits(0);
    assert_eq!((ran.lines(), ran.stderr.as_str()), (expected.to_vec(), ""), "{line}");
}

#[test]
fn needs_are_listed_through_others() {
    let (_world, machine) = installed();
    prints(&machine, "bundle-list --deps office", &["editors", "languages", "os-core"]);
    prints(&machine, "bundle-list --deps=lab --all", &["languages", "os-core"]);
    prints(&machine, "bundle-list --deps os-core", &[]);
    let tree = machine.run("bundle-list --deps office --verbose").exits(0);
    tree.says("  office\n    |-- editors\n        |-- languages\n            |-- os-core\n");
    machine.run("bundle-list --deps nothing").exits(3).complains(&["`nothing`"]);
    machine.run("bundle-list --deps ../office").exits(3).complains(&["../office"]);
}

#[test]
fn those_who_need_are_listed_here_and_everywhere() {
    let (_world, machine) = installed();
    prints(&machine, "bundle-list --has-dep languages", &["editors", "office"]);
    prints(&machine, "bundle-list -D languages -a", &["editors", "lab", "office"]);
    prints(&machine, "bundle-list --has-dep office", &[]);
    let tree = machine.run("bundle-list --has-dep languages --verbose").exits(0);
    tree.says("  languages\n    |-- editors\n        |-- office\n").says("Total: 2");
    machine.run("bundle-list --has-dep lab").exits(13).complains(&["`lab`"]).says("--all");
    prints(&machine, "bundle-list --has-dep lab --all", &[]);
    machine.run("bundle-list --has-dep nothing").exits(13);
    machine.run("bundle-list --has-dep nothing --all").exits(3).complains(&["`nothing`"]);
}

#[test]
fn orphans_are_listed() {
    let (_world, machine) = installed();
    prints(&machine, "bundle-list --orphans", &[]);
    // Where nothing is remembered any more, everything would count as asked for.
    machine.run("bundle-add os-core").exits(0);
    machine.run("bundle-remove office").exits(0);
    prints(&machine, "bundle-list --orphans", &["editors", "languages"]);
    machine.run("bundle-add languages").exits(0);
    prints(&machine, "bundle-list --orphans", &["editors"]);
    prints(&machine, "bundle-list --orphans --status", &["editors: installed"]);
}

#[test]
fn what_is_installed_is_listed_with_and_without_a_server() {
    let (world, machine) = installed();
    machine.run("bundle-add lab").exits(0);
    let all = ["editors", "lab: experimental", "languages", "office", "os-core"];
    let status = [
        "editors: installed",
        "lab: explicitly installed, experimental",
        "languages: installed",
        "office: explicitly installed",
        "os-core: installed",
    ];
    prints(&machine, "bundle-list", &all);
    prints(&machine, "bundle-list --status", &status);
    // What is known of the version is asked of the server, and kept.
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/cache")).unwrap();
    prints(&machine, "bundle-list", &all);
    fs_err::remove_dir_all(world.www()).unwrap();
    fs_err::remove_dir_all(machine.at("/var/lib/swupd")).unwrap();
    prints(&machine, "bundle-list", &["editors", "lab", "languages", "office", "os-core"]);
    machine.run("bundle-list --all").exits(4);
    machine.run("bundle-info office").exits(4);
    machine.run("bundle-list --deps office").exits(4);
    assert!(!machine.at("/var/lib/swupd/bundles/office").exists(), "a look remembers nothing");
}

#[test]
fn a_local_list_waits_for_nobody() {
    let (_world, machine) = installed();
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/cache")).unwrap();
    // Nothing listens there; the usual retries would take minutes.
    let begun = std::time::Instant::now();
    machine.run("bundle-list --url http://127.0.0.1:9 --allow-insecure-http").exits(0);
    assert!(begun.elapsed().as_secs() < 10);
    // Nor does it need a certificate.
    prints(
        &machine,
        "bundle-list -C /no/such/certificate",
        &["editors", "languages", "office", "os-core"],
    );
}

#[test]
fn lists_that_exclude_each_other_are_refused() {
    let (_world, machine) = installed();
    for line in [
        "--status --deps office",
        "--status --has-dep office",
        "--orphans --all",
        "--orphans --deps office",
        "--orphans --has-dep office",
        "--deps office --has-dep office",
        "--deps",
        "office",
    ] {
        machine.run(&format!("bundle-list {line}")).exits(15);
    }
}

#[test]
fn a_bundle_is_described() {
    let (_world, machine) = installed();
    prints(&machine, "bundle-info office", &["Explicitly installed"]);
    prints(&machine, "bundle-info editors", &["Installed"]);
    prints(&machine, "bundle-info lab", &["Not installed, experimental"]);
    prints(&machine, "bundle-info games", &["Not installed"]);
    machine.run("bundle-add lab").exits(0);
    prints(&machine, "bundle-info lab", &["Explicitly installed, experimental"]);
    let told = machine.run("bundle-info games --dependencies").exits(0);
    told.says("Not installed\n").says("music").says("6 B").says("os-core\n").says("(2023-11-14)");
    machine.run("bundle-info nothing").exits(3).complains(&["`nothing`"]);
    machine.run("bundle-info").exits(15);
    machine.run("bundle-info office lab").exits(15);
}

#[test]
fn what_a_bundle_needs_and_holds_is_listed() {
    let (_world, machine) = installed();
    prints(&machine, "bundle-info office --dependencies", &["editors", "languages", "os-core"]);
    let own = ["/usr/share/clear/bundles/office", "/usr/share/office", "/usr/share/office/one"];
    prints(&machine, "bundle-info office --files", &own);
    let ran = machine.run("bundle-info lab --files --dependencies --quiet").exits(0);
    let lines = ran.lines();
    assert_eq!(lines[..2], ["languages", "os-core"]);
    assert!(lines[2..].is_sorted() && lines[2..].iter().all(|line| line.starts_with('/')));
    for path in ["/usr/share/lab/one", "/usr/share/languages/one", "/usr/bin/tool"] {
        assert!(lines.contains(&path), "{path} is not among {lines:?}");
    }
}

#[test]
fn another_version_of_a_bundle_is_described() {
    let (mut world, machine) = installed();
    world.bundle("games", "files = [\"/usr/share/games\"]\nincludes = [\"lab\"]");
    world.bundle("new", "files = [\"/usr/share/new\"]");
    world.release(20, &tree().file("/usr/share/games/two", "more").file("/usr/share/new/one", "1"));
    prints(&machine, "bundle-info games --dependencies", &["os-core"]);
    for version in ["20", "latest"] {
        let needs = ["lab", "languages", "os-core"];
        prints(&machine, &format!("bundle-info games --dependencies -V {version}"), &needs);
    }
    let files = machine.run("bundle-info -V 20 --files games").exits(0);
    files.says("/usr/share/games/two\n").says("Last changed in:  20 (");
    prints(&machine, "bundle-info --version 20 new", &["Not installed"]);
    machine.run("bundle-info new").exits(3);
    machine.run("bundle-info -V 15 games").exits(4);
    machine.run("bundle-info -V nonsense games").exits(15);
}

#[test]
fn manifests_that_are_missing_are_told() {
    let (world, machine) = installed();
    let lost = world.www().join("10/Manifest.games.tar");
    fs_err::remove_file(lost).unwrap();
    machine.run("bundle-info games").exits(14).complains(&["`games`"]);
    machine.run("bundle-list --deps games").exits(14).complains(&["`games`"]);
    machine.run("bundle-list --has-dep os-core --all").exits(8).complains(&["`games`"]);
    prints(&machine, "bundle-list --has-dep office", &[]);
}

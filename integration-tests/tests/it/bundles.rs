//! `bundle-add`, `bundle-list`, `info`: which bundles a machine has, and more of them.

use swupd_fixtures::{
    tree::Tree,
    world::{Machine, World},
};
use swupd_protocol::bundle::BundleName;

use crate::{
    scene::{Complains, Scene, ten},
    world::{system, tracked, world},
};

fn installed() -> (World, Machine) {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    (world, machine)
}

#[test]
fn bundles_are_added_with_what_they_need() {
    let (world, machine) = installed();
    machine.run("bundle-add editors").exits(0);
    machine.must_be(&world.says(10, &["editors"]));
    assert_eq!(tracked(&machine), ["editors", "os-core"]);
    machine.run("bundle-add --skip-optional games").exits(0);
    machine.must_be(&world.says(10, &["editors", "games"]));
    machine.run("bundle-add music --skip-diskspace-check").exits(0);
    machine.must_be(&world.says(10, &["editors", "games", "music"]));
    assert_eq!(tracked(&machine), ["editors", "games", "music", "os-core"]);
    machine.run("diagnose --picky").exits(0);
}

#[test]
fn what_is_suggested_comes_unless_it_is_unwanted() {
    let (world, machine) = installed();
    machine.run("bundle-add games").exits(0);
    machine.must_be(&world.says(10, &["games", "music"]));
    assert_eq!(tracked(&machine), ["games", "os-core"]);
}

#[test]
fn what_was_once_unwanted_does_not_come_later() {
    let (world, machine) = installed();
    machine.run("bundle-add --skip-optional games").exits(0);
    machine.run("bundle-add editors").exits(0);
    machine.must_be(&world.says(10, &["editors", "games"]));
    machine.run("bundle-remove games").exits(0);
    machine.run("bundle-add games").exits(0);
    machine.must_be(&world.says(10, &["editors", "games", "music"]));
}

#[test]
fn aliases_stand_for_bundles() {
    let (world, machine) = installed();
    let os = |name: &str| format!("/usr/share/defaults/swupd/alias.d/{name}");
    let own = |name: &str| format!("/etc/swupd/alias.d/{name}");
    let definitions = [
        (os("leisure"), "# for the evening\nplay\tgames\tmusic\n"),
        (os("work"), "work\tgames\n"),
        (os("masked"), "music\tgames\n"),
        (own("masked"), ""),
        (own("mine"), "work\teditors\tnothing\n"),
    ];
    for (path, text) in &definitions {
        let place = machine.at(path);
        fs_err::create_dir_all(place.parent().unwrap()).unwrap();
        fs_err::write(place, text).unwrap();
    }
    let must_have = |bundles: &[&str]| {
        let add = |tree: Tree, (path, text): &(String, &str)| tree.file(path, text);
        machine.must_be(&definitions.iter().fold(world.says(10, bundles), add));
    };
    machine.run("bundle-add music --skip-optional").exits(0);
    must_have(&["music"]);
    machine.run("bundle-remove music").exits(0);
    let ran = machine.run("bundle-add work").exits(3);
    ran.says("`nothing`").says("`work` stands for editors, nothing");
    assert_eq!(tracked(&machine), ["editors", "os-core"]);
    machine.run("bundle-add --quiet play work").exits(3);
    assert_eq!(tracked(&machine), ["editors", "games", "music", "os-core"]);
    must_have(&["editors", "games", "music"]);
    // A link leads nowhere but into the tree.
    fs_err::os::unix::fs::symlink("/etc/swupd/alias.d/mine", machine.at(&own("work"))).unwrap();
    fs_err::os::unix::fs::symlink("/dev/null", machine.at(&own("leisure"))).unwrap();
    machine.run("bundle-add play").exits(3).says("`play`");
}

#[test]
fn what_there_is_no_room_for_is_not_begun() {
    let scene = Scene::shared();
    let games: BundleName = "games".parse().unwrap();
    let large = |text: String| {
        let stated = text.lines().find(|line| line.starts_with("contentsize:")).unwrap();
        text.replace(stated, "contentsize:\t1900000000000")
    };
    let victim = scene.victim_of(scene.truth().manifest(&games, ten(), large));
    victim
        .run("bundle-add games")
        .exits(25)
        .complains(&["2090000000006 bytes"])
        .says("--skip-diskspace-check");
    victim.must_be_unharmed();
    victim.run("bundle-add games --skip-diskspace-check").exits(0);
    assert!(victim.machine.at("/usr/share/games/one").exists());
}

#[test]
fn several_are_added_at_once_and_unknown_ones_are_told() {
    let (world, machine) = installed();
    let ran = machine.run("bundle-add editors nothing ../games games").exits(3);
    ran.says("`nothing`").says("`../games`");
    machine.must_be(&world.says(10, &["editors", "games", "music"]));
    machine.run("bundle-add nothing").exits(3);
    machine.run("bundle-add").exits(15);
    assert_eq!(tracked(&machine), ["editors", "games", "os-core"]);
}

#[test]
fn what_came_along_can_be_asked_for_later() {
    let (world, machine) = installed();
    machine.run("bundle-add editors").exits(0);
    let status = |machine: &Machine| {
        let listed = machine.run("bundle-list --status --quiet").exits(0);
        listed.lines().join("; ")
    };
    assert_eq!(
        status(&machine),
        "editors: explicitly installed; languages: installed; os-core: explicitly installed"
    );
    machine.run("bundle-add languages os-core").exits(0).says("installed already");
    machine.must_be(&world.says(10, &["editors"]));
    assert_eq!(
        status(&machine),
        "editors: explicitly installed; languages: explicitly installed; \
         os-core: explicitly installed"
    );
}

#[test]
fn where_nothing_is_remembered_everything_counts_as_asked_for() {
    let (_world, machine) = installed();
    machine.run("bundle-add editors").exits(0);
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/bundles")).unwrap();
    // Until somebody writes that down, lists show what is written down.
    let says = |line: &str| machine.run(&format!("{line} --quiet")).exits(0).lines().join("; ");
    let all = "editors: installed; languages: installed; os-core: installed";
    assert_eq!(says("bundle-list --status"), all);
    assert_eq!(says("bundle-info editors"), "Installed");
    assert_eq!(says("bundle-list --orphans"), "");
    for line in ["update", "bundle-add nothing", "bundle-remove nothing", "bundle-remove -R office"]
    {
        machine.run(line);
        assert_eq!(says("bundle-list --status"), all, "{line}");
    }
    machine.run("bundle-add music").exits(0);
    assert_eq!(says("bundle-info editors"), "Explicitly installed");
    assert_eq!(tracked(&machine), ["editors", "languages", "music", "os-core"]);
    // What comes along with the first one counts as well: it is here when that is written down.
    machine.run("bundle-remove editors languages music").exits(0);
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/bundles")).unwrap();
    machine.run("bundle-add editors").exits(0);
    assert_eq!(tracked(&machine), ["editors", "languages", "os-core"]);
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/bundles")).unwrap();
    machine.run("bundle-add languages").exits(0);
    assert_eq!(tracked(&machine), ["editors", "languages", "os-core"]);
}

#[test]
fn bundles_are_listed() {
    let mut world = world();
    world.bundle("music", "files = [\"/usr/share/music\"]\nexperimental = true");
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install -B games").exits(0);
    let lines = |line: &str| {
        let listed = machine.run(line).exits(0);
        listed.lines().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["editors", "games", "languages", "music: experimental", "os-core"];
    assert_eq!(lines("bundle-list --all --quiet"), all);
    assert_eq!(
        lines("bundle-list -a --status --quiet"),
        [
            "editors",
            "games: explicitly installed",
            "languages",
            "music: installed, experimental",
            "os-core: installed"
        ]
    );
    // The list of what is installed needs no server.
    fs_err::remove_dir_all(world.www()).unwrap();
    assert_eq!(lines("bundle-list --quiet"), ["games", "music: experimental", "os-core"]);
    machine.run("bundle-list").exits(0).says("games").says("os-core");
}

#[test]
fn a_large_bundle_comes_in_one_pack_and_a_small_one_alone() {
    let mut tree = system();
    for number in 0..40 {
        tree = tree.file(&format!("/usr/share/languages/{number}"), format!("word {number}"));
    }
    let mut world = world();
    world.release(10, &tree);
    let service = world.serve();
    let machine = world.machine("machine").by_http(&service);
    machine.run("os-install").exits(0);
    service.asked();
    machine.run("bundle-add music").exits(0);
    let asked = service.asked();
    assert!(asked.iter().any(|path| path.contains("/files/")), "{asked:?}");
    assert!(!asked.iter().any(|path| path.contains("/pack-")), "{asked:?}");
    machine.run("bundle-add languages").exits(0);
    let asked = service.asked();
    assert!(!asked.iter().any(|path| path.contains("/files/")), "{asked:?}");
    assert!(asked.contains(&"10/pack-languages-from-0.tar".to_owned()), "{asked:?}");
    machine.must_be(&world.says(10, &["music", "languages"]));
}

#[test]
fn added_bundles_belong_to_the_installed_version() {
    let mut world = world();
    world.release(10, &system());
    world.release(20, &system().file("/usr/share/editors/two", "another"));
    let machine = world.machine("machine");
    machine.run("os-install -V 10").exits(0);
    machine.run("bundle-add editors").exits(0);
    machine.must_be(&world.says(10, &["editors"]));
    machine.run("update").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
}

#[test]
fn a_machine_says_what_it_is() {
    let (world, machine) = installed();
    let told = machine.run("info").exits(0);
    told.says("10").says("30").says(&world.url());
    let quiet = machine.run("info --quiet").exits(0);
    assert_eq!(quiet.stdout, "10\n");
    fs_err::remove_file(machine.at("/usr/lib/os-release")).unwrap();
    machine.run("info").exits(20);
    machine.run("update").exits(20);
    machine.run("check-update").exits(20);
}

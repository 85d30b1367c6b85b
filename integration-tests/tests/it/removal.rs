//! `bundle-remove`: what nothing needs goes, with all that is its own, and nothing else.

use swupd_fixtures::world::{Machine, World};

use crate::{
    scene::Complains,
    world::{system, tracked, world},
};

fn installed(bundles: &str) -> (World, Machine) {
    let mut world = world();
    // It needs `editors`, and has a file of the games, too.
    world.bundle(
        "office",
        "files = [\"/usr/share/office\", \"/usr/share/games/one\"]\nincludes = [\"editors\"]",
    );
    world.release(10, &system().file("/usr/share/office/one", "a desk"));
    let machine = world.machine("machine");
    machine.run(&format!("os-install --skip-optional {bundles}")).exits(0);
    (world, machine)
}

fn remove(machine: &Machine, line: &str, exit: i32) {
    machine.run(&format!("bundle-remove {line}")).exits(exit);
}

#[test]
fn a_bundle_goes_and_what_it_needed_stays() {
    let (world, machine) = installed("-B editors,music");
    remove(&machine, "editors", 0);
    machine.must_be(&world.says(10, &["languages", "music"]));
    assert_eq!(tracked(&machine), ["music"]);
    machine.run("diagnose --picky").exits(0);
    let listed = machine.run("bundle-list --quiet").exits(0);
    assert_eq!(listed.lines(), ["languages", "music", "os-core"]);
    // What stays is still known, and can be added to.
    remove(&machine, "languages music", 0);
    machine.must_be(&world.says(10, &[]));
    machine.run("bundle-add editors").exits(0);
    machine.must_be(&world.says(10, &["editors"]));
}

#[test]
fn what_others_need_stays_unless_they_go_too() {
    let (world, machine) = installed("-B office");
    let all = world.says(10, &["office"]);
    let ran = machine.run("bundle-remove languages").exits(2).complains(&["`languages`", "2 of"]);
    ran.says("|-- editors\n      |-- office\n").says("--force");
    machine.must_be(&all);
    remove(&machine, "languages editors", 2);
    machine.must_be(&all);
    let ran = machine.run("bundle-remove languages --force").exits(0);
    ran.says("editors, office");
    machine.must_be(&world.says(10, &[]));
    assert_eq!(tracked(&machine), Vec::<String>::new());
}

#[test]
fn those_that_go_together_do_not_hold_each_other() {
    let (world, machine) = installed("-B office,music");
    remove(&machine, "editors languages office", 0);
    machine.must_be(&world.says(10, &["music"]));
}

#[test]
fn what_only_it_needed_goes_along_where_asked() {
    let (world, machine) = installed("-B office,music");
    machine.run("bundle-remove -R office").exits(0).says("editors, languages");
    machine.must_be(&world.says(10, &["music"]));
    machine.run("bundle-add office languages").exits(0);
    remove(&machine, "office --recursive", 0);
    machine.must_be(&world.says(10, &["music", "languages"]));
    assert_eq!(tracked(&machine), ["languages", "music"]);
    machine.run("bundle-add office").exits(0);
    remove(&machine, "-x -R editors", 0);
    machine.must_be(&world.says(10, &["music", "languages"]));
}

#[test]
fn orphans_go_at_once() {
    let (world, machine) = installed("-B office,games");
    remove(&machine, "--orphans", 0);
    machine.must_be(&world.says(10, &["office", "games"]));
    remove(&machine, "office", 0);
    machine.must_be(&world.says(10, &["editors", "games"]));
    let quiet = machine.run("bundle-remove --orphans --quiet").exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    machine.must_be(&world.says(10, &["games"]));
    assert_eq!(tracked(&machine), ["games"]);
    machine.run("bundle-remove --orphans").exits(0).says("nothing to remove");
}

#[test]
fn what_was_suggested_is_no_orphan_while_the_one_that_suggests_it_stays() {
    let (world, machine) = installed("-B editors");
    machine.run("bundle-add games").exits(0);
    let listed = machine.run("bundle-list --orphans --quiet").exits(0);
    assert_eq!(listed.lines(), Vec::<&str>::new());
    remove(&machine, "--orphans", 0);
    machine.must_be(&world.says(10, &["editors", "games", "music"]));
    // To remove it is possible all the same: nothing needs it.
    remove(&machine, "music", 0);
    machine.run("bundle-add music games").exits(0);
    remove(&machine, "music games", 0);
    machine.run("bundle-add games").exits(0);
    remove(&machine, "games", 0);
    remove(&machine, "--orphans", 0);
    machine.must_be(&world.says(10, &["editors"]));
}

#[test]
fn what_cannot_go_is_told_and_the_rest_goes() {
    let (world, machine) = installed("-B office,music,games");
    remove(&machine, "os-core", 2);
    remove(&machine, "os-core --force", 2);
    remove(&machine, "nothing", 3);
    remove(&machine, "../games", 3);
    machine.must_be(&world.says(10, &["office", "music", "games"]));
    let ran = machine.run("bundle-remove nothing music office music").exits(3);
    ran.complains(&["`nothing`"]);
    machine.must_be(&world.says(10, &["editors", "games"]));
    remove(&machine, "music", 13);
    remove(&machine, "languages games", 2);
    machine.must_be(&world.says(10, &["editors"]));
    remove(&machine, "music nothing os-core", 2);
    remove(&machine, "os-core nothing music", 13);
    // The last in the order in which they are named, whatever is wrong with it.
    remove(&machine, "languages nothing", 3);
    remove(&machine, "nothing languages", 2);
    remove(&machine, "languages nothing languages", 2);
    for line in ["", "--orphans editors", "--orphans --force", "--orphans -R"] {
        remove(&machine, line, 15);
    }
    machine.must_be(&world.says(10, &["editors"]));
}

#[test]
fn a_shared_file_stays_for_the_other() {
    let (world, machine) = installed("-B office,games");
    remove(&machine, "office -R", 0);
    machine.must_be(&world.says(10, &["games"]));
    assert_eq!(fs_err::read_to_string(machine.at("/usr/share/games/one")).unwrap(), "a game");
}

#[test]
fn damage_is_no_obstacle_and_what_is_somebody_elses_stays() {
    let (world, machine) = installed("-B music,games,editors");
    fs_err::remove_file(machine.at("/usr/share/music/one")).unwrap();
    fs_err::write(machine.at("/usr/share/games/one"), "another game").unwrap();
    fs_err::write(machine.at("/usr/share/editors/mine"), "my own").unwrap();
    let mut should = world.says(10, &["languages"]);
    let directory = world.says(10, &["editors"]);
    let path = "/usr/share/editors".to_owned();
    let path = swupd_protocol::path::TreePath::parse(path.as_bytes()).unwrap();
    should.put(path.clone(), directory.get_at(&path).unwrap().clone());
    remove(&machine, "music games editors", 0);
    machine.must_be(&should.file("/usr/share/editors/mine", "my own"));
}

#[test]
fn it_needs_no_server_and_tells_nothing_where_quiet() {
    let (world, machine) = installed("-B editors");
    let should = world.says(10, &[]);
    fs_err::remove_dir_all(world.www()).unwrap();
    let quiet = machine.run("bundle-remove editors -R --quiet").exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    machine.must_be(&should);
    fs_err::remove_dir_all(machine.at("/var/lib/swupd/cache")).unwrap();
    remove(&machine, "editors", 4);
}

//! Killed at any system call that changes something, a machine is on one version or the other as
//! soon as the next run has looked at it.
//!
//! A few of them are tried with the other tests. All of them, and what came of it:
//! `cargo test -p swupd-integration-tests --test it every_ -- --ignored --nocapture`

pub(crate) mod known;
mod points;
pub(crate) mod stage;

use std::{path::Path, process::Command};

use self::{
    points::{Method, Tally, Threads, kill_all},
    stage::{
        BUNDLE_ADD, BUNDLE_REMOVE, Ground, INSTALL, LINES, Line, REPAIR, ROLLBACK, Stage, TOGETHER,
        UPDATE, Usr,
    },
};
use crate::{
    namespace::{Mounted, in_a_namespace, is_own_namespace, text},
    world::{is_root, skipped},
};

#[test]
fn an_update_that_is_killed_is_all_or_nothing() {
    sample(UPDATE, 41);
}

#[test]
fn new_bundles_whose_coming_is_killed_are_there_or_not() {
    sample(BUNDLE_ADD, 23);
}

#[test]
fn bundles_whose_removal_is_killed_are_there_or_not() {
    sample(BUNDLE_REMOVE, 19);
}

#[test]
fn a_repair_that_is_killed_is_made_good_by_the_next() {
    sample(REPAIR, 37);
}

#[test]
fn an_installation_that_is_killed_is_there_or_not() {
    sample(INSTALL, 41);
}

#[test]
fn a_way_back_that_is_killed_is_gone_or_not() {
    sample(ROLLBACK, 6);
}

#[test]
fn a_run_that_clears_up_and_is_killed_leaves_the_rest_to_the_next() {
    let Some(stage) = Stage::shared() else { return };
    let trip = stage.trip(UPDATE, TOGETHER);
    let tally = kill_all(&stage, &trip, Method { first: 11, step: 130, again: Some(17), ..EVERY });
    println!("{tally}");
    must_be_none(&tally.failures);
    assert!(tally.killed_again > 5, "only {} second kills", tally.killed_again);
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_change_of_every_command() {
    let Some(stage) = Stage::shared() else { return };
    let killed = kill_everywhere(&stage, TOGETHER, &[EVERY, MANY_THREADS, KILLED_TWICE]);
    assert!(killed >= 1000, "only {killed} kills");
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_change_with_the_state_on_another_file_system() {
    in_a_namespace("kills::on_two_file_systems");
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_change_on_a_disk() {
    in_a_namespace("kills::on_ext4");
}

#[test]
fn a_tree_that_is_read_only_between_changes_is_exchanged_or_not() {
    in_a_namespace("kills::with_some_read_only_trees");
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_change_of_a_tree_that_is_read_only_between_changes() {
    in_a_namespace("kills::with_read_only_trees");
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn with_some_read_only_trees() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    stage.world.configure("etc", "[GLOBAL]\nreadonly_usr=true\n");
    let method = Method { first: 5, step: 29, ..EVERY };
    kill_covered(&stage, (Usr::ReadOnly, &[UPDATE, ROLLBACK]), method);
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn with_read_only_trees() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    // Where nothing is installed yet nothing can be read-only.
    stage.world.configure("etc", "[GLOBAL]\nreadonly_usr=true\n");
    let lines = [UPDATE, BUNDLE_ADD, BUNDLE_REMOVE, REPAIR, ROLLBACK];
    kill_covered(&stage, (Usr::ReadOnly, &lines), EVERY);
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_change_of_a_tree_with_something_mounted_in_it() {
    in_a_namespace("kills::around_other_mounts");
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn around_other_mounts() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    stage.world.configure("etc", "[GLOBAL]\nreadonly_usr=true\n");
    kill_covered(&stage, (Usr::Around, &[UPDATE, ROLLBACK]), EVERY);
}

#[test]
fn a_tree_that_is_a_file_system_of_its_own_is_one_version_or_the_other() {
    in_a_namespace("kills::with_some_file_systems_of_their_own");
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_change_of_a_tree_that_is_a_file_system_of_its_own() {
    in_a_namespace("kills::with_file_systems_of_their_own");
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn with_some_file_systems_of_their_own() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    kill_covered(&stage, (Usr::OfItsOwn, &[UPDATE]), Method { first: 2, step: 23, ..EVERY });
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn with_file_systems_of_their_own() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    let lines = [UPDATE, BUNDLE_ADD, BUNDLE_REMOVE, REPAIR];
    kill_covered(&stage, (Usr::OfItsOwn, &lines), EVERY);
}

/// Kills trips of machines at whose `/usr` something is mounted.
#[track_caller]
fn kill_covered(stage: &Stage, (usr, lines): (Usr, &[Line]), method: Method) {
    let place = stage.template("covered");
    fs_err::create_dir(&place).unwrap();
    // All that is mounted below it goes with it.
    let _mounted = Mounted::new(&place, &["-t", "tmpfs", "x"]);
    let ground = Ground { trees: "covered", usr, ..TOGETHER };
    kill_lines(stage, (ground, lines), &[method]);
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_two_file_systems() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    let apart = Ground { states: Some("elsewhere"), ..TOGETHER };
    let place = stage.template("elsewhere");
    fs_err::create_dir(&place).unwrap();
    let _mounted = Mounted::new(&place, &["-t", "tmpfs", "x"]);
    kill_everywhere(&stage, apart, &[EVERY, KILLED_TWICE]);
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_ext4() {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    let place = stage.template("disk");
    fs_err::create_dir(&place).unwrap();
    let image = place.with_extension("image");
    if !make_ext4(&image) {
        skipped("no file system can be made here");
        return;
    }
    let _mounted = Mounted::new(&place, &["-o", "loop", &text(&image)]);
    let on_disk = Ground { trees: "disk", ..TOGETHER };
    kill_everywhere(&stage, on_disk, &[Method { step: 3, ..EVERY }]);
}

/// Kills every trip in these ways, and returns how often.
#[track_caller]
fn kill_everywhere(stage: &Stage, ground: Ground, methods: &[Method]) -> usize {
    kill_lines(stage, (ground, &LINES), methods)
}

#[track_caller]
fn kill_lines(stage: &Stage, (ground, lines): (Ground, &[Line]), methods: &[Method]) -> usize {
    let (mut killed, mut failures) = (0, Vec::new());
    for line in lines {
        let trip = stage.trip(*line, ground);
        for method in methods {
            let tally = kill_all(stage, &trip, *method);
            println!("{}: {tally}", line.typed);
            assert_eq!(tally.usr[2], 0, "/usr was a mixture after so many kills");
            killed += tally.killed + tally.killed_again;
            failures.extend(tally.failures);
        }
    }
    println!("{killed} kills in all");
    must_be_none(&failures);
    killed
}

/// Kills a trip at some of its points.
#[track_caller]
fn sample(line: Line, step: usize) {
    let Some(stage) = Stage::shared() else { return };
    let trip = stage.trip(line, TOGETHER);
    let tally = kill_all(&stage, &trip, Method { first: 3, step, ..EVERY });
    println!("{}: {tally}", line.typed);
    let Tally { killed, missed, usr: [_, _, between], ends, failures, .. } = tally;
    must_be_none(&failures);
    assert!(killed > 10 && missed <= killed / 4, "{killed} killed, {missed} missed");
    assert_eq!(between, 0, "/usr was a mixture after so many kills");
    assert!(ends.iter().all(|count| *count > 0), "only one end was seen: {ends:?}");
}

#[track_caller]
fn must_be_none(failures: &[String]) {
    for failure in failures.iter().take(TOLD) {
        println!("{failure}\n");
    }
    assert!(failures.is_empty(), "{} failures", failures.len());
}

/// Makes the image of a small ext4, if the machine can.
fn make_ext4(image: &Path) -> bool {
    fs_err::File::create(image).unwrap().set_len(128 << 20).unwrap();
    let mut command = Command::new("mkfs.ext4");
    is_root() && command.args(["-q", "-F"]).arg(image).status().is_ok_and(|status| status.success())
}

const EVERY: Method = Method { first: 0, step: 1, again: None, threads: Threads::One };
const MANY_THREADS: Method = Method { first: 1, step: 2, threads: Threads::AsEver, ..EVERY };
const KILLED_TWICE: Method = Method { first: 2, step: 13, again: Some(5), ..EVERY };
/// How many failures are told.
const TOLD: usize = 20;

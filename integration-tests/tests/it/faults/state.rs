//! What the machine knows is damaged or somebody else's, or its clock is wrong.

use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::chown;
use swupd_client::host::{
    journal::{self, Intent},
    root::Root,
    state::Data,
};
use swupd_fixtures::world::STATE;

use crate::{
    scene::{Complains, Scene, Victim, ten, twenty},
    world::is_root,
};

#[test]
fn a_journal_that_is_cut_off_anywhere_stops_nothing() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    let path = state(&victim).join("journal");
    for whole in journals(&victim) {
        for cut in (0..whole.len()).step_by(9).chain([whole.len() - 1, whole.len()]) {
            fs_err::write(&path, &whole[..cut]).unwrap();
            victim.run(QUICK).exits(0);
            victim.must_be_unharmed();
        }
    }
    victim.must_recover();
}

#[test]
fn a_journal_of_nonsense_stops_nothing() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    let path = state(&victim).join("journal");
    let whole = journals(&victim).pop().unwrap();
    let mut flipped: Vec<Vec<u8>> = (0..whole.len())
        .step_by(11)
        .map(|at| {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            flipped
        })
        .collect();
    flipped.extend([
        vec![0; 100_000],
        b"\n".repeat(100_000),
        vec![0xff; 4096],
        b"PLANNED\n".to_vec(),
    ]);
    for nonsense in flipped {
        fs_err::write(&path, nonsense).unwrap();
        victim.run(QUICK).exits(0);
        victim.must_be_unharmed();
    }
    victim.must_recover();
}

#[test]
fn nonsense_in_place_of_anything_that_is_kept_stops_nothing() {
    let scene = Scene::shared();
    for nonsense in [&b""[..], b"\0", b"nonsense\n", &[0xff; 5000]] {
        let victim = scene.victim_of(scene.truth());
        victim.run("update --download").exits(0);
        for path in files_below(&state(&victim)) {
            fs_err::write(path, nonsense).unwrap();
        }
        victim.run("update").exits(0);
        victim.must_be_updated();
        if !is_root() {
            // Which owners a user could not give is known no more: that is a finding, and mended.
            victim.run("repair").exits(0);
        }
        victim.run("diagnose").exits(0);
    }
}

#[test]
fn directories_in_place_of_files_and_files_in_place_of_directories_stop_nothing() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    victim.run("update --download").exits(0);
    let files = files_below(&state(&victim));
    drop(victim);
    for file in files {
        let name =
            file.strip_prefix(file.ancestors().find(|above| above.ends_with(STATE)).unwrap());
        // The cache has the name of its server, which is another one now.
        let name: PathBuf = name.unwrap().to_owned();
        let victim = scene.victim_of(scene.truth());
        victim.run("update --download").exits(0);
        let cache = format!("cache/{}", victim.source.url().replace([':', '/'], "_"));
        let place = match name.strip_prefix("cache") {
            Ok(inside) => {
                let inside: PathBuf = inside.components().skip(1).collect();
                state(&victim).join(cache).join(inside)
            }
            Err(_) => state(&victim).join(&name),
        };
        println!("{}", place.display());
        drop(fs_err::remove_file(&place));
        fs_err::create_dir_all(place.join("inside")).unwrap();
        victim.run("update").exits(0);
        victim.must_be_updated();
    }
    for directory in ["bundles", "cache"] {
        let victim = scene.victim_of(scene.truth());
        let place = state(&victim).join(directory);
        fs_err::remove_dir_all(&place).unwrap();
        fs_err::write(&place, "nonsense").unwrap();
        victim.run("update").exits(0);
        victim.must_be_updated();
    }
}

#[test]
fn state_of_somebody_else_is_refused() {
    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    chown(state(&victim), Some(65_534), Some(65_534)).unwrap();
    victim.run("update").exits(15).complains(&[STATE, "65534"]);

    chown(state(&victim), Some(0), Some(0)).unwrap();
    victim.must_recover();
}

#[test]
fn a_machine_that_lost_its_state_goes_on() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    fs_err::remove_dir_all(state(&victim)).unwrap();
    victim.run("update").exits(0);
    victim.must_be_updated();
}

#[test]
fn a_clock_before_the_tree_was_made_is_refused() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    let stamp = victim.machine.at("/usr/share/clear/versionstamp");
    fs_err::write(&stamp, "4102444800\n").unwrap();
    for command in ["update", "check-update", "diagnose", "repair"] {
        victim.run(command).exits(22).complains(&["clock", "4102444800"]);
    }
    fs_err::write(&stamp, "nonsense\n").unwrap();
    victim.run("check-update").exits(0);
    fs_err::write(&stamp, "4102444800\n").unwrap();
    victim.run("update --ignore-time").exits(0);
    fs_err::remove_file(stamp).unwrap();
    victim.must_be_updated();
}

/// Returns the journal of a trip in each of its states up to where it is staged.
fn journals(victim: &Victim<'_>) -> Vec<Vec<u8>> {
    let root = Root::open(victim.machine.tree()).unwrap();
    let data = Data::open(&state(victim), &root).unwrap();
    let path = state(victim).join("journal");
    let intent = Intent {
        from: Some(ten()),
        to: twenty(),
        track: ["editors".parse().unwrap()].into(),
        untrack: ["games".parse().unwrap()].into(),
        now: 1_700_000_000,
        why: "a test".into(),
        hold: None,
    };
    let planned = journal::begin(&data, intent).unwrap();
    let first = fs_err::read(&path).unwrap();
    let fetched = planned.fetched().unwrap();
    let second = fs_err::read(&path).unwrap();
    fetched.abandon().unwrap();
    vec![first, second]
}

fn state(victim: &Victim<'_>) -> PathBuf {
    victim.machine.at(STATE)
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let all = swupd_fixtures::tree::snapshot(directory).unwrap();
    let places = all.iter().map(|(path, _)| directory.join(path));
    places.filter(|place| place.is_file()).collect()
}

/// A command that opens everything and looks at little.
const QUICK: &str = "diagnose --quick --file /usr/bin/tool";

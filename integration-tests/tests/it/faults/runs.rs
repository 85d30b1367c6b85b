//! Two runs at once, and runs that end by force.

use std::{
    process::{Child, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use swupd_fixtures::{faults::Request, tree::Snapshot};

use crate::scene::{Complains, Scene};

#[test]
fn a_second_run_is_told_that_there_is_a_first_which_goes_on() {
    let scene = Scene::shared();
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let faults = move |request: &Request| {
        if request.path.contains("/pack-") {
            held.hold();
        }
        Vec::new()
    };
    let victim = scene.victim(scene.truth(), faults);
    let mut first = victim.command("update").stdout(Stdio::null()).spawn().unwrap();
    gate.wait_until_somebody_is_held();
    let holder = format!("process {}", first.id());
    for command in ["update", "repair", "diagnose", "bundle-add games"] {
        victim.run(command).exits(9).complains(&[&holder]);
    }
    victim.must_be_unharmed();
    gate.open();
    assert!(first.wait().unwrap().success());
    victim.must_be_updated();
    victim.run("bundle-add games").exits(0);
}

#[test]
fn a_run_that_is_killed_anywhere_is_made_good_by_the_next() {
    let scene = Scene::shared();
    let measured = scene.victim_of(scene.truth());
    let begun = Instant::now();
    measured.run("update").exits(0);
    let took = begun.elapsed();
    let (old, new) = (scene.victim_of(scene.truth()).machine.seen(), measured.machine.seen());
    let mut ends = [0; 2];
    for step in 0..KILLS {
        let victim = scene.victim_of(scene.truth());
        let mut command = victim.command("update");
        let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(took * step / KILLS);
        let was_killed = kill(&mut run);
        let seen = victim.machine.seen();
        must_be_of_either(&seen, &old, &new);
        ends[usize::from(was_killed)] += 1;
        victim.run("update").exits(0);
        victim.must_be_updated();
        let hidden = fs_err::read_dir(victim.machine.at(".swupd")).unwrap();
        let left: Vec<_> = hidden.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["generations"], "something is left behind");
    }
    assert!(ends[1] > 0, "no run was killed");
}

/// Panics unless whatever stands at a path is what one of the two versions has there.
#[track_caller]
fn must_be_of_either(seen: &Snapshot, old: &Snapshot, new: &Snapshot) {
    for (path, stands) in seen.iter() {
        let is_old = old.get(path) == Some(stands);
        let is_new = new.get(path) == Some(stands);
        assert!(is_old || is_new, "{} is of neither version: {stands:?}", path.display());
    }
    for (path, stands) in old.iter().filter(|(path, stands)| new.get(path) == Some(stands)) {
        assert_eq!(seen.get(path), Some(stands), "{} is gone", path.display());
    }
}

/// Ends a run by force; says whether it had not ended by itself.
fn kill(run: &mut Child) -> bool {
    run.kill().unwrap();
    run.wait().unwrap().code().is_none()
}

/// Holds whoever comes until it is opened.
#[derive(Default)]
struct Gate {
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Gate {
    fn hold(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 = true;
        self.changed.notify_all();
        drop(self.changed.wait_timeout_while(state, PATIENCE, |(_, open)| !*open).unwrap());
    }

    fn wait_until_somebody_is_held(&self) {
        let state = self.state.lock().unwrap();
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |(held, _)| !*held);
        assert!(!waited.unwrap().1.timed_out(), "nobody came");
    }

    fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

const KILLS: u32 = 16;
const PATIENCE: Duration = Duration::from_mins(1);

//! One kill after the other.

use std::{
    fmt,
    path::Path,
    time::{Duration, Instant},
};

use swupd_fixtures::{
    syscalls::{Call, Class, Counted, Event, Traced},
    world::Ran,
};

use super::known::some;
use super::stage::{LOOK, Slot, Stage, Trip};

/// How a trip is killed: at every call whose number is `first`, or so many `step`s more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    pub(crate) first: usize,
    pub(crate) step: usize,
    /// The same for the run that clears up, where that is killed, too.
    pub(crate) again: Option<usize>,
    /// Whether the client works with one thread, so that it makes its calls in the same order.
    pub(crate) threads: Threads,
}

/// How many threads a client works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    One,
    AsEver,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Runs that were killed.
    pub(crate) killed: usize,
    /// Runs that ended before their time came, because threads did things in another order.
    pub(crate) missed: usize,
    /// Runs that were killed while they cleared up.
    pub(crate) killed_again: usize,
    /// What `/usr` was right after the kill: all old, all new, or something between.
    pub(crate) usr: [usize; 3],
    /// What the machine was after the next run, old or new.
    pub(crate) ends: [usize; 2],
    took: Duration,
    pub(crate) failures: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { killed, missed, killed_again, usr, ends, took, failures } = self;
        write!(
            f,
            "{killed} kills ({missed} missed), {killed_again} second kills; /usr after the kill: \
             {} old, {} new, {} between; the machine after the next run: {} old, {} new; \
             {} failures; {:.1} s",
            usr[0],
            usr[1],
            usr[2],
            ends[0],
            ends[1],
            failures.len(),
            took.as_secs_f32(),
        )
    }
}

/// Kills a trip at each of its points.
pub(crate) fn kill_all(stage: &Stage, trip: &Trip, method: Method) -> Tally {
    let begun = Instant::now();
    let points = calls(stage, trip).len();
    let numbers = (method.first..points).step_by(method.step);
    let tallies =
        stage.each(trip.ground, numbers, |at, slot| Point { stage, trip, slot, method }.kill(at));
    let mut all = Tally::default();
    for tally in tallies {
        all.add(tally);
    }
    Tally { took: begun.elapsed(), ..all }
}

/// Returns the calls at which a trip can be killed.
fn calls(stage: &Stage, trip: &Trip) -> Vec<Call> {
    let slot = stage.slot(trip.ground);
    slot.becomes(&stage.template(trip.line.from));
    let traced = run(stage, &slot, trip.line.typed, (Event::Nothing, Threads::One));
    traced.ran.exits(0);
    traced.calls
}

struct Point<'a> {
    stage: &'a Stage,
    trip: &'a Trip,
    slot: &'a Slot,
    method: Method,
}

impl Point<'_> {
    fn kill(&self, at: usize) -> Tally {
        let Self { stage, trip, slot, method } = self;
        slot.becomes(&stage.template(trip.line.from));
        let how = (Event::KillAt(at), method.threads);
        let killed = run(stage, slot, trip.line.typed, how);
        let mut here = Tally::default();
        if !killed.happened {
            here.missed = 1;
            return here;
        }
        here.killed = 1;
        self.look_at_usr(&mut here);
        if at % 2 == 1 {
            self.slot.starts_anew();
        }
        match method.again {
            Some(step) => self.kill_again(at % step, step, &mut here),
            None => self.recover(&mut here),
        }
        let call = killed.calls.last().map(ToString::to_string).unwrap_or_default();
        let place = format!("`{}` killed at call {at}, {call}", trip.line.typed);
        for failure in &mut here.failures {
            *failure = format!("{place}: {failure}");
        }
        here
    }

    /// Kills the run that clears up at each of its points, too.
    fn kill_again(&self, first: usize, step: usize, here: &mut Tally) {
        self.slot.keep();
        for at in (first..).step_by(step) {
            self.slot.becomes_what_was_kept();
            let how = (Event::KillAt(at), self.method.threads);
            let killed = run(self.stage, self.slot, LOOK, how);
            let before = here.failures.len();
            self.recover(here);
            if !killed.happened {
                return;
            }
            here.killed_again += 1;
            let call = killed.calls.last().map(ToString::to_string).unwrap_or_default();
            for failure in &mut here.failures[before..] {
                *failure = format!("and the next run at call {at}, {call}: {failure}");
            }
        }
    }

    fn look_at_usr(&self, here: &mut Tally) {
        let seen = self.slot.known();
        let sides = [&self.trip.old, &self.trip.new];
        let side = sides.iter().position(|side| seen.differences_of_usr(side).is_empty());
        here.usr[side.unwrap_or(2)] += 1;
    }

    /// Lets a run that changes nothing find what the killed one left, and then the trip go on.
    fn recover(&self, here: &mut Tally) {
        let line = self.trip.line;
        let is_new = self.look(here);
        let typed = if is_new { line.again } else { line.typed };
        let ran = self.slot.run(typed);
        if ran.code != 0 || ran.stderr.contains("interrupted") {
            here.failures.push(format!("`{typed}` after that: {}", told(&ran)));
        }
        here.failures.extend(self.slot.mistakes_in_mounts());
        let (seen, new) = (self.slot.known(), &self.trip.new);
        let mut differences = seen.differences(new);
        differences.extend(seen.leftovers(new));
        if !differences.is_empty() {
            here.failures.push(format!("not new in the end: {}", some(&differences)));
        }
    }

    /// Looks whether the machine is on one version; returns whether that is the new one.
    fn look(&self, here: &mut Tally) -> bool {
        let Trip { old, new, .. } = self.trip;
        let ran = self.slot.run(LOOK);
        if ran.code != 0 {
            here.failures.push(format!("the next run fails: {}", told(&ran)));
        }
        here.failures.extend(self.slot.mistakes_in_mounts());
        let seen = self.slot.known();
        let (from_old, from_new) = (seen.differences(old), seen.differences(new));
        match (from_old.is_empty(), from_new.is_empty()) {
            (_, true) => here.ends[1] += 1,
            (true, false) => here.ends[0] += 1,
            (false, false) => here.failures.push(format!(
                "not old: {}; not new: {}: {}",
                some(&from_old),
                some(&from_new),
                told(&ran)
            )),
        }
        from_new.is_empty()
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.killed += other.killed;
        self.missed += other.missed;
        self.killed_again += other.killed_again;
        for (all, more) in self.usr.iter_mut().zip(other.usr) {
            *all += more;
        }
        for (all, more) in self.ends.iter_mut().zip(other.ends) {
            *all += more;
        }
        self.failures.extend(other.failures);
    }
}

/// Runs a line on a machine.
fn run(stage: &Stage, slot: &Slot, line: &str, (event, threads): (Event, Threads)) -> Traced {
    let mut command = slot.command(line);
    if threads == Threads::One {
        command.args(["--max-parallel-downloads", "1"]).env("RAYON_NUM_THREADS", "1");
    }
    // Below what is mounted on it the client sees the tree as the root of a mount of its own.
    let unseen = Path::new("/.swupd");
    let counted = Counted::new(&Class::CHANGES, &[slot.tree(), &slot.state(), unseen]);
    stage.tracer.run(&command, &counted, event)
}

fn told(ran: &Ran) -> String {
    let Ran { typed, code, stdout, stderr } = ran;
    format!("exit {code} of `{typed}`\n{stdout}{stderr}")
}

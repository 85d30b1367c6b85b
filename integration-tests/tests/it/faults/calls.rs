//! Disks that fail at any system call: full, read-only, or with an error of their own, once or from
//! there on. The run tells, the machine is on one version or the other, and the next run succeeds.

use std::{
    collections::BTreeMap,
    fmt, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Instant,
};

use swupd_fixtures::{
    syscalls::{Call, Class, Counted, Errno, Event},
    world::Ran,
};

use crate::kills::known::some;
use crate::kills::stage::{
    BUNDLE_ADD, BUNDLE_REMOVE, INSTALL, LINES, LOOK, Line, REPAIR, ROLLBACK, Slot, Stage, TOGETHER,
    Trip, UPDATE,
};

#[test]
fn an_update_whose_disk_fails_is_all_or_nothing() {
    sample(UPDATE, 97);
}

#[test]
fn new_bundles_whose_disk_fails_are_there_or_not() {
    sample(BUNDLE_ADD, 43);
}

#[test]
fn bundles_are_removed_or_not_from_a_disk_that_fails() {
    sample(BUNDLE_REMOVE, 43);
}

#[test]
fn a_repair_of_a_disk_that_fails_does_no_harm() {
    sample(REPAIR, 97);
}

#[test]
fn an_installation_to_a_disk_that_fails_can_be_made_again() {
    sample(INSTALL, 97);
}

#[test]
fn a_disk_that_fails_keeps_nobody_between_two_versions_on_the_way_back() {
    sample(ROLLBACK, 67);
}

#[test]
fn a_file_that_the_disk_has_lost_is_found_and_replaced() {
    let Some(stage) = Stage::shared() else { return };
    let slot = stage.slot(TOGETHER);
    slot.becomes(&stage.template("twenty"));
    let lost = slot.tree().join("usr/lib/many/7");
    let counted = Counted::new(&[Class::Read], &[&lost]);
    let counted = counted.but_for(&["openat2", "statx", "newfstatat", "fstat"]);
    let was = fs_err::metadata(&lost).unwrap().ino();
    for (typed, exit) in [("diagnose", 1), ("repair", 0)] {
        let event = Event::FailAt(0, Errno::EIO);
        let traced = stage.tracer.run(&slot.command(typed), &counted, event);
        assert!(traced.happened, "`{typed}` does not read");
        traced.ran.exits(exit).says("/usr/lib/many/7").says("Input/output error");
    }
    assert_ne!(fs_err::metadata(&lost).unwrap().ino(), was, "the bad file was not replaced");
    slot.run("diagnose").exits(0);
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_error_of_every_call() {
    let Some(stage) = Stage::shared() else { return };
    let mut failures = Vec::new();
    for line in LINES {
        failures.extend(fail_everywhere(&stage, line, 1));
    }
    must_be_none(&failures);
}

#[track_caller]
fn sample(line: Line, step: usize) {
    let Some(stage) = Stage::shared() else { return };
    must_be_none(&fail_everywhere(&stage, line, step));
}

fn fail_everywhere(stage: &Stage, line: Line, step: usize) -> Vec<String> {
    let trip = stage.trip(line, TOGETHER);
    let mut failures = Vec::new();
    for fault in FAULTS {
        // There are very many looks, and little that they could break.
        let step = if fault.classes == [Class::Read] { 3 * step } else { step };
        let tally = Trial { stage, trip: &trip, fault: *fault }.everywhere(step);
        println!("{}: {}: {tally}", line.typed, fault.told);
        failures.extend(tally.failures);
    }
    failures
}

#[track_caller]
fn must_be_none(failures: &[String]) {
    for failure in failures.iter().take(30) {
        println!("{failure}\n");
    }
    assert!(failures.is_empty(), "{} failures", failures.len());
}

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
struct Fault {
    told: &'static str,
    error: Errno,
    lasts: bool,
    classes: &'static [Class],
    but_for: &'static [&'static str],
    /// The exit codes that a run may end with.
    exits: &'static [i32],
}

const FAULTS: &[Fault] = &[
    Fault {
        told: "no space for one call",
        error: Errno::ENOSPC,
        lasts: false,
        classes: &Class::CHANGES,
        but_for: &[],
        exits: NO_SPACE,
    },
    Fault {
        told: "no space from there on",
        error: Errno::ENOSPC,
        lasts: true,
        classes: &Class::CHANGES,
        but_for: &["unlinkat", "ftruncate", "fchmod", "fchown", "fchownat", "utimensat"],
        exits: NO_SPACE,
    },
    Fault {
        told: "one call fails",
        error: Errno::EIO,
        lasts: false,
        classes: &Class::CHANGES,
        but_for: &[],
        exits: ON_DISK,
    },
    Fault {
        told: "all changes fail from there on",
        error: Errno::EIO,
        lasts: true,
        classes: &Class::CHANGES,
        but_for: &[],
        exits: ON_DISK,
    },
    Fault {
        told: "one look fails",
        error: Errno::EIO,
        lasts: false,
        classes: &[Class::Read],
        but_for: &[],
        exits: ON_DISK,
    },
    Fault {
        told: "read-only from there on",
        error: Errno::EROFS,
        lasts: true,
        classes: &[Class::Name, Class::Content, Class::Attribute],
        but_for: &[],
        exits: ON_DISK,
    },
];

/// What the reference client ends with where files cannot be read or written.
const ON_DISK: &[i32] = &[5, 7, 9, 10, 12, 17, 19, 20, 29, 30, 32, 35, 38];
/// What it ends with where there is no space: what cannot be kept has not come, and a lock that cannot
/// be made has a code of its own.
const NO_SPACE: &[i32] = &[4, 8, 9, 14, 17, 25];

#[derive(Default)]
struct Tally {
    tried: usize,
    /// By exit code.
    exits: BTreeMap<i32, usize>,
    /// What the machine was right after the run: old, new, or something between.
    after: [usize; 3],
    failures: Vec<String>,
    seconds: f32,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tried, exits, after: [old, new, between], failures, seconds } = self;
        write!(
            f,
            "{tried} tried; exit codes {exits:?}; then {old} old, {new} new, {between} between; \
             {} failures; {seconds:.1} s",
            failures.len()
        )
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.tried += other.tried;
        for (code, count) in other.exits {
            *self.exits.entry(code).or_default() += count;
        }
        for (all, more) in self.after.iter_mut().zip(other.after) {
            *all += more;
        }
        self.failures.extend(other.failures);
    }
}

struct Trial<'a> {
    stage: &'a Stage,
    trip: &'a Trip,
    fault: Fault,
}

impl Trial<'_> {
    fn everywhere(&self, step: usize) -> Tally {
        let begun = Instant::now();
        let slot = self.stage.slot(TOGETHER);
        slot.becomes(&self.stage.template(self.trip.line.from));
        let points = self.run(&slot, Event::Nothing).1.len();
        let numbers = (step / 2..points).step_by(step);
        let tallies = self.stage.each(TOGETHER, numbers, |at, slot| self.at(at, slot));
        let mut all = Tally::default();
        for tally in tallies {
            all.add(tally);
        }
        Tally { seconds: begun.elapsed().as_secs_f32(), ..all }
    }

    fn at(&self, at: usize, slot: &Slot) -> Tally {
        slot.becomes(&self.stage.template(self.trip.line.from));
        let Fault { error, lasts, .. } = self.fault;
        let event = if lasts { Event::FailFrom(at, error) } else { Event::FailAt(at, error) };
        let (ran, calls) = self.run(slot, event);
        let mut here = Tally::default();
        let Some(call) = calls.get(at) else { return here };
        here.tried = 1;
        here.exits.insert(ran.code, 1);
        let side = self.judge(slot, (&ran, call), &mut here.failures);
        here.after[side] += 1;
        self.go_on(slot, &mut here.failures);
        let place = format!("`{}`, {} at call {at}, {call}", self.trip.line.typed, self.fault.told);
        for failure in &mut here.failures {
            *failure = format!("{place}: {failure}");
        }
        here
    }

    fn run(&self, slot: &Slot, event: Event) -> (Ran, Vec<Call>) {
        let mut command = slot.command(self.trip.line.typed);
        command.args(["--max-parallel-downloads", "1"]).env("RAYON_NUM_THREADS", "1");
        let counted = Counted::new(self.fault.classes, &[slot.tree(), &slot.state()]);
        let counted = counted.but_for(self.fault.but_for);
        let traced = self.stage.tracer.run(&command, &counted, event);
        (traced.ran, traced.calls)
    }

    /// Looks at what a run told and did; returns whether the machine is old, new or between.
    fn judge(&self, slot: &Slot, (ran, call): (&Ran, &Call), failures: &mut Vec<String>) -> usize {
        let seen = slot.known();
        let (old, new) = (seen.differences(&self.trip.old), seen.differences(&self.trip.new));
        let side = [&old, &new].iter().position(|d| d.is_empty()).unwrap_or(2);
        let told = told(ran);
        let reason = io::Error::from_raw_os_error(self.fault.error as i32).to_string();
        if ran.code == 0 {
            if side != 1 {
                failures.push(format!("success is told, but {}: {told}", some(&new)));
            }
            if lets_a_record_go(call, &slot.state()) && !warns_of_a_record(ran, &reason) {
                failures.push(format!("success is told, but not all is on the disk: {told}"));
            }
            return side;
        }
        let is_reason = |line: &str| line.starts_with("Warning: ") && line.contains(&reason);
        if ran.code == 35 && ran.stderr.lines().any(is_reason) {
            // What was mended could not be read again, so nobody says that it is mended.
            return side;
        }
        if !self.fault.exits.contains(&ran.code) {
            failures.push(format!("unexpected {told}"));
        }
        let errors: Vec<_> =
            ran.stderr.lines().filter(|line| line.starts_with("Error: ")).collect();
        if errors.len() != 1 || !errors[0].contains(&reason) {
            failures.push(format!("{reason:?} is not told once: {told}"));
        }
        if errors.iter().any(|line| line.contains("nothing was changed")) && side != 0 {
            failures.push(format!("something was changed: {}: {told}", some(&old)));
        }
        if side == 2 && !errors.iter().any(|line| line.contains("next run")) {
            failures.push(format!("not old: {}; not new: {}: {told}", some(&old), some(&new)));
        }
        side
    }

    /// Lets the disk be well again.
    fn go_on(&self, slot: &Slot, failures: &mut Vec<String>) {
        let Trip { line, old, new, .. } = self.trip;
        let ran = slot.run(LOOK);
        let seen = slot.known();
        let is_new = seen.differences(new).is_empty();
        let differences = seen.differences(old);
        if ran.code != 0 || !(is_new || differences.is_empty()) {
            failures.push(format!("the next run leaves {}: {}", some(&differences), told(&ran)));
        }
        let ran = slot.run(if is_new { line.again } else { line.typed });
        let seen = slot.known();
        let mut differences = seen.differences(new);
        differences.extend(seen.leftovers(new));
        if ran.code != 0 || !differences.is_empty() {
            failures.push(format!("not new in the end: {}: {}", some(&differences), told(&ran)));
        }
    }
}

/// Says whether a call that fails keeps something off the disk that a run writes down about itself
/// once the tree has changed.
fn lets_a_record_go(call: &Call, state: &Path) -> bool {
    // What can be fetched again and is checked whenever it is read may get lost.
    let is_cached = |file: &PathBuf| file.starts_with(state.join("cache"));
    let is_record = |file: &PathBuf| {
        let names = RECORDS.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.new")]);
        names.into_iter().any(|name| *file == state.join(name))
    };
    match call.class {
        Class::Sync => !call.files.iter().all(is_cached),
        Class::Read => false,
        _ => call.files.iter().any(is_record),
    }
}

/// Says whether a run tells that it could not write such a thing down, and why not.
fn warns_of_a_record(ran: &Ran, reason: &str) -> bool {
    let is_named = |line: &str| {
        RECORDS.iter().any(|name| line.contains(&format!("/{name}: ")) && line.contains(reason))
    };
    ran.stderr.lines().any(|line| line.starts_with("Warning: cannot write ") && is_named(line))
}

/// What is not worth a failure: the change that they tell of is made.
const RECORDS: [&str; 4] = ["history", "last-check", "last-result", "newest-seen"];

fn told(ran: &Ran) -> String {
    let Ran { typed, code, stdout, stderr } = ran;
    format!("exit {code} of `{typed}`\n{stdout}{stderr}")
}

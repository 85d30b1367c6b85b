//! File systems that really are full, at every level: too few blocks or too few inodes for each of
//! the things that a run does.

use std::path::Path;

use swupd_fixtures::world::Ran;

use crate::{
    kills::{
        known::some,
        stage::{Ground, LINES, Line, Slot, Stage, TOGETHER, Trip},
    },
    namespace::{Mounted, in_a_namespace, is_own_namespace, mount, text},
};

#[test]
fn whatever_is_full_a_run_is_all_or_nothing() {
    in_a_namespace("faults::space::on_some_full_file_systems");
}

#[test]
#[ignore = "takes minutes: see the head of kills.rs"]
fn every_run_on_every_full_file_system() {
    in_a_namespace("faults::space::on_all_full_file_systems");
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_some_full_file_systems() {
    fill(29);
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_all_full_file_systems() {
    fill(1);
}

/// Tries every line with so many steps between one level and the next.
#[track_caller]
fn fill(step: usize) {
    let Some(stage) = Stage::shared().filter(|_| is_own_namespace()) else { return };
    let (mut all, mut failures) = (0, Vec::new());
    for line in LINES {
        let trip = stage.trip(line, TOGETHER);
        for scarce in [Scarce::Blocks, Scarce::Inodes] {
            let (mut tried, mut enough) = (0, 0);
            // Until there was enough a few times.
            for free in (0..).step_by(step) {
                tried += 1;
                enough += usize::from(
                    Level { stage: &stage, trip: &trip, scarce, free }.tried(&mut failures),
                );
                if enough > 1 {
                    break;
                }
                assert!(free < 1000, "`{}` never succeeds", line.typed);
            }
            println!("{}: {scarce:?}: {tried} levels tried", line.typed);
            all += tried;
        }
    }
    println!("{all} levels tried in all");
    for failure in &failures {
        println!("{failure}\n");
    }
    assert!(failures.is_empty(), "{} failures", failures.len());
    // Two successes each end the search.
    assert!(all > 5 * LINES.len(), "only {all} levels tried");
}

/// What there is too little of.
#[derive(Debug, Clone, Copy)]
enum Scarce {
    Blocks,
    Inodes,
}

/// A run with so many free blocks or inodes.
struct Level<'a> {
    stage: &'a Stage,
    trip: &'a Trip,
    scarce: Scarce,
    free: usize,
}

impl Level<'_> {
    /// Tries it; says whether there was enough.
    fn tried(&self, failures: &mut Vec<String>) -> bool {
        let Self { stage, trip, scarce, free } = self;
        let line = trip.line;
        let place = stage.template(SMALL.trees);
        fs_err::create_dir_all(&place).unwrap();
        let _mounted = Mounted::new(&place, &["-t", "tmpfs", "-o", "mode=755", "x"]);
        let slot = stage.slot(SMALL);
        slot.becomes(&stage.template(line.from));
        self.narrow(&place);
        let ran = slot.run(line.typed);
        let is_enough = ran.code == 0;
        let mut fail = |text: String| {
            failures.push(format!("`{}` with {free} free {scarce:?}: {text}", line.typed));
        };
        let seen = slot.known();
        let (old, new) = (seen.differences(&trip.old), seen.differences(&trip.new));
        if is_enough && !new.is_empty() {
            fail(format!("not new: {}", some(&new)));
        }
        if !is_enough && !NO_SPACE.contains(&ran.code) {
            fail(format!("exit {}: {}", ran.code, ran.stderr));
        }
        if !is_enough && !old.is_empty() && !new.is_empty() && !ran.stderr.contains("next run") {
            fail(format!("not old: {}: {}", some(&old), ran.stderr));
        }
        mount(&["-o", "remount,size=64m,nr_inodes=100000", &text(&place)]);
        let ran = finished(&slot, line, new.is_empty());
        let new = slot.known().differences(&trip.new);
        if ran.code != 0 || !new.is_empty() {
            fail(format!("not new in the end: {}: {}", some(&new), ran.stderr));
        }
        is_enough
    }

    /// Leaves only so much room.
    fn narrow(&self, place: &Path) {
        let all = rustix::fs::statvfs(place).unwrap();
        let free = self.free as u64;
        let limit = match self.scarce {
            Scarce::Blocks => {
                format!("size={}", (all.f_blocks - all.f_bfree + free) * all.f_frsize)
            }
            Scarce::Inodes => format!("nr_inodes={}", all.f_files - all.f_ffree + free),
        };
        mount(&["-o", &format!("remount,{limit}"), &text(place)]);
    }
}

/// Lets the trip be made again, now that there is room.
fn finished(slot: &Slot, line: Line, is_new: bool) -> Ran {
    slot.run(if is_new { line.again } else { line.typed })
}

/// What there is no room for has not come, so it is told by what it was; the lock and whatever is
/// made from what came have codes of their own.
const NO_SPACE: &[i32] = &[4, 8, 9, 14, 17, 25];

const SMALL: Ground = Ground { trees: "small", ..TOGETHER };

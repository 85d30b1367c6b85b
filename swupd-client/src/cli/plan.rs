//! `plan`: what an update would do, before it does it: the update's own decisions, told and not
//! followed.

mod report;

use std::collections::BTreeSet;

use swupd_protocol::path::TreePath;

use self::report::{Report, Room};
use super::{
    advice::Running,
    arguments::PlanFlags,
    failure::Failure,
    output::Exit,
    session::Session,
    update::{Course, Way, trip},
};
use crate::{
    host::{generations::Number, machine::Machine, processes::Vital},
    update::{
        Extent, Target, Trip, prospect, prospect::Plan, switch::exchange::DiskUse, versions_of,
    },
};

/// Tells what an update would do; exit 1 where there is none.
pub(super) fn run(session: &Session, flags: &PlanFlags) -> Result<Exit, Failure> {
    let installed = session.installed_version()?;
    let server = session.server()?;
    let machine = session.machine()?;
    let metadata = session.metadata(&server, &machine)?;
    let way = Way { version: flags.version, incremental: false };
    let course = Course::set(session, &metadata, (installed, way))?;
    if course.wanted <= installed {
        course.tell_of_nothing(session);
        return Ok(Exit::No);
    }
    if flags.version.is_none() && session.is_held(course.wanted)? {
        course.tell_of_hold(session);
        return Ok(Exit::No);
    }
    let trip = trip(session, (&server, &machine), Extent::Download)?;
    let (from, to) = course.targets(session, &trip)?;
    let plan = trip.plan(&from, &to)?;
    let report = foresee(session, &trip, &course, (&from, &to, &plan))?;
    session.planned(course.wanted, report.bytes());
    tell(session, &report);
    Ok(Exit::Ok)
}

/// Foresees what following a plan would do.
pub(super) fn foresee(
    session: &Session,
    trip: &Trip<'_>,
    course: &Course,
    (from, to, plan): (&Target, &Target, &Plan),
) -> Result<Report, Failure> {
    let (installed, wanted) = (course.installed, course.wanted);
    let listed = course.published.versions().iter().copied();
    let crossed = listed.chain(versions_of(&to.release).into_values()).chain(plan.versions());
    let crossed = crossed.chain([wanted]).filter(|v| (installed..=wanted).contains(v));
    let puts: Vec<TreePath> = plan.puts().cloned().collect();
    let removes: Vec<TreePath> = plan.removes().cloned().collect();
    let going: BTreeSet<TreePath> = puts.iter().chain(&removes).cloned().collect();
    let needed = trip.room_for(plan, to)?;
    Ok(Report {
        installed,
        wanted,
        crossed: crossed.filter(|version| *version != installed).collect(),
        bundles: prospect::bundles_between(from, to),
        vital: going.iter().filter_map(Vital::of).collect(),
        running: Running::look_ahead(session, &going, &puts),
        is_running_system: session.settings.is_running_system,
        download: trip.foresee(plan, to),
        room: room(session, trip.machine, needed)?,
        puts,
        removes,
    })
}

/// Tells it, in the form that is asked for.
pub(super) fn tell(session: &Session, report: &Report) {
    let output = &session.output;
    let manner = output.manner();
    if manner.json {
        output.object(&report.json());
        return;
    }
    if manner.quiet {
        output.answer(&report.wanted.to_string());
        return;
    }
    output.answer(&report.headline(session.glyphs()));
    for line in report.lines(session.glyphs()) {
        output.answer(&line);
    }
    if manner.verbose || manner.debug {
        for (mark, paths) in [("+", &report.puts), ("-", &report.removes)] {
            for path in paths {
                output.answer(&format!("  {mark} {path}"));
            }
        }
    }
}

/// Tells it to somebody who is about to have it done: what was asked for is the update, not this.
pub(super) fn tell_before(session: &Session, report: &Report) {
    if session.output.manner().json {
        session.output.object(&report.json());
        return;
    }
    session.output.info(&report.headline(session.glyphs()));
    for line in report.lines(session.glyphs()) {
        session.output.info(&line);
    }
}

fn room(session: &Session, machine: &Machine, needed: u64) -> Result<Room, Failure> {
    let path = session.settings.tree.clone();
    let unreadable = |source| Failure::Tree { path: path.clone(), source };
    let (kept, uses) = session.kept()?;
    let most = usize::try_from(session.settings.policy.keep_generations.get());
    let kept = kept.iter().filter(|generation| !generation.is_running);
    let kept = kept.filter_map(|generation| generation.number).collect();
    let dropped = dropped(kept, most.unwrap_or(usize::MAX));
    let freed = dropped.iter().filter_map(|number| uses.get(number));
    Ok(Room {
        needed,
        free: machine.root.free_space().map_err(unreadable)?,
        cache_free: machine.store.free_space().map_err(unreadable)?,
        freed: freed.map(|DiskUse { own, .. }| own).sum(),
    })
}

/// Returns which of the kept versions make place for the one that runs now, where so many stay at
/// most, the running one among them.
fn dropped(mut kept: Vec<Number>, most: usize) -> Vec<Number> {
    kept.sort_unstable();
    kept.truncate((kept.len() + 2).saturating_sub(most));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_versions_make_place() {
        let numbers = |list: &[&str]| list.iter().map(|n| n.parse().unwrap()).collect::<Vec<_>>();
        let dropped = |most| dropped(numbers(&["6", "4"]), most);
        assert_eq!(dropped(2), numbers(&["4", "6"]));
        assert_eq!(dropped(3), numbers(&["4"]));
        assert!(dropped(4).is_empty());
        assert!(super::dropped(Vec::new(), 2).is_empty());
    }
}

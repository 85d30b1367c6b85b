use super::*;
use crate::host::processes::{Advice, Reason};

const NOW: u64 = 1_700_000_000;
const PLAIN: Glyphs = Glyphs { unicode: false, colour: false };

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

fn report() -> Report {
    Report {
        now: NOW,
        version: version(20),
        made: Some(NOW - 3 * DAY),
        check: LastCheck::default(),
        result: LastResult::default(),
        held: BTreeSet::new(),
        running: Some(Running::default()),
        timer: Timer::Absent,
        generations: Vec::new(),
        remains: Vec::new(),
    }
}

fn running(advice: Advice) -> Running {
    let mut running = Running::default();
    running.advice = advice;
    running
}

fn restart() -> Advice {
    Advice { restart: [("a.service".into(), vec![7])].into(), ..Advice::default() }
}

fn failure() -> (String, u8) {
    ("no network".into(), 16)
}

#[test]
fn a_machine_of_which_nothing_is_known_is_well() {
    let report = report();
    assert_eq!(report.verdict(), Verdict::Well);
    assert_eq!(report.headline(Verdict::Well), "Version 20 of 2023-11-11: nothing has to be done");
    let expected = [
        "  Last check    none is known of",
        "  Last update   none is known of",
        "  Automatic     this tree has no timer for it",
    ];
    assert_eq!(report.lines(PLAIN), expected);
}

#[test]
fn everything_that_is_known_is_told_and_fits_on_a_screen() {
    let check = LastCheck::default().answered(NOW - 2 * DAY, version(20), version(30));
    let generation = |number, is_current| Generation {
        number: Some(number),
        version: Some(version(number * 10)),
        made: Some(NOW - 5 * DAY),
        is_current,
    };
    let report = Report {
        check: check.failed(NOW - 7200, failure()),
        result: LastResult::default().ended(
            NOW - 3 * DAY,
            (Some(version(10)), Some(version(20))),
            None,
        ),
        held: [version(20), version(30)].into(),
        running: Some(running(restart())),
        timer: Timer::Enabled,
        generations: vec![generation(1, false), generation(2, true)],
        remains: vec![7],
        ..report()
    };
    assert_eq!(report.verdict(), Verdict::Restart);
    let expected = [
        "  Next version  > 30, known since 2023-11-12, held back",
        "  Last check    2023-11-12 22:13 UTC (2 days ago): 30 is the newest; since then it failed \
         once, the last time 2 hours ago",
        "  Last update   2023-11-11 22:13 UTC (3 days ago): from 10 to 20",
        "  Held back     30, rolled back from",
        "  Automatic     on: the machine updates itself",
        "  Still running ! restart 1 unit: systemctl restart a.service",
        "  On the disk       1 version 10, made 2023-11-09",
        "                *   2 version 20, made 2023-11-09",
        "                    7 could not be removed completely: `swupd history`",
    ];
    let lines = report.lines(PLAIN);
    assert_eq!(lines, expected);
    assert!(lines.len() < 23);
}

#[test]
fn what_fails_comes_before_what_is_late_and_that_before_what_runs() {
    let mut report = Report { running: Some(running(restart())), ..report() };
    assert_eq!(report.verdict(), Verdict::Restart);
    let kernel = Reason::Kernel("6.2".into());
    report.running = Some(running(Advice { reboot: [kernel].into(), ..restart() }));
    assert_eq!(report.verdict(), Verdict::Reboot);
    report.timer = Timer::Enabled;
    report.check = LastCheck::default().answered(NOW - 8 * DAY, version(20), version(20));
    assert_eq!(report.verdict(), Verdict::Overdue);
    let same = (Some(version(20)), Some(version(20)));
    report.result = LastResult::default().ended(NOW - DAY, same, Some(failure()));
    assert_eq!(report.verdict(), Verdict::Failing);
    let headline = report.headline(Verdict::Failing);
    assert!(
        headline.ends_with("UPDATES HAVE FAILED ONCE since 2023-11-13: no network"),
        "{headline}"
    );
    let words: BTreeSet<&str> =
        [Verdict::Well, Verdict::Restart, Verdict::Reboot, Verdict::Overdue, Verdict::Failing]
            .map(Verdict::word)
            .into();
    assert_eq!(words.len(), 5);
}

#[test]
fn only_a_machine_that_should_update_itself_is_overdue() {
    let old = LastCheck::default().answered(NOW - 8 * DAY, version(20), version(30));
    // It still looks, but does not go there.
    let late = old.clone().answered(NOW - 60, version(20), version(30));
    for (timer, check, held, verdict) in [
        (Timer::Enabled, &old, None, Verdict::Overdue),
        (Timer::Enabled, &late, None, Verdict::Overdue),
        (Timer::Enabled, &late, Some(version(30)), Verdict::Well),
        (Timer::Disabled, &old, None, Verdict::Well),
        (Timer::Absent, &late, None, Verdict::Well),
        (Timer::Enabled, &LastCheck::default(), None, Verdict::Well),
    ] {
        let held = held.into_iter().collect();
        let report = Report { timer, check: check.clone(), held, ..report() };
        assert_eq!(report.verdict(), verdict, "{report:?}");
    }
}

#[test]
fn a_server_that_was_away_for_a_moment_is_no_failure_of_updates() {
    let once = LastCheck::default().failed(NOW - 2 * DAY, failure());
    let long = once.clone().failed(NOW, failure());
    assert_eq!(Report { check: once, ..report() }.verdict(), Verdict::Well);
    assert_eq!(Report { check: long, ..report() }.verdict(), Verdict::Failing);
}

//! The tests' own tool: programs that are stopped at their system calls.

use std::{path::Path, process::Command};

use swupd_fixtures::syscalls::{Class, Counted, Errno, Event, Tracer};

use crate::world::skipped;

#[test]
fn a_killed_program_has_done_what_came_before_and_nothing_else() {
    let Some(tracer) = tracer() else { return };
    for at in 0..3 {
        let (place, command, counted) = three_directories();
        let traced = tracer.run(&command, &counted, Event::KillAt(at));
        assert_eq!((traced.ran.code, traced.happened), (128 + 9, true));
        assert_eq!(traced.calls.len(), at + 1);
        assert!(traced.calls[at].to_string().ends_with(&format!("{at})")), "{}", traced.calls[at]);
        let made = [0, 1, 2].map(|n: usize| place.path().join(n.to_string()).exists());
        assert_eq!(made, [0, 1, 2].map(|n| n < at));
    }
    let (_place, command, counted) = three_directories();
    let traced = tracer.run(&command, &counted, Event::KillAt(3));
    assert_eq!((traced.ran.code, traced.happened, traced.calls.len()), (0, false, 3));
}

#[test]
fn a_call_that_fails_does_nothing_and_tells_the_error() {
    let Some(tracer) = tracer() else { return };
    let (place, command, counted) = three_directories();
    let traced = tracer.run(&command, &counted, Event::FailAt(1, Errno::ENOSPC));
    assert_eq!((traced.ran.code, traced.happened), (1, true));
    assert!(traced.ran.stderr.contains("No space left"), "{}", traced.ran.stderr);
    let made = [0, 1, 2].map(|n: usize| place.path().join(n.to_string()).exists());
    assert_eq!(made, [true, false, true]);

    let (place, command, counted) = three_directories();
    let traced = tracer.run(&command, &counted, Event::FailFrom(1, Errno::EIO));
    assert!(traced.ran.stderr.contains("Input/output error"), "{}", traced.ran.stderr);
    let made = [0, 1, 2].map(|n: usize| place.path().join(n.to_string()).exists());
    assert_eq!(made, [true, false, false]);
}

#[test]
fn calls_of_other_classes_and_other_places_do_not_count() {
    let Some(tracer) = tracer() else { return };
    let (place, command, _) = three_directories();
    let elsewhere = tempfile::tempdir().unwrap();
    for counted in [
        Counted::new(&[Class::Sync], &[place.path()]),
        Counted::new(&Class::CHANGES, &[elsewhere.path()]),
    ] {
        let traced = tracer.run(&command, &counted, Event::KillAt(0));
        assert!(!traced.happened && traced.calls.is_empty(), "{:?}", traced.calls);
    }
}

fn tracer() -> Option<Tracer> {
    let tracer = Tracer::new(Path::new(env!("CARGO_BIN_EXE_stopped-at-calls")));
    if !tracer.works() {
        skipped("no program can be stopped at its system calls here");
        return None;
    }
    Some(tracer)
}

/// Returns a program that makes three directories, `0` to `2`, and where.
fn three_directories() -> (tempfile::TempDir, Command, Counted) {
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/mkdir");
    command.args((0..3).map(|n| place.path().join(n.to_string())));
    let counted = Counted::new(&Class::CHANGES, &[place.path()]);
    (place, command, counted)
}

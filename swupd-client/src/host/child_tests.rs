use std::time::Instant as Clock;

use super::*;

const LONG: Duration = Duration::from_mins(1);

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).env_clear().env("PATH", "/usr/bin:/bin");
    command
}

fn told(script: &str, patience: Duration) -> (Vec<String>, Result<(), ChildError>) {
    let mut lines = Vec::new();
    let result = run(shell(script), patience, &mut |line| lines.push(line.to_owned()));
    (lines, result)
}

#[test]
fn both_outputs_are_told_in_order_and_tamed() {
    let (lines, result) = told("echo one; echo two >&2; printf 'a\\033[2Jb\\r\\nlast'", LONG);
    result.unwrap();
    assert_eq!(lines, ["one", "two", "a\u{fffd}[2Jb", "last"]);
}

#[test]
fn nothing_can_be_read_and_much_can_be_written() {
    let (lines, result) =
        told("cat; i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done", LONG);
    result.unwrap();
    assert_eq!(lines.len(), 3000);
    assert_eq!(lines[2999], "2999");
}

#[test]
fn a_failure_says_how_and_repeats_the_last_words() {
    let (_, result) = told("for i in 1 2 3 4; do echo $i; done; exit 7", LONG);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("exit status: 7") && error.ends_with(": 2 / 3 / 4"), "{error}");
    let missing = run(Command::new("/no/such/program"), LONG, &mut |_| {});
    assert!(matches!(missing, Err(ChildError::Start(_))));
}

#[test]
fn who_takes_too_long_is_ended_with_what_it_started() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("alive");
    let script = format!(
        "(while :; do echo x >> {0}; sleep 0.05; done) & while :; do sleep 0.1; done",
        file.display()
    );
    let begun = Clock::now();
    let (_, result) = told(&script, Duration::from_millis(300));
    assert!(matches!(result, Err(ChildError::Late { .. })), "{result:?}");
    assert!(begun.elapsed() < GRACE, "it did not take a request to end");
    let size = || fs_err::metadata(&file).unwrap().len();
    let after = size();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(size(), after, "what it started still runs");
}

#[test]
fn what_it_leaves_running_does_not_hold_us_up() {
    let begun = Clock::now();
    let (lines, result) = told("sleep 20 & echo $!; exit 0", LONG);
    result.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
    // It runs on, as it should: whoever started it is done, but did not fail.
    let pid = lines[0].parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

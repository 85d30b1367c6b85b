//! The only printer, and the only place with exit codes.
//!
//! What was asked for goes to standard output and is all that `--quiet` leaves; what is worth
//! knowing besides goes there too, warnings and errors to standard error. With `--json-output`
//! everything is one array on standard output, closed whatever happens.

use std::{
    io::{IsTerminal, Write},
    os::unix::fs::MetadataExt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::report::{Event, Observer, Progress, Stage, Unit, with_causes};

/// How a command ends, as the reference client numbers it; above 38 are numbers of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the protocol's table of exit codes")]
pub enum Exit {
    Ok = 0,
    No = 1,
    RequiredBundle = 2,
    InvalidBundle = 3,
    CannotLoadMom = 4,
    CannotDeleteFile = 5,
    CannotCreateFile = 7,
    ManifestRecursion = 8,
    NoLock = 9,
    CannotRenameFile = 10,
    CannotStartHttp = 11,
    CannotStart = 12,
    BundleNotTracked = 13,
    CannotLoadManifest = 14,
    InvalidOption = 15,
    NoConnection = 16,
    CannotDownload = 17,
    CannotUnpack = 18,
    CannotCreateDirectory = 19,
    VersionUnknown = 20,
    BadSignature = 21,
    BadTime = 22,
    BadServerCertificate = 24,
    NoDiskSpace = 25,
    NotInAManifest = 26,
    Unexpected = 27,
    SubprocessFailed = 28,
    CannotListDirectory = 29,
    CannotHash = 30,
    TimeUnknown = 31,
    CannotWriteFile = 32,
    VerifyFailed = 35,
    InvalidProgram = 36,
    InvalidRepository = 37,
    InvalidFile = 38,
    RestartNeeded = 39,
    RebootNeeded = 40,
    UpdatesFail = 41,
}

/// How much is printed, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Manner {
    /// Only what was asked for.
    pub quiet: bool,
    /// More than usual.
    pub verbose: bool,
    /// Everything.
    pub debug: bool,
    /// One JSON array.
    pub json: bool,
    /// How long each stage took.
    pub times: bool,
    /// Progress bars, where standard error is a terminal.
    pub progress: bool,
    /// What another program has begun to print.
    pub goes_on: bool,
    /// The device and inode of the stream to the journal, where there is one.
    pub journal: Option<(u64, u64)>,
}

/// Prints for one run of a command.
#[derive(Debug)]
pub(super) struct Output {
    manner: Manner,
    section: String,
    /// Whether standard error is read by the journal, which takes a priority before each line.
    to_journal: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    json_begun: bool,
    step: u64,
    stage: Option<Running>,
    done: Vec<(String, u64)>,
}

#[derive(Debug)]
struct Running {
    stage: Stage,
    bar: Option<ProgressBar>,
    begun: Instant,
    line_due: Instant,
}

impl Output {
    /// Starts the output of a subcommand.
    pub(super) fn begin(section: &str, manner: Manner) -> Self {
        let state = Mutex::new(State { json_begun: manner.goes_on, ..State::default() });
        let to_journal = manner.journal.is_some_and(is_stderr);
        let output = Self { manner, section: section.into(), to_journal, state };
        if manner.json && !manner.goes_on {
            output.json(json!({ "type": "start", "section": section }));
        }
        output
    }

    /// Returns the subcommand.
    pub(super) fn section(&self) -> &str {
        &self.section
    }

    /// Says how much is printed.
    pub(super) fn manner(&self) -> Manner {
        self.manner
    }

    /// Prints a line that was asked for: it stays with `--quiet`.
    pub(super) fn answer(&self, line: &str) {
        if self.manner.json {
            self.json(json!({ "type": "status", "msg": line }));
        } else {
            self.to_stdout(line);
        }
    }

    /// Prints an object of its own among the elements of the JSON array.
    pub(super) fn object(&self, object: &Value) {
        self.json(object.clone());
    }

    /// Returns how long each stage took so far, in milliseconds.
    pub(super) fn steps(&self) -> Vec<(String, u64)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).done.clone()
    }

    /// Says whether standard output is looked at by a person.
    pub(super) fn is_looked_at(&self) -> bool {
        !self.manner.json && !self.manner.quiet && std::io::stdout().is_terminal()
    }

    /// Prints a line that `--quiet` leaves out.
    pub(super) fn info(&self, line: &str) {
        if self.manner.json {
            self.json(json!({ "type": "info", "msg": line }));
        } else if !self.manner.quiet {
            self.to_stdout(line);
        }
    }

    /// Prints a line for those who asked for more.
    pub(super) fn verbose(&self, line: &str) {
        if self.manner.verbose || self.manner.debug {
            self.info(line);
        }
    }

    /// Prints a line for those who look for a fault.
    pub(super) fn debug(&self, line: &str) {
        if self.manner.debug {
            self.info(line);
        }
    }

    /// Prints a warning.
    pub(super) fn warning(&self, line: &str) {
        if self.manner.json {
            self.json(json!({ "type": "warning", "msg": line }));
        } else if !self.manner.quiet {
            self.to_stderr(Priority::Warning, &format!("Warning: {line}"));
        }
    }

    /// Prints a question, and leaves the cursor behind it where somebody types the answer. It goes to
    /// standard error: what is asked must be seen, also where standard output is read by a program.
    pub(super) fn prompt(&self, question: &str) {
        if self.manner.json {
            self.json(json!({ "type": "info", "msg": question }));
            return;
        }
        self.above_the_bar(|| {
            let mut stderr = std::io::stderr().lock();
            let end = if std::io::stdin().is_terminal() { " " } else { "\n" };
            drop(write!(stderr, "{question}{end}").and_then(|()| stderr.flush()));
        });
    }

    /// Prints an error with the chain of its causes, and a hint what to do next.
    pub(super) fn error(&self, error: &dyn std::error::Error, hint: Option<&str>) {
        let text = with_causes(error);
        if self.manner.json {
            self.json(json!({ "type": "error", "msg": text, "hint": hint }));
            return;
        }
        self.to_stderr(Priority::Error, &format!("Error: {text}"));
        if let Some(hint) = hint {
            self.to_stderr(Priority::Notice, &format!("Hint: {hint}"));
        }
    }

    /// Prints help.
    pub(super) fn help(&self, help: &clap::Error) {
        if self.manner.json {
            self.json(json!({ "type": "info", "msg": help.to_string() }));
        } else {
            // A reader that went away is no failure of ours.
            drop(help.print());
        }
    }

    /// Tells how long the command took, where that is wanted.
    pub(super) fn tell_time(&self, begun: Instant) {
        self.stage_over();
        if self.manner.times {
            self.info(&format!("Time: {:.2} s", begun.elapsed().as_secs_f64()));
        }
    }

    /// Leaves what is begun to another program, which goes on with it.
    pub(super) fn hand_over(&self) {
        self.stage_over();
    }

    /// Ends the output and gives the exit code back.
    pub(super) fn end(&self, exit: Exit) -> u8 {
        self.stage_over();
        if self.manner.json {
            self.json(json!({ "type": "end", "section": self.section, "status": exit as u8 }));
            self.to_stdout("]");
        }
        exit as u8
    }

    fn json(&self, element: Value) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = if state.json_begun { "," } else { "[" };
        state.json_begun = true;
        drop(state);
        self.to_stdout(&format!("{begin}{element}"));
    }

    fn to_stdout(&self, line: &str) {
        self.above_the_bar(|| {
            let mut stdout = std::io::stdout().lock();
            // A reader that went away is no reason to leave a change half done.
            drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
        });
    }

    fn to_stderr(&self, priority: Priority, text: &str) {
        let text = if self.to_journal { priority.before_each_line(text) } else { text.to_owned() };
        self.above_the_bar(|| drop(writeln!(std::io::stderr().lock(), "{text}")));
    }

    fn above_the_bar(&self, print: impl FnOnce()) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.stage.as_ref().and_then(|running| running.bar.as_ref()) {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn stage_begins(&self, stage: Stage) {
        self.stage_over();
        self.verbose(&stage.description);
        let bar = self.draws_bars().then(|| bar(&stage));
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.step += 1;
        state.stage = Some(Running { stage, bar, begun: now, line_due: now + FIRST_LINE });
    }

    fn stage_goes_on(&self, progress: Progress) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let step = state.step;
        let Some(running) = state.stage.as_mut() else { return };
        running.stage.total = progress.total.or(running.stage.total);
        if let Some(bar) = &running.bar {
            if let Some(total) = running.stage.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
            return;
        }
        let now = Instant::now();
        if now < running.line_due {
            return;
        }
        running.line_due = now + NEXT_LINE;
        let completion = percent(progress.done, running.stage.total);
        let line = plain_line(running, progress.done, now);
        let description = running.stage.description.clone();
        drop(state);
        if self.manner.json {
            self.json(json!({
                "type": "progress", "currentStep": step, "totalSteps": UNKNOWN,
                "stepCompletion": completion, "stepDescription": description,
            }));
        } else if self.manner.progress && !self.manner.quiet {
            self.to_stdout(&line);
        }
    }

    fn stage_over(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = state.stage.take() else { return };
        let milliseconds = u64::try_from(running.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        state.done.push((running.stage.description.clone(), milliseconds));
        drop(state);
        if let Some(bar) = running.bar {
            bar.finish_and_clear();
        }
        if self.manner.times {
            let seconds = running.begun.elapsed().as_secs_f64();
            self.info(&format!("{}: {seconds:.2} s", running.stage.description));
        }
    }

    fn draws_bars(&self) -> bool {
        let wanted = self.manner.progress && !self.manner.quiet && !self.manner.json;
        wanted && std::io::stderr().is_terminal()
    }
}

impl Observer for Output {
    fn event(&self, event: Event) {
        match event {
            Event::Info(text) => self.info(&text),
            Event::Warning(text) => self.warning(&text),
            Event::Debug(text) => self.debug(&text),
            Event::Stage(stage) => self.stage_begins(stage),
            Event::Progress(progress) => self.stage_goes_on(progress),
            Event::StageDone => self.stage_over(),
        }
    }
}

fn bar(stage: &Stage) -> ProgressBar {
    let template = match stage.unit {
        Unit::Bytes => "{msg} [{bar:24}] {bytes}/{total_bytes} {bytes_per_sec} {eta_precise} left",
        Unit::Items => "{msg} [{bar:24}] {pos}/{len} {eta_precise} left",
    };
    let bar = ProgressBar::with_draw_target(stage.total, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(stage.description.clone());
    bar
}

fn plain_line(running: &Running, done: u64, now: Instant) -> String {
    let Stage { description, unit, total } = &running.stage;
    let figure = |number: u64| match unit {
        Unit::Bytes => HumanBytes(number).to_string(),
        Unit::Items => number.to_string(),
    };
    let elapsed = now.duration_since(running.begun);
    match total.filter(|total| *total > 0) {
        None => format!("{description}: {}", figure(done)),
        Some(total) => {
            let left = seconds_left(done, total, elapsed);
            let percent = percent(done, Some(total));
            format!(
                "{description}: {} of {} ({percent} %), {left} s left",
                figure(done),
                figure(total)
            )
        }
    }
}

fn seconds_left(done: u64, total: u64, elapsed: Duration) -> u64 {
    let per_unit = elapsed.as_millis() / u128::from(done.max(1));
    let left = per_unit * u128::from(total.saturating_sub(done)) / 1000;
    u64::try_from(left).unwrap_or(u64::MAX)
}

fn percent(done: u64, total: Option<u64>) -> u64 {
    let total = u128::from(total.unwrap_or(0).max(1));
    u64::try_from((u128::from(done) * 100 / total).min(100)).unwrap_or(100)
}

/// How many stages there will be is known only when they have been.
const UNKNOWN: u64 = 0;
/// When a stage without a bar first tells how far it is, and how often from then on.
const FIRST_LINE: Duration = Duration::from_secs(2);
const NEXT_LINE: Duration = Duration::from_secs(5);

/// How much something matters, as syslog numbers it.
#[derive(Debug, Clone, Copy)]
enum Priority {
    Error = 3,
    Warning = 4,
    Notice = 5,
}

impl Priority {
    fn before_each_line(self, text: &str) -> String {
        let lines: Vec<String> =
            text.lines().map(|line| format!("<{}>{line}", self as u8)).collect();
        lines.join("\n")
    }
}

/// Says whether standard error is this stream: a variable is inherited further than a stream.
fn is_stderr((device, inode): (u64, u64)) -> bool {
    let found = fs_err::metadata("/proc/self/fd/2");
    found.is_ok_and(|found| (found.dev(), found.ino()) == (device, inode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_to_the_journal_has_its_priority() {
        assert_eq!(Priority::Error.before_each_line("one\ntwo"), "<3>one\n<3>two");
        assert_eq!(Priority::Warning.before_each_line("one"), "<4>one");
        assert!(!is_stderr((0, 0)));
    }

    #[test]
    fn figures_are_in_percent_and_seconds() {
        assert_eq!(percent(1, Some(3)), 33);
        assert_eq!(percent(9, Some(3)), 100);
        assert_eq!(percent(0, None), 0);
        assert_eq!(seconds_left(50, 100, Duration::from_secs(5)), 5);
        assert_eq!(seconds_left(0, 100, Duration::ZERO), 0);
    }
}

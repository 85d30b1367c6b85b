//! Runs another program: with a time limit, what it prints told line by line, and ended with all
//! that it started when its time is up or somebody asks us to stop.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    io::{self, BufRead, BufReader, PipeReader, Read},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{Receiver, channel},
    time::{Instant, Interval, interval, sleep_until, timeout_at},
};

use super::sys::{self, Ending};

/// Runs a program to its end, for at most so long. What it prints on either output is told line by
/// line; it has nothing to read. Its environment and its working directory are the caller's choice.
pub fn run(
    mut command: Command,
    patience: Duration,
    tell: &mut dyn FnMut(&str),
) -> Result<(), ChildError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(ChildError::Watch)?;
    let (reader, writer) = io::pipe().map_err(ChildError::Watch)?;
    let other = writer.try_clone().map_err(ChildError::Watch)?;
    // A group of its own, so that all that it starts can be ended, and that a Ctrl-C goes to us,
    // who decide.
    command.stdin(Stdio::null()).stdout(writer).stderr(other).process_group(0);
    let child = command.spawn().map_err(ChildError::Start)?;
    // Our ends of the pipe: its end is seen only when nobody can write any more.
    drop(command);
    let mut last = VecDeque::new();
    let mut note = |line: &str| {
        tell(line);
        if last.len() == LAST_WORDS {
            last.pop_front();
        }
        last.push_back(line.to_owned());
    };
    let ended = runtime.block_on(async {
        let watch = Watch::new(child, lines(reader), patience).map_err(ChildError::Watch)?;
        watch.until_it_ends(&mut note).await.map_err(ChildError::Watch)
    })?;
    match ended {
        Ended::ByItself(status) if status.success() => Ok(()),
        Ended::ByItself(status) => {
            Err(ChildError::Failed { status, said: Vec::from(last).join(" / ") })
        }
        Ended::Late => Err(ChildError::Late { seconds: patience.as_secs() }),
        Ended::Interrupted => Err(ChildError::Interrupted),
    }
}

/// Becomes another program, with some variables more in its environment; returns why not.
pub fn become_program(
    program: &Path,
    arguments: &[OsString],
    variables: &[(&OsStr, &OsStr)],
) -> io::Error {
    Command::new(program).args(arguments).envs(variables.iter().copied()).exec()
}

/// How a program ended.
#[derive(Debug, Clone, Copy)]
enum Ended {
    ByItself(ExitStatus),
    Late,
    Interrupted,
}

/// A program that runs, and what may end it.
struct Watch {
    child: Child,
    lines: Receiver<String>,
    deadline: Instant,
    tick: Interval,
    requests: [Signal; 2],
}

impl Watch {
    fn new(child: Child, lines: Receiver<String>, patience: Duration) -> io::Result<Self> {
        let requests = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        let deadline = Instant::now() + patience;
        Ok(Self { child, lines, deadline, tick: interval(TICK), requests })
    }

    async fn until_it_ends(mut self, tell: &mut dyn FnMut(&str)) -> io::Result<Ended> {
        let mut is_open = true;
        loop {
            let [interrupt, terminate] = &mut self.requests;
            tokio::select! {
                line = self.lines.recv(), if is_open => match line {
                    Some(line) => tell(&line),
                    None => is_open = false,
                },
                _ = self.tick.tick() => {
                    if let Some(status) = self.child.try_wait()? {
                        self.last_words(tell).await;
                        return Ok(Ended::ByItself(status));
                    }
                }
                () = sleep_until(self.deadline) => {
                    self.stop().await?;
                    return Ok(Ended::Late);
                }
                _ = interrupt.recv() => {
                    self.stop().await?;
                    return Ok(Ended::Interrupted);
                }
                _ = terminate.recv() => {
                    self.stop().await?;
                    return Ok(Ended::Interrupted);
                }
            }
        }
    }

    /// Tells what is still in the pipe. Something that the program left running may hold it open.
    async fn last_words(&mut self, tell: &mut dyn FnMut(&str)) {
        let end = Instant::now() + GRACE_OF_THE_PIPE;
        while let Ok(Some(line)) = timeout_at(end, self.lines.recv()).await {
            tell(&line);
        }
    }

    /// Ends the program and all that it started.
    async fn stop(&mut self) -> io::Result<()> {
        let group = self.child.id();
        // A group that is gone already is what we want.
        drop(sys::end_group(group, Ending::Asked));
        let end = Instant::now() + GRACE;
        while self.child.try_wait()?.is_none() && Instant::now() < end {
            self.tick.tick().await;
        }
        drop(sys::end_group(group, Ending::Forced));
        self.child.wait().map(drop)
    }
}

/// Reads lines in a thread of their own, which ends when nobody can write any more.
fn lines(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel(LINES_AHEAD);
    thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                // Who does not listen any more does not keep the program from writing.
                Ok(_) => drop(sender.blocking_send(shown(&line))),
            }
        }
    });
    receiver
}

/// Returns a line as it may be shown: without its end, and without what moves a terminal's cursor.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let tame = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    text.trim_end_matches(['\n', '\r']).chars().map(tame).collect()
}

/// A program did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It could not be started.
    #[error("it cannot be started")]
    Start(#[source] io::Error),
    /// It could not be watched; it may still run.
    #[error("it cannot be watched")]
    Watch(#[source] io::Error),
    /// It ended, and says that it failed.
    #[error("it failed ({status}){}", behind_a_colon(said))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The last that it printed.
        said: String,
    },
    /// It took too long and was ended.
    #[error("it did not end within {seconds} seconds and was ended")]
    Late {
        /// How long it was given.
        seconds: u64,
    },
    /// We were asked to stop, so it was ended.
    #[error("it was ended because this command was asked to stop")]
    Interrupted,
}

fn behind_a_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// How often we look whether it has ended.
const TICK: Duration = Duration::from_millis(10);
/// How long it may tidy up once it was asked to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long what it left running may still write.
const GRACE_OF_THE_PIPE: Duration = Duration::from_millis(300);
/// Bytes of a line that are shown as one.
const LONGEST_LINE: u64 = 4096;
/// Lines that are read before somebody takes them.
const LINES_AHEAD: usize = 64;
/// Lines that an error repeats.
const LAST_WORDS: usize = 3;

#[cfg(test)]
#[path = "child_tests.rs"]
mod tests;

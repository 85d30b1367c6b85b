//! Somebody who uses the machine's service all the time.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::Result;

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Questions that were answered with a version.
    pub(crate) answers: usize,
    /// Those that were not.
    pub(crate) failures: Vec<String>,
    /// The versions, each time that it was another one.
    pub(crate) versions: Vec<String>,
    /// The longest that an answer took.
    pub(crate) longest: Duration,
}

/// Asks until it is told to stop.
#[derive(Debug)]
pub(crate) struct Watch {
    is_over: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub(crate) fn begin(port: u16) -> Self {
        let (is_over, seen) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Seen>>::default());
        let (over, page) = (Arc::clone(&is_over), Arc::clone(&seen));
        let thread = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let answer = ask(port);
                note(&mut page.lock().unwrap_or_else(PoisonError::into_inner), answer, begun);
                thread::sleep(PAUSE);
            }
        });
        Self { is_over, seen, thread }
    }

    pub(crate) fn end(self) -> Result<Seen> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the watcher ended early")?;
        Ok(self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn note(seen: &mut Seen, answer: std::io::Result<String>, begun: Instant) {
    match answer {
        Ok(version) => {
            seen.answers += 1;
            seen.longest = seen.longest.max(begun.elapsed());
            if seen.versions.last() != Some(&version) {
                seen.versions.push(version);
            }
        }
        Err(error) => seen.failures.push(error.to_string()),
    }
}

/// Asks the machine's service which version it is of.
pub(crate) fn ask(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /version HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let is_good = answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200");
    match answer.split_once("\r\n\r\n") {
        Some((_, body)) if is_good => Ok(body.trim().to_owned()),
        _ => Err(std::io::Error::other(format!("it says {answer:?}"))),
    }
}

const PAUSE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(20);

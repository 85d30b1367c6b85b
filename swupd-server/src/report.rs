//! What a build tells whoever watches it: a terminal, a log, a test.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Takes what happens, from any thread.
pub trait Observer: Send + Sync {
    /// Takes one event; must not block for long.
    fn event(&self, event: Event);
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something worth knowing.
    Info(String),
    /// Something that the operator should look at; the build goes on.
    Warning(String),
    /// A stage begins.
    Stage {
        /// Counted from 1.
        number: u32,
        /// How many stages there are.
        of: u32,
        /// What it does, as a participle: `scanning the tree`.
        name: &'static str,
    },
    /// How far the stage is.
    Progress {
        /// Bytes dealt with.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}

/// Remembers every event but progress; for tests and for callers that report later.
#[derive(Debug, Default)]
pub struct Recorded(Mutex<Vec<Event>>);

impl Recorded {
    /// Returns what happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Recorded {
    fn event(&self, event: Event) {
        if !matches!(event, Event::Progress { .. }) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        }
    }
}

/// Returns the text of an error with all its causes.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Counts bytes from many threads and reports every so often.
pub struct Meter<'a> {
    observer: &'a dyn Observer,
    done: AtomicU64,
    total: u64,
}

impl std::fmt::Debug for Meter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("done", &self.done).field("total", &self.total).finish()
    }
}

impl<'a> Meter<'a> {
    /// Starts at nothing of `total` bytes.
    pub fn new(observer: &'a dyn Observer, total: u64) -> Self {
        observer.event(Event::Progress { done: 0, total });
        Self { observer, done: AtomicU64::new(0), total }
    }

    /// Adds bytes that were dealt with.
    pub fn add(&self, bytes: u64) {
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        let done = before + bytes;
        // A report a mebibyte is smooth enough and costs nothing.
        if before >> 20 != done >> 20 || (done >= self.total && bytes > 0) {
            self.observer.event(Event::Progress { done: done.min(self.total), total: self.total });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Last(AtomicU64, AtomicU64);

    impl Observer for Last {
        fn event(&self, event: Event) {
            if let Event::Progress { done, .. } = event {
                self.0.fetch_max(done, Ordering::Relaxed);
                self.1.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_meter_reports_the_end_and_not_every_byte() {
        let last = Last::default();
        let meter = Meter::new(&last, 3 << 20);
        for _ in 0..(3 << 10) {
            meter.add(1 << 10);
        }
        assert_eq!(last.0.load(Ordering::Relaxed), 3 << 20);
        assert!(last.1.load(Ordering::Relaxed) < 10);
    }
}

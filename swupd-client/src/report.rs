//! What a command tells while it works: events, for a terminal, a log or a test to show.

use std::sync::{Arc, Mutex};

pub use swupd_remote::with_causes;
use swupd_remote::{Listener, Word};

/// Something that happened, or that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What a user who asks for nothing special is told.
    Info(String),
    /// What a user must know, though the command goes on.
    Warning(String),
    /// What only somebody who looks for a fault wants to know.
    Debug(String),
    /// A stage begins.
    Stage(Stage),
    /// The stage that began last goes on.
    Progress(Progress),
    /// The stage that began last is over.
    StageDone,
}

/// A stretch of work that is shown with a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What is done, as a short phrase.
    pub description: String,
    /// What its figures count.
    pub unit: Unit,
    /// How much there is to do; none where that is not known.
    pub total: Option<u64>,
}

/// What the figures of a stage count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes that come over the wire or pass through the disk.
    Bytes,
    /// Files, manifests or packs.
    Items,
}

/// How far a stage has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How much is done, in the stage's unit.
    pub done: u64,
    /// How much there is to do, where more has become known since the stage began.
    pub total: Option<u64>,
}

/// Somebody who is told.
pub trait Observer: Send + Sync {
    /// Takes an event; it must not block for long.
    fn event(&self, event: Event);
}

impl dyn Observer + '_ {
    /// Tells something that everybody may know.
    pub fn info(&self, text: impl Into<String>) {
        self.event(Event::Info(text.into()));
    }

    /// Tells something that somebody must know.
    pub fn warning(&self, text: impl Into<String>) {
        self.event(Event::Warning(text.into()));
    }

    /// Tells something for a search for faults.
    pub fn debug(&self, text: impl Into<String>) {
        self.event(Event::Debug(text.into()));
    }

    /// Begins a stage.
    pub fn stage(&self, description: impl Into<String>, unit: Unit, total: Option<u64>) {
        self.event(Event::Stage(Stage { description: description.into(), unit, total }));
    }

    /// Tells how far the stage has come.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        self.event(Event::Progress(Progress { done, total }));
    }

    /// Ends a stage.
    pub fn stage_done(&self) {
        self.event(Event::StageDone);
    }
}

/// Returns who listens to transfers and tells an observer what they say.
pub fn of_transfers(observer: Arc<dyn Observer>) -> Arc<dyn Listener> {
    Arc::new(move |word| {
        observer.event(match word {
            Word::Info(text) => Event::Info(text),
            Word::Warning(text) => Event::Warning(text),
            Word::Debug(text) => Event::Debug(text),
        });
    })
}

/// An observer that nobody listens to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}

/// Passes on what is said, and not how far something has come: for work that is a part of other work.
#[expect(missing_debug_implementations, reason = "whoever is told has none")]
pub struct OnlyWords<'a>(pub &'a dyn Observer);

impl Observer for OnlyWords<'_> {
    fn event(&self, event: Event) {
        if matches!(event, Event::Info(_) | Event::Warning(_) | Event::Debug(_)) {
            self.0.event(event);
        }
    }
}

/// An observer that remembers everything, for tests.
#[derive(Debug, Default)]
pub struct Recorded(Mutex<Vec<Event>>);

impl Recorded {
    /// Returns what was told so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().map(|events| events.clone()).unwrap_or_default()
    }
}

impl Observer for Recorded {
    fn event(&self, event: Event) {
        if let Ok(mut events) = self.0.lock() {
            events.push(event);
        }
    }
}

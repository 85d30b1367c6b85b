//! One recording and the cuts that are tried on it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use swupd_fixtures::{syscalls::Tracer, world::Machine};

use crate::{
    check::{Bad, Good, How, Judge, Side, Verdict},
    lane::Lane,
    record::Recording,
    states::Cut,
    stop::Stop,
    trouble::Trouble,
};

/// A place where states are judged.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) lane: Lane,
    pub(crate) machine: Machine,
    /// Where the client prints to.
    pub(crate) pages: PathBuf,
}

impl Stand {
    pub(crate) fn parts(&self) -> (&Lane, &Machine, &Path) {
        (&self.lane, &self.machine, &self.pages)
    }
}

/// A recording, the cuts to be tried on it, and what they are judged by.
#[derive(Debug, Clone)]
pub(crate) struct Trial<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) cuts: Vec<Cut>,
    pub(crate) judge: Judge<'a>,
    /// What was reported as done before the recording began.
    pub(crate) before: Option<Side>,
    /// What is reported as done in it.
    pub(crate) after: Side,
}

/// What came of a state.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The number of the cut.
    pub(crate) number: usize,
    /// Which state it was, and whether the client found something unfinished.
    pub(crate) found: Result<(Side, bool), Bad>,
}

impl Trial<'_> {
    /// Returns what had been reported as done before a cut.
    pub(crate) fn done_at(&self, cut: &Cut) -> Option<Side> {
        if self.recording.is_done_at(cut) { Some(self.after) } else { self.before }
    }

    /// Judges one state; `stirred` follows the client where it is not to be alone on the machine.
    pub(crate) fn judge(
        &self,
        stand: &Stand,
        number: usize,
        stirred: Option<&Tracer>,
    ) -> Result<Verdict, Trouble> {
        let cut = &self.cuts[number];
        // Not with every state: it takes longer than all the rest.
        let how = How { plays_again: number.is_multiple_of(PLAYED_AGAIN), stirred };
        self.judge.judge(stand.parts(), self.recording.images(cut), self.done_at(cut), how)
    }

    /// Judges all states, on all stands at once; after a bad one no other is begun unless `goes_on`.
    pub(crate) fn run(
        &self,
        stands: &[Stand],
        stop: &Stop,
        goes_on: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let next = AtomicUsize::new(0);
        let findings = Mutex::new(Vec::new());
        let is_enough = |findings: &[Finding]| !goes_on && findings.iter().any(Finding::is_bad);
        let work = |stand: &Stand| -> Result<(), Trouble> {
            loop {
                stop.check()?;
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.cuts.len() {
                    return Ok(());
                }
                let verdict = self.judge(stand, number, None)?;
                // Whoever interrupts us interrupts the client, too.
                stop.check()?;
                let found = verdict.map(|Good { side, was_unfinished, .. }| (side, was_unfinished));
                let mut all = findings.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(Finding { number, found });
                if is_enough(&all) {
                    return Ok(());
                }
                drop(all);
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = stands.iter().map(|stand| scope.spawn(|| work(stand))).collect();
            let ends: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
            ends.into_iter().try_for_each(|end| end.unwrap_or_else(|panic| Err(told(&*panic))))
        })?;
        let mut findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
        findings.sort_by_key(|finding| finding.number);
        Ok(findings)
    }
}

impl Finding {
    pub(crate) fn is_bad(&self) -> bool {
        self.found.is_err()
    }
}

fn told(panic: &(dyn std::any::Any + Send)) -> Trouble {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    Trouble::Panicked(text.unwrap_or("it does not say why").to_owned())
}

/// With every n-th state the scenario is played again where it had not come about.
const PLAYED_AGAIN: usize = 8;

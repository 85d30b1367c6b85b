//! A request to stop, heard between two states, so that everything is taken down before the end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use nix::sys::signal::{SigSet, Signal};

use crate::trouble::Trouble;

/// Whether to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on. To be called before there are other threads.
    pub(crate) fn listen() -> Result<Self, Trouble> {
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            signals.add(signal);
        }
        let blocked = signals.thread_block().map_err(std::io::Error::from);
        blocked.map_err(Trouble::when("wait for signals"))?;
        let stop = Self::default();
        let heard = stop.clone();
        thread::spawn(move || {
            if signals.wait().is_ok() {
                heard.now();
            }
        });
        Ok(stop)
    }

    /// Asks to stop.
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Says whether somebody asked.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends what is going on if somebody asked.
    pub(crate) fn check(&self) -> Result<(), Trouble> {
        if self.is_wanted() { Err(Trouble::Interrupted) } else { Ok(()) }
    }
}

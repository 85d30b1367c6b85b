//! Stages and switches by the best way that the machine offers.

use super::{
    UpdateError,
    stage::{StageError, Staged},
    step::Change,
    switch::{
        self, Engine, How, SwitchError, Switched,
        method::{self, Method, Probe},
    },
    trigger::{self, Occasion},
};
use crate::{
    host::{
        generations::Number,
        journal::{self, Fetched, Intent, Trip},
        machine::{Machine, MachineError},
        signals::Uninterrupted,
        sys,
    },
    report::Observer,
};

/// What a change is made with.
#[derive(Clone, Copy)]
pub(super) struct Apply<'a> {
    pub(super) machine: &'a Machine,
    pub(super) how: How,
    pub(super) occasion: Occasion<'a>,
    pub(super) observer: &'a dyn Observer,
}

impl Apply<'_> {
    /// Makes a change. Where it turns out that the tree cannot be exchanged as a whole, it is made
    /// file by file; `intent` is what a trip is begun again for then.
    pub(super) fn apply(
        self,
        trip: Trip<Fetched>,
        change: &Change,
        intent: Intent,
    ) -> Result<Switched, UpdateError> {
        let method = match self.method() {
            Ok(method) => method,
            Err(error) => {
                trip.abandon()?;
                let path = self.machine.root.path().to_owned();
                return Err(StageError::Tree { path, source: error }.into());
            }
        };
        let refusal = match self.apply_by(method, trip, change) {
            Err(error) if self.how.method.is_none() => error,
            applied => return applied,
        };
        let because = match &refusal {
            UpdateError::Stage(StageError::Fixed { path }) => {
                format!("{} is immutable", path.display())
            }
            UpdateError::Stage(StageError::Divided { mounted }) => {
                format!("files of the OS lie on what is mounted at {mounted}")
            }
            UpdateError::Switch(SwitchError::Refused { source })
                if sys::cannot_exchange(source) =>
            {
                source.to_string()
            }
            _ => return Err(refusal),
        };
        self.tell(&because);
        let trip = journal::begin(&self.machine.data, intent)?.fetched()?;
        self.apply_by(Method::PerFile, trip, change)
    }

    /// Goes back to a kept generation.
    pub(super) fn go_back(
        self,
        trip: Trip<Fetched>,
        number: Number,
        elsewhere: &Change,
    ) -> Result<Switched, UpdateError> {
        let how = (Method::Exchange, self.how.keeping);
        let mut engine = switch::engine(self.machine, how, self.observer);
        let staged = engine.go_back(trip, number, elsewhere)?;
        self.commit(&mut *engine, staged)
    }

    fn method(self) -> std::io::Result<Method> {
        if let Some(method) = self.how.method {
            return Ok(method);
        }
        let choice = method::choose(&self.machine.root, Probe::Try)?;
        if let Some(because) = &choice.because {
            self.tell(because);
        }
        Ok(choice.method)
    }

    fn tell(self, because: &str) {
        self.observer.warning(format!(
            "the tree cannot be exchanged as a whole: {because}. It is changed file by file; \
             until that is done programs may see files of both versions"
        ));
    }

    fn apply_by(
        self,
        method: Method,
        trip: Trip<Fetched>,
        change: &Change,
    ) -> Result<Switched, UpdateError> {
        let mut engine = switch::engine(self.machine, (method, self.how.keeping), self.observer);
        let staged = engine.stage(trip, change)?;
        self.commit(&mut *engine, staged)
    }

    fn commit(self, engine: &mut dyn Engine, staged: Staged) -> Result<Switched, UpdateError> {
        if let Err(error) = self.machine.data.reserve() {
            engine.discard(staged)?;
            return Err(MachineError::from(error).into());
        }
        let asked = trigger::before(&self.occasion, staged.intent(), staged.tree(), self.observer);
        if let Err(refusal) = asked {
            engine.discard(staged)?;
            return Err(refusal.into());
        }
        // It takes moments: a Ctrl-C now would only leave a half for the next run to finish.
        let _uninterrupted = Uninterrupted::begin();
        Ok(engine.commit(staged)?)
    }
}

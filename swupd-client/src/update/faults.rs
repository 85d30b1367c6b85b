//! Places where an engine may be stopped, so that tests can see what a crash there leaves.

use std::{fmt, io, sync::Arc};

/// What is asked at each place; an error stops the engine there.
type Hook = dyn Fn(&'static str) -> io::Result<()> + Send + Sync;

/// The places of one engine. By default nothing stops it.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<Hook>>);

impl Faults {
    /// Asks `hook` at each place, by the place's name. Once it has answered with an error it must
    /// do so ever after: a process that was killed does not tidy up either.
    pub fn ask(hook: impl Fn(&'static str) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(crate) fn pass(&self, place: &'static str) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |hook| hook(place))
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Faults(asked)" } else { "Faults(none)" })
    }
}

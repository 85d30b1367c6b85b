//! Keeps a request to end the program from falling into the moments in which the tree changes.

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

/// From its beginning on, interrupt and termination no longer end the program: it ends by itself as
/// soon as what it has begun is done.
#[derive(Debug)]
pub struct Uninterrupted {
    _listening: Option<(Runtime, [Signal; 2])>,
}

impl Uninterrupted {
    /// Begins. Where the system does not allow it, a signal ends the program as ever, and the next
    /// run finishes what it had begun.
    pub fn begin() -> Self {
        let listen = || {
            let runtime = Builder::new_current_thread().enable_all().build().ok()?;
            let inside = runtime.enter();
            let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
            let [interrupt, terminate] = kinds.map(|kind| signal(kind).ok());
            drop(inside);
            Some((runtime, [interrupt?, terminate?]))
        };
        Self { _listening: listen() }
    }
}

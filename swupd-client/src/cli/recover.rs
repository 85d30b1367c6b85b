//! `recover`: finishes or discards what an interrupted run left, and makes `/usr` read-only where
//! that is wanted. Every command that changes something begins with the first of these; a machine
//! does both when it starts.

use super::{failure::Failure, output::Exit, session::Session};

/// Recovers.
pub(super) fn run(session: &Session) -> Result<Exit, Failure> {
    // Opening it is what finishes or discards.
    let machine = session.machine()?;
    session.protect(&machine)?;
    session.tell_remains(&machine)?;
    session.output.info("nothing is left unfinished");
    Ok(Exit::Ok)
}

//! `3rd-party list`: which repositories there are.

use super::register;
use crate::cli::{failure::Failure, output::Exit, session::Session};

/// Prints each with its URL.
pub(super) fn run(session: &Session) -> Result<Exit, Failure> {
    let register = register(session)?;
    for repository in register.repositories() {
        session.output.answer(&format!("{}: {}", repository.name, repository.url));
    }
    if register.repositories().is_empty() {
        session.output.info(NONE);
    }
    Ok(Exit::Ok)
}

/// What is told where there are none.
pub(super) const NONE: &str =
    "There are no third-party repositories: `swupd 3rd-party add NAME URL` adds one";

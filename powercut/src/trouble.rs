//! What keeps the harness from its work; it says nothing about what is tested.

use std::io;

/// The harness cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The machine refused.
    #[error("cannot {doing}: {source}")]
    Refused {
        /// What was tried.
        doing: String,
        /// How it was refused.
        #[source]
        source: io::Error,
    },
    /// A tool failed.
    #[error("`{typed}` fails: {said}")]
    Tool {
        /// The command.
        typed: String,
        /// What it printed.
        said: String,
    },
    /// What a scenario needs did not come about, on a disk that nobody cut.
    #[error("the scenario cannot be played: {0}")]
    Unplayable(String),
    /// Somebody asked it to stop.
    #[error("interrupted")]
    Interrupted,
    /// A thread of the harness panicked.
    #[error("a part of the harness failed: {0}")]
    Panicked(String),
}

impl Trouble {
    /// Returns a function that says what was tried.
    pub(crate) fn when(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Refused { doing: doing.into(), source }
    }
}

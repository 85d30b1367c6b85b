//! The working directory, which may be named before and behind a subcommand.

use std::path::{Path, PathBuf};

use clap::Args;

/// Where the program works.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Place {
    /// The working directory; the current one if not given
    #[arg(short = 'C', long = "directory", value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Place {
    /// Returns the directory that is named here, or else there, or else the current one.
    pub(super) fn or<'a>(&'a self, other: &'a Self) -> &'a Path {
        let named = self.directory.as_deref().or(other.directory.as_deref());
        named.unwrap_or(Path::new("."))
    }
}

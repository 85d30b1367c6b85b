//! `check`: reads again what is published, and says what is missing or wrong.

use clap::Args;
use swupd_protocol::version::Version;

use super::{Done, Surroundings, Verdict};
use crate::{check, repo::Repo, working_directory::WorkingDirectory};

/// Prove that what is published is complete and consistent
///
/// Everything is read again: signatures, manifests, objects, packs and deltas. Nothing is repaired.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The only version to check; all if not given
    #[arg(long, value_name = "N")]
    version: Option<Version>,
}

impl Check {
    pub(super) fn run(self, surroundings: &Surroundings) -> Done {
        let directory = WorkingDirectory::open(&surroundings.directory)?;
        let keys = directory.keys()?;
        let checked = check::check(check::Check {
            repo: &Repo::new(directory.published()),
            authority: &keys.authority,
            version: self.version,
            now: surroundings.now,
            observer: &surroundings.output,
        })?;
        surroundings.output.checked(&checked);
        Ok(if checked.findings.is_empty() { Verdict::Good } else { Verdict::Problems })
    }
}

//! `check`: reads again what is published, and says what is missing or wrong.

use std::path::PathBuf;

use clap::Args;
use swupd_protocol::version::Version;

use super::{Done, Place, Surroundings, Verdict, certificate::trust};
use crate::{
    check::{self, Checked},
    repo::Repo,
    working_directory::WorkingDirectory,
};

/// Prove that what is published is complete and consistent
///
/// Every signature, manifest, object, pack and delta is read as clients read it; nothing is
/// repaired. Each problem is a line on standard output; where there is any, the exit code is 1.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) place: Place,
    /// The only version to check, with all that it refers to; all of them if not given
    #[arg(long, value_name = "N")]
    version: Option<Version>,
    /// The published content, where it is not that of the working directory
    #[arg(long, value_name = "DIR")]
    content: Option<PathBuf>,
    /// The certificate that clients trust (PEM), where it is not that of the working directory
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(self, surroundings: &Surroundings) -> Done {
        let certificate = self.certificate.map(trust).transpose()?;
        let (content, authority) = match (self.content, certificate) {
            (Some(content), Some(authority)) => (content, authority),
            (content, certificate) => {
                let directory = WorkingDirectory::open(&surroundings.directory)?;
                let authority = match certificate {
                    Some(authority) => authority,
                    None => directory.keys()?.authority,
                };
                (content.unwrap_or_else(|| directory.published()), authority)
            }
        };
        let checked = check::check(check::Check {
            repo: &Repo::new(content),
            authority: &authority,
            version: self.version,
            now: surroundings.now,
            observer: &surroundings.output,
        })?;
        surroundings.output.checked(&checked);
        Ok(verdict(&checked))
    }
}

fn verdict(checked: &Checked) -> Verdict {
    if checked.findings.is_empty() { Verdict::Good } else { Verdict::Problems }
}

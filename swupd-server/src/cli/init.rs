//! `init`: makes a working directory.

use std::path::PathBuf;

use clap::Args;
use swupd_protocol::version::FormatNumber;

use super::{Done, Place, Surroundings, Verdict};
use crate::working_directory::{NewKeys, create};

/// Make a working directory: settings, bundles, keys, and a place for what is published
#[derive(Debug, Args)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) place: Place,
    /// Where; a relative path starts at the directory that -C names
    #[arg(value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// The format of what will be published
    #[arg(long, value_name = "N", default_value = "30")]
    format: FormatNumber,
}

impl Init {
    pub(super) fn run(self, surroundings: &Surroundings) -> Done {
        let root = surroundings.directory.join(self.root);
        let keys = create(&root, self.format, surroundings.now)?;
        let output = &surroundings.output;
        output.result(&format!("{} is ready for format {}", root.display(), self.format));
        match keys {
            NewKeys::Made => output.advice(
                "Its key (keys/key.pem) was made on the spot, for trying things out. Whoever has \
                 it can give your machines any content: a real key belongs on another machine or \
                 in a hardware token; see `signing` in swupd-server.toml.",
            ),
            NewKeys::Kept => output.advice("The keys that were there stay."),
        }
        Ok(Verdict::Good)
    }
}

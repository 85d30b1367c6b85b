//! `build`: makes a version of a tree and publishes it.

use std::{io, path::PathBuf};

use clap::Args;
use swupd_protocol::version::Version;

use super::{Done, Place, Surroundings, Verdict};
use crate::{
    release::{Order, describe::LATEST_TIME, release},
    source::SourceTree,
    working_directory::WorkingDirectory,
};

/// Make a version of an OS tree and publish it
///
/// The tree is only read. Until the last step nobody sees anything of the version; a build that
/// fails or is interrupted can be run again.
#[derive(Debug, Args)]
pub(super) struct Build {
    #[command(flatten)]
    pub(super) place: Place,
    /// The number of the version; greater than the newest published one
    #[arg(long, value_name = "N")]
    version: Version,
    /// The root of the tree
    #[arg(long, value_name = "ROOTFS")]
    from: PathBuf,
    /// The root of another tree, whose package database (dpkg's or rpm's) says what packages have
    #[arg(long, value_name = "ROOTFS")]
    packages_from: Option<PathBuf>,
    /// The time of the version, in seconds since 1970; the present if not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LATEST_TIME))]
    timestamp: Option<u64>,
}

impl Build {
    pub(super) fn run(self, surroundings: &Surroundings) -> Done {
        let directory = WorkingDirectory::open(&surroundings.directory)?;
        let tree = open(self.from)?;
        let packages = self.packages_from.map(open).transpose()?;
        let published = release(&Order {
            directory: &directory,
            version: self.version,
            tree: &tree,
            packages: packages.as_ref(),
            timestamp: self.timestamp.unwrap_or(surroundings.now),
            now: surroundings.now,
            observer: &surroundings.output,
        })?;
        surroundings.output.published(&published);
        Ok(Verdict::Good)
    }
}

fn open(path: PathBuf) -> Result<SourceTree, CannotOpen> {
    SourceTree::open(&path).map_err(|source| CannotOpen { path, source })
}

/// The tree cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the tree {}", path.display())]
struct CannotOpen {
    path: PathBuf,
    source: io::Error,
}

//! Why nothing is copied, or not all of it.

use std::{io, path::PathBuf};

use swupd_protocol::{
    bundle::BundleName,
    layout::RepoPath,
    trust::TrustError,
    version::{FormatNumber, Version},
};
use swupd_remote::FetchError;

use crate::repo::RepoError;

/// Why a repository is not copied. What clients saw before they still see.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The directory of the copy cannot be used.
    #[error("cannot work in {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another run is at work.
    #[error("{} is being written by another run; wait for its end", path.display())]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// What is here already cannot be read.
    #[error("what was copied before cannot be read")]
    Repo(#[from] RepoError),
    /// A file cannot be fetched.
    #[error("cannot fetch")]
    Fetch(#[from] FetchError),
    /// A file that every copy needs is not there.
    #[error("{url} is missing: the repository is not complete{}", hint.unwrap_or_default())]
    Missing {
        /// Its address.
        url: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// A file is not what it should be.
    #[error("{url} is refused: {why}")]
    Refused {
        /// Its address.
        url: String,
        /// Why.
        why: String,
    },
    /// Metadata is not believed.
    #[error("{url} is not believed")]
    Untrusted {
        /// Its address.
        url: String,
        /// Why.
        source: TrustError,
    },
    /// A pointer is there, but nobody has signed it.
    #[error("{url} is missing: what it should sign is not believed")]
    Unsigned {
        /// The signature's address.
        url: String,
    },
    /// A pointer goes back.
    #[error(
        "{url} says that {stated} is the newest version, but it was {known} before; if its \
         publisher has taken versions back, say --accept-older"
    )]
    Older {
        /// Its address.
        url: String,
        /// What it says.
        stated: Version,
        /// What the copy has.
        known: Version,
    },
    /// There is no pointer to begin with.
    #[error("{url} does not say which version is the newest; name a format with --format")]
    NoPointer {
        /// Its address.
        url: String,
    },
    /// A format has no pointer.
    #[error("{url} is missing: nothing is published in format {format}")]
    NoFormat {
        /// Its address.
        url: String,
        /// The format.
        format: FormatNumber,
    },
    /// A bundle that was named is in no version.
    #[error("no version has the bundle `{bundle}`")]
    UnknownBundle {
        /// The bundle.
        bundle: BundleName,
    },
    /// The disk refuses a file.
    #[error("cannot write {path}")]
    Write {
        /// The file, in the repository.
        path: RepoPath,
        /// Why.
        source: io::Error,
    },
    /// The disk refuses the pointers.
    #[error("cannot move the pointers to the newest versions")]
    Announce {
        /// Why.
        source: io::Error,
    },
    /// The disk keeps what should be removed.
    #[error("cannot remove what is not published any more")]
    Remove {
        /// Why.
        source: io::Error,
    },
}

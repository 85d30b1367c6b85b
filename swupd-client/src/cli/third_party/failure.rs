//! What can be wrong with repositories: the exit codes, and what to do next.

use std::path::PathBuf;

use crate::{
    cli::{failure::of_state, output::Exit},
    remote::RemoteError,
    third_party::{NotARepositoryName, RegisterError, RepositoryName},
};

/// What is wrong with a repository, or what is said of it.
#[derive(Debug, thiserror::Error)]
pub enum ThirdPartyFailure {
    /// A name that cannot be one.
    #[error(transparent)]
    Name(#[from] NotARepositoryName),
    /// A URL that cannot be one.
    #[error(transparent)]
    Url(RemoteError),
    /// There is one of this name.
    #[error("there is a repository `{name}` already")]
    Known {
        /// The name.
        name: RepositoryName,
    },
    /// There is none of this name.
    #[error("there is no repository `{name}`")]
    Unknown {
        /// What was typed.
        name: String,
    },
    /// Something lies where the content goes.
    #[error("{} is not empty, and no repository is there", path.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing to trust it by.
    #[error("the repository brings no certificate to trust it by")]
    NoCertificate,
    /// Nobody trusts the certificate.
    #[error("the repository's certificate is not trusted")]
    NotTrusted,
    /// The list cannot be read or written.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A flag that makes sense for one repository only.
    #[error("`{flag}` is about one repository")]
    NeedsRepository {
        /// The flag.
        flag: &'static str,
    },
    /// No repository has the bundle.
    #[error("no repository has a bundle `{bundle}`")]
    InNone {
        /// The bundle.
        bundle: String,
    },
    /// More than one repository has the bundle.
    #[error("bundle `{bundle}` is in several repositories: {}", names.join(", "))]
    InSeveral {
        /// The bundle.
        bundle: String,
        /// The repositories.
        names: Vec<String>,
    },
}

impl ThirdPartyFailure {
    /// Returns the exit code.
    pub(in crate::cli) fn exit(&self) -> Exit {
        match self {
            Self::Name(_)
            | Self::Url(_)
            | Self::Known { .. }
            | Self::NeedsRepository { .. }
            | Self::InSeveral { .. } => Exit::InvalidOption,
            Self::Unknown { .. } => Exit::InvalidRepository,
            Self::Occupied { .. } => Exit::CannotCreateDirectory,
            Self::NoCertificate | Self::NotTrusted => Exit::BadServerCertificate,
            Self::Register(RegisterError(error)) => of_state(error),
            Self::InNone { .. } => Exit::InvalidBundle,
        }
    }

    /// Returns what to try next.
    pub(in crate::cli) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Url(RemoteError::PlainHttp { .. }) => {
                Some("use https, or allow it with --allow-insecure-http; nothing was changed")
            }
            Self::Unknown { .. } => Some("`swupd 3rd-party list` shows which there are"),
            Self::Occupied { .. } => Some("remove what is there with --force"),
            Self::NoCertificate => Some(
                "name the certificate of whoever signs the content with --certpath, or believe \
                 unsigned content with --nosigcheck; nothing was changed",
            ),
            Self::NotTrusted => Some("trust it with --yes; nothing was changed"),
            Self::NeedsRepository { .. } | Self::InSeveral { .. } => {
                Some("say which one with --repo")
            }
            Self::InNone { .. } => {
                Some("`swupd 3rd-party bundle-list --all` shows which bundles there are")
            }
            Self::Name(_) | Self::Url(_) | Self::Known { .. } | Self::Register(_) => None,
        }
    }
}

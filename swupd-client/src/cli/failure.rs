//! Why a command ended before its goal, and what that means to who called it: the exit code, and
//! what to do next.

mod exit;
mod hint;

use std::{error::Error, io, path::PathBuf};

use swupd_protocol::{
    bundle::{BundleName, NotABundleName},
    version::{Format, FormatNumber, Version},
};

pub(super) use self::exit::of_state;
use super::third_party::ThirdPartyFailure;
use crate::{
    host::{generations::Number, machine::MachineError, state::StateError},
    remote::RemoteError,
    search::index::NotAnIndex,
    settings::{MirrorError, SettingsError},
    third_party::OfferError,
    update::{UpdateError, back::BackError, fetch::MetadataError},
};

/// Why a command ended before its goal.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was typed or configured cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Only root may change the running system.
    #[error("`swupd {command}` changes the running system: only root may do that")]
    NotRoot {
        /// The subcommand.
        command: &'static str,
    },
    /// Only root may change somebody else's tree.
    #[error("`swupd {command}` is not for {}, which is another user's: only root may do that", tree.display())]
    NotYours {
        /// The subcommand.
        command: &'static str,
        /// The tree.
        tree: PathBuf,
    },
    /// No directory to install into.
    #[error("no directory to install into is named")]
    NoTarget,
    /// Two directories to install into.
    #[error("the directory to install into is named twice: alone, and with --path")]
    TwoTargets,
    /// The directory to install into cannot be made.
    #[error("cannot create {}", path.display())]
    CannotCreate {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The certificate cannot be read.
    #[error("cannot read the certificate {}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The certificate is none, or not valid.
    #[error("cannot use the certificate {}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The clock is before the time the OS was made.
    #[error("the clock says {now} seconds since 1970, but the tree was made at {made}")]
    BadTime {
        /// What the clock says.
        now: u64,
        /// When the tree was made.
        made: u64,
    },
    /// The tree does not say which version it is.
    #[error("{} does not say which version it is", tree.display())]
    VersionUnknown {
        /// The tree.
        tree: PathBuf,
        /// Why that cannot be read, where it is there.
        source: Option<io::Error>,
    },
    /// The tree says of itself that it is an older version than the one that was installed.
    #[error(
        "version {installed} is installed, but {} says that it is {}: cannot go on from there",
        tree.display(),
        says.map_or("none".into(), |says| says.to_string())
    )]
    LeftBehind {
        /// The tree.
        tree: PathBuf,
        /// What was installed.
        installed: Version,
        /// What the tree says.
        says: Option<Version>,
    },
    /// A version that is older than the installed one.
    #[error("version {asked} is older than the installed version {installed}")]
    OlderVersion {
        /// The version asked for.
        asked: Version,
        /// The installed one.
        installed: Version,
    },
    /// A version that is not the installed one, where only that one makes sense.
    #[error("version {asked} is not the installed version {installed}")]
    OtherVersion {
        /// The version asked for.
        asked: Version,
        /// The installed one.
        installed: Version,
    },
    /// A version in a format that is not followed.
    #[error("version {version} has format {stated}, and format {wanted} is followed")]
    OtherFormat {
        /// The version asked for.
        version: Version,
        /// The format that is followed.
        wanted: Format,
        /// The format of the version.
        stated: FormatNumber,
    },
    /// A bundle that the version does not have.
    #[error("version {version} has no bundle `{bundle}`")]
    UnknownBundle {
        /// The bundle.
        bundle: BundleName,
        /// The version.
        version: Version,
    },
    /// No installed bundle has the path.
    #[error("no installed bundle has {path}{}", if *is_of_the_machine { ": it is the machine's own" } else { "" })]
    NobodysPath {
        /// The path, as it was typed.
        path: String,
        /// Whether it lies where the OS writes nothing.
        is_of_the_machine: bool,
    },
    /// A generation that is not on the disk.
    #[error("generation {number} is not on the disk")]
    NoSuchGeneration {
        /// Its number.
        number: Number,
    },
    /// A generation of which nobody wrote down what is in it.
    #[error("what belongs to generation {number} is not recorded")]
    GenerationUnknown {
        /// Its number.
        number: Number,
    },
    /// A bundle that is not installed, where only one that is makes sense.
    #[error("bundle `{bundle}` is not installed")]
    BundleNotInstalled {
        /// The bundle.
        bundle: BundleName,
    },
    /// What was typed cannot be the name of a bundle.
    #[error(transparent)]
    NotABundle(#[from] NotABundleName),
    /// A path that no bundle has.
    #[error("no installed bundle has {path}")]
    NotInAManifest {
        /// The path.
        path: String,
    },
    /// What is looked for is no regular expression.
    #[error("`{pattern}` is not a regular expression")]
    Expression {
        /// What was typed.
        pattern: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The search index cannot be made.
    #[error(transparent)]
    Index(#[from] NotAnIndex),
    /// The program that searches cannot be run.
    #[error("cannot run {}", program.display())]
    NoSearch {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No room.
    #[error("the new bundles need {needed} bytes in {}, and {free} are free", path.display())]
    NoSpace {
        /// Where.
        path: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The tree cannot be read.
    #[error("cannot read the tree at {}", path.display())]
    Tree {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A hash cannot be had.
    #[error("cannot hash {}", path.display())]
    Hash {
        /// Of what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Hooks that follow the change failed.
    #[error("the tree has changed, but {failed} of the hooks that follow failed")]
    HooksAfter {
        /// How many.
        failed: usize,
    },
    /// Hooks that follow the change failed, and it was taken back.
    #[error("{failed} of the hooks that follow the change failed: the version before runs again")]
    TakenBack {
        /// How many.
        failed: usize,
    },
    /// A kept version is not what it was.
    #[error("the kept version is damaged: {first} and {} more are not what they were; nothing was changed", count - 1)]
    DamagedGeneration {
        /// A path.
        first: String,
        /// How many paths.
        count: usize,
    },
    /// There is no way back.
    #[error(transparent)]
    Back(BackError),
    /// `/usr` should be read-only and is not.
    #[error("cannot make {}/usr read-only", path.display().to_string().trim_end_matches('/'))]
    Unprotected {
        /// The tree.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The history has no such change.
    #[error("the history has no change {number}")]
    NoSuchChange {
        /// The number.
        number: u64,
    },
    /// The server cannot be asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The machine cannot be worked on.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The state cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A mirror without a URL.
    #[error("the URL of the mirror is missing")]
    NoMirrorUrl,
    /// A mirror's URL that cannot be one.
    #[error(transparent)]
    MirrorUrl(RemoteError),
    /// The mirror cannot be set or taken away.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// The units that update the machine cannot be looked at or changed.
    #[error("cannot {doing} the units of the automatic update")]
    Units {
        /// What was tried.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// systemd does not do what it is asked to.
    #[error("`systemctl {command}` failed: {said}")]
    SystemManager {
        /// What it was asked.
        command: String,
        /// What it said.
        said: String,
    },
    /// The cache cannot be cleaned.
    #[error(transparent)]
    Clean(StateError),
    /// The metadata cannot be had.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The trip ended before its goal.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// It is about a third-party repository.
    #[error(transparent)]
    ThirdParty(#[from] ThirdPartyFailure),
}

impl From<BackError> for Failure {
    fn from(error: BackError) -> Self {
        match error {
            BackError::Machine(error) => Self::Machine(error),
            BackError::Update(error) => Self::Update(error),
            other => Self::Back(other),
        }
    }
}

impl From<OfferError> for Failure {
    fn from(OfferError(error): OfferError) -> Self {
        Self::State(error)
    }
}

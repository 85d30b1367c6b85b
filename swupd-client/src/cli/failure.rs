//! Why a command ended before its goal, and what that means to who called it: the exit code, and
//! what to do next.

use std::{error::Error, io, path::PathBuf};

use swupd_protocol::{
    bundle::{BundleName, NotABundleName},
    fullfile::FullfileError,
    version::{Format, FormatNumber, Version},
};

use super::{output::Exit, third_party::ThirdPartyFailure};
use crate::{
    host::{
        generations::Number, journal::JournalError, lock::LockError, machine::MachineError,
        obstacle::Obstacle, state::StateError, store::StoreError,
    },
    remote::{FetchError, FetchErrorKind, RemoteError},
    search::index::NotAnIndex,
    settings::{MirrorError, SettingsError},
    third_party::OfferError,
    update::{
        UpdateError,
        approval::NotApproved,
        attributes::AttributesError,
        back::BackError,
        check::PointerError,
        fetch::{MetadataError, MomError},
        pull::PullError,
        stage::StageError,
        switch::SwitchError,
    },
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
    /// No directory to install into.
    #[error("no directory to install into is named")]
    NoTarget,
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

impl Failure {
    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Settings(error) => of_settings(error),
            Self::NotRoot { .. } => Exit::No,
            Self::NoTarget
            | Self::NoMirrorUrl
            | Self::MirrorUrl(_)
            | Self::OlderVersion { .. }
            | Self::OtherVersion { .. }
            | Self::Expression { .. }
            | Self::NoSuchGeneration { .. }
            | Self::NoSuchChange { .. } => Exit::InvalidOption,
            Self::OtherFormat { .. } => Exit::CannotLoadManifest,
            Self::CannotCreate { source, .. } => {
                of_obstacle(Some(Obstacle::of(source)), Exit::CannotCreateDirectory)
            }
            Self::CertificateFile { .. } | Self::Certificate { .. } => Exit::BadSignature,
            Self::BadTime { .. } => Exit::BadTime,
            Self::VersionUnknown { .. } | Self::LeftBehind { .. } => Exit::VersionUnknown,
            Self::BundleNotInstalled { .. } => Exit::BundleNotTracked,
            Self::NotABundle(_) | Self::UnknownBundle { .. } => Exit::InvalidBundle,
            Self::NotInAManifest { .. } | Self::NobodysPath { .. } => Exit::NotInAManifest,
            Self::Index(_) | Self::Unprotected { .. } => Exit::Unexpected,
            Self::NoSearch { .. } => Exit::InvalidProgram,
            Self::NoSpace { .. } => Exit::NoDiskSpace,
            Self::Tree { .. } => Exit::CannotListDirectory,
            Self::Hash { .. } => Exit::CannotHash,
            Self::HooksAfter { .. }
            | Self::TakenBack { .. }
            | Self::Units { .. }
            | Self::SystemManager { .. } => Exit::SubprocessFailed,
            Self::DamagedGeneration { .. } | Self::GenerationUnknown { .. } => Exit::VerifyFailed,
            Self::Back(error) => of_back(error),
            Self::Remote(error) => of_remote(error),
            Self::Machine(error) => of_machine(error),
            Self::State(error) => of_state(error),
            Self::Metadata(error) => of_metadata(error),
            Self::Clean(_) => Exit::CannotDeleteFile,
            Self::Mirror(error) => {
                of_obstacle(Some(Obstacle::of(&error.source)), Exit::CannotCreateFile)
            }
            Self::Update(error) => of_update(error),
            Self::ThirdParty(failure) => failure.exit(),
        }
    }

    /// Returns what to try next, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ThirdParty(failure) => failure.hint(),
            Self::Update(UpdateError::NotApproved(refusal)) => hint_for_refusal(refusal),
            _ => self.hint_by_code(),
        }
    }

    fn hint_by_code(&self) -> Option<&'static str> {
        match self.exit() {
            Exit::NoLock if self.is_lock_held() => {
                Some("wait for the other run to end, or end it; nothing was changed")
            }
            Exit::NoConnection => {
                Some("check the network and the URLs that `swupd info` shows; nothing was changed")
            }
            Exit::BadSignature => Some(self.hint_for_signature()),
            Exit::BadTime => Some("set the clock, or go on with --ignore-time"),
            Exit::NotInAManifest
                if matches!(self, Self::NobodysPath { is_of_the_machine: false, .. }) =>
            {
                Some("`swupd search-file` looks through the bundles that are not installed, too")
            }
            Exit::InvalidOption if matches!(self, Self::NoSuchGeneration { .. }) => {
                Some("`swupd history` lists them")
            }
            Exit::NoDiskSpace if matches!(self, Self::NoSpace { .. }) => {
                Some("make room, or go on with --skip-diskspace-check; nothing was changed")
            }
            Exit::VersionUnknown if matches!(self, Self::LeftBehind { .. }) => {
                Some("whoever publishes the content must state the version in usr/lib/os-release")
            }
            Exit::VersionUnknown
                if matches!(self, Self::VersionUnknown { source: Some(_), .. }) =>
            {
                None
            }
            Exit::VersionUnknown => Some(
                "a tree that this command can work on says so in usr/lib/os-release; \
                 `swupd os-install` makes one",
            ),
            Exit::NoDiskSpace => Some("make room, then run the same command again"),
            Exit::VerifyFailed if matches!(self, Self::DamagedGeneration { .. }) => {
                Some("go there all the same with --force, and repair afterwards")
            }
            Exit::SubprocessFailed if matches!(self, Self::TakenBack { .. }) => None,
            Exit::SubprocessFailed if matches!(self, Self::Update(_)) => Some(
                "nothing was changed: mend what the hook says, or go on without hooks and scripts \
                 with --no-scripts",
            ),
            Exit::SubprocessFailed if matches!(self, Self::HooksAfter { .. }) => {
                Some("mend what the hooks say, then run them by hand with the word post-update")
            }
            Exit::No if matches!(self, Self::NotRoot { .. }) => {
                Some("run it as root, or name a tree of your own with --path")
            }
            Exit::InvalidProgram => Some("install it, or search with search-file"),
            Exit::BundleNotTracked => Some("look at all bundles, not only those here, with --all"),
            Exit::InvalidOption => self.hint_for_option(),
            Exit::CannotLoadManifest if matches!(self, Self::OtherFormat { .. }) => {
                Some("name its format with --format, or go on with --force")
            }
            _ => None,
        }
    }

    fn hint_for_signature(&self) -> &'static str {
        match self.pointer() {
            Some(PointerError::NoNumber { .. }) => {
                "check the URLs, and whether this network wants a log-in first"
            }
            Some(PointerError::Older { .. }) => {
                "somebody may hold newer versions back: try another network or mirror; if the \
                 version was taken back, name the one that you want with --version"
            }
            _ => "give the certificate of whoever signs the content with --certpath",
        }
    }

    fn hint_for_option(&self) -> Option<&'static str> {
        match self {
            Self::Back(_) => Some("`swupd history` lists the versions that are kept"),
            Self::NoMirrorUrl => Some("name it: swupd mirror --set https://…"),
            Self::MirrorUrl(RemoteError::PlainHttp { .. }) => {
                Some("use https, or allow it with --allow-insecure-http; nothing was changed")
            }
            Self::OtherVersion { .. } => {
                Some("compare with another version than the installed one with --force")
            }
            _ => None,
        }
    }

    fn is_lock_held(&self) -> bool {
        let held =
            |error: &MachineError| matches!(error, MachineError::Lock(LockError::Held { .. }));
        match self {
            Self::Machine(error) | Self::Update(UpdateError::Machine(error)) => held(error),
            _ => false,
        }
    }

    /// Returns why the newest version is not known, where it is that.
    fn pointer(&self) -> Option<&PointerError> {
        match self {
            Self::Metadata(MetadataError::Latest(error))
            | Self::Update(UpdateError::Fetch(MetadataError::Latest(error))) => Some(error),
            _ => None,
        }
    }
}

fn of_settings(error: &SettingsError) -> Exit {
    match error {
        SettingsError::NoUrl { .. }
        | SettingsError::InsecureUrl { .. }
        | SettingsError::NoFormat
        | SettingsError::BadFormat { .. }
        | SettingsError::Tree { .. } => Exit::CannotStart,
        SettingsError::StateDirectory { .. } | SettingsError::RelativeStateDirectory { .. } => {
            Exit::InvalidOption
        }
    }
}

fn of_remote(error: &RemoteError) -> Exit {
    match error {
        RemoteError::Url { .. } | RemoteError::PlainHttp { .. } => Exit::CannotStart,
        RemoteError::CertificateFile { .. }
        | RemoteError::Certificate { .. }
        | RemoteError::Proxy { .. }
        | RemoteError::Client(_) => Exit::CannotStartHttp,
    }
}

fn of_machine(error: &MachineError) -> Exit {
    match error {
        MachineError::Tree { .. } => Exit::CannotListDirectory,
        MachineError::State(error) => of_state(error),
        MachineError::Lock(LockError::Held { .. } | LockError::Io { .. }) => Exit::NoLock,
    }
}

pub(super) fn of_state(error: &StateError) -> Exit {
    match error {
        StateError::Unsuitable { .. } | StateError::Foreign { .. } => Exit::InvalidOption,
        StateError::Io { .. } => of_obstacle(error.obstacle(), Exit::CannotCreateDirectory),
    }
}

fn of_metadata(error: &MetadataError) -> Exit {
    match error {
        MetadataError::Latest(error) => of_pointer(error),
        MetadataError::Mom { source, .. } => of_mom(source, Exit::CannotLoadMom),
        MetadataError::Manifest { source, .. } => of_mom(source, Exit::CannotLoadManifest),
        MetadataError::NotOneRelease(_) => Exit::CannotLoadManifest,
        MetadataError::UnknownBundle { .. } => Exit::InvalidBundle,
    }
}

fn of_pointer(error: &PointerError) -> Exit {
    match error {
        PointerError::Fetch(error) => of_fetch(error, Exit::NoConnection),
        PointerError::Unsigned(error) => of_fetch(error, Exit::BadSignature),
        PointerError::NotBelieved { .. }
        | PointerError::NoNumber { .. }
        | PointerError::Older { .. } => Exit::BadSignature,
    }
}

fn of_mom(error: &MomError, otherwise: Exit) -> Exit {
    let fetch = match error {
        // It is told as its own cause: who walks the causes does not meet it.
        MomError::Fetch(fetch) => Some(fetch),
        other => FetchError::among_causes_of(other),
    };
    fetch.map_or(otherwise, |fetch| of_fetch(fetch, otherwise))
}

/// A server that cannot be reached has a code of its own; whatever else went wrong is told by what
/// was fetched.
fn of_fetch(error: &FetchError, otherwise: Exit) -> Exit {
    match error.kind {
        FetchErrorKind::Unreachable => Exit::NoConnection,
        FetchErrorKind::Untrusted => Exit::BadServerCertificate,
        FetchErrorKind::NotFound
        | FetchErrorKind::Refused(_)
        | FetchErrorKind::Failing(_)
        | FetchErrorKind::Interrupted
        | FetchErrorKind::Nonsense(_)
        | FetchErrorKind::Changed
        | FetchErrorKind::TooLarge { .. }
        | FetchErrorKind::TooSlow
        | FetchErrorKind::Redirected
        | FetchErrorKind::Local => otherwise,
    }
}

fn of_back(error: &BackError) -> Exit {
    match error {
        BackError::NothingBefore | BackError::NotKept { .. } | BackError::Running { .. } => {
            Exit::InvalidOption
        }
        BackError::NoVersion { .. } => Exit::VersionUnknown,
        BackError::Unknown { .. } => Exit::VerifyFailed,
        BackError::Kept { .. } => Exit::CannotListDirectory,
        BackError::Lost { .. } => Exit::InvalidFile,
        BackError::Store(error) => {
            of_obstacle(Some(Obstacle::behind(&**error)), Exit::CannotWriteFile)
        }
        BackError::Machine(error) => of_machine(error),
        BackError::Update(error) => of_update(error),
    }
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

fn of_update(error: &UpdateError) -> Exit {
    match error {
        UpdateError::Machine(error) => of_machine(error),
        // A trip needs the manifests of all bundles that belong together: the reference client has
        // a code of its own for where one of them is missing.
        UpdateError::Fetch(MetadataError::Manifest { source, .. }) => {
            of_mom(source, Exit::ManifestRecursion)
        }
        UpdateError::Fetch(MetadataError::NotOneRelease(_)) => Exit::ManifestRecursion,
        UpdateError::Fetch(error) => of_metadata(error),
        UpdateError::Look(_) => Exit::CannotHash,
        UpdateError::Pull(error) => of_pull(error),
        UpdateError::Attributes(AttributesError::Store(error)) => of_store(error),
        UpdateError::Attributes(error) => {
            of_obstacle(Some(Obstacle::behind(error)), Exit::InvalidFile)
        }
        UpdateError::Journal(JournalError::Io { source, .. }) => {
            of_obstacle(Some(Obstacle::of(source)), Exit::CannotWriteFile)
        }
        UpdateError::Journal(JournalError::Unfinished) => Exit::Unexpected,
        UpdateError::NotApproved(refusal) => of_refusal(refusal),
        UpdateError::Stage(error) => of_stage(error),
        UpdateError::Hook(_) => Exit::SubprocessFailed,
        UpdateError::Switch(error) => of_switch(error),
    }
}

fn hint_for_refusal(refusal: &NotApproved) -> Option<&'static str> {
    match refusal {
        NotApproved::Dangerous { .. } => {
            Some("look at what it is about, and agree with --yes; nothing was changed")
        }
        NotApproved::Taken { .. } => {
            Some("move that program away, or do without this bundle; nothing was changed")
        }
        NotApproved::Unseen(_) | NotApproved::Unlisted { .. } => None,
    }
}

fn of_refusal(refusal: &NotApproved) -> Exit {
    match refusal {
        NotApproved::Dangerous { .. } => Exit::InvalidFile,
        NotApproved::Taken { .. } => Exit::CannotCreateFile,
        NotApproved::Unseen(error) => of_store(error),
        NotApproved::Unlisted { .. } => Exit::CannotListDirectory,
    }
}

fn of_pull(error: &PullError) -> Exit {
    match error {
        PullError::Fetch { source, .. } => of_fetch(source, Exit::CannotDownload),
        // The reference client gives up without a code of its own.
        PullError::Damaged { source, .. }
            if matches!(**source, FullfileError::OtherHash { .. }) =>
        {
            Exit::No
        }
        PullError::Damaged { .. } | PullError::Misfit { .. } => Exit::CannotDownload,
        PullError::Store(error) => of_store(error),
        PullError::Spool(error) => of_obstacle(Some(Obstacle::of(error)), Exit::CannotWriteFile),
    }
}

fn of_store(error: &StoreError) -> Exit {
    of_obstacle(error.obstacle(), Exit::CannotWriteFile)
}

fn of_stage(error: &StageError) -> Exit {
    of_obstacle(error.obstacle(), Exit::CannotCreateFile)
}

fn of_switch(error: &SwitchError) -> Exit {
    of_obstacle(error.obstacle(), Exit::CannotRenameFile)
}

fn of_obstacle(obstacle: Option<Obstacle>, otherwise: Exit) -> Exit {
    match obstacle {
        Some(Obstacle::NoSpace) => Exit::NoDiskSpace,
        Some(Obstacle::ReadOnly | Obstacle::NoPermission | Obstacle::Other) | None => otherwise,
    }
}

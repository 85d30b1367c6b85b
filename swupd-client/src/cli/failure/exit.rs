//! The exit code of each failure: those of the reference client, where it has one.

use swupd_protocol::fullfile::FullfileError;

use super::Failure;
use crate::{
    cli::output::Exit,
    host::{
        journal::JournalError, lock::LockError, machine::MachineError, obstacle::Obstacle,
        state::StateError, store::StoreError,
    },
    remote::{FetchError, FetchErrorKind, RemoteError},
    settings::SettingsError,
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

impl Failure {
    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Settings(error) => of_settings(error),
            Self::NotRoot { .. } | Self::NotYours { .. } => Exit::No,
            Self::NoTarget
            | Self::TwoTargets
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

pub(in crate::cli) fn of_state(error: &StateError) -> Exit {
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
        | FetchErrorKind::Unknown
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
        // To the reference client, what there is no room for has not come.
        PullError::Store(error) => of_full_cache(error.obstacle()),
        PullError::Spool(error) => of_full_cache(Some(Obstacle::of(error))),
    }
}

fn of_full_cache(obstacle: Option<Obstacle>) -> Exit {
    match obstacle {
        Some(Obstacle::NoSpace) => Exit::CannotDownload,
        _ => Exit::CannotWriteFile,
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

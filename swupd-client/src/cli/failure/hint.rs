//! What to do next after a failure.

use super::Failure;
use crate::{
    cli::output::Exit,
    host::{lock::LockError, machine::MachineError, obstacle::Obstacle},
    remote::RemoteError,
    update::{UpdateError, approval::NotApproved, check::PointerError, fetch::MetadataError},
};

impl Failure {
    /// Returns what to try next, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ThirdParty(failure) => failure.hint(),
            Self::Update(UpdateError::NotApproved(refusal)) => hint_for_refusal(refusal),
            _ if self.is_unkept() => {
                Some("make room, then run the same command again; nothing was changed")
            }
            _ => self.hint_by_code(),
        }
    }

    /// Says whether there was no room for what was to be brought.
    fn is_unkept(&self) -> bool {
        let brings = matches!(
            self.exit(),
            Exit::CannotLoadMom
                | Exit::CannotLoadManifest
                | Exit::ManifestRecursion
                | Exit::CannotDownload
        );
        brings && Obstacle::behind(self) == Obstacle::NoSpace
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
            Exit::No if matches!(self, Self::NotRoot { .. } | Self::NotYours { .. }) => {
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
                Some("`swupd diagnose` compares with it; --force makes that version of the tree")
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

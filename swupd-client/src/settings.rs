//! Flags and the files of the machine become one value; nothing else reads them.

mod configuration;
mod flags;
mod mirror;
mod policy;
mod urls;

use std::{
    io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    str::FromStr,
};

use swupd_protocol::version::{Format, NotAVersion, Version};

pub use self::{
    configuration::{Complaint, Configuration, Origin, Section, Setting},
    flags::{Answer, CommonFlags, GlobalFlags, Method},
    mirror::{Mirror, MirrorError},
    policy::{KeptGenerations, Policy, PolicyKey, Share},
    urls::Urls,
};
use crate::remote::Proxies;

/// A version that a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionWish {
    /// The newest that is published.
    Latest,
    /// This one.
    Number(Version),
}

impl FromStr for VersionWish {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        if text == "latest" { Ok(Self::Latest) } else { text.parse().map(Self::Number) }
    }
}

/// Everything that a command needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The tree to work on: absolute, without links.
    pub tree: PathBuf,
    /// The same as it was named, links and all: how its paths are told.
    pub tree_as_named: PathBuf,
    /// Whether the tree is the running system's.
    pub is_running_system: bool,
    /// Where versions and content come from.
    pub urls: Result<Urls, SettingsError>,
    /// The format to follow.
    pub format: Result<Format, SettingsError>,
    /// The directory of the state: tracked bundles, the lock, the journal.
    pub data_dir: PathBuf,
    /// The directory of the cache: manifests and objects.
    pub cache_dir: PathBuf,
    /// The certificate that content must be signed with.
    pub certificate: PathBuf,
    /// What may go unsigned.
    pub signatures: Signatures,
    /// How downloads are made.
    pub downloads: Downloads,
    /// The proxies that the environment names.
    pub proxies: Proxies,
    /// Whether the clock is compared with the time the OS was made.
    pub ignore_time: bool,
    /// What is run after a change.
    pub scripts: Scripts,
    /// What every question is answered with; none to ask.
    pub answer: Option<Answer>,
    /// How the OS is kept.
    pub policy: Policy,
    /// The way in which the tree is changed; none where the best one is to be found.
    pub method: Option<Method>,
    /// What was typed, whatever the tree says.
    pub typed: Typed,
}

/// What was typed, and goes for trees within the tree, too.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The format to follow.
    pub format: Option<Format>,
    /// The certificate.
    pub certificate: Option<PathBuf>,
}

/// What may go unsigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// Everything must be signed.
    All,
    /// The number of the newest version is believed as it is.
    AllButLatest,
    /// Nothing has to be signed.
    None,
}

/// How downloads are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloads {
    /// How many go on at once.
    pub parallel: NonZeroUsize,
    /// How often one that broke is tried again.
    pub retries: u32,
    /// Seconds before the first of these tries.
    pub retry_delay: u64,
    /// Seconds to wait for a server that sends nothing; none for the usual patience.
    pub network_timeout: Option<u64>,
    /// Whether plain http is accepted.
    pub allow_insecure_http: bool,
    /// The certificate to show the server, where there is one.
    pub client_certificate: Option<PathBuf>,
}

/// What is run after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scripts {
    /// Anything at all.
    pub any: bool,
    /// The update of the boot loader.
    pub boot: bool,
    /// Whether the command waits for them.
    pub wait: bool,
}

/// Who runs the program and where: what is not typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the user is root.
    pub is_root: bool,
    /// How many CPUs there are.
    pub cpus: NonZeroUsize,
    /// The proxies that the environment names.
    pub proxies: Proxies,
    /// Where the configuration files are, the most important one last.
    pub configuration: Vec<PathBuf>,
    /// What whoever looks can see.
    pub terminal: Terminal,
}

/// What whoever looks can see, by what the environment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// More letters than ASCII has.
    pub unicode: bool,
    /// Colours, where it is a terminal.
    pub colour: bool,
    /// The device and inode of the stream that leads to the journal, where a service has one.
    pub journal: Option<(u64, u64)>,
}

impl Surroundings {
    /// Returns the directories of the configuration files: what came with the OS, what holds until
    /// the next boot, what the administrator says. They are those of the running system, whatever
    /// tree is worked on.
    pub fn usual_configuration() -> Vec<PathBuf> {
        [DEFAULTS, "run/swupd", "etc/swupd"].map(rooted).into()
    }
}

impl Settings {
    /// Returns where a system that starts from the tree looks for its state.
    pub fn data_dir_in_tree(&self) -> PathBuf {
        self.tree.join(STATE_DIR)
    }

    /// Returns the settings for what is typed and configured, and what is decided in configuration
    /// files alone.
    pub fn new(
        common: CommonFlags,
        policy: Policy,
        surroundings: Surroundings,
    ) -> Result<Self, SettingsError> {
        let CommonFlags { global: flags, versionurl } = common;
        let (tree, tree_as_named) = tree(flags.path.as_deref().unwrap_or(Path::new("/")))?;
        let state = flags.statedir.clone();
        let own = tree.join(STATE_DIR);
        let cache_by_default = if surroundings.is_root { rooted(STATE_DIR) } else { own.clone() };
        let data_dir = flags.datadir.clone().or(state.clone()).unwrap_or(own);
        let cache_dir = flags.cachedir.clone().or(state).unwrap_or(cache_by_default);
        let named = [&flags.statedir, &flags.datadir, &flags.cachedir];
        for directory in named.into_iter().flatten().chain([&data_dir, &cache_dir]) {
            refuse_state_directory(directory)?;
        }
        Ok(Self {
            urls: Urls::find(&flags, versionurl.as_deref(), &tree),
            format: format(&flags, &tree),
            data_dir,
            cache_dir,
            certificate: flags.certpath.clone().unwrap_or_else(|| certificate(&tree)),
            signatures: signatures(&flags),
            downloads: downloads(&flags, &tree, surroundings.cpus),
            proxies: surroundings.proxies,
            ignore_time: flags.ignore_time,
            scripts: Scripts {
                any: !flags.no_scripts,
                boot: !flags.no_boot_update,
                wait: flags.wait_for_scripts,
            },
            answer: flags.answer(),
            policy,
            method: flags.apply_method,
            typed: Typed { format: flags.format, certificate: flags.certpath.clone() },
            is_running_system: tree == Path::new("/"),
            tree,
            tree_as_named,
        })
    }
}

/// Returns a tree without links on the way to it, and as it is named.
fn tree(wanted: &Path) -> Result<(PathBuf, PathBuf), SettingsError> {
    let find = || -> io::Result<_> {
        let tree = fs_err::canonicalize(wanted)?;
        if !tree.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok((tree, std::path::absolute(wanted)?.components().collect()))
    };
    find().map_err(|e| SettingsError::Tree { path: wanted.to_owned(), source: e.into() })
}

impl Settings {
    /// Returns the settings for a tree within this one, whose content others publish at a URL.
    /// `state` is the way to its own state, below the directories of this one. It is trusted by its
    /// own certificate, and nothing of the OS is run or restarted for it.
    #[must_use]
    pub fn of_guest(&self, tree: PathBuf, state: &Path, url: &str) -> Self {
        let own = tree.join(CERTIFICATE);
        let typed = self.typed.certificate.clone().filter(|_| !own.exists());
        let own_format = match self.typed.format {
            Some(_) => None,
            None => format_of_tree(&tree).and_then(|text| text.parse().ok()),
        };
        Self {
            urls: Urls::of_one(url, self.downloads.allow_insecure_http),
            format: own_format.map_or_else(|| self.format.clone(), Ok),
            data_dir: self.data_dir.join(state),
            cache_dir: self.cache_dir.join(state),
            certificate: typed.unwrap_or(own),
            downloads: Downloads {
                client_certificate: client_certificate(&tree),
                ..self.downloads.clone()
            },
            scripts: Scripts { any: false, boot: false, wait: false },
            policy: Policy { readonly_usr: false, ..self.policy },
            is_running_system: false,
            tree_as_named: match tree.strip_prefix(&self.tree) {
                Ok(within) => self.tree_as_named.join(within),
                Err(_) => tree.clone(),
            },
            tree,
            ..self.clone()
        }
    }
}

fn format(flags: &GlobalFlags, tree: &Path) -> Result<Format, SettingsError> {
    if let Some(format) = flags.format {
        return Ok(format);
    }
    let files = [tree.join(DEFAULTS).join("format"), rooted(DEFAULTS).join("format")];
    let found = files.iter().find_map(|path| first_line(path)).ok_or(SettingsError::NoFormat)?;
    found.parse().map_err(|_| SettingsError::BadFormat { text: found })
}

/// Returns the format that a tree says it follows, as it stands there.
pub fn format_of_tree(tree: &Path) -> Option<String> {
    first_line(&tree.join(DEFAULTS).join("format"))
}

/// Returns the certificate that came with the tree, else the running system's.
fn certificate(tree: &Path) -> PathBuf {
    let own = tree.join(CERTIFICATE);
    if own.exists() { own } else { rooted(CERTIFICATE) }
}

fn signatures(flags: &GlobalFlags) -> Signatures {
    match flags {
        GlobalFlags { nosigcheck: true, .. } => Signatures::None,
        GlobalFlags { nosigcheck_latest: true, .. } => Signatures::AllButLatest,
        _ => Signatures::All,
    }
}

fn downloads(flags: &GlobalFlags, tree: &Path, cpus: NonZeroUsize) -> Downloads {
    let asked = flags.max_parallel_downloads;
    Downloads {
        // A download waits for the network most of its time: more of them than CPUs.
        parallel: asked.unwrap_or(cpus.saturating_mul(DOWNLOADS_PER_CPU)),
        retries: flags.max_retries.unwrap_or(DEFAULT_RETRIES),
        retry_delay: flags.retry_delay.unwrap_or(DEFAULT_RETRY_DELAY),
        network_timeout: flags.network_timeout,
        allow_insecure_http: flags.allow_insecure_http,
        client_certificate: client_certificate(tree),
    }
}

/// Returns the certificate that a tree shows to its server.
fn client_certificate(tree: &Path) -> Option<PathBuf> {
    let certificate = tree.join("etc/swupd/client.pem");
    certificate.exists().then_some(certificate)
}

/// Refuses the directories that a slip would empty.
fn refuse_state_directory(directory: &Path) -> Result<(), SettingsError> {
    let refused = ["/", "/var", "/usr"].iter().any(|bad| directory == Path::new(bad));
    if refused {
        return Err(SettingsError::StateDirectory { path: directory.into() });
    }
    // It would depend on where the command is run which state it has.
    if directory.is_relative() {
        return Err(SettingsError::RelativeStateDirectory { path: directory.into() });
    }
    Ok(())
}

fn first_line(path: &Path) -> Option<String> {
    let text = fs_err::read_to_string(path).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

fn rooted(path: &str) -> PathBuf {
    Path::new("/").join(path)
}

/// What is wrong with what was typed or configured.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SettingsError {
    /// The tree cannot be found.
    #[error("cannot use the directory {}", path.display())]
    Tree {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: SharedIoError,
    },
    /// No URL is typed or configured.
    #[error(
        "no {kind} URL is known: give one with --url, or in usr/share/defaults/swupd/{kind}url"
    )]
    NoUrl {
        /// `version` or `content`.
        kind: &'static str,
    },
    /// A URL of plain http.
    #[error("{url} is plain http: use https, or allow it with --allow-insecure-http")]
    InsecureUrl {
        /// The URL.
        url: String,
    },
    /// No format is typed or configured.
    #[error(
        "the format is not known: give it with --format, or in usr/share/defaults/swupd/format"
    )]
    NoFormat,
    /// The configured format is none.
    #[error("`{text}` in usr/share/defaults/swupd/format is not a format")]
    BadFormat {
        /// What stands there.
        text: String,
    },
    /// A state directory that would be emptied by mistake.
    #[error("{} cannot be a state directory", path.display())]
    StateDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A directory whose place depends on where the command is run.
    #[error("the state directory {} must be named from `/` on", path.display())]
    RelativeStateDirectory {
        /// The directory.
        path: PathBuf,
    },
}

/// An error of the system that can be told twice.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SharedIoError(std::sync::Arc<io::Error>);

impl From<io::Error> for SharedIoError {
    fn from(error: io::Error) -> Self {
        Self(error.into())
    }
}

const STATE_DIR: &str = "var/lib/swupd";
const DEFAULTS: &str = "usr/share/defaults/swupd";
/// Where a tree has the certificate that its content must be signed with.
pub const CERTIFICATE: &str = "usr/share/clear/update-ca/Swupd_Root.pem";
const DEFAULT_RETRIES: u32 = 3;
const DEFAULT_RETRY_DELAY: u64 = 10;
const DOWNLOADS_PER_CPU: NonZeroUsize = NonZeroUsize::new(4).unwrap();

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;

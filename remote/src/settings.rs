//! What a remote must be told. Nothing here reads the environment or a configuration file.

use std::{io, path::PathBuf};

use super::{Patience, Retries};

/// Where a repository lies and how to talk to it.
#[derive(Debug, Clone)]
pub struct RemoteSettings {
    /// Where `version/…` lies: an `https`, `http` or `file` URL; trailing slashes do not count.
    pub version_url: String,
    /// Where the content lies.
    pub content_url: String,
    /// Where the versions lie, too, best first.
    pub further_version_urls: Vec<String>,
    /// Where the content lies, too, best first.
    pub further_content_urls: Vec<String>,
    /// Whether `http` URLs may be used.
    pub plain_http: PlainHttp,
    /// How often a failed transfer is tried again.
    pub retries: Retries,
    /// How long a server is waited for.
    pub patience: Patience,
    /// How many transfers may run at once.
    pub parallel: usize,
    /// A PEM file with a certificate and its key to show to servers that ask for one.
    pub client_certificate: Option<PathBuf>,
    /// PEM files with certificate authorities that servers may be certified by, besides those that
    /// the system trusts.
    pub ca_paths: Vec<PathBuf>,
    /// Through which proxies to go.
    pub proxies: Proxies,
}

impl RemoteSettings {
    /// Returns the settings that are usual for a repository at these two URLs.
    pub fn new(version_url: impl Into<String>, content_url: impl Into<String>) -> Self {
        Self {
            version_url: version_url.into(),
            content_url: content_url.into(),
            further_version_urls: Vec::new(),
            further_content_urls: Vec::new(),
            plain_http: PlainHttp::Refused,
            retries: Retries::default(),
            patience: Patience::default(),
            parallel: USUAL_PARALLEL,
            client_certificate: None,
            ca_paths: Vec::new(),
            proxies: Proxies::default(),
        }
    }

    /// Says whether one of the URLs asks for encryption.
    pub(super) fn needs_encryption(&self) -> bool {
        let encrypted =
            |url: &String| url.get(..6).is_some_and(|s| s.eq_ignore_ascii_case("https:"));
        let further = self.further_version_urls.iter().chain(&self.further_content_urls);
        [&self.version_url, &self.content_url].into_iter().chain(further).any(encrypted)
    }
}

/// Whether addresses without encryption may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// An `http` URL is an error.
    Refused,
    /// Content is signed; whoever wants to may fetch it in the open.
    Allowed,
}

/// Proxies, as the usual variables of the environment name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http` URLs.
    pub http: Option<String>,
    /// For `https` URLs.
    pub https: Option<String>,
    /// For URLs that the other two leave open.
    pub all: Option<String>,
    /// Hosts, domains and networks that are reached directly, separated by commas.
    pub none_for: Option<String>,
}

impl Proxies {
    /// Returns those that the variables of an environment name; the lower-case names count first.
    pub fn named_by(environment: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |names: [&str; 2]| names.into_iter().find_map(&environment);
        Self {
            http: variable(["http_proxy", "HTTP_PROXY"]),
            https: variable(["https_proxy", "HTTPS_PROXY"]),
            all: variable(["all_proxy", "ALL_PROXY"]),
            none_for: variable(["no_proxy", "NO_PROXY"]),
        }
    }
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// It is no URL that a repository can have.
    #[error("`{url}` cannot be the URL of a repository: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nobody allowed to go without encryption.
    #[error("`{url}` is not encrypted: plain http is not allowed")]
    PlainHttp {
        /// What was given.
        url: String,
    },
    /// A certificate file cannot be read.
    #[error("cannot read certificate file {}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A certificate file holds no certificate or key.
    #[error("{} does not hold what it must: {needed}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What it must hold.
        needed: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is no URL of a proxy.
    #[error("`{url}` cannot be the URL of a proxy")]
    Proxy {
        /// What was given.
        url: String,
        /// What is wrong.
        source: reqwest::Error,
    },
    /// The client does not start.
    #[error("cannot start the HTTP client")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Transfers at once, where nobody says otherwise.
const USUAL_PARALLEL: usize = 8;

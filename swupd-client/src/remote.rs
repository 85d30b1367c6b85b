//! The server: what a repository publishes, over http, https and from a directory, as bounded
//! readers. It believes nothing and checks no content; whoever reads does.
//!
//! The face is synchronous. Inside, one connection pool lives on an async engine, and a broken
//! transfer goes on where it stopped without the reader noticing.

use std::{fmt, sync::Arc};

use swupd_protocol::layout::RepoPath;

use crate::report::Observer;

mod address;
mod answer;
mod body;
mod file;
mod http;
mod pace;
mod retry;
mod settings;
mod transport;

use address::Address;
pub use body::Body;
use body::Wire;
pub use http::Statistics;
pub use pace::Patience;
pub use retry::Retries;
pub use settings::{PlainHttp, Proxies, RemoteError, RemoteSettings};
pub use transport::{FetchError, FetchErrorKind};

/// Says whether a URL can be a repository's.
pub fn check_url(url: &str, plain_http: PlainHttp) -> Result<(), RemoteError> {
    Address::parse(url, plain_http).map(drop)
}

/// Which of a repository's two addresses is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// Where `version/…` lies.
    Version,
    /// Where manifests, packs and files lie.
    Content,
}

/// A repository that can be read. It may be used from many threads at once; all share one pool of
/// connections.
pub struct Remote {
    version: Address,
    content: Address,
    wire: Arc<Wire>,
    parallel: usize,
}

impl Remote {
    /// Returns the repository at the addresses of the settings. Nothing is connected yet; `observer`
    /// is told of transfers that are tried again.
    pub fn new(
        settings: &RemoteSettings,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, RemoteError> {
        let version = Address::parse(&settings.version_url, settings.plain_http)?;
        let content = Address::parse(&settings.content_url, settings.plain_http)?;
        let over_the_wire = [&version, &content].iter().any(|address| address.is_http());
        let http = if over_the_wire { Some(http::Http::new(settings)?) } else { None };
        let wire = Arc::new(Wire { http, retries: settings.retries, observer });
        Ok(Self { version, content, wire, parallel: settings.parallel.max(1) })
    }

    /// Returns all of a small thing. More than `limit` bytes are an error.
    pub fn fetch(&self, base: Base, path: &RepoPath, limit: u64) -> Result<Vec<u8>, FetchError> {
        let first = self.stream(base, path, limit).and_then(Body::read_whole);
        match first {
            // The file was replaced while it came: its new content is as good.
            Err(error) if matches!(error.kind, FetchErrorKind::Changed) => {
                self.stream(base, path, limit)?.read_whole()
            }
            other => other,
        }
    }

    /// Returns a reader of something that may be large. More than `limit` bytes are an error.
    ///
    /// A transfer that breaks goes on by itself. Where the server's file changed meanwhile, reading
    /// fails with [`FetchErrorKind::Changed`], and the caller may start over.
    pub fn stream(&self, base: Base, path: &RepoPath, limit: u64) -> Result<Body, FetchError> {
        Body::open(Arc::clone(&self.wire), self.address(base).of(path), limit)
    }

    /// Returns the full address of a path, as messages name it.
    pub fn url(&self, base: Base, path: &RepoPath) -> String {
        self.address(base).of(path).to_string()
    }

    /// Returns how many transfers may run at once.
    pub fn parallel(&self) -> usize {
        self.parallel
    }

    /// Returns what was asked and received so far.
    pub fn statistics(&self) -> Statistics {
        self.wire.http.as_ref().map(http::Http::statistics).unwrap_or_default()
    }

    fn address(&self, base: Base) -> &Address {
        match base {
            Base::Version => &self.version,
            Base::Content => &self.content,
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("version", &self.version)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "remote/remote_tests.rs"]
mod tests;

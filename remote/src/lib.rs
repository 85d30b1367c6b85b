//! What a repository publishes, over http, https and from a directory, as bounded readers. It believes nothing and checks no content; whoever reads does.
//!
//! The face is synchronous. Inside, one connection pool lives on an async engine, and a broken
//! transfer goes on where it stopped without the reader noticing.

use std::{error::Error, fmt, sync::Arc};

use swupd_protocol::layout::RepoPath;

mod address;
mod answer;
mod body;
mod file;
mod http;
mod pace;
mod parallel;
mod retry;
mod settings;
mod sources;
mod statistics;
mod told;
mod transport;

use address::Address;
pub use body::Body;
use body::Wire;
use file::Files;
pub use pace::Patience;
pub use parallel::{Failure, each};
pub use retry::Retries;
pub use settings::{PlainHttp, Proxies, RemoteError, RemoteSettings};
use sources::Sources;
pub use sources::{Source, Verdict};
use statistics::Counters;
pub use statistics::Statistics;
pub use told::{Listener, Word, with_causes};
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
    version: Sources,
    content: Sources,
    wire: Arc<Wire>,
    counters: Arc<Counters>,
    parallel: usize,
}

impl Remote {
    /// Returns the repository at the addresses of the settings. Nothing is connected yet; `listener`
    /// is told of transfers that are tried again.
    pub fn new(
        settings: &RemoteSettings,
        listener: Arc<dyn Listener>,
    ) -> Result<Self, RemoteError> {
        let parse = |url: &String| Address::parse(url, settings.plain_http);
        let all = |first, further: &[String]| -> Result<Sources, RemoteError> {
            let further = further.iter().map(parse).collect::<Result<_, _>>()?;
            Ok(Sources::new(parse(first)?, further))
        };
        let version = all(&settings.version_url, &settings.further_version_urls)?;
        let content = all(&settings.content_url, &settings.further_content_urls)?;
        let over_the_wire = [&version, &content].iter().any(|sources| sources.over_the_wire());
        let counters = Arc::new(Counters::default());
        let http = || http::Http::new(settings, Arc::clone(&counters));
        let http = if over_the_wire { Some(http()?) } else { None };
        let files = Files { counters: Arc::clone(&counters) };
        let wire = Arc::new(Wire { http, files, retries: settings.retries, listener });
        Ok(Self { version, content, wire, counters, parallel: settings.parallel.max(1) })
    }

    /// Tries something at one place after the other, best first, until it succeeds there or fails
    /// in a way that no other place can help; a lone place is asked once more where what it gave
    /// was damaged. Transfers that broke and cannot be resumed begin anew as often as any is tried
    /// again. What failed at the last place is the error.
    pub fn try_each<T, E: Error + 'static>(
        &self,
        base: Base,
        mut attempt: impl FnMut(Source) -> Result<T, E>,
        verdict: impl Fn(&E) -> Verdict,
    ) -> Result<T, E> {
        let sources = self.sources(base);
        let mut ahead = sources.to_ask();
        if let [lone] = ahead[..] {
            ahead.push(lone);
        }
        let mut ahead = ahead.into_iter().peekable();
        let mut index = ahead.next().unwrap_or(0);
        let mut begun_anew = 0;
        loop {
            let error = match attempt(Source { base, index }) {
                Ok(done) => {
                    sources.note(index, Ok(()));
                    return Ok(done);
                }
                Err(error) => error,
            };
            let verdict = verdict(&error);
            // The pause was made when it broke.
            if verdict == Verdict::Broken && begun_anew < self.wire.retries.most {
                begun_anew += 1;
                continue;
            }
            let was_useful = sources.is_useful(index);
            sources.note(index, Err(verdict));
            let next = ahead.next().filter(|next| *next != index || verdict == Verdict::Damaged);
            let Some(next) = next.filter(|_| verdict != Verdict::Final) else { return Err(error) };
            if next != index {
                let is_lost = was_useful && !sources.is_useful(index);
                self.tell_of_other(sources, (index, next), is_lost, &error);
            }
            index = next;
        }
    }

    /// Returns the places that are asked, best first.
    pub fn sources_of(&self, base: Base) -> Vec<Source> {
        self.sources(base).to_ask().into_iter().map(|index| Source { base, index }).collect()
    }

    /// Passes a place over from here on, while there is another.
    pub fn pass_over(&self, source: Source) {
        self.sources(source.base).note(source.index, Err(Verdict::Useless));
    }

    fn tell_of_other(
        &self,
        sources: &Sources,
        (index, next): (usize, usize),
        is_lost: bool,
        error: &dyn Error,
    ) {
        let shown = |index| sources.address(index).to_string();
        let (why, next) = (with_causes(error), shown(next));
        self.wire.listener.hear(if is_lost {
            let source = shown(index);
            Word::Warning(format!("{source} cannot be used, {next} is asked instead: {why}"))
        } else {
            Word::Debug(format!("{next} is asked, too: {why}"))
        });
    }

    /// Returns all of a small thing. More than `limit` bytes are an error.
    pub fn fetch(
        &self,
        source: impl Into<Source>,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let source = source.into();
        let first = self.stream(source, path, limit).and_then(Body::read_whole);
        match first {
            // The file was replaced while it came: its new content is as good.
            Err(error) if matches!(error.kind, FetchErrorKind::Changed) => {
                self.stream(source, path, limit)?.read_whole()
            }
            other => other,
        }
    }

    /// Returns a reader of something that may be large. More than `limit` bytes are an error.
    ///
    /// A transfer that breaks goes on by itself. Where the server's file changed meanwhile, reading
    /// fails with [`FetchErrorKind::Changed`], and the caller may start over.
    pub fn stream(
        &self,
        source: impl Into<Source>,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Body, FetchError> {
        self.rest(source, path, limit, 0)
    }

    /// Returns a reader of what lies behind the first `from` bytes of something, which came at
    /// another time: whoever puts both together must be able to tell whether they belong together.
    ///
    /// Fails with [`FetchErrorKind::Changed`] where there is nothing behind them, or where the place
    /// cannot begin in the middle.
    pub fn rest(
        &self,
        source: impl Into<Source>,
        path: &RepoPath,
        limit: u64,
        from: u64,
    ) -> Result<Body, FetchError> {
        Body::open(Arc::clone(&self.wire), self.address(source.into()).of(path), limit, from)
    }

    /// Returns the size of something, where whoever has it says so; nothing is tried again.
    pub fn size(
        &self,
        source: impl Into<Source>,
        path: &RepoPath,
    ) -> Result<Option<u64>, FetchError> {
        self.wire.size(&self.address(source.into()).of(path))
    }

    /// Returns the full address of a path, as messages name it.
    pub fn url(&self, source: impl Into<Source>, path: &RepoPath) -> String {
        self.address(source.into()).of(path).to_string()
    }

    /// Returns the error of a small thing that is not what it should be.
    pub fn nonsense(&self, source: Source, path: &RepoPath, what: &'static str) -> FetchError {
        FetchError::new(&self.address(source).of(path), FetchErrorKind::Nonsense(what))
    }

    /// Returns how many transfers may run at once.
    pub fn parallel(&self) -> usize {
        self.parallel
    }

    /// Returns what was asked and received so far.
    pub fn statistics(&self) -> Statistics {
        self.counters.read()
    }

    fn sources(&self, base: Base) -> &Sources {
        match base {
            Base::Version => &self.version,
            Base::Content => &self.content,
        }
    }

    fn address(&self, source: Source) -> &Address {
        self.sources(source.base).address(source.index)
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
#[path = "remote_tests.rs"]
mod tests;

//! Repositories behind `http://` and `https://`: one client, one pool of connections.

use std::{
    error::Error,
    fmt, io,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes};
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{ACCEPT_ENCODING, IF_RANGE, RANGE},
    redirect::{Action, Attempt, Policy},
};
use rustls::AlertDescription;
use tokio::runtime::Runtime;

use super::{
    FetchError, FetchErrorKind, Patience, RemoteError, RemoteSettings,
    address::ThingUrl,
    answer::{self, Resume},
    pace::Pace,
    statistics::Counters,
    transport::{Incoming, Opened, Transport, causes},
};

mod client;
mod servers;

/// The client and the engine that it runs on.
pub(super) struct Http {
    engine: Arc<Engine>,
    client: Client,
}

impl Http {
    pub(super) fn new(
        settings: &RemoteSettings,
        counters: Arc<Counters>,
    ) -> Result<Self, RemoteError> {
        let engine = Engine::start(settings.patience, counters)?;
        let counters = Arc::clone(&engine.counters);
        let redirects = Policy::custom(move |attempt| follow(attempt, &counters));
        let client = client::build(settings, redirects)?;
        Ok(Self { engine: Arc::new(engine), client })
    }

    fn answer_to(&self, request: RequestBuilder, url: &ThingUrl) -> Result<Response, FetchError> {
        self.engine.counters.asked();
        let patience = self.engine.patience;
        let longest = patience.connect.saturating_add(patience.silence);
        match self.engine.wait(longest, request.send()) {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => Err(failure(url, error)),
            None => Err(FetchError::new(url, FetchErrorKind::TooSlow)),
        }
    }
}

impl Transport for Http {
    fn open(&self, url: &ThingUrl, resume: Option<&Resume>) -> Result<Opened, FetchError> {
        let mut request = self.client.get(url.as_url().clone());
        // What is hashed is what lies on the server, so nothing may be packed for the way.
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Some(resume) = resume {
            request = request.header(RANGE, format!("bytes={}-", resume.from));
            if let Some(validator) = &resume.validator {
                request = request.header(IF_RANGE, validator.header());
            }
        }
        let response = self.answer_to(request, url)?;
        let answer = answer::read(response.status().as_u16(), response.headers(), resume)
            .map_err(|kind| FetchError::new(url, kind))?;
        let incoming = Content {
            engine: Arc::clone(&self.engine),
            url: url.clone(),
            response,
            chunk: Bytes::new(),
            pace: Pace::new(self.engine.patience),
        };
        let (size, start, validator) = (answer.size, answer.start, answer.validator);
        Ok(Opened { size, start, validator, incoming: Box::new(incoming) })
    }

    fn size(&self, url: &ThingUrl) -> Result<Option<u64>, FetchError> {
        let request = self.client.head(url.as_url().clone()).header(ACCEPT_ENCODING, "identity");
        let response = self.answer_to(request, url)?;
        let answer = answer::read(response.status().as_u16(), response.headers(), None)
            .map_err(|kind| FetchError::new(url, kind))?;
        Ok(answer.size)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

/// What drives the connections while threads of ours wait for them.
struct Engine {
    /// Always there until the engine is dropped.
    runtime: Option<Runtime>,
    patience: Patience,
    counters: Arc<Counters>,
}

impl Engine {
    fn start(patience: Patience, counters: Arc<Counters>) -> Result<Self, RemoteError> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(ENGINE_THREADS).thread_name("swupd-network").enable_all();
        let runtime = builder.build().map_err(|error| RemoteError::Client(error.into()))?;
        Ok(Self { runtime: Some(runtime), patience, counters })
    }

    /// Waits for something; none where that takes longer than `longest`.
    fn wait<T>(&self, longest: Duration, future: impl Future<Output = T>) -> Option<T> {
        let runtime = self.runtime.as_ref()?;
        runtime.block_on(async { tokio::time::timeout(longest, future).await.ok() })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A name that is being looked up cannot be called off, and nobody waits for it any more.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Content {
    engine: Arc<Engine>,
    url: ThingUrl,
    response: Response,
    chunk: Bytes,
    pace: Pace,
}

impl Content {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        let started = Instant::now();
        let too_slow = || FetchError::new(&self.url, FetchErrorKind::TooSlow);
        let next = self.engine.wait(self.engine.patience.silence, self.response.chunk());
        let chunk = next.ok_or_else(too_slow)?.map_err(|error| failure(&self.url, error))?;
        let length = chunk.as_ref().map_or(0, Bytes::len) as u64;
        self.engine.counters.received(length);
        let fast_enough = self.pace.keeps_up(length, started.elapsed());
        if chunk.is_some() && !fast_enough {
            return Err(too_slow());
        }
        Ok(chunk)
    }
}

impl Incoming for Content {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, FetchError> {
        while self.chunk.is_empty() {
            match self.next_chunk()? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// Decides about a redirect; every one that is followed is a request.
fn follow(attempt: Attempt, counters: &Counters) -> Action {
    if let Some(why) = objection(attempt.previous(), attempt.url()) {
        let to = attempt.url().scheme().into();
        return attempt.error(RedirectRefused { to, why });
    }
    counters.asked();
    attempt.follow()
}

fn objection(previous: &[Url], next: &Url) -> Option<&'static str> {
    let was_encrypted = previous.iter().any(|url| url.scheme() == "https");
    match next.scheme() {
        _ if previous.len() > MOST_REDIRECTS => Some("too many redirects"),
        "http" if was_encrypted => Some("encryption would be lost"),
        "http" | "https" => None,
        _ => Some("not an address of the web"),
    }
}

/// A redirect that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("redirect to {to}: {why}")]
struct RedirectRefused {
    to: String,
    why: &'static str,
}

fn failure(url: &ThingUrl, error: reqwest::Error) -> FetchError {
    let kind = if error.is_redirect() {
        FetchErrorKind::Redirected
    } else if causes(&error).any(is_about_our_certificate) {
        FetchErrorKind::Unknown
    } else if error.is_connect() {
        connection_failure(&error)
    } else if error.is_builder() {
        // The only thing that is built from what a server says is the target of a redirect.
        FetchErrorKind::Redirected
    } else {
        FetchErrorKind::Interrupted
    };
    FetchError::because(url, kind, error.without_url())
}

/// Says whether the server ended the conversation for what we showed of ourselves, or did not; of
/// TLS 1.3 it does so when all else is settled already.
fn is_about_our_certificate(error: &(dyn Error + 'static)) -> bool {
    let alert = match error.downcast_ref() {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        _ => return false,
    };
    [
        AlertDescription::CertificateRequired,
        AlertDescription::NoCertificate,
        AlertDescription::BadCertificate,
        AlertDescription::UnsupportedCertificate,
        AlertDescription::CertificateRevoked,
        AlertDescription::CertificateExpired,
        AlertDescription::CertificateUnknown,
        AlertDescription::UnknownCA,
        AlertDescription::AccessDenied,
        // What a server of TLS 1.2 says that was shown none.
        AlertDescription::HandshakeFailure,
    ]
    .contains(&alert)
}

/// A handshake that is refused shows as invalid data; everything else is just no connection.
fn connection_failure(error: &reqwest::Error) -> FetchErrorKind {
    let is_refusal = |error: &(dyn Error + 'static)| {
        let io = error.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::InvalidData)
    };
    if causes(error).any(is_refusal) {
        FetchErrorKind::Untrusted
    } else {
        FetchErrorKind::Unreachable
    }
}

const MOST_REDIRECTS: usize = 3;
/// Decryption and framing are all that runs there.
const ENGINE_THREADS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_keep_encryption_and_scheme_and_end() {
        let urls =
            |texts: &[&str]| -> Vec<Url> { texts.iter().map(|t| t.parse().unwrap()).collect() };
        let refused = |previous: &[&str], next: &str| {
            objection(&urls(previous), &next.parse().unwrap()).is_some()
        };
        assert!(!refused(&["https://a"], "https://b/x"));
        assert!(!refused(&["http://a"], "https://b"));
        assert!(!refused(&["http://a"], "http://b"));
        assert!(refused(&["https://a"], "http://a"));
        assert!(refused(&["http://a", "https://a"], "http://a"));
        assert!(refused(&["https://a"], "file:///etc/passwd"));
        assert!(refused(&["https://a"], "ftp://a"));
        assert!(!refused(&["https://a", "https://a", "https://a"], "https://a"));
        assert!(refused(&["https://a", "https://a", "https://a", "https://a"], "https://a"));
    }
}

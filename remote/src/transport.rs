//! The seam between a transfer and what carries it: http, a directory, later a list of mirrors.

use std::{error::Error, fmt, io, sync::Arc};

use super::{
    address::ThingUrl,
    answer::{Resume, Validator},
    retry::Outlook,
};

/// Something that can carry bytes here.
pub(super) trait Transport: fmt::Debug + Send + Sync {
    /// Asks for a thing, from the start or for the rest of it.
    fn open(&self, url: &ThingUrl, resume: Option<&Resume>) -> Result<Opened, FetchError>;

    /// Asks how large a thing is, without its bytes; none where that is not said.
    fn size(&self, url: &ThingUrl) -> Result<Option<u64>, FetchError>;
}

/// A thing whose bytes begin to come.
pub(super) struct Opened {
    /// The size of the whole thing in bytes, where the server says it.
    pub(super) size: Option<u64>,
    /// The first byte that comes: 0, or where the rest begins.
    pub(super) start: u64,
    /// What tells whether a later answer is about the same content.
    pub(super) validator: Option<Validator>,
    /// The bytes.
    pub(super) incoming: Box<dyn Incoming>,
}

/// Bytes that come.
pub(super) trait Incoming: Send {
    /// Reads some bytes; 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, FetchError>;
}

/// Something could not be fetched.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{url}: {kind}{}", times(*tries))]
pub struct FetchError {
    /// What was fetched, without a password.
    pub url: String,
    /// What happened, in terms of what can be done about it.
    pub kind: FetchErrorKind,
    /// How often it was tried.
    pub tries: u32,
    /// The system's own words, where it said something.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What happened, in terms of what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchErrorKind {
    /// The server does not have it.
    #[error("not found")]
    NotFound,
    /// The server does not give it.
    #[error("the server refuses with status {0}")]
    Refused(u16),
    /// The server is in trouble.
    #[error("the server fails with status {0}")]
    Failing(u16),
    /// No connection to the server came about.
    #[error("no connection to the server")]
    Unreachable,
    /// The server could not show that it is the one that was asked.
    #[error("the server's certificate cannot be trusted")]
    Untrusted,
    /// The server wants to know who asks, and does not know us.
    #[error("the server wants a certificate of the client, and takes none that was shown")]
    Unknown,
    /// The connection broke.
    #[error("the transfer was interrupted")]
    Interrupted,
    /// The server answered something else than was asked for.
    #[error("the server sent {0}")]
    Nonsense(&'static str),
    /// What is there now is not what the transfer began with, or that cannot be known.
    #[error("the transfer broke, and the rest is not known to belong to its beginning")]
    Changed,
    /// It is larger than it may be.
    #[error("larger than the {limit} bytes it may have")]
    TooLarge {
        /// The bound in bytes.
        limit: u64,
    },
    /// Nothing came for long, or hardly anything.
    #[error("the transfer is too slow")]
    TooSlow,
    /// The server points to where we do not follow.
    #[error("the server redirects to where it must not")]
    Redirected,
    /// This machine's own fault: the file or the system's resources.
    #[error("cannot read it on this machine")]
    Local,
}

impl FetchErrorKind {
    pub(super) fn outlook(self) -> Outlook {
        match self {
            Self::Failing(_) | Self::Interrupted | Self::Nonsense(_) | Self::TooSlow => {
                Outlook::Transient
            }
            Self::Unreachable => Outlook::NoConnection,
            Self::NotFound
            | Self::Refused(_)
            | Self::Untrusted
            | Self::Unknown
            | Self::Changed
            | Self::TooLarge { .. }
            | Self::Redirected
            | Self::Local => Outlook::Permanent,
        }
    }
}

impl FetchError {
    pub(super) fn new(url: &ThingUrl, kind: FetchErrorKind) -> Self {
        Self { url: url.to_string(), kind, tries: 1, source: None }
    }

    pub(super) fn because(
        url: &ThingUrl,
        kind: FetchErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { source: Some(Arc::from(source.into())), ..Self::new(url, kind) }
    }

    /// Returns the failed fetch among the causes of an error, where that is what it comes from:
    /// codecs that read from a [`super::Body`] wrap what it reports.
    pub fn among_causes_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        causes(error).find_map(|error| error.downcast_ref())
    }
}

/// Returns an error and all that led to it.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An I/O error that wraps another hides it from `source`.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

impl From<FetchError> for io::Error {
    fn from(error: FetchError) -> Self {
        Self::other(error)
    }
}

fn times(tries: u32) -> String {
    if tries > 1 { format!(" (tried {tries} times)") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] io::Error);

    #[test]
    fn a_failed_fetch_is_found_below_what_wraps_it() {
        let error =
            FetchError { url: "u".into(), kind: FetchErrorKind::TooSlow, tries: 2, source: None };
        let wrapped = Outer(io::Error::other(Outer(error.into())));
        let found = FetchError::among_causes_of(&wrapped).unwrap();
        assert_eq!(found.kind, FetchErrorKind::TooSlow);
        assert_eq!(found.to_string(), "u: the transfer is too slow (tried 2 times)");
        assert!(FetchError::among_causes_of(&Outer(io::Error::other("x"))).is_none());
    }
}

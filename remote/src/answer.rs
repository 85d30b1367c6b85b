//! What an HTTP answer says: pure, from status and headers to what may be done with the body.

use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED,
};

use super::FetchErrorKind;

/// The rest of something, of which the beginning is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resume {
    /// The first byte that is missing.
    pub(super) from: u64,
    /// The size of the whole, where it was said.
    pub(super) size: Option<u64>,
    /// What content the beginning belongs to; none where only whoever asks can tell, in the end.
    pub(super) validator: Option<Validator>,
}

/// What tells one content of a URL from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Validator {
    /// A strong entity tag.
    Tag(HeaderValue),
    /// The time of the last change, for servers that have no better one.
    Date(HeaderValue),
}

impl Validator {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let strong = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""));
        let date = || headers.get(LAST_MODIFIED).cloned().map(Self::Date);
        strong.cloned().map(Self::Tag).or_else(date)
    }

    /// Returns the value for `If-Range`.
    pub(super) fn header(&self) -> &HeaderValue {
        match self {
            Self::Tag(value) | Self::Date(value) => value,
        }
    }
}

/// An answer whose body may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The size of the whole, where it is said.
    pub(super) size: Option<u64>,
    /// The position of the body's first byte in the whole.
    pub(super) start: u64,
    /// What content this is.
    pub(super) validator: Option<Validator>,
}

/// Reads an answer to a request for the whole, or for the rest of it.
pub(super) fn read(
    status: u16,
    headers: &HeaderMap,
    resume: Option<&Resume>,
) -> Result<Answer, FetchErrorKind> {
    match (status, resume) {
        (200, None) => Ok(whole(headers)),
        (200, Some(resume)) => whole_again(headers, resume),
        (206, Some(resume)) => rest(headers, resume),
        (206, None) => Err(FetchErrorKind::Nonsense("a part where the whole was asked for")),
        (416, Some(_)) => Err(FetchErrorKind::Changed),
        // Those that can be followed have been.
        (301 | 302 | 303 | 307 | 308, _) => Err(FetchErrorKind::Redirected),
        (404 | 410, _) => Err(FetchErrorKind::NotFound),
        (408 | 425 | 429 | 500.., _) => Err(FetchErrorKind::Failing(status)),
        _ => Err(FetchErrorKind::Refused(status)),
    }
}

fn whole(headers: &HeaderMap) -> Answer {
    let size = number(headers, CONTENT_LENGTH);
    Answer { size, start: 0, validator: Validator::of(headers) }
}

/// The server does not do ranges, or the content is another one: only the validator tells, where
/// there is one.
fn whole_again(headers: &HeaderMap, resume: &Resume) -> Result<Answer, FetchErrorKind> {
    let answer = whole(headers);
    let same = (resume.validator.is_none() || answer.validator == resume.validator)
        && (answer.size.is_none() || resume.size.is_none() || answer.size == resume.size);
    if same { Ok(answer) } else { Err(FetchErrorKind::Changed) }
}

fn rest(headers: &HeaderMap, resume: &Resume) -> Result<Answer, FetchErrorKind> {
    let range = headers.get(CONTENT_RANGE).and_then(|value| Range::parse(value.as_bytes()));
    let range = range.ok_or(FetchErrorKind::Nonsense("a part without saying which"))?;
    let length = range.last - range.first + 1;
    let to_the_end = range.size.is_none_or(|size| size - 1 == range.last);
    let length_fits = number(headers, CONTENT_LENGTH).is_none_or(|stated| stated == length);
    if range.first != resume.from || !to_the_end || !length_fits {
        return Err(FetchErrorKind::Nonsense("another part than was asked for"));
    }
    let validator = Validator::of(headers);
    let tags_differ = match (&validator, &resume.validator) {
        (Some(Validator::Tag(now)), Some(Validator::Tag(before))) => now != before,
        _ => false,
    };
    let size = Some(range.last + 1);
    if tags_differ || (resume.size.is_some() && resume.size != size) {
        return Err(FetchErrorKind::Changed);
    }
    Ok(Answer { size, start: range.first, validator })
}

/// A `Content-Range` that names a part: `bytes first-last/size`, the size possibly `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u64,
    last: u64,
    size: Option<u64>,
}

impl Range {
    fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (part, size) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = part.split_once('-')?;
        let size = if size == "*" { None } else { Some(decimal(size)?) };
        let range = Self { first: decimal(first)?, last: decimal(last)?, size };
        let in_order = range.first <= range.last && range.last < u64::MAX;
        (in_order && size.is_none_or(|size| range.last < size)).then_some(range)
    }
}

fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name).and_then(|value| value.to_str().ok()).and_then(decimal)
}

/// Reads digits only: `parse` alone would take a sign.
fn decimal(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;

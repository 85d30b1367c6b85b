//! The URL of a repository, checked once, and of the things in it.

use std::fmt;

use reqwest::Url;
use swupd_protocol::layout::RepoPath;

use super::{PlainHttp, RemoteError};

/// The URL that a repository's paths are relative to.
#[derive(Clone)]
pub(super) struct Address(Url);

/// The URL of one thing in a repository. Its text never shows a password.
#[derive(Clone)]
pub(super) struct ThingUrl(Url);

impl Address {
    pub(super) fn parse(text: &str, plain_http: PlainHttp) -> Result<Self, RemoteError> {
        let wrong = |why| RemoteError::Url { url: text.into(), why };
        let url = Url::parse(text).map_err(|_| wrong("it is no URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if plain_http == PlainHttp::Allowed => {}
            "http" => return Err(RemoteError::PlainHttp { url: text.into() }),
            "file" if url.to_file_path().is_ok() => {}
            "file" => return Err(wrong("it names no directory of this machine")),
            _ => return Err(wrong("only https, http and file are known")),
        }
        Ok(Self(url))
    }

    pub(super) fn is_http(&self) -> bool {
        self.0.scheme() != "file"
    }

    pub(super) fn of(&self, path: &RepoPath) -> ThingUrl {
        let mut url = self.0.clone();
        // Every URL of the three schemes can have segments; they are encoded as they are added, so
        // that a bundle name with `#` or `%` stays what it is.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.as_str().split('/'));
        }
        ThingUrl(url)
    }
}

impl ThingUrl {
    pub(super) fn as_url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_http(&self) -> bool {
        self.0.scheme() != "file"
    }
}

impl fmt::Display for ThingUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        if shown.password().is_some() {
            // Fails only for URLs without a host, which have no password.
            shown.set_password(Some("…")).unwrap_or_default();
        }
        f.pad(shown.as_str())
    }
}

impl fmt::Debug for ThingUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&ThingUrl(self.0.clone()), f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use swupd_protocol::layout;

    fn parse(text: &str) -> Result<Address, RemoteError> {
        Address::parse(text, PlainHttp::Refused)
    }

    #[test]
    fn only_known_schemes_are_taken_and_plain_http_only_when_allowed() {
        assert!(parse("https://example.org/update/").is_ok());
        assert!(parse("file:///srv/www").is_ok());
        assert!(matches!(parse("http://example.org"), Err(RemoteError::PlainHttp { .. })));
        assert!(Address::parse("http://example.org", PlainHttp::Allowed).is_ok());
        for bad in ["", "example.org", "/srv/www", "ftp://example.org", "file://host/x", "https://"]
        {
            assert!(matches!(parse(bad), Err(RemoteError::Url { .. })), "{bad:?}");
        }
    }

    #[test]
    fn trailing_slashes_do_not_count_and_names_are_encoded() {
        let ten = "10".parse().unwrap();
        let path = layout::manifest(&"c++#%41".parse().unwrap(), ten);
        for base in ["https://example.org/x", "https://example.org/x/"] {
            let url = parse(base).unwrap().of(&path).to_string();
            assert_eq!(url, "https://example.org/x/10/Manifest.c++%23%2541");
        }
        assert_eq!(
            parse("file:///").unwrap().of(&layout::mom(ten)).to_string(),
            "file:///10/Manifest.MoM"
        );
    }

    #[test]
    fn passwords_are_not_shown() {
        let url = parse("https://me:secret@example.org").unwrap();
        let shown = format!("{url:?} {}", url.of(&layout::latest_version()));
        assert!(!shown.contains("secret"), "{shown}");
    }
}

//! Where updates come from: what is typed, else the mirror that an administrator set, else what came
//! with the OS.

use std::path::Path;

use super::{DEFAULTS, GlobalFlags, Mirror, SettingsError, first_line};

/// Where versions and content come from, without a `/` at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// Where the numbers of versions come from.
    pub version: String,
    /// Where everything else comes from.
    pub content: String,
    /// Where to turn to for the numbers of versions where that fails, best first.
    pub further_version: Vec<String>,
    /// Where to turn to for everything else where that fails, best first.
    pub further_content: Vec<String>,
    /// Whether the numbers of versions come from a mirror, and last in order from what it mirrors.
    pub is_mirrored: bool,
}

impl Urls {
    /// Finds the URLs for a tree.
    pub(super) fn find(
        flags: &GlobalFlags,
        typed_version: Option<&str>,
        tree: &Path,
    ) -> Result<Self, SettingsError> {
        let mirror = Mirror::of(tree);
        let both = flags.url.as_deref();
        let places = |kind, typed: Option<&str>, mirror: &[String]| {
            places(flags, kind, (typed.or(both), mirror, tree))
        };
        let (version, further_version) = places("version", typed_version, &mirror.version)?;
        let (content, further_content) =
            places("content", flags.contenturl.as_deref(), &mirror.content)?;
        let origin = came_with_os(tree, "version");
        let is_mirrored = origin.is_some() && further_version.last() == origin.as_ref();
        Ok(Self { version, content, further_version, further_content, is_mirrored })
    }

    /// Returns the one URL for everything.
    pub(super) fn of_one(url: &str, allow_insecure_http: bool) -> Result<Self, SettingsError> {
        let url = url.trim_end_matches('/').to_owned();
        if url.starts_with("http://") && !allow_insecure_http {
            return Err(SettingsError::InsecureUrl { url });
        }
        Ok(Self {
            version: url.clone(),
            content: url,
            further_version: Vec::new(),
            further_content: Vec::new(),
            is_mirrored: false,
        })
    }
}

/// Returns the URL of one kind, and those to turn to where it fails.
fn places(
    flags: &GlobalFlags,
    kind: &'static str,
    (typed, mirror, tree): (Option<&str>, &[String], &Path),
) -> Result<(String, Vec<String>), SettingsError> {
    let found: Vec<String> = match typed {
        Some(typed) => vec![typed.to_owned()],
        None => mirror.iter().cloned().chain(came_with_os(tree, kind)).collect(),
    };
    let mut found = found.into_iter().map(|url| url.trim_end_matches('/').to_owned());
    let first = found.next().ok_or(SettingsError::NoUrl { kind })?;
    let first = with_port(&first, flags.port);
    let is_refused = |url: &str| url.starts_with("http://") && !flags.allow_insecure_http;
    if is_refused(&first) {
        return Err(SettingsError::InsecureUrl { url: first });
    }
    // It is not needed, so it is no error where it may not be used.
    let mut further: Vec<String> = found.filter(|url| *url != first && !is_refused(url)).collect();
    further.dedup();
    Ok((first, further))
}

/// Reads the URL that came with the OS: with the tree, else with the running system.
fn came_with_os(tree: &Path, kind: &str) -> Option<String> {
    let file = Path::new(DEFAULTS).join(format!("{kind}url"));
    let url = first_line(&tree.join(&file)).or_else(|| first_line(&Path::new("/").join(file)))?;
    Some(url.trim_end_matches('/').to_owned())
}

/// Returns a URL with this port instead of its own, where one is given.
fn with_port(url: &str, port: Option<u16>) -> String {
    let (Some(port), Some((scheme, rest))) = (port, url.split_once("://")) else {
        return url.into();
    };
    if scheme == "file" {
        return url.into();
    }
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // The colons of an address in brackets begin no port.
    let behind_address = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = authority[behind_address..].rfind(':').map(|at| behind_address + at);
    let host = &authority[..colon.unwrap_or(authority.len())];
    format!("{scheme}://{host}:{port}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(tree: &Path, path: &str, text: &str) {
        fs_err::create_dir_all(tree.join(path).parent().unwrap()).unwrap();
        fs_err::write(tree.join(path), text).unwrap();
    }

    #[test]
    fn what_a_mirror_lacks_is_asked_of_further_ones_and_of_the_origin() {
        let tree = tempfile::tempdir().unwrap();
        let tree = tree.path();
        let find = |flags: &GlobalFlags| Urls::find(flags, None, tree).unwrap();
        write(tree, "usr/share/defaults/swupd/versionurl", "https://origin/v/\n");
        write(tree, "usr/share/defaults/swupd/contenturl", "https://origin/c\n");
        let flags = GlobalFlags::default();
        let urls = find(&flags);
        assert_eq!(
            (urls.version.as_str(), urls.content.as_str()),
            ("https://origin/v", "https://origin/c")
        );
        assert!(
            urls.further_version.is_empty() && urls.further_content.is_empty() && !urls.is_mirrored
        );
        write(tree, "etc/swupd/mirror_versionurl", "https://one/");
        write(tree, "etc/swupd/mirror_contenturl", "https://one\n\nhttp://plain\nhttps://two\n");
        let urls = find(&flags);
        assert_eq!((urls.version.as_str(), urls.content.as_str()), ("https://one", "https://one"));
        assert_eq!(urls.further_version, ["https://origin/v"]);
        assert_eq!(urls.further_content, ["https://two", "https://origin/c"]);
        assert!(urls.is_mirrored);
        let typed = GlobalFlags { url: Some("https://typed".into()), ..flags.clone() };
        let urls = find(&typed);
        assert!(
            urls.further_version.is_empty() && urls.further_content.is_empty() && !urls.is_mirrored
        );
        // What is mirrored may not be asked: then it is not.
        write(tree, "usr/share/defaults/swupd/versionurl", "http://origin/v");
        let urls = find(&flags);
        assert!(urls.further_version.is_empty() && !urls.is_mirrored);
        let urls = find(&GlobalFlags { allow_insecure_http: true, ..flags });
        assert_eq!(urls.further_version, ["http://origin/v"]);
        assert!(urls.is_mirrored);
    }

    #[test]
    fn a_port_that_is_given_goes_before_that_of_the_url() {
        assert_eq!(with_port("https://h/a/b", Some(8443)), "https://h:8443/a/b");
        assert_eq!(with_port("https://h:1/a:2", Some(3)), "https://h:3/a:2");
        assert_eq!(with_port("https://[::1]/a", Some(3)), "https://[::1]:3/a");
        assert_eq!(with_port("https://[::1]:2", Some(3)), "https://[::1]:3");
        assert_eq!(with_port("file:///a", Some(2)), "file:///a");
        assert_eq!(with_port("https://h:1", None), "https://h:1");
    }
}

//! Places of the tree, as they are typed.

use std::{fmt, str::FromStr};

use regex::bytes::Regex;
use swupd_protocol::path::{NotATreePath, TreePath};

/// The root of the tree, or a path below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Option<TreePath>);

/// Paths of which a regular expression speaks, each as a whole.
#[derive(Debug, Clone)]
pub struct Spared(Regex);

impl Place {
    /// Reads a place with its leading `/`; slashes at its end do not count.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotATreePath> {
        let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
        if end == 0 && !bytes.is_empty() {
            return Ok(Self(None));
        }
        TreePath::parse(&bytes[..end]).map(|path| Self(Some(path)))
    }

    /// Returns the path; none for the root.
    pub fn path(&self) -> Option<&TreePath> {
        self.0.as_ref()
    }

    /// Says whether a path is this one or lies below it.
    pub fn covers(&self, path: &TreePath) -> bool {
        self.0.as_ref().is_none_or(|place| path.is_at_or_below(place.as_bytes()))
    }
}

impl FromStr for Place {
    type Err = NotATreePath;

    fn from_str(text: &str) -> Result<Self, NotATreePath> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(path) => write!(f, "{path}"),
            None => f.write_str("/"),
        }
    }
}

impl Spared {
    /// Says whether it speaks of the path.
    pub fn has(&self, path: &TreePath) -> bool {
        self.0.is_match(path.as_bytes())
    }
}

impl FromStr for Spared {
    type Err = NotAnExpression;

    fn from_str(pattern: &str) -> Result<Self, NotAnExpression> {
        // By itself first: brackets that close nothing must not close ours.
        let whole = Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})$")));
        whole.map(Self).map_err(|error| NotAnExpression::new(&error))
    }
}

/// It is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnExpression(String);

impl NotAnExpression {
    /// Keeps what is wrong; the picture of where goes over several lines.
    fn new(error: &regex::Error) -> Self {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        Self(last.trim_start_matches("error: ").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_place_is_absolute() {
        for (text, expected) in
            [("/", None), ("//", None), ("/usr", Some("/usr")), ("/usr/", Some("/usr"))]
        {
            assert_eq!(text.parse(), Ok(Place(expected.map(path))), "{text}");
        }
        for text in ["", "usr", "./usr", "/usr/../etc", "/usr//bin"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
        let usr: Place = "/usr".parse().unwrap();
        assert!(usr.covers(&path("/usr")) && usr.covers(&path("/usr/bin")));
        assert!(!usr.covers(&path("/usr2")));
        assert!("/".parse::<Place>().unwrap().covers(&path("/any")));
    }

    #[test]
    fn an_expression_speaks_of_whole_paths() {
        let spared: Spared = "/usr/local|/usr/src.*".parse().unwrap();
        assert!(spared.has(&path("/usr/local")) && spared.has(&path("/usr/src/x")));
        assert!(!spared.has(&path("/usr/local/bin")) && !spared.has(&path("/x/usr/local")));
        assert!(!"".parse::<Spared>().unwrap().has(&path("/usr")));
        for pattern in ["(", "a)|(b", "*"] {
            assert!(pattern.parse::<Spared>().is_err(), "{pattern}");
        }
        assert_eq!("(".parse::<Spared>().unwrap_err().to_string(), "unclosed group");
    }
}

//! What is looked for in an index. Pure.

use regex::bytes::Regex;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// What the path must match.
    expression: Regex,
    place: Place,
}

/// Where a path must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Anywhere.
    Anywhere,
    /// Where libraries are looked for.
    Libraries,
    /// Where programs are looked for.
    Programs,
}

impl Query {
    /// Looks for paths that a regular expression matches.
    pub fn expression(expression: &str, place: Place) -> Result<Self, regex::Error> {
        Ok(Self { expression: Regex::new(expression)?, place })
    }

    /// Looks for paths that hold a text.
    pub fn text(text: &str, place: Place) -> Result<Self, regex::Error> {
        Self::expression(&regex::escape(text), place)
    }

    /// Says whether a path is one that is looked for. Where only some places count, it is the part
    /// below them that must match.
    pub fn is_met_by(&self, path: &[u8]) -> bool {
        let below = |directories: &[&str]| {
            directories.iter().find_map(|directory| {
                path.strip_prefix(directory.as_bytes()).filter(|rest| rest.starts_with(b"/"))
            })
        };
        let part = match self.place {
            Place::Anywhere => Some(path),
            Place::Libraries => below(LIBRARIES),
            Place::Programs => below(PROGRAMS),
        };
        part.is_some_and(|part| self.expression.is_match(part))
    }
}

const LIBRARIES: &[&str] =
    &["/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/lib", "/lib32", "/lib64"];
const PROGRAMS: &[&str] =
    &["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_anywhere_or_below_some_places() {
        for (term, place, path, is_met) in [
            ("vi", Place::Anywhere, "/usr/bin/vim", true),
            ("bin/vi", Place::Anywhere, "/usr/bin/vim", true),
            ("VI", Place::Anywhere, "/usr/bin/vim", false),
            ("", Place::Anywhere, "/usr/bin/vim", true),
            ("v.m", Place::Anywhere, "/usr/bin/vim", false),
            ("c++(", Place::Anywhere, "/usr/bin/c++(1", true),
            ("vim and more", Place::Anywhere, "/vim", false),
            ("vi", Place::Programs, "/usr/bin/vim", true),
            ("vi", Place::Programs, "/usr/sbin/vim", true),
            ("vi", Place::Programs, "/usr/binary/vim", false),
            ("vi", Place::Programs, "/usr/lib/vim", false),
            ("bin", Place::Programs, "/usr/bin/vim", false),
            ("vi", Place::Libraries, "/usr/lib/x/libvi.so", true),
            ("vi", Place::Libraries, "/usr/lib64/libvi.so", true),
            ("vi", Place::Libraries, "/usr/libexec/libvi.so", false),
            ("lib", Place::Libraries, "/usr/lib/x", false),
        ] {
            let query = Query::text(term, place).unwrap();
            assert_eq!(query.is_met_by(path.as_bytes()), is_met, "{term} {place:?} {path}");
        }
    }

    #[test]
    fn expressions_are_matched_by_bytes() {
        let met = |expression: &str, path: &[u8]| {
            Query::expression(expression, Place::Anywhere).unwrap().is_met_by(path)
        };
        assert!(met("^/usr/bin/.i[mM]$", b"/usr/bin/vim"));
        assert!(!met("bin/.$", b"/usr/bin/vim"));
        assert!(met("^/a(?-u:.)b$", b"/a\xffb"));
        assert!(Query::expression("(", Place::Anywhere).is_err());
    }
}

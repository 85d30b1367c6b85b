//! What is looked for in an index. Pure.

use regex::bytes::Regex;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// What the path must hold.
    pub pattern: Pattern,
    /// Where the path must lie.
    pub place: Place,
}

/// What a path must hold.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// These bytes.
    Text(Vec<u8>),
    /// What this matches.
    Expression(Regex),
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
        part.is_some_and(|part| self.pattern.is_in(part))
    }
}

impl Pattern {
    fn is_in(&self, path: &[u8]) -> bool {
        match self {
            Self::Text(text) => {
                text.is_empty() || path.windows(text.len()).any(|window| window == text)
            }
            Self::Expression(expression) => expression.is_match(path),
        }
    }
}

const LIBRARIES: &[&str] =
    &["/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/lib", "/lib32", "/lib64"];
const PROGRAMS: &[&str] =
    &["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"];

#[cfg(test)]
mod tests {
    use super::*;

    fn met(pattern: Pattern, place: Place, path: &str) -> bool {
        Query { pattern, place }.is_met_by(path.as_bytes())
    }

    #[test]
    fn text_is_found_anywhere_or_below_some_places() {
        let text = |text: &str| Pattern::Text(text.as_bytes().to_vec());
        for (term, place, path, is_met) in [
            ("vi", Place::Anywhere, "/usr/bin/vim", true),
            ("bin/vi", Place::Anywhere, "/usr/bin/vim", true),
            ("VI", Place::Anywhere, "/usr/bin/vim", false),
            ("", Place::Anywhere, "/usr/bin/vim", true),
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
            assert_eq!(met(text(term), place, path), is_met, "{term} {place:?} {path}");
        }
    }

    #[test]
    fn expressions_are_matched_by_bytes() {
        let expression = |text: &str| Pattern::Expression(Regex::new(text).unwrap());
        assert!(met(expression("^/usr/bin/.i[mM]$"), Place::Anywhere, "/usr/bin/vim"));
        assert!(!met(expression("bin/.$"), Place::Anywhere, "/usr/bin/vim"));
        let strange = Query { pattern: expression("^/a(?-u:.)b$"), place: Place::Anywhere };
        assert!(strange.is_met_by(b"/a\xffb"));
    }
}

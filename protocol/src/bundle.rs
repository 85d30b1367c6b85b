//! Names of bundles: safe as one path component and as one field of a manifest line.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use crate::limits::MAX_BUNDLE_NAME;

/// The name of a bundle. It holds no `/`, no blank or control character, and starts with neither
/// `.` nor `-`, so that it can be a file name and an operand without surprises.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleName(Arc<str>);

impl BundleName {
    /// Returns the name of the bundle that every system has.
    pub fn os_core() -> Self {
        Self("os-core".into())
    }

    /// Returns the name of the bundle that may carry the list of all bundles.
    pub fn index() -> Self {
        Self("os-core-update-index".into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether this is the bundle that every system has.
    pub fn is_os_core(&self) -> bool {
        self.as_str() == "os-core"
    }
}

impl fmt::Display for BundleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Borrow<str> for BundleName {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for BundleName {
    type Err = NotABundleName;

    fn from_str(text: &str) -> Result<Self, NotABundleName> {
        let first_fits = !text.starts_with(['.', '-']);
        let length_fits = (1..=MAX_BUNDLE_NAME).contains(&text.len());
        let letters_fit = text.chars().all(|c| c != '/' && !c.is_whitespace() && !c.is_control());
        // Two names that the repository layout uses for itself.
        let reserved = matches!(text, "MoM" | "full");
        if first_fits && length_fits && letters_fit && !reserved {
            Ok(Self(text.into()))
        } else {
            Err(NotABundleName(text.chars().take(80).collect()))
        }
    }
}

/// The text cannot be the name of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be the name of a bundle")]
pub struct NotABundleName(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_file_names() {
        for good in ["os-core", "python3-basic", "c++", "ünï", "a.b"] {
            assert_eq!(good.parse::<BundleName>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", ".x", "-x", "a/b", "a b", "a\n", "a\0b", "MoM", "full"] {
            assert!(bad.parse::<BundleName>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(MAX_BUNDLE_NAME + 1).parse::<BundleName>().is_err());
    }
}

//! Numbers of versions and formats; neither can hold zero or what does not fit the old client.

use std::{fmt, num::NonZeroU32, str::FromStr};

/// The number of a published version: positive, at most 2³¹−1 (what the reference client can hold).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(NonZeroU32);

impl Version {
    /// Returns the version with this number.
    pub fn new(number: u32) -> Result<Self, NotAVersion> {
        NonZeroU32::new(number)
            .filter(|n| n.get() <= i32::MAX.unsigned_abs())
            .map(Self)
            .ok_or_else(|| NotAVersion(number.to_string()))
    }

    /// Returns the number itself.
    pub fn number(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        decimal(text).and_then(|n| Self::new(n).ok()).ok_or_else(|| NotAVersion(text.into()))
    }
}

/// The number of a manifest format, as the first line of a manifest states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatNumber(NonZeroU32);

impl FormatNumber {
    /// Returns the format with this number.
    pub fn new(number: u32) -> Result<Self, NotAFormat> {
        NonZeroU32::new(number)
            .filter(|n| n.get() <= i32::MAX.unsigned_abs())
            .map(Self)
            .ok_or_else(|| NotAFormat(number.to_string()))
    }

    /// Returns the number itself.
    pub fn number(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for FormatNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FormatNumber {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        decimal(text).and_then(|n| Self::new(n).ok()).ok_or_else(|| NotAFormat(text.into()))
    }
}

/// The format that a client follows: a number, or `staging`, which accepts any manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Manifests must state this number.
    Number(FormatNumber),
    /// Manifests may state any number.
    Staging,
}

impl Format {
    /// Says whether a manifest of this format may be used.
    pub fn accepts(self, stated: FormatNumber) -> bool {
        match self {
            Self::Number(wanted) => wanted == stated,
            Self::Staging => true,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Staging => f.write_str("staging"),
        }
    }
}

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Self, NotAFormat> {
        match text {
            "staging" => Ok(Self::Staging),
            _ => text.parse().map(Self::Number),
        }
    }
}

/// The text is no version number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version: a whole number from 1 to 2147483647 is")]
pub struct NotAVersion(String);

/// The text is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format: a whole number from 1 on, or `staging`, is")]
pub struct NotAFormat(String);

/// Reads digits only: no sign, no blank, no empty text.
fn decimal(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_positive_decimals_that_fit_the_reference_client() {
        assert_eq!("10".parse::<Version>().unwrap().number(), 10);
        assert_eq!("2147483647".parse::<Version>().unwrap().number(), 2_147_483_647);
        for bad in ["", "0", "-1", "+1", " 1", "1 ", "1a", "2147483648", "99999999999"] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn staging_accepts_every_format() {
        let thirty = "30".parse::<FormatNumber>().unwrap();
        assert!("staging".parse::<Format>().unwrap().accepts(thirty));
        assert!("30".parse::<Format>().unwrap().accepts(thirty));
        assert!(!"31".parse::<Format>().unwrap().accepts(thirty));
        assert!("Staging".parse::<Format>().is_err());
    }
}

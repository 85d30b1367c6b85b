//! What can be compared: versions, and what is kept on the disk.

use std::str::FromStr;

use swupd_protocol::version::Version;

use crate::host::generations::Number;

/// One of the two that are compared, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is installed.
    Installed,
    /// The newest that is published.
    Latest,
    /// A version.
    Version(Version),
    /// A version that is kept on the disk.
    Generation(Number),
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "installed" => return Ok(Self::Installed),
            "latest" | "next" => return Ok(Self::Latest),
            _ => {}
        }
        if let Some(number) = text.strip_prefix('g') {
            return number.parse().map(Self::Generation).map_err(|error| format!("{error}"));
        }
        text.parse().map(Self::Version).map_err(|_| {
            "a version is a number, a generation `g` and its number; `installed` and `latest` can \
             be named, too"
                .into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_versions_generations_and_words() {
        let read = |text: &str| text.parse::<Side>().ok();
        assert_eq!(read("20"), Some(Side::Version(Version::new(20).unwrap())));
        assert_eq!(read("g3"), Some(Side::Generation("3".parse().unwrap())));
        assert_eq!(read("installed"), Some(Side::Installed));
        assert_eq!([read("latest"), read("next")], [Some(Side::Latest); 2]);
        for wrong in ["", "g", "g0", "gx", "0", "-1", "newest"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}

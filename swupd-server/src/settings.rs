//! `swupd-server.toml`: what a working directory is set to. What is read is checked as a whole, so
//! that nothing behind this file meets a setting that cannot be.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use swupd_protocol::{
    bundle::BundleName,
    path::TreePath,
    version::{FormatNumber, NotAFormat},
};

/// The name of the settings file in a working directory.
pub const SETTINGS_FILE: &str = "swupd-server.toml";

/// What a working directory is set to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The format of the manifests that are written.
    pub format: FormatNumber,
    /// The number that the content's own format file shall hold, where that is not `format`: the
    /// last version of a format already announces the next.
    pub announced_format: Option<FormatNumber>,
    /// How many versions back an update gets packs and deltas.
    pub delta_packs_from: usize,
    /// Where clients find content; none leaves what the tree says.
    pub content_url: Option<String>,
    /// Where clients find the newest version; none leaves what the tree says.
    pub version_url: Option<String>,
    /// How what is published is compressed.
    pub compression: CompressionSettings,
    /// Who signs.
    pub signing: SigningSettings,
    /// What of a tree is content.
    pub content: ContentSettings,
}

/// How each kind of artifact is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressionSettings {
    /// Objects that travel alone.
    pub fullfiles: Compression,
    /// Whole bundles.
    pub zero_packs: Compression,
    /// What changed in a bundle.
    pub delta_packs: Compression,
}

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// zstd at this level, 1 to 22.
    Zstd(i32),
    /// xz at this preset, 0 to 9.
    Xz(u32),
}

/// Who signs, and what clients trust. Paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningSettings {
    /// The signer's certificate, then the chain that leads to the trusted one.
    pub certificate: PathBuf,
    /// How signatures are made.
    pub signer: SignerSettings,
    /// The certificate that clients get to trust.
    pub trusted: PathBuf,
}

/// How signatures are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerSettings {
    /// By a private key in a file.
    Key(PathBuf),
    /// By a program: it gets the data on its standard input and gives the finished signature (CMS,
    /// detached, DER) on its standard output.
    Command(Vec<String>),
}

/// What of a tree is content, and whose it is.
#[derive(Debug, Clone)]
pub struct ContentSettings {
    /// Which paths below `/etc` are content.
    pub etc: Patterns,
    /// Which paths are never content.
    pub leave_out: Patterns,
    /// The bundle that gets what no bundle claims.
    pub unclaimed: BundleName,
}

/// Absolute paths with wildcards; `*` stays within a component, `**` does not.
#[derive(Debug, Clone)]
pub struct Patterns(GlobSet);

impl Patterns {
    /// Reads patterns, each of which must start with `/`.
    pub fn parse(patterns: &[String]) -> Result<Self, NotAPattern> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            if !pattern.starts_with('/') {
                return Err(NotAPattern::Relative { pattern: pattern.clone() });
            }
            let glob = GlobBuilder::new(pattern)
                .literal_separator(true)
                .build()
                .map_err(|source| NotAPattern::Glob { pattern: pattern.clone(), source })?;
            set.add(glob);
        }
        let set = set.build().map_err(|source| NotAPattern::Set { source })?;
        Ok(Self(set))
    }

    /// Says whether one of the patterns means this path.
    pub fn is_match(&self, path: &TreePath) -> bool {
        // Patterns are absolute, as the paths of a manifest are.
        self.0.is_match(Path::new(OsStr::from_bytes(path.as_bytes())))
    }

    /// Says whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Settings {
    /// Reads the text of a settings file.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let written: Written =
            toml::from_str(text).map_err(|source| SettingsError::Toml { source: source.into() })?;
        Ok(Self {
            format: format(written.format)?,
            announced_format: written.announced_format.map(format).transpose()?,
            delta_packs_from: written.delta_packs_from,
            content_url: url("content-url", written.content_url)?,
            version_url: url("version-url", written.version_url)?,
            compression: CompressionSettings {
                fullfiles: compression("fullfiles", &written.compression.fullfiles)?,
                zero_packs: compression("zero-packs", &written.compression.zero_packs)?,
                delta_packs: compression("delta-packs", &written.compression.delta_packs)?,
            },
            signing: signing(written.signing)?,
            content: content(written.content)?,
        })
    }
}

/// Returns the commented text of the settings file of a new working directory.
pub fn template(format: FormatNumber) -> String {
    TEMPLATE.replace("@FORMAT@", &format.to_string())
}

fn format(number: u32) -> Result<FormatNumber, SettingsError> {
    FormatNumber::new(number).map_err(|source| SettingsError::Format { source })
}

/// Drops the final slashes, since paths are put behind it; the empty text means none.
fn url(key: &'static str, written: String) -> Result<Option<String>, SettingsError> {
    let known = ["http://", "https://", "file://"].iter().any(|scheme| written.starts_with(scheme));
    let fits = !written.contains(|c: char| c.is_control() || c.is_whitespace());
    match written.trim_end_matches('/') {
        "" if written.is_empty() => Ok(None),
        trimmed if known && fits => Ok(Some(trimmed.to_owned())),
        _ => Err(SettingsError::Url { key, written }),
    }
}

/// Reads `none`, `zstd-LEVEL` or `xz-PRESET`.
fn compression(key: &'static str, written: &str) -> Result<Compression, SettingsError> {
    let level = |digits: &str, most: u32| digits.parse::<u32>().ok().filter(|level| *level <= most);
    let read = match written.split_once('-') {
        None if written == "none" => Some(Compression::None),
        Some(("zstd", digits)) => level(digits, 22)
            .and_then(|level| i32::try_from(level).ok())
            .filter(|level| *level > 0)
            .map(Compression::Zstd),
        Some(("xz", digits)) => level(digits, 9).map(Compression::Xz),
        _ => None,
    };
    read.ok_or_else(|| SettingsError::Compression { key, written: written.to_owned() })
}

fn signing(written: WrittenSigning) -> Result<SigningSettings, SettingsError> {
    let signer = match (written.key, written.command) {
        (Some(key), None) => SignerSettings::Key(key),
        (None, Some(command)) if !command.is_empty() => SignerSettings::Command(command),
        _ => return Err(SettingsError::Signer),
    };
    let trusted = written.trusted.unwrap_or_else(|| written.certificate.clone());
    Ok(SigningSettings { certificate: written.certificate, signer, trusted })
}

fn content(written: WrittenContent) -> Result<ContentSettings, SettingsError> {
    let patterns = |key, list: &[String]| {
        Patterns::parse(list).map_err(|source| SettingsError::Pattern { key, source })
    };
    if let Some(elsewhere) = written.etc.iter().find(|pattern| !pattern.starts_with("/etc/")) {
        return Err(SettingsError::NotBelowEtc { pattern: elsewhere.clone() });
    }
    let unclaimed = written
        .unclaimed
        .parse()
        .map_err(|_| SettingsError::Unclaimed { written: written.unclaimed.clone() })?;
    Ok(ContentSettings {
        etc: patterns("etc", &written.etc)?,
        leave_out: patterns("leave-out", &written.leave_out)?,
        unclaimed,
    })
}

/// The file as it is written, not yet believed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    format: u32,
    announced_format: Option<u32>,
    #[serde(default = "default_delta_packs_from")]
    delta_packs_from: usize,
    #[serde(default)]
    content_url: String,
    #[serde(default)]
    version_url: String,
    #[serde(default)]
    compression: WrittenCompression,
    signing: WrittenSigning,
    #[serde(default)]
    content: WrittenContent,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct WrittenCompression {
    fullfiles: String,
    zero_packs: String,
    delta_packs: String,
}

impl Default for WrittenCompression {
    fn default() -> Self {
        Self {
            fullfiles: "zstd-6".into(),
            zero_packs: "zstd-6".into(),
            delta_packs: "zstd-19".into(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenSigning {
    certificate: PathBuf,
    key: Option<PathBuf>,
    command: Option<Vec<String>>,
    trusted: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct WrittenContent {
    etc: Vec<String>,
    leave_out: Vec<String>,
    unclaimed: String,
}

impl Default for WrittenContent {
    fn default() -> Self {
        Self { etc: Vec::new(), leave_out: Vec::new(), unclaimed: "os-core".into() }
    }
}

fn default_delta_packs_from() -> usize {
    2
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not TOML, an unknown key or a value of the wrong type.
    #[error("it cannot be read")]
    Toml {
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A format that cannot be.
    #[error("its format cannot be used")]
    Format {
        /// What stands there.
        source: NotAFormat,
    },
    /// A URL that no client could use.
    #[error("`{key}` is {written:?}, not a URL that starts with http://, https:// or file://")]
    Url {
        /// The key.
        key: &'static str,
        /// What stands there.
        written: String,
    },
    /// A compression that is none of ours.
    #[error(
        "`compression.{key}` is {written:?}, not `none`, `zstd-1` to `zstd-22` or `xz-0` to `xz-9`"
    )]
    Compression {
        /// The key.
        key: &'static str,
        /// What stands there.
        written: String,
    },
    /// Not exactly one way to sign.
    #[error("`signing` needs either a `key` file or a `command`")]
    Signer,
    /// A pattern that cannot be.
    #[error("`content.{key}` has a pattern that cannot be used")]
    Pattern {
        /// The key.
        key: &'static str,
        /// Which, and why.
        source: NotAPattern,
    },
    /// A pattern in `etc` that means another place.
    #[error("`content.etc` has the pattern {pattern:?}, which is not below /etc")]
    NotBelowEtc {
        /// The pattern.
        pattern: String,
    },
    /// A name that no bundle can have.
    #[error("`content.unclaimed` is {written:?}, which cannot be the name of a bundle")]
    Unclaimed {
        /// What stands there.
        written: String,
    },
}

/// The text is no pattern.
#[derive(Debug, thiserror::Error)]
pub enum NotAPattern {
    /// It does not say where it starts.
    #[error("{pattern:?} does not start with `/`")]
    Relative {
        /// The pattern.
        pattern: String,
    },
    /// Its wildcards cannot be read.
    #[error("{pattern:?} is no pattern")]
    Glob {
        /// The pattern.
        pattern: String,
        /// Why.
        source: globset::Error,
    },
    /// All patterns together are too much.
    #[error("the patterns are too many or too long")]
    Set {
        /// Why.
        source: globset::Error,
    },
}

const TEMPLATE: &str = include_str!("settings/swupd-server.toml");

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;

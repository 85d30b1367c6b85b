//! The only door from bytes that a stranger gave us to metadata that we act on.
//!
//! A MoM or a `latest` file is believed for its signature, a bundle's manifest for the hash that
//! the MoM lists. What is verified is what is parsed: the same buffer, in that order.

mod certificates;
mod envelope;
mod sign;
mod verify;

use std::ops::Deref;

use crate::{
    bundle::BundleName,
    hash::ManifestHash,
    limits::MAX_LATEST,
    manifest::{Manifest, ManifestError},
    mom::Mom,
    version::{Format, FormatNumber, NotAVersion, Version},
};

pub use certificates::{CertificateError, Described, TrustAnchor};
pub use envelope::NotASignature;
pub use sign::{SignError, self_signed, sign};
use verify::Expiry;
pub use verify::{Refusal, SignatureError};

/// What was read from bytes that were checked: against a signature, or against a trusted hash.
///
/// Only this module makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted<T>(T);

impl<T> Trusted<T> {
    /// Returns what was checked.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Trusted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Bytes and the detached signature that came with them, neither of them checked.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// What is said to be signed.
    pub text: &'a [u8],
    /// The detached signature, DER; empty where there is none.
    pub signature: &'a [u8],
}

/// Who may speak for the repository.
#[derive(Debug, Clone)]
pub enum Authority {
    /// Whoever holds the key of one of these certificates, or of one that they vouch for.
    Anchor(TrustAnchor),
    /// Signatures are not looked at; a wish of the user. Hashes are still checked.
    Nobody,
}

impl Authority {
    /// Reads the MoM of the version that was asked for, once its signature is good at `now`
    /// (seconds since 1970). A signed MoM of another version or format is refused.
    pub fn trust_mom(
        &self,
        signed: Signed<'_>,
        asked: Version,
        format: Format,
        now: u64,
    ) -> Result<Trusted<Mom>, TrustError> {
        let what = || format!("the MoM of version {asked}");
        self.check(signed, now, Expiry::Refused)
            .map_err(|source| TrustError::Signature { what: what(), source })?;
        let mom = Mom::parse(signed.text)
            .map_err(|source| TrustError::Unreadable { what: what(), source })?;
        expect_version(&what(), asked, mom.header.version)?;
        let stated = mom.header.format;
        if format.accepts(stated) {
            Ok(Trusted(mom))
        } else {
            Err(TrustError::Format { version: asked, wanted: format, stated })
        }
    }

    /// Reads a `latest` file, newest version first and at least one, once its signature is good.
    /// A certificate that has expired before `now` (seconds since 1970) is tolerated.
    pub fn trust_latest(
        &self,
        signed: Signed<'_>,
        now: u64,
    ) -> Result<Trusted<Vec<Version>>, TrustError> {
        if signed.text.len() as u64 > MAX_LATEST {
            return Err(TrustError::Latest { source: None });
        }
        self.check(signed, now, Expiry::Tolerated).map_err(|source| TrustError::Signature {
            what: "the number of the newest version".into(),
            source,
        })?;
        versions(signed.text).map(Trusted)
    }

    fn check(&self, signed: Signed<'_>, now: u64, expiry: Expiry) -> Result<(), SignatureError> {
        match self {
            Self::Anchor(anchor) => anchor.verify(signed, now, expiry),
            Self::Nobody => Ok(()),
        }
    }
}

impl Trusted<Mom> {
    /// Reads the manifest of a bundle, once its hash is the one that this MoM lists.
    pub fn trust_manifest(
        &self,
        bundle: &BundleName,
        text: &[u8],
    ) -> Result<Trusted<Manifest>, TrustError> {
        let version = self.header.version;
        let unknown = || TrustError::UnknownBundle { bundle: bundle.clone(), version };
        let line = self.bundle(bundle).ok_or_else(unknown)?;
        let found = ManifestHash::of(text);
        if found != line.hash {
            return Err(TrustError::Hash { bundle: bundle.clone(), listed: line.hash, found });
        }
        let what = || format!("the manifest of bundle `{bundle}`");
        let manifest = Manifest::parse(text)
            .map_err(|source| TrustError::Unreadable { what: what(), source })?;
        expect_version(&what(), line.version, manifest.header.version)?;
        Ok(Trusted(manifest))
    }
}

fn expect_version(what: &str, asked: Version, stated: Version) -> Result<(), TrustError> {
    if asked == stated {
        Ok(())
    } else {
        Err(TrustError::Version { what: what.into(), asked, stated })
    }
}

/// Reads the lines of a `latest` file, the last of which may lack its end.
fn versions(text: &[u8]) -> Result<Vec<Version>, TrustError> {
    let unreadable = || TrustError::Latest { source: None };
    let text = std::str::from_utf8(text).map_err(|_| unreadable())?;
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n').map(str::parse);
    let versions = lines
        .collect::<Result<Vec<Version>, _>>()
        .map_err(|source| TrustError::Latest { source: Some(source) })?;
    if versions.is_sorted_by(|newer, older| newer > older) {
        Ok(versions)
    } else {
        Err(unreadable())
    }
}

/// Why bytes are not believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// No good signature by whom we trust.
    #[error("{what} has no good signature")]
    Signature {
        /// What should be signed.
        what: String,
        /// What is wrong with the signature.
        source: SignatureError,
    },
    /// Believed, but no text of the kind that it should be.
    #[error("{what} cannot be read")]
    Unreadable {
        /// What cannot be read.
        what: String,
        /// What is wrong with the text.
        source: ManifestError,
    },
    /// Believed, but another one than was asked for.
    #[error("{what} states version {stated} and not {asked}")]
    Version {
        /// What states it.
        what: String,
        /// What it should be.
        asked: Version,
        /// What it is.
        stated: Version,
    },
    /// Believed, but in a format that this system does not follow.
    #[error("version {version} has format {stated} and not {wanted}")]
    Format {
        /// The version asked for.
        version: Version,
        /// The format that the system follows.
        wanted: Format,
        /// The format of the version.
        stated: FormatNumber,
    },
    /// The newest version's number is not one, or the lines are not newest first.
    #[error("the number of the newest version cannot be read")]
    Latest {
        /// The line that is no number, where that is the trouble.
        source: Option<NotAVersion>,
    },
    /// A manifest of a bundle that the version does not have.
    #[error("version {version} has no bundle `{bundle}`")]
    UnknownBundle {
        /// The bundle.
        bundle: BundleName,
        /// The version of the MoM.
        version: Version,
    },
    /// A manifest that is not the one that the MoM lists.
    #[error("the manifest of bundle `{bundle}` has hash {found}, but the MoM lists {listed}")]
    Hash {
        /// The bundle.
        bundle: BundleName,
        /// What the MoM says.
        listed: ManifestHash,
        /// What the text has.
        found: ManifestHash,
    },
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;

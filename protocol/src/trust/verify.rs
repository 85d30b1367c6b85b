//! Verifies a detached CMS signature against the certificates of one file.

use std::fmt;

use openssl::{
    cms::{CMSOptions, CmsContentInfo},
    error::ErrorStack,
};

use super::{
    Signed,
    certificates::Certificates,
    envelope::{Envelope, NotASignature},
};
use crate::limits::{MAX_MANIFEST, MAX_SIGNATURE};

/// What an expired certificate means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// A signature is refused unless all certificates are valid now.
    Refused,
    /// A signature is good if it was at an earlier time.
    Tolerated,
}

/// Says whether the signature is good at `now` (seconds since 1970).
pub(super) fn verify(
    signed: Signed<'_>,
    certificates: &Certificates,
    now: u64,
    expiry: Expiry,
) -> Result<(), SignatureError> {
    if signed.signature.is_empty() {
        return Err(SignatureError::Absent);
    }
    if signed.text.len() as u64 > MAX_MANIFEST || signed.signature.len() as u64 > MAX_SIGNATURE {
        return Err(SignatureError::TooLarge);
    }
    let envelope = Envelope::read(signed.signature)?;
    let verdict = verify_at(signed, certificates, now);
    if verdict.is_ok() || expiry == Expiry::Refused {
        return verdict;
    }
    // A chain that was good at any earlier time was good just before its first certificate ended.
    let moments = certificates.last_seconds_before(now, envelope.certificates())?;
    let was_good = moments.iter().any(|time| verify_at(signed, certificates, *time).is_ok());
    if was_good { Ok(()) } else { verdict }
}

fn verify_at(
    signed: Signed<'_>,
    certificates: &Certificates,
    time: u64,
) -> Result<(), SignatureError> {
    let store = certificates.store(time)?;
    let stack = certificates.stack()?;
    let mut cms = CmsContentInfo::from_der(signed.signature)?;
    let options = CMSOptions::BINARY | CMSOptions::DETACHED;
    cms.verify(Some(&stack), Some(&store), Some(signed.text), None, options)?;
    Ok(())
}

/// What is wrong with a signature.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("there is no signature")]
    Absent,
    /// The signature or what it signs is larger than anything that a server publishes.
    #[error("the signature, or what is signed, is too large")]
    TooLarge,
    /// The bytes are no detached signature that we accept.
    #[error("the signature cannot be read")]
    Unreadable(#[from] NotASignature),
    /// It was made by somebody else, for something else, or at another time.
    #[error("the signature is not good")]
    Refused(#[source] Refusal),
}

impl From<ErrorStack> for SignatureError {
    fn from(stack: ErrorStack) -> Self {
        Self::Refused(Refusal(stack))
    }
}

/// What OpenSSL says, without the places in its sources where it says so.
#[derive(Debug)]
pub struct Refusal(ErrorStack);

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.errors().iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}{}", error.reason().unwrap_or("unknown error"))?;
            if let Some(details) = error.data() {
                write!(f, " ({})", details.trim())?;
            }
        }
        Ok(())
    }
}

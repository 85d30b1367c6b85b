//! The certificates that a system trusts: one PEM file, and another beside it to fall back on.

use std::collections::BTreeSet;

use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    error::ErrorStack,
    hash::MessageDigest,
    stack::Stack,
    x509::{
        X509, X509NameRef, X509PurposeId, X509Ref, X509StoreContext,
        store::{X509Store, X509StoreBuilder},
        verify::X509VerifyParam,
    },
};

use super::{
    Signed,
    verify::{self, Expiry, SignatureError},
};
use crate::limits::{MAX_ANCHOR_CERTIFICATES, MAX_ANCHOR_FILE, MAX_CHAIN_DEPTH};

/// The certificates that a system trusts.
#[derive(Debug, Clone)]
pub struct TrustAnchor {
    certificates: Certificates,
    /// Read only when it is needed: a file that nobody needs yet cannot stop an update.
    alternative: Option<Vec<u8>>,
}

impl TrustAnchor {
    /// Reads the PEM certificates of a file; `alternative` is what the `.alt` file beside it
    /// holds, where there is one. Neither is checked yet.
    pub fn from_pem(
        certificate: &[u8],
        alternative: Option<&[u8]>,
    ) -> Result<Self, CertificateError> {
        Ok(Self {
            certificates: Certificates::from_pem(certificate)?,
            alternative: alternative.map(<[u8]>::to_vec),
        })
    }

    /// Says whether the anchor can be used at all at `now` (seconds since 1970): the first
    /// certificate of the file, or else of the alternative, is vouched for by its own file.
    pub fn check(&self, now: u64) -> Result<(), CertificateError> {
        self.try_both(|certificates| certificates.check(now))
    }

    /// Returns what the certificates of the file say of themselves.
    pub fn describe(&self) -> Result<Vec<Described>, CertificateError> {
        let described = self.certificates.0.iter().map(|certificate| Described::of(certificate));
        Ok(described.collect::<Result<_, _>>()?)
    }

    /// Says whether the signature is good at `now` by one of the two files.
    pub(super) fn verify(
        &self,
        signed: Signed<'_>,
        now: u64,
        expiry: Expiry,
    ) -> Result<(), SignatureError> {
        self.try_both(|certificates| verify::verify(signed, certificates, now, expiry))
    }

    /// Tries the first file, then the alternative. Where both fail, what the first said counts.
    fn try_both<E>(&self, attempt: impl Fn(&Certificates) -> Result<(), E>) -> Result<(), E> {
        attempt(&self.certificates).or_else(|error| {
            let pem = self.alternative.as_deref();
            let alternative = pem.and_then(|pem| Certificates::from_pem(pem).ok());
            let helps = alternative.is_some_and(|certificates| attempt(&certificates).is_ok());
            if helps { Ok(()) } else { Err(error) }
        })
    }
}

/// The certificates of one PEM file, at least one.
#[derive(Debug, Clone)]
pub(super) struct Certificates(Vec<X509>);

impl Certificates {
    fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        if pem.len() > MAX_ANCHOR_FILE {
            return Err(CertificateError::TooMany);
        }
        let list = X509::stack_from_pem(pem).map_err(CertificateError::Unreadable)?;
        match list.len() {
            0 => Err(CertificateError::Absent),
            1..=MAX_ANCHOR_CERTIFICATES => Ok(Self(list)),
            _ => Err(CertificateError::TooMany),
        }
    }

    fn check(&self, now: u64) -> Result<(), CertificateError> {
        let store = self.store(now)?;
        let none = Stack::new()?;
        let (good, why) = X509StoreContext::new()?.init(&store, &self.0[0], &none, |context| {
            Ok((context.verify_cert()?, context.error().error_string()))
        })?;
        if good { Ok(()) } else { Err(CertificateError::NotTrusted { why }) }
    }

    /// Returns what a signature is verified against, as of `now` (seconds since 1970).
    pub(super) fn store(&self, now: u64) -> Result<X509Store, ErrorStack> {
        let mut parameters = X509VerifyParam::new()?;
        parameters.set_time(now.try_into().unwrap_or(i64::MAX));
        // Update certificates are made for no purpose that has a name.
        parameters.set_purpose(X509PurposeId::ANY)?;
        parameters.set_auth_level(AUTH_LEVEL);
        parameters.set_depth(MAX_CHAIN_DEPTH);
        let mut store = X509StoreBuilder::new()?;
        store.set_param(&parameters)?;
        for certificate in &self.0 {
            store.add_cert(certificate.clone())?;
        }
        Ok(store.build())
    }

    /// Returns the certificates among which a signature that carries none finds its signer.
    pub(super) fn stack(&self) -> Result<Stack<X509>, ErrorStack> {
        let mut stack = Stack::new()?;
        for certificate in &self.0 {
            stack.push(certificate.clone())?;
        }
        Ok(stack)
    }

    /// Returns the last seconds of these certificates and of those that a signature carries (each
    /// DER), as far as they are before `now`; all in seconds since 1970.
    pub(super) fn last_seconds_before(
        &self,
        now: u64,
        carried: &[&[u8]],
    ) -> Result<BTreeSet<u64>, ErrorStack> {
        let end = |certificate: &X509Ref| seconds(certificate.not_after());
        let mut ends = self.0.iter().map(|own| end(own)).collect::<Result<BTreeSet<_>, _>>()?;
        for der in carried {
            ends.insert(end(&*X509::from_der(der)?)?);
        }
        // OpenSSL takes the end itself for too late.
        let last = ends.into_iter().flatten().filter_map(|end| end.checked_sub(1));
        Ok(last.filter(|last| *last < now).collect())
    }
}

/// What a certificate says of itself, for a person to judge it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Whose it is.
    pub subject: String,
    /// Who vouches for it.
    pub issuer: String,
    /// The time from which on it is valid, as OpenSSL writes it.
    pub from: String,
    /// The time until which it is valid.
    pub until: String,
    /// The SHA-256 sum of the certificate, in pairs of digits.
    pub fingerprint: String,
}

impl Described {
    fn of(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        let digest = certificate.digest(MessageDigest::sha256())?;
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self {
            subject: name(certificate.subject_name()),
            issuer: name(certificate.issuer_name()),
            from: certificate.not_before().to_string(),
            until: certificate.not_after().to_string(),
            fingerprint: pairs.join(":"),
        })
    }
}

/// Returns a name as `CN = …, O = …`. Whoever made it chose its letters: those that a terminal
/// would obey are left out.
fn name(name: &X509NameRef) -> String {
    let part = |entry: &openssl::x509::X509NameEntryRef| {
        let key = entry.object().nid().short_name().unwrap_or("?").to_owned();
        let value = entry.data().to_string().unwrap_or_default();
        let tame: String = value.chars().filter(|letter| !letter.is_control()).collect();
        format!("{key} = {tame}")
    };
    name.entries().map(part).collect::<Vec<_>>().join(", ")
}

/// Returns a certificate's time in seconds since 1970; none for an earlier one.
fn seconds(time: &Asn1TimeRef) -> Result<Option<u64>, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since.days) * 86_400 + i64::from(since.secs);
    Ok(u64::try_from(seconds).ok())
}

/// Why certificates cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not in the PEM form, or damaged.
    #[error("the certificates cannot be read")]
    Unreadable(#[source] ErrorStack),
    /// There is no certificate.
    #[error("it holds no certificate")]
    Absent,
    /// More than anybody needs.
    #[error("it holds more certificates than can be")]
    TooMany,
    /// The first certificate is not vouched for by the file it lies in.
    #[error("the certificate cannot be trusted: {why}")]
    NotTrusted {
        /// What OpenSSL says.
        why: &'static str,
    },
    /// OpenSSL failed.
    #[error("the certificates cannot be checked")]
    Failed(#[from] ErrorStack),
}

/// OpenSSL's level of 112 bits: RSA and DSA from 2048 bits on, curves from 224, and no signature
/// in a chain by MD5 or SHA-1.
const AUTH_LEVEL: i32 = 2;

//! Makes detached signatures, and a certificate to begin with.

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    cms::{CMSOptions, CmsContentInfo},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    stack::Stack,
    x509::{
        X509, X509NameBuilder,
        extension::{AuthorityKeyIdentifier, BasicConstraints, SubjectKeyIdentifier},
    },
};

/// Returns the detached signature of `data`: CMS in DER with SHA-256, as the command
/// `openssl smime -sign -binary -outform DER` makes it.
///
/// `certificate_pem` holds the signer's certificate first, then those of the chain, which travel
/// inside the signature. The key must not be encrypted.
pub fn sign(data: &[u8], certificate_pem: &[u8], key_pem: &[u8]) -> Result<Vec<u8>, SignError> {
    let certificates =
        X509::stack_from_pem(certificate_pem).map_err(SignError::UnreadableCertificate)?;
    let (signer, chain) = certificates.split_first().ok_or(SignError::NoCertificate)?;
    let mut others = Stack::new()?;
    for certificate in chain {
        others.push(certificate.clone())?;
    }
    let key = private_key(key_pem)?;
    if !signer.public_key()?.public_eq(&key) {
        return Err(SignError::OtherKey);
    }
    if i32::try_from(data.len()).is_err() {
        return Err(SignError::TooLarge);
    }
    let options = CMSOptions::BINARY | CMSOptions::DETACHED;
    let cms = CmsContentInfo::sign(Some(signer), Some(&key), Some(&others), Some(data), options)?;
    Ok(cms.to_der()?)
}

/// Makes a key and a certificate that is its own root and signer, both PEM.
///
/// It is valid from `not_before` (seconds since 1970) for so many days.
pub fn self_signed(
    common_name: &str,
    not_before: u64,
    days: u32,
) -> Result<(Vec<u8>, Vec<u8>), SignError> {
    let key = PKey::from_rsa(Rsa::generate(KEY_BITS)?)?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", common_name)?;
    let name = name.build();
    let end = not_before.saturating_add(u64::from(days) * 86_400);

    let mut certificate = X509::builder()?;
    certificate.set_version(X509_VERSION_3)?;
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::MAYBE_ZERO, false)?;
    certificate.set_serial_number(&*serial.to_asn1_integer()?)?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_not_before(&*time(not_before)?)?;
    certificate.set_not_after(&*time(end)?)?;
    certificate.set_pubkey(&key)?;
    // What `openssl req -x509` states of a certificate.
    let identifier = SubjectKeyIdentifier::new().build(&certificate.x509v3_context(None, None))?;
    certificate.append_extension(identifier)?;
    let issuer =
        AuthorityKeyIdentifier::new().keyid(true).build(&certificate.x509v3_context(None, None))?;
    certificate.append_extension(issuer)?;
    certificate.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    certificate.sign(&key, MessageDigest::sha256())?;
    Ok((certificate.build().to_pem()?, key.private_key_to_pem_pkcs8()?))
}

fn time(seconds: u64) -> Result<Asn1Time, ErrorStack> {
    Asn1Time::from_unix(seconds.try_into().unwrap_or(i64::MAX))
}

fn private_key(pem: &[u8]) -> Result<PKey<Private>, SignError> {
    // Without an answer of ours OpenSSL would ask the terminal for a passphrase.
    PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(SignError::UnreadableKey)
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Not in the PEM form, or damaged.
    #[error("the signer's certificate cannot be read")]
    UnreadableCertificate(#[source] ErrorStack),
    /// There is no certificate.
    #[error("the signer has no certificate")]
    NoCertificate,
    /// Not in the PEM form, damaged, or encrypted.
    #[error("the signer's key cannot be read")]
    UnreadableKey(#[source] ErrorStack),
    /// The key is not the certificate's.
    #[error("the signer's key is not that of the certificate")]
    OtherKey,
    /// More than 2 GiB.
    #[error("what is to be signed is too large")]
    TooLarge,
    /// OpenSSL failed.
    #[error("the signature cannot be made")]
    Failed(#[from] ErrorStack),
}

const KEY_BITS: u32 = 3072;
/// RFC 5280 allows 20 bytes, the first bit of them 0.
const SERIAL_BITS: i32 = 159;
/// Counted from 0.
const X509_VERSION_3: i32 = 2;

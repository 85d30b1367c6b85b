//! Reads the outer structure of a detached signature, so that only the narrow kind that we accept
//! reaches OpenSSL: CMS `SignedData` in DER, nothing inside, nothing behind, strong digests, few
//! certificates.

use crate::limits::{MAX_SIGNATURE_CERTIFICATES, MAX_SIGNERS};

/// The outer structure of a detached signature.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    certificates: Vec<&'a [u8]>,
}

impl<'a> Envelope<'a> {
    /// Reads a signature and refuses what we do not accept.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, NotASignature> {
        all_definite(der, 0)?;
        let signed_data = signed_data(der)?;
        // SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo,
        //     certificates [0] OPTIONAL, crls [1] OPTIONAL, signerInfos }
        let mut fields = Elements(signed_data);
        fields.expect(INTEGER)?;
        fields.expect(SET)?;
        refuse_content(fields.expect(SEQUENCE)?)?;
        let certificates = match fields.take(CONTEXT_0)? {
            Some(list) => certificates(list)?,
            None => Vec::new(),
        };
        fields.take(CONTEXT_1)?;
        check_signers(fields.expect(SET)?)?;
        fields.end()?;
        Ok(Self { certificates })
    }

    /// Returns the certificates that the signature carries, each DER.
    pub(super) fn certificates(&self) -> &[&'a [u8]] {
        &self.certificates
    }
}

/// `ContentInfo ::= SEQUENCE { contentType, content [0] }`, the content in a sequence.
fn signed_data(der: &[u8]) -> Result<&[u8], NotASignature> {
    let mut outside = Elements(der);
    let mut fields = Elements(outside.expect(SEQUENCE)?);
    outside.end()?;
    let kind = fields.expect(OBJECT_ID)?;
    let mut content = Elements(fields.expect(CONTEXT_0)?);
    fields.end()?;
    let signed_data = content.expect(SEQUENCE)?;
    content.end()?;
    if kind == ID_SIGNED_DATA { Ok(signed_data) } else { Err(NotASignature::Structure) }
}

/// `EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] OPTIONAL }`
fn refuse_content(encapsulated: &[u8]) -> Result<(), NotASignature> {
    let mut fields = Elements(encapsulated);
    if fields.expect(OBJECT_ID)? != ID_DATA {
        return Err(NotASignature::Structure);
    }
    if fields.0.is_empty() { Ok(()) } else { Err(NotASignature::NotDetached) }
}

fn certificates(list: &[u8]) -> Result<Vec<&[u8]>, NotASignature> {
    let mut elements = Elements(list);
    let mut certificates = Vec::new();
    while let Some(element) = elements.next()? {
        if element.tag != SEQUENCE {
            return Err(NotASignature::Structure);
        }
        certificates.push(element.whole);
        if certificates.len() > MAX_SIGNATURE_CERTIFICATES {
            return Err(NotASignature::TooMany);
        }
    }
    Ok(certificates)
}

/// `SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, .. }`
fn check_signers(list: &[u8]) -> Result<(), NotASignature> {
    let mut elements = Elements(list);
    let mut count = 0;
    while !elements.0.is_empty() {
        let mut fields = Elements(elements.expect(SEQUENCE)?);
        fields.expect(INTEGER)?;
        fields.next()?.ok_or(NotASignature::Structure)?;
        let digest = Elements(fields.expect(SEQUENCE)?).expect(OBJECT_ID)?;
        if !STRONG_DIGESTS.contains(&digest) {
            return Err(NotASignature::WeakDigest);
        }
        count += 1;
    }
    match count {
        0 => Err(NotASignature::NoSigner),
        1..=MAX_SIGNERS => Ok(()),
        _ => Err(NotASignature::TooMany),
    }
}

/// Refuses lengths that are indefinite (BER) or longer than they need be, at every depth.
fn all_definite(der: &[u8], depth: usize) -> Result<(), NotASignature> {
    if depth > MAX_DEPTH {
        return Err(NotASignature::Structure);
    }
    let mut elements = Elements(der);
    while let Some(element) = elements.next()? {
        if element.tag & CONSTRUCTED != 0 {
            all_definite(element.content, depth + 1)?;
        }
    }
    Ok(())
}

/// DER elements behind each other.
#[derive(Debug, Clone, Copy)]
struct Elements<'a>(&'a [u8]);

#[derive(Debug)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Elements<'a> {
    fn next(&mut self) -> Result<Option<Element<'a>>, NotASignature> {
        let [tag, first, rest @ ..] = self.0 else {
            return if self.0.is_empty() { Ok(None) } else { Err(NotASignature::Truncated) };
        };
        if tag & 0x1f == 0x1f {
            return Err(NotASignature::Structure);
        }
        let (length, rest) = length(*first, rest)?;
        let (content, behind) = rest.split_at_checked(length).ok_or(NotASignature::Truncated)?;
        let whole = &self.0[..self.0.len() - behind.len()];
        self.0 = behind;
        Ok(Some(Element { tag: *tag, content, whole }))
    }

    /// Returns the content of the next element, which must have this tag.
    fn expect(&mut self, tag: u8) -> Result<&'a [u8], NotASignature> {
        self.take(tag)?.ok_or(NotASignature::Structure)
    }

    /// Returns the content of the next element if it has this tag, and else leaves it.
    fn take(&mut self, tag: u8) -> Result<Option<&'a [u8]>, NotASignature> {
        let mut ahead = *self;
        match ahead.next()? {
            Some(element) if element.tag == tag => {
                *self = ahead;
                Ok(Some(element.content))
            }
            _ => Ok(None),
        }
    }

    fn end(self) -> Result<(), NotASignature> {
        if self.0.is_empty() { Ok(()) } else { Err(NotASignature::TrailingBytes) }
    }
}

/// Reads a length whose first byte is `first`, and returns what follows it too.
fn length(first: u8, rest: &[u8]) -> Result<(usize, &[u8]), NotASignature> {
    if first < 0x80 {
        return Ok((first.into(), rest));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return Err(NotASignature::NotDer);
    }
    let (bytes, rest) = rest.split_at_checked(count).ok_or(NotASignature::Truncated)?;
    let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let shortest = length >= 0x80 && bytes[0] != 0;
    if shortest { Ok((length, rest)) } else { Err(NotASignature::NotDer) }
}

/// Why bytes are no signature that we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASignature {
    /// They end early.
    #[error("it is cut short")]
    Truncated,
    /// Something follows the signature.
    #[error("something stands behind it")]
    TrailingBytes,
    /// An encoding that leaves choices, where there must be none.
    #[error("it is not in DER")]
    NotDer,
    /// Not CMS signed data.
    #[error("it is no CMS signed data")]
    Structure,
    /// The signed content stands inside, so that there might be two.
    #[error("it is not detached: it holds content of its own")]
    NotDetached,
    /// Nobody signed.
    #[error("nobody signed")]
    NoSigner,
    /// More certificates or signers than anybody needs.
    #[error("it has too many certificates or signers")]
    TooMany,
    /// A digest that can be forged, or that we do not know.
    #[error("its digest is none of SHA-256, SHA-384 and SHA-512")]
    WeakDigest,
}

const INTEGER: u8 = 0x02;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;

/// 1.2.840.113549.1.7.2
const ID_SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.7.1
const ID_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// 2.16.840.1.101.3.4.2.1 to .3: SHA-256, SHA-384, SHA-512
const STRONG_DIGESTS: [&[u8]; 3] = [
    &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
    &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
    &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
];
/// More than any certificate nests.
const MAX_DEPTH: usize = 32;

//! Signs a version. From here on nothing of it may change.

use std::io;

use fs_err as fs;
use swupd_protocol::{
    layout,
    trust::{Authority, Signed as SignedText, TrustError},
    version::Format,
};

use super::{
    describe::Described, encode::Summary, pack::Packed, pack::manifests::write_mom_tar,
    work::Workshop,
};
use crate::keys::{Signer, SigningError};

/// A version that is complete and signed, and still unseen.
#[derive(Debug)]
pub struct Signed {
    pub(super) described: Described,
    pub(super) summary: Summary,
    /// What announces it.
    pub(super) latest: Vec<u8>,
    /// The signature of that.
    pub(super) latest_signature: Vec<u8>,
}

/// Who signs, and who has to believe it.
#[derive(Debug, Clone, Copy)]
pub struct Hand<'a> {
    /// Makes the signatures.
    pub signer: &'a dyn Signer,
    /// What clients trust.
    pub authority: &'a Authority,
    /// The time at which they look, in seconds since 1970.
    pub now: u64,
}

/// Signs the manifest of manifests and what will announce the version. A signature that clients
/// would not accept ends the build.
pub fn sign(packed: Packed, shop: &Workshop<'_>, hand: Hand<'_>) -> Result<Signed, SignError> {
    let Packed { described, summary } = packed;
    let (version, format) = (described.version, Format::Number(described.format));
    let path = shop.work.path(&layout::mom(version));
    let mom = fs::read(&path)?;
    let signature = hand.signer.sign(&mom)?;
    let signed = SignedText { text: &mom, signature: &signature };
    hand.authority.trust_mom(signed, version, format, hand.now)?;
    fs::write(shop.work.path(&layout::mom(version).signature()), &signature)?;
    write_mom_tar(&described, shop, &mom, &signature)?;

    let latest = format!("{version}\n").into_bytes();
    let latest_signature = hand.signer.sign(&latest)?;
    let signed = SignedText { text: &latest, signature: &latest_signature };
    hand.authority.trust_latest(signed, hand.now)?;
    Ok(Signed { described, summary, latest, latest_signature })
}

/// Why a version is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// There is no signature.
    #[error("the version cannot be signed")]
    Signer(#[from] SigningError),
    /// The signature is not one that clients accept.
    #[error("clients that trust the configured certificate would refuse the new signature")]
    Refused(#[from] TrustError),
    /// The file system refuses.
    #[error("the signatures cannot be written")]
    Io(#[from] io::Error),
}

//! The certificate that is named on the command line.

use std::{io, path::PathBuf};

use swupd_protocol::trust::{Authority, CertificateError, TrustAnchor};

/// Trusts what is signed with a certificate's key.
pub(super) fn trust(path: PathBuf) -> Result<Authority, CannotTrust> {
    let pem = fs_err::read(&path).map_err(CannotTrust::Read)?;
    let anchor = TrustAnchor::from_pem(&pem, None);
    anchor.map(Authority::Anchor).map_err(|source| CannotTrust::Pem { path, source })
}

/// The certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotTrust {
    #[error("the certificate cannot be read")]
    Read(#[source] io::Error),
    #[error("the certificate {} cannot be used", path.display())]
    Pem { path: PathBuf, source: CertificateError },
}

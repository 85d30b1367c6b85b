//! Which servers are believed to be the ones that were asked: those that an authority of this machine
//! vouches for, and those whose very certificate the machine trusts.
//!
//! Who runs a server of their own often gives it a certificate that it signed itself, and tells the
//! machines to trust that. Most of these certificates say that they are an authority's, or name their
//! server in the old place: every program on OpenSSL takes them, and so do we, as there is nobody
//! else who could vouch for them.

use std::sync::Arc;

use openssl::{
    error::ErrorStack,
    stack::Stack,
    x509::{
        X509, X509PurposeId, X509StoreContext, X509StoreContextRef,
        store::X509StoreBuilder,
        verify::{X509CheckFlags, X509VerifyFlags, X509VerifyParam},
    },
};
use rustls::{
    DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        VerifierBuilderError, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, IpAddr, ServerName, UnixTime},
};

/// Judges servers.
#[derive(Debug)]
pub(super) struct Servers {
    by_authorities: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
}

impl Servers {
    /// Returns a judge who trusts these certificates, and those that the machine trusts.
    pub(super) fn new(
        mut trusted: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        // What of them cannot be read vouches for nobody.
        trusted.extend(rustls_native_certs::load_native_certs().certs);
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().cloned());
        let builder = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
        Ok(Self { by_authorities: builder.build()?, trusted })
    }

    fn trusts_itself(
        &self,
        shown: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> bool {
        self.trusted.iter().any(|trusted| trusted.as_ref() == shown.as_ref())
            && is_of(shown, name, now).unwrap_or(false)
    }
}

/// Says whether a certificate, which is trusted, is that of a server of this name, and valid.
fn is_of(
    shown: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<bool, ErrorStack> {
    let certificate = X509::from_der(shown)?;
    let mut wanted = X509VerifyParam::new()?;
    wanted.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    wanted.set_purpose(X509PurposeId::SSL_SERVER)?;
    wanted.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
    let Ok(now) = i64::try_from(now.as_secs()) else { return Ok(false) };
    wanted.set_time(now);
    match name {
        ServerName::DnsName(name) => wanted.set_host(name.as_ref())?,
        ServerName::IpAddress(IpAddr::V4(address)) => wanted.set_ip((*address.as_ref()).into())?,
        ServerName::IpAddress(IpAddr::V6(address)) => wanted.set_ip((*address.as_ref()).into())?,
        _ => return Ok(false),
    }
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(certificate.clone())?;
    store.set_param(&wanted)?;
    let store = store.build();
    let nobody = Stack::new()?;
    let judge = X509StoreContextRef::verify_cert;
    X509StoreContext::new()?.init(&store, &certificate, &nobody, judge)
}

impl ServerCertVerifier for Servers {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.by_authorities.verify_server_cert(shown, between, name, ocsp, now) {
            Err(_) if self.trusts_itself(shown, name, now) => Ok(ServerCertVerified::assertion()),
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authorities.verify_tls12_signature(message, shown, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authorities.verify_tls13_signature(message, shown, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authorities.supported_verify_schemes()
    }
}

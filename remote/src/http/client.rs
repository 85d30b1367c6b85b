//! The settings of the HTTP client: encryption, certificates, proxies, windows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use reqwest::{Client, ClientBuilder, NoProxy, Proxy, redirect::Policy};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{
    super::{RemoteError, RemoteSettings},
    servers::Servers,
};

/// Returns the client for these settings.
pub(super) fn build(settings: &RemoteSettings, redirects: Policy) -> Result<Client, RemoteError> {
    let builder = basics(settings)?.redirect(redirects);
    let built = builder.tls_backend_preconfigured(encryption(settings)?).build();
    built.map_err(|error| RemoteError::Client(error.into()))
}

fn basics(settings: &RemoteSettings) -> Result<ClientBuilder, RemoteError> {
    // What the environment says about proxies reaches us through the settings.
    let mut builder = Client::builder()
        .no_proxy()
        .user_agent(USER_AGENT)
        .referer(false)
        .connect_timeout(settings.patience.connect)
        .pool_max_idle_per_host(settings.parallel)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW);
    for proxy in proxies(settings)? {
        builder = builder.proxy(proxy);
    }
    Ok(builder)
}

/// Returns how servers are judged, and who we are to them. No version below 1.2 is known here.
fn encryption(settings: &RemoteSettings) -> Result<ClientConfig, RemoteError> {
    let no_client = |error: rustls::Error| RemoteError::Client(error.into());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let authorities = authorities(&settings.ca_paths)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(no_client)?;
    let builder = match judge(authorities, provider, settings)? {
        Some(servers) => builder.dangerous().with_custom_certificate_verifier(Arc::new(servers)),
        None => builder.with_root_certificates(RootCertStore::empty()),
    };
    let mut encryption = match &settings.client_certificate {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let (certificates, key) = identity(path)?;
            let known = builder.with_client_auth_cert(certificates, key);
            known.map_err(|error| unsuitable(path, IDENTITY, error))?
        }
    };
    encryption.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(encryption)
}

/// Returns who judges servers; nobody where nobody is trusted, and nobody needs to be.
fn judge(
    authorities: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    settings: &RemoteSettings,
) -> Result<Option<Servers>, RemoteError> {
    match Servers::new(authorities, provider) {
        Ok(servers) => Ok(Some(servers)),
        Err(_) if !settings.needs_encryption() => Ok(None),
        Err(error) => Err(RemoteError::Client(error.into())),
    }
}

fn identity(
    path: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), RemoteError> {
    let pem = read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| unsuitable(path, IDENTITY, error))?;
    let key = PrivateKeyDer::from_pem_slice(&pem);
    let key = key.map_err(|error| unsuitable(path, IDENTITY, error))?;
    Ok((certificates, key))
}

fn authorities(paths: &[PathBuf]) -> Result<Vec<CertificateDer<'static>>, RemoteError> {
    let mut all = Vec::new();
    for path in paths {
        let pem = read(path)?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            all.push(certificate.map_err(|error| unsuitable(path, AUTHORITIES, error))?);
        }
    }
    Ok(all)
}

fn unsuitable(
    path: &Path,
    needed: &'static str,
    why: impl std::error::Error + Send + Sync + 'static,
) -> RemoteError {
    RemoteError::Certificate { path: path.to_owned(), needed, source: why.into() }
}

fn proxies(settings: &RemoteSettings) -> Result<Vec<Proxy>, RemoteError> {
    let given = &settings.proxies;
    let none_for = given.none_for.as_deref().and_then(NoProxy::from_string);
    let kinds: [(&Option<String>, MakeProxy); 3] = [
        (&given.http, |url| Proxy::http(url)),
        (&given.https, |url| Proxy::https(url)),
        (&given.all, |url| Proxy::all(url)),
    ];
    let mut proxies = Vec::new();
    for (url, make) in kinds {
        let Some(url) = url.as_deref().filter(|url| !url.is_empty()) else { continue };
        let proxy = make(url).map_err(|source| RemoteError::Proxy { url: url.into(), source })?;
        proxies.push(proxy.no_proxy(none_for.clone()));
    }
    Ok(proxies)
}

fn read(path: &Path) -> Result<Vec<u8>, RemoteError> {
    std::fs::read(path).map_err(|source| RemoteError::CertificateFile { path: path.into(), source })
}

/// What a file must hold.
const IDENTITY: &str = "a certificate and its private key, as PEM";
const AUTHORITIES: &str = "certificates, as PEM";
/// What we speak, dearest first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

type MakeProxy = fn(&str) -> reqwest::Result<Proxy>;

const USER_AGENT: &str = concat!("swupd/", env!("CARGO_PKG_VERSION"));
/// All transfers share a connection, and what is under way is at most a window: a stream's must
/// cover bandwidth times delay, the connection's several streams.
const STREAM_WINDOW: u32 = 8 << 20;
const CONNECTION_WINDOW: u32 = 32 << 20;

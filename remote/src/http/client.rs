//! The settings of the HTTP client: encryption, certificates, proxies, windows.

use std::path::{Path, PathBuf};

use reqwest::{
    Certificate, Client, ClientBuilder, Identity, NoProxy, Proxy, redirect::Policy, tls,
};

use super::super::{RemoteError, RemoteSettings};

/// Returns the client for these settings.
pub(super) fn build(
    settings: &RemoteSettings,
    redirects: impl Fn() -> Policy,
) -> Result<Client, RemoteError> {
    let authorities = authorities(&settings.ca_paths)?;
    let basics = || basics(settings).map(|basics| basics.redirect(redirects()));
    match basics()?.tls_certs_merge(authorities.clone()).build() {
        Ok(client) => Ok(client),
        // A machine that trusts no authority at all can still go without encryption.
        Err(_) if !settings.needs_encryption() => {
            let built = basics()?.tls_certs_only(authorities).build();
            built.map_err(|error| RemoteError::Client(error.into()))
        }
        Err(error) => Err(RemoteError::Client(error.into())),
    }
}

fn basics(settings: &RemoteSettings) -> Result<ClientBuilder, RemoteError> {
    // What the environment says about proxies reaches us through the settings.
    let mut builder = Client::builder()
        .no_proxy()
        .user_agent(USER_AGENT)
        .referer(false)
        .tls_version_min(tls::Version::TLS_1_2)
        .connect_timeout(settings.patience.connect)
        .pool_max_idle_per_host(settings.parallel)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW);
    for proxy in proxies(settings)? {
        builder = builder.proxy(proxy);
    }
    if let Some(path) = &settings.client_certificate {
        let needed = "a certificate and its private key, as PEM";
        let identity = Identity::from_pem(&read(path)?)
            .map_err(|source| RemoteError::Certificate { path: path.clone(), needed, source })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

fn authorities(paths: &[PathBuf]) -> Result<Vec<Certificate>, RemoteError> {
    let mut all = Vec::new();
    for path in paths {
        let needed = "certificates, as PEM";
        let some = Certificate::from_pem_bundle(&read(path)?)
            .map_err(|source| RemoteError::Certificate { path: path.clone(), needed, source })?;
        all.extend(some);
    }
    Ok(all)
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

type MakeProxy = fn(&str) -> reqwest::Result<Proxy>;

const USER_AGENT: &str = concat!("swupd/", env!("CARGO_PKG_VERSION"));
/// All transfers share a connection, and what is under way is at most a window: a stream's must
/// cover bandwidth times delay, the connection's several streams.
const STREAM_WINDOW: u32 = 8 << 20;
const CONNECTION_WINDOW: u32 = 32 << 20;

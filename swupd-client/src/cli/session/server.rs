//! The server that a subcommand asks, and who may speak for it.

use std::path::Path;

use swupd_protocol::{
    trust::{Authority, TrustAnchor, TrustError},
    version::Version,
};

use super::Session;
use crate::{
    cli::failure::Failure,
    host::{machine::Machine, state::Seen},
    remote::{self, Patience, PlainHttp, Remote, RemoteSettings, Retries},
    settings::{Downloads, Signatures, VersionWish},
    update::fetch::{Metadata, MetadataError, MomError, Room},
};

/// The server and who may speak for it.
#[derive(Debug)]
pub(in crate::cli) struct Server {
    /// The server.
    pub remote: Remote,
    authority: Authority,
    authority_for_latest: Authority,
    seen: Seen,
}

impl Session {
    /// Opens the certificate, checks the clock, and makes ready to ask the server; nothing is asked
    /// yet.
    pub(in crate::cli) fn server(&self) -> Result<Server, Failure> {
        self.server_with(&self.settings.downloads)
    }

    /// Makes ready to ask the server for what is only good to know: one that does not answer at
    /// once is not waited for.
    pub(in crate::cli) fn brief_server(&self) -> Result<Server, Failure> {
        let usual = &self.settings.downloads;
        let wait = usual.network_timeout.map_or(BRIEFLY, |wait| wait.min(BRIEFLY));
        let brief = Downloads { retries: 0, network_timeout: Some(wait), ..usual.clone() };
        self.server_with(&brief)
    }

    fn server_with(&self, downloads: &Downloads) -> Result<Server, Failure> {
        // Without these there is nobody whose certificate would matter.
        self.settings.urls.clone()?;
        self.settings.format.clone()?;
        self.check_clock()?;
        self.server_of(downloads, self.authority()?)
    }

    /// Makes ready to ask a server that nobody vouches for yet: nothing that it says is to be acted
    /// on.
    pub(in crate::cli) fn unproven_server(&self) -> Result<Server, Failure> {
        self.server_of(&self.settings.downloads, Authority::Nobody)
    }

    fn server_of(&self, downloads: &Downloads, authority: Authority) -> Result<Server, Failure> {
        let authority_for_latest = match self.settings.signatures {
            Signatures::All => authority.clone(),
            Signatures::AllButLatest | Signatures::None => Authority::Nobody,
        };
        let seen = Seen::of(&self.settings.tree, &self.settings.data_dir);
        Ok(Server { remote: self.remote(downloads)?, authority, authority_for_latest, seen })
    }

    /// Returns what brings and believes metadata, and keeps it in the machine's cache.
    pub(in crate::cli) fn metadata<'a>(
        &'a self,
        server: &'a Server,
        machine: &'a Machine,
    ) -> Result<Metadata<'a>, Failure> {
        Ok(Metadata { cache: Some(&machine.cache), ..self.without_cache(server)? })
    }

    /// Returns what brings and believes metadata, and keeps nothing.
    pub(in crate::cli) fn without_cache<'a>(
        &'a self,
        server: &'a Server,
    ) -> Result<Metadata<'a>, Failure> {
        Ok(Metadata {
            remote: &server.remote,
            authority: &server.authority,
            authority_for_latest: &server.authority_for_latest,
            seen: &server.seen,
            cache: None,
            room: Room::Spared,
            format: self.settings.format.clone()?,
            now: self.now,
            observer: &*self.output,
        })
    }

    /// Returns the version that is meant where none may be named: the installed one then.
    pub(in crate::cli) fn meant<'a>(
        &self,
        wish: Option<VersionWish>,
        metadata: Metadata<'a>,
    ) -> Result<(Version, Metadata<'a>), Failure> {
        Ok(match wish {
            None => (self.installed_version()?, metadata.of_what_is_installed()),
            Some(VersionWish::Latest) => (metadata.latest()?, metadata),
            Some(VersionWish::Number(version)) => (version, metadata.of_what_is_installed()),
        })
    }

    fn authority(&self) -> Result<Authority, Failure> {
        if self.settings.signatures == Signatures::None {
            self.output.warning("signatures are not checked, as asked");
            return Ok(Authority::Nobody);
        }
        let path = &self.settings.certificate;
        let no_certificate = |source| Failure::CertificateFile { path: path.clone(), source };
        let pem = fs_err::read(path).map_err(no_certificate)?;
        let mut alternative = path.clone().into_os_string();
        alternative.push(".alt");
        let alternative = fs_err::read(alternative).ok();
        let anchor = TrustAnchor::from_pem(&pem, alternative.as_deref())
            .and_then(|anchor| anchor.check(self.now).map(|()| anchor));
        let anchor = anchor
            .map_err(|source| Failure::Certificate { path: path.clone(), source: source.into() })?;
        Ok(Authority::Anchor(anchor))
    }

    fn remote(&self, downloads: &Downloads) -> Result<Remote, Failure> {
        let urls = self.settings.urls.clone()?;
        let mut settings = RemoteSettings::new(urls.version, urls.content);
        settings.further_version_urls = urls.further_version;
        settings.further_content_urls = urls.further_content;
        settings.plain_http =
            if downloads.allow_insecure_http { PlainHttp::Allowed } else { PlainHttp::Refused };
        settings.retries = Retries {
            most: downloads.retries,
            delay: std::time::Duration::from_secs(downloads.retry_delay),
            ..Retries::default()
        };
        if let Some(seconds) = downloads.network_timeout {
            settings.patience = Patience::of(std::time::Duration::from_secs(seconds));
        }
        settings.parallel = downloads.parallel.get();
        settings.client_certificate.clone_from(&downloads.client_certificate);
        settings.proxies = self.settings.proxies.clone();
        Ok(remote::connect(&settings, self.observer())?)
    }

    /// Refuses a clock that is before the time the OS was made: certificates could not be judged.
    fn check_clock(&self) -> Result<(), Failure> {
        if self.settings.ignore_time {
            return Ok(());
        }
        let stamp = self.settings.tree.join("usr/share/clear/versionstamp");
        let Some(made) = seconds_in(&stamp) else {
            self.output.verbose("the tree does not say when it was made: the clock is believed");
            return Ok(());
        };
        if self.now + ONE_DAY < made {
            return Err(Failure::BadTime { now: self.now, made });
        }
        Ok(())
    }
}

/// Returns the same metadata for use with a version: of whatever format with `--force`, else the
/// version must have the format that is followed.
pub(in crate::cli) fn in_format(
    metadata: Metadata<'_>,
    version: Version,
    force: bool,
) -> Result<Metadata<'_>, Failure> {
    if force {
        return Ok(metadata.of_any_format());
    }
    match metadata.mom(version) {
        Ok(_) => Ok(metadata),
        Err(MetadataError::Mom {
            source: MomError::Trust(TrustError::Format { version, wanted, stated }),
            ..
        }) => Err(Failure::OtherFormat { version, wanted, stated }),
        Err(other) => Err(other.into()),
    }
}

fn seconds_in(path: &Path) -> Option<u64> {
    fs_err::read_to_string(path).ok()?.trim().parse().ok()
}

/// Seconds in which a server answers that is not waited for.
const BRIEFLY: u64 = 5;
const ONE_DAY: u64 = 24 * 60 * 60;

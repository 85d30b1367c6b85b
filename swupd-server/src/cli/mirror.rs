//! `mirror`: copies what another repository publishes.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::{ArgGroup, Args};
use swupd_protocol::{
    bundle::BundleName,
    trust::Authority,
    version::{FormatNumber, Version},
};
use swupd_remote::{PlainHttp, Remote, RemoteSettings, Retries, Word};

use super::{Done, Surroundings, Verdict, certificate::trust};
use crate::{
    mirror::{Mirrored, Order, Selection, USUAL_BACK, Wanted, Wishes, mirror},
    repo::Repo,
    report::{Event, Observer},
};

/// Copy what another repository publishes, so that it can be served from here
///
/// Everything is verified, and nothing is fetched twice. What manifests name comes before them, and
/// the pointers to the newest versions come last: the directory can be served at any moment, and a
/// run that ended early is gone on with by the next one. The last line says what was done; the exit
/// code is 1 where anything failed or was left out.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that somebody types")]
#[command(group = ArgGroup::new("trust").required(true).args(["certificate", "nosigcheck"]))]
pub(super) struct Mirror {
    /// Where the repository is: an https, http or file URL
    #[arg(value_name = "URL")]
    url: String,
    /// Where the copy lies
    #[arg(value_name = "DIR")]
    copy: PathBuf,
    /// The certificate that signatures are verified with (PEM)
    #[arg(short = 'C', long = "certificate", visible_alias = "certpath", value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Do not verify signatures; hashes are still verified
    #[arg(short = 'n', long)]
    nosigcheck: bool,
    /// A format; may be given several times. All that the newest version leads to if not given
    #[arg(short = 'F', long = "format", value_name = "N", value_delimiter = ',')]
    formats: Vec<FormatNumber>,
    /// Only so many of the newest versions: of each format that is named, or else of the newest and of
    /// those that are here
    #[arg(long, value_name = "N", conflicts_with = "from",
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    newest: Option<usize>,
    /// Only this version and what came after it
    #[arg(long, value_name = "VERSION")]
    from: Option<Version>,
    /// Only these bundles, those that they include, and os-core
    #[arg(short = 'B', long = "bundles", value_name = "NAME", value_delimiter = ',')]
    bundles: Vec<BundleName>,
    /// Remove what was not selected, or is not published any more
    #[arg(long)]
    delete: bool,
    /// Verify what is here already, and ask again for what is not
    #[arg(long)]
    again: bool,
    /// Go on where files are missing upstream
    #[arg(long)]
    allow_missing: bool,
    /// Follow a publisher who has taken versions back
    #[arg(long)]
    accept_older: bool,
    /// From how many earlier versions of a bundle to ask for packs
    #[arg(long, value_name = "N", default_value_t = USUAL_BACK)]
    packs_back: usize,
    /// Where the pointers to the newest versions are, if elsewhere
    #[arg(long, value_name = "URL")]
    versionurl: Option<String>,
    /// The certificate, with its key (PEM), that an https server is shown which asks who comes
    #[arg(long, value_name = "FILE")]
    client_certificate: Option<PathBuf>,
    /// Transfers at once
    #[arg(short = 'W', long, value_name = "N", default_value_t = 8,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    parallel: usize,
    /// How often a failed transfer is tried again
    #[arg(short = 'r', long, value_name = "N", default_value_t = 3)]
    max_retries: u32,
    /// The pause before the first time, in seconds; doubled each time
    #[arg(short = 'd', long, value_name = "SECONDS", default_value_t = 10)]
    retry_delay: u64,
}

impl Mirror {
    pub(super) fn run(self, surroundings: &Surroundings) -> Done {
        let authority = match &self.certificate {
            Some(path) => trust(path.clone())?,
            None => Authority::Nobody,
        };
        let remote = self.remote(surroundings)?;
        let mirrored = mirror(Order {
            remote: &remote,
            repo: &Repo::new(surroundings.directory.join(&self.copy)),
            authority: &authority,
            now: surroundings.now,
            wanted: &self.wanted(),
            wishes: self.wishes(),
            observer: &surroundings.output,
        })?;
        surroundings.output.mirrored(&mirrored);
        Ok(verdict(&mirrored))
    }

    fn remote(&self, surroundings: &Surroundings) -> Result<Remote, swupd_remote::RemoteError> {
        let version_url = self.versionurl.as_ref().unwrap_or(&self.url);
        let mut settings = RemoteSettings::new(version_url, &self.url);
        // Whoever types an http URL means it, and content is signed.
        settings.plain_http = PlainHttp::Allowed;
        let delay = Duration::from_secs(self.retry_delay);
        settings.retries = Retries { most: self.max_retries, delay, ..Retries::default() };
        settings.parallel = self.parallel;
        settings.client_certificate.clone_from(&self.client_certificate);
        settings.proxies = surroundings.proxies.clone();
        let output = surroundings.output.clone();
        Remote::new(
            &settings,
            Arc::new(move |word| match word {
                Word::Info(text) => output.event(Event::Info(text)),
                Word::Warning(text) => output.event(Event::Warning(text)),
                Word::Debug(_) => {}
            }),
        )
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            formats: self.formats.iter().copied().collect(),
            versions: match (self.newest, self.from) {
                (Some(most), _) => Selection::Newest(most),
                (None, Some(oldest)) => Selection::From(oldest),
                (None, None) => Selection::All,
            },
            bundles: self.bundles.iter().cloned().collect(),
        }
    }

    fn wishes(&self) -> Wishes {
        Wishes {
            again: self.again,
            delete: self.delete,
            accept_older: self.accept_older,
            allow_missing: self.allow_missing,
            packs_back: self.packs_back,
        }
    }
}

fn verdict(mirrored: &Mirrored) -> Verdict {
    if mirrored.left_out.is_empty() { Verdict::Good } else { Verdict::Problems }
}

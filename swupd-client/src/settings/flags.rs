//! The flags that every subcommand knows, as they are typed.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, ValueEnum};
use swupd_protocol::version::Format;

/// The flags that every subcommand knows, in either place.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct GlobalFlags {
    /// The tree to work on, instead of /.
    #[arg(short, long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Where versions and content come from, instead of where the tree says.
    #[arg(short, long, value_name = "URL")]
    pub url: Option<String>,
    /// The port of the server, instead of the one in its URL.
    #[arg(short = 'P', long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Where content comes from.
    #[arg(short, long, value_name = "URL")]
    pub contenturl: Option<String>,
    /// The format to follow, instead of the tree's: a number, or staging.
    #[arg(short = 'F', long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// The directory of state and cache, instead of /var/lib/swupd.
    #[arg(short = 'S', long, value_name = "DIR")]
    pub statedir: Option<PathBuf>,
    /// The directory of the cache alone.
    #[arg(short = 'K', long, value_name = "DIR")]
    pub cachedir: Option<PathBuf>,
    /// The directory of the state alone.
    #[arg(short = 'Z', long, value_name = "DIR")]
    pub datadir: Option<PathBuf>,
    /// The certificate that content must be signed with, instead of the tree's.
    #[arg(short = 'C', long, value_name = "FILE")]
    pub certpath: Option<PathBuf>,
    /// How many downloads may go on at once; 4 for each CPU unless said.
    #[arg(short = 'W', long, value_name = "N")]
    pub max_parallel_downloads: Option<NonZeroUsize>,
    /// How often a download that broke is tried again; 3 times unless said.
    #[arg(short = 'r', long, value_name = "N")]
    pub max_retries: Option<u32>,
    /// Seconds before the first of these tries, doubled each time; 10 unless said.
    #[arg(short = 'd', long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=60))]
    pub retry_delay: Option<u64>,
    /// Seconds to wait for a server that sends nothing, or next to nothing.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub network_timeout: Option<u64>,
    /// Believe content that is not signed.
    #[arg(short, long)]
    pub nosigcheck: bool,
    /// Believe the number of the newest version though it is not signed.
    #[arg(long)]
    pub nosigcheck_latest: bool,
    /// Do not compare the clock with the time the OS was made.
    #[arg(short = 'I', long)]
    pub ignore_time: bool,
    /// Show how long each stage took.
    #[arg(short, long)]
    pub time: bool,
    /// Run no scripts after the change.
    #[arg(short = 'N', long)]
    pub no_scripts: bool,
    /// Do not update the boot loader after the change.
    #[arg(short = 'b', long)]
    pub no_boot_update: bool,
    /// Print one JSON array instead of text.
    #[arg(short, long)]
    pub json_output: bool,
    /// Answer every question with yes.
    #[arg(short, long, overrides_with = "assume")]
    pub yes: bool,
    /// Answer every question with this.
    #[arg(long, value_name = "yes|no", hide_possible_values = true)]
    pub assume: Option<Answer>,
    /// Accept URLs of plain http.
    #[arg(long)]
    pub allow_insecure_http: bool,
    /// Print nothing but what was asked for.
    #[arg(long, overrides_with_all = ["verbose", "debug"])]
    pub quiet: bool,
    /// Print more.
    #[arg(long, overrides_with_all = ["quiet", "debug"])]
    pub verbose: bool,
    /// Print everything.
    #[arg(long, overrides_with_all = ["quiet", "verbose"])]
    pub debug: bool,
    /// Draw no progress bars.
    #[arg(long)]
    pub no_progress: bool,
    /// How the tree is changed, instead of the best way that works here.
    #[arg(long, value_name = "METHOD", hide = true)]
    pub apply_method: Option<Method>,
    /// Wait until the scripts after the change have ended.
    #[arg(long)]
    pub wait_for_scripts: bool,
}

/// A way of changing a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Method {
    /// The whole of `/usr` changes places with the next one.
    Exchange,
    /// File by file; what an interruption leaves is finished by the next run.
    PerFile,
}

/// An answer given beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    /// Yes to every question.
    Yes,
    /// No to every question.
    No,
}

/// The flags that every subcommand knows behind its name.
#[derive(Debug, Clone, Default, Args)]
pub struct CommonFlags {
    /// The flags known in both places.
    #[command(flatten)]
    pub global: GlobalFlags,
    /// Where the numbers of versions come from.
    #[arg(short = 'v', long, value_name = "URL", help_heading = "Global options")]
    pub versionurl: Option<String>,
}

impl CommonFlags {
    /// Returns these flags, typed behind the subcommand, put over those before it.
    #[must_use]
    pub fn behind(self, global: GlobalFlags, versionurl: Option<String>) -> Self {
        Self { global: global.overlaid(self.global), versionurl: self.versionurl.or(versionurl) }
    }
}

impl GlobalFlags {
    /// Returns what every question is answered with; none to ask.
    pub fn answer(&self) -> Option<Answer> {
        self.assume.or(self.yes.then_some(Answer::Yes))
    }

    /// Returns these flags with those of `nearer`, typed behind the subcommand, put over them.
    #[must_use]
    pub fn overlaid(mut self, nearer: Self) -> Self {
        if nearer.quiet || nearer.verbose || nearer.debug {
            (self.quiet, self.verbose, self.debug) = (false, false, false);
        }
        if nearer.yes || nearer.assume.is_some() {
            (self.yes, self.assume) = (false, None);
        }
        Self {
            path: nearer.path.or(self.path),
            url: nearer.url.or(self.url),
            port: nearer.port.or(self.port),
            contenturl: nearer.contenturl.or(self.contenturl),
            format: nearer.format.or(self.format),
            statedir: nearer.statedir.or(self.statedir),
            cachedir: nearer.cachedir.or(self.cachedir),
            datadir: nearer.datadir.or(self.datadir),
            certpath: nearer.certpath.or(self.certpath),
            max_parallel_downloads: nearer.max_parallel_downloads.or(self.max_parallel_downloads),
            max_retries: nearer.max_retries.or(self.max_retries),
            retry_delay: nearer.retry_delay.or(self.retry_delay),
            network_timeout: nearer.network_timeout.or(self.network_timeout),
            nosigcheck: nearer.nosigcheck || self.nosigcheck,
            nosigcheck_latest: nearer.nosigcheck_latest || self.nosigcheck_latest,
            ignore_time: nearer.ignore_time || self.ignore_time,
            time: nearer.time || self.time,
            no_scripts: nearer.no_scripts || self.no_scripts,
            no_boot_update: nearer.no_boot_update || self.no_boot_update,
            json_output: nearer.json_output || self.json_output,
            yes: nearer.yes || self.yes,
            assume: nearer.assume.or(self.assume),
            allow_insecure_http: nearer.allow_insecure_http || self.allow_insecure_http,
            quiet: nearer.quiet || self.quiet,
            verbose: nearer.verbose || self.verbose,
            debug: nearer.debug || self.debug,
            no_progress: nearer.no_progress || self.no_progress,
            apply_method: nearer.apply_method.or(self.apply_method),
            wait_for_scripts: nearer.wait_for_scripts || self.wait_for_scripts,
        }
    }
}

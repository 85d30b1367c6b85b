//! What may be typed: the subcommands, their flags and the flags that all of them know, with the
//! names of the command line that existing users know.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use swupd_protocol::{bundle::BundleName, version::Format};

use crate::settings::VersionWish;

/// Keeps an operating system at a published version.
#[derive(Debug, Parser)]
#[command(
    name = "swupd",
    bin_name = "swupd",
    disable_version_flag = true,
    infer_long_args = true,
    args_override_self = true,
    disable_help_subcommand = true,
    after_help = "`swupd COMMAND --help` tells more of each command."
)]
pub struct Arguments {
    /// Print the program's version.
    #[arg(short = 'v', long = "version")]
    pub version: bool,
    /// The flags before the subcommand.
    #[command(flatten)]
    pub global: GlobalFlags,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the installed version and where updates come from.
    Info(InfoFlags),
    /// Say whether a newer version is published: exit 0 if so, 1 if not.
    CheckUpdate(CheckUpdateFlags),
    /// Update to the newest version, or to the one given.
    Update(UpdateFlags),
    /// Install bundles.
    BundleAdd(BundleAddFlags),
    /// List bundles.
    BundleList(BundleListFlags),
    /// Look for differences between the tree and the version it should be: exit 1 if there are any.
    Diagnose(VerifyFlags),
    /// Look for differences and mend them.
    Repair(VerifyFlags),
    /// The older name of diagnose; with --fix of repair, with --install of os-install.
    #[command(hide = true)]
    Verify(LegacyVerifyFlags),
    /// Install a version into a directory.
    OsInstall(OsInstallFlags),
    /// Print the hash of a file, as a manifest would state it.
    Hashdump(HashdumpFlags),
}

/// The flags that every subcommand knows, in either place.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct GlobalFlags {
    /// The tree to work on, instead of /.
    #[arg(short, long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Where version and content come from.
    #[arg(short, long, value_name = "URL")]
    pub url: Option<String>,
    /// The port of the server, where its URL states none.
    #[arg(short = 'P', long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Where content comes from.
    #[arg(short, long, value_name = "URL")]
    pub contenturl: Option<String>,
    /// The format to follow: a number, or staging.
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
    /// The certificate that content must be signed with.
    #[arg(short = 'C', long, value_name = "FILE")]
    pub certpath: Option<PathBuf>,
    /// How many downloads may go on at once.
    #[arg(short = 'W', long, value_name = "N")]
    pub max_parallel_downloads: Option<usize>,
    /// How often a download that broke is tried again.
    #[arg(short = 'r', long, value_name = "N")]
    pub max_retries: Option<u32>,
    /// Seconds before the first of these tries, doubled each time.
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
    /// Answer every question with yes; the commands below ask none so far.
    #[arg(short, long)]
    pub yes: bool,
    /// Answer every question with this.
    #[arg(long, value_name = "ANSWER")]
    pub assume: Option<Answer>,
    /// Accept URLs of plain http.
    #[arg(long)]
    pub allow_insecure_http: bool,
    /// Print nothing but what was asked for.
    #[arg(long)]
    pub quiet: bool,
    /// Print more.
    #[arg(long)]
    pub verbose: bool,
    /// Print everything.
    #[arg(long)]
    pub debug: bool,
    /// Draw no progress bars.
    #[arg(long)]
    pub no_progress: bool,
    /// Wait until the scripts after the change have ended.
    #[arg(long)]
    pub wait_for_scripts: bool,
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

/// `info`.
#[derive(Debug, Args)]
pub struct InfoFlags {
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `check-update`.
#[derive(Debug, Args)]
pub struct CheckUpdateFlags {
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `update`.
#[derive(Debug, Args)]
pub struct UpdateFlags {
    /// The version to update to.
    #[arg(short = 'V', long, short_alias = 'm', alias = "manifest", value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// Only say whether there is an update, as check-update does.
    #[arg(short, long)]
    pub status: bool,
    /// Keep what was downloaded.
    #[arg(short, long)]
    pub keepcache: bool,
    /// Only download, change nothing.
    #[arg(long)]
    pub download: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `bundle-add`.
#[derive(Debug, Args)]
pub struct BundleAddFlags {
    /// The bundles to install.
    #[arg(required = true, value_name = "BUNDLE")]
    pub bundles: Vec<String>,
    /// Leave out the bundles that are only suggested.
    #[arg(long)]
    pub skip_optional: bool,
    /// Do not check that there is room.
    #[arg(long)]
    pub skip_diskspace_check: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `bundle-list`.
#[derive(Debug, Args)]
pub struct BundleListFlags {
    /// List every bundle that the version has.
    #[arg(short, long)]
    pub all: bool,
    /// Say of each bundle whether it is installed, and whether somebody asked for it.
    #[arg(long)]
    pub status: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `diagnose` and `repair`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct VerifyFlags {
    /// The version to compare with, instead of the installed one.
    #[arg(short = 'V', long, short_alias = 'm', alias = "manifest", value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// Go on though the version is not the installed one.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// Look only for files that are missing.
    #[arg(short, long, conflicts_with_all = ["picky", "extra_files_only"])]
    pub quick: bool,
    /// Look only at these bundles.
    #[arg(short = 'B', long, value_name = "BUNDLE,…", value_delimiter = ',')]
    pub bundles: Vec<BundleName>,
    /// Look for files that no bundle has, too.
    #[arg(short = 'Y', long, conflicts_with_all = ["bundles", "extra_files_only"])]
    pub picky: bool,
    /// Where to look for such files.
    #[arg(short = 'X', long, value_name = "DIR", default_value = "/usr")]
    pub picky_tree: String,
    /// A regular expression of the paths that may have such files.
    #[arg(
        short = 'w',
        long,
        value_name = "REGEX",
        default_value = "/usr/lib/modules|/usr/lib/kernel|/usr/local|/usr/src"
    )]
    pub picky_whitelist: String,
    /// Look only for files that no bundle has.
    #[arg(long, conflicts_with = "bundles")]
    pub extra_files_only: bool,
    /// Look only at this path, and what is below it.
    #[arg(long, value_name = "PATH")]
    pub file: Option<String>,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct LegacyVerifyFlags {
    /// Mend what differs: repair.
    #[arg(short, long, conflicts_with = "install")]
    pub fix: bool,
    /// Install into the directory given with --path: os-install.
    #[arg(short, long)]
    pub install: bool,
    /// The flags of diagnose and repair.
    #[command(flatten)]
    pub verify: VerifyFlags,
}

/// `os-install`.
#[derive(Debug, Args)]
pub struct OsInstallFlags {
    /// The directory to install into.
    #[arg(value_name = "PATH")]
    pub target: Option<PathBuf>,
    /// The version to install, instead of the newest.
    #[arg(short = 'V', long, short_alias = 'm', alias = "manifest", value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// Go on in spite of what would otherwise stop the command.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// The bundles to install besides os-core.
    #[arg(short = 'B', long, value_name = "BUNDLE,…", value_delimiter = ',')]
    pub bundles: Vec<BundleName>,
    /// A state directory whose cache already holds content.
    #[arg(short, long, value_name = "DIR")]
    pub statedir_cache: Option<PathBuf>,
    /// Only download, install nothing.
    #[arg(long)]
    pub download: bool,
    /// Leave out the bundles that are only suggested.
    #[arg(long)]
    pub skip_optional: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `hashdump`.
#[derive(Debug, Args)]
pub struct HashdumpFlags {
    /// The file, directory or link.
    #[arg(required = true, value_name = "FILE")]
    pub file: PathBuf,
    /// Leave extended attributes out of the hash.
    #[arg(short, long)]
    pub no_xattrs: bool,
    /// The tree that FILE lies in.
    #[arg(short, long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Print nothing but the hash.
    #[arg(long)]
    pub quiet: bool,
    /// Print everything.
    #[arg(long)]
    pub debug: bool,
}

impl GlobalFlags {
    /// Returns these flags with those of `nearer`, typed behind the subcommand, put over them.
    #[must_use]
    pub fn overlaid(self, nearer: Self) -> Self {
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
            wait_for_scripts: nearer.wait_for_scripts || self.wait_for_scripts,
        }
    }
}

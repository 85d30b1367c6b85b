//! What may be typed: the subcommands and their flags, with the names of the command line that
//! existing users know.

mod bundles;
mod third_party;
mod versions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use swupd_protocol::bundle::BundleName;

use self::versions::{DIFF_HELP, PLAN_HELP, STATUS_HELP};
pub use self::{
    bundles::{
        BundleAddFlags, BundleInfoFlags, BundleListFlags, BundleRemoveFlags, Order,
        SearchFileFlags, SearchFlags,
    },
    third_party::{
        AddFlags, BundleRemoval, ListFlags, Of, RemoveFlags, RepositoryFlags, ThirdPartyCommand,
        ThirdPartyFlags,
    },
    versions::{
        DiffFlags, HistoryFlags, PlanFlags, RecoverFlags, RollbackFlags, StatusFlags, WhyFlags,
    },
};
use super::place::{Place, Spared};
use crate::settings::{CommonFlags, GlobalFlags, VersionWish};

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
    /// Where the numbers of versions come from.
    #[arg(long, value_name = "URL", help_heading = "Global options")]
    pub versionurl: Option<String>,
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
    /// Show how the machine stands: its version, what is next, what still runs old code.
    #[command(after_help = STATUS_HELP)]
    Status(StatusFlags),
    /// Show what an update would do, and do nothing: exit 1 if there is none.
    #[command(after_help = PLAN_HELP)]
    Plan(PlanFlags),
    /// Show what differs between two versions, or two that are kept on the disk.
    #[command(after_help = DIFF_HELP)]
    Diff(DiffFlags),
    /// Show which bundle a path is of, or why a bundle is here.
    Why(WhyFlags),
    /// Update to the newest version, or to the one given.
    Update(SystemUpdateFlags),
    /// Install bundles.
    BundleAdd(BundleAddFlags),
    /// Remove bundles.
    BundleRemove(BundleRemoveFlags),
    /// List bundles.
    BundleList(BundleListFlags),
    /// Show what a bundle is, needs and holds.
    BundleInfo(BundleInfoFlags),
    /// Search for bundles with the program swupd-search, where it is installed.
    #[command(disable_help_flag = true)]
    Search(SearchFlags),
    /// Find the bundles that hold a file: exit 1 if none does.
    SearchFile(SearchFileFlags),
    /// Look for differences between the tree and the version it should be: exit 1 if there are any.
    Diagnose(DiagnoseFlags),
    /// Look for differences and mend them.
    Repair(DiagnoseFlags),
    /// The older name of diagnose; with --fix of repair, with --install of os-install.
    #[command(hide = true)]
    Verify(LegacyVerifyFlags),
    /// Install a version into a directory.
    OsInstall(OsInstallFlags),
    /// Show where updates come from, or take them from a mirror.
    Mirror(MirrorFlags),
    /// Say whether the machine updates itself, exit 0 if so, 1 if not; or change that.
    Autoupdate(AutoupdateFlags),
    /// Remove downloads that are no longer needed.
    Clean(CleanFlags),
    /// Go back to an earlier version that is kept on the disk.
    Rollback(RollbackFlags),
    /// Show what was changed when, and which versions are kept.
    History(HistoryFlags),
    /// Finish or discard what an interrupted run left.
    Recover(RecoverFlags),
    /// Install and update content of others, which is no part of the OS.
    #[command(name = "3rd-party")]
    ThirdParty(ThirdPartyFlags),
    /// Print the hash of a file, as a manifest would state it.
    Hashdump(HashdumpFlags),
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
pub struct SystemUpdateFlags {
    /// Make the index that search-file uses for the new version, too.
    #[arg(long)]
    pub update_search_file_index: bool,
    /// Update the third-party repositories afterwards, too.
    #[arg(long = "3rd-party")]
    pub third_party: bool,
    /// What updates of all kinds know.
    #[command(flatten)]
    pub update: UpdateFlags,
}

/// What updates of all kinds know.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
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
    /// Go through every published version on the way, one after the other.
    #[arg(long)]
    pub incremental: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `diagnose` and `repair`.
#[derive(Debug, Args)]
pub struct DiagnoseFlags {
    /// Look only at this path, and what is below it.
    #[arg(long, value_name = "PATH")]
    pub file: Option<Place>,
    /// What the older name knows, too.
    #[command(flatten)]
    pub verify: VerifyFlags,
}

impl DiagnoseFlags {
    /// Returns all of it in one.
    pub(super) fn whole(&self) -> VerifyFlags {
        VerifyFlags { file: self.file.clone(), ..self.verify.clone() }
    }
}

/// What `diagnose`, `repair` and `verify` have in common.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct VerifyFlags {
    /// The version to compare with, instead of the installed one.
    #[arg(short = 'V', long, short_alias = 'm', alias = "manifest", value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// Go on though the version is not the installed one, has another format, or lacks bundles that
    /// are installed.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// Look only for files that are missing.
    #[arg(short, long, conflicts_with_all = ["picky", "extra_files_only"])]
    pub quick: bool,
    /// Look only at these bundles.
    #[arg(short = 'B', long, value_name = "BUNDLE,...", value_delimiter = ',')]
    pub bundles: Vec<String>,
    /// Look for files that no bundle has, too.
    #[arg(short = 'Y', long, conflicts_with_all = ["bundles", "extra_files_only"])]
    pub picky: bool,
    /// Where to look for such files.
    #[arg(short = 'X', long, value_name = "DIR", default_value = "/usr")]
    pub picky_tree: Place,
    /// A regular expression of the paths that may have such files.
    #[arg(
        short = 'w',
        long,
        value_name = "REGEX",
        default_value = "/usr/lib/modules|/usr/lib/kernel|/usr/local|/usr/src"
    )]
    pub picky_whitelist: Spared,
    /// Look only for files that no bundle has.
    #[arg(long, conflicts_with = "bundles")]
    pub extra_files_only: bool,
    /// The path that alone is looked at, with what is below it: not all commands have a flag for it.
    #[arg(skip)]
    pub file: Option<Place>,
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
    /// Go on though the version has another format, or lacks bundles that are named.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// The bundles to install besides os-core.
    #[arg(short = 'B', long, value_name = "BUNDLE,...", value_delimiter = ',')]
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

/// `mirror`.
#[derive(Debug, Args)]
pub struct MirrorFlags {
    /// Take updates from the mirror at this URL; with --versionurl and --contenturl from two places.
    #[arg(short, long, value_name = "URL", num_args = 0..=1, conflicts_with = "unset")]
    pub set: Option<Option<String>>,
    /// Take updates from where the OS says.
    #[arg(short = 'U', long)]
    pub unset: bool,
    /// Further mirrors, to turn to in this order where the first fails.
    #[arg(value_name = "URL", requires = "set", conflicts_with = "unset")]
    pub urls: Vec<String>,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `autoupdate`.
#[derive(Debug, Args)]
pub struct AutoupdateFlags {
    /// Let the machine update itself.
    #[arg(long, conflicts_with = "disable")]
    pub enable: bool,
    /// Keep the machine from updating itself.
    #[arg(long)]
    pub disable: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `clean`.
#[derive(Debug, Args)]
pub struct CleanFlags {
    /// Remove the metadata of the installed version, too.
    #[arg(long)]
    pub all: bool,
    /// Only print the paths of what would be removed.
    #[arg(long)]
    pub dry_run: bool,
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
    /// Print what goes into the hash, too.
    #[arg(long)]
    pub debug: bool,
}

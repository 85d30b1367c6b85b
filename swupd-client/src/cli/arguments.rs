//! What may be typed: the subcommands and their flags, with the names of the command line that
//! existing users know.

mod third_party;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use swupd_protocol::bundle::BundleName;

pub use self::third_party::{
    AddFlags, BundleRemoval, ListFlags, Of, RemoveFlags, RepositoryFlags, ThirdPartyCommand,
    ThirdPartyFlags,
};
use super::{
    diff::Side,
    place::{Place, Spared},
};
use crate::{
    host::generations::Number,
    settings::{CommonFlags, GlobalFlags, VersionWish},
};

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

/// `rollback`.
#[derive(Debug, Args)]
pub struct RollbackFlags {
    /// The generation to go back to, as `swupd history` numbers them; the one before, if none is
    /// named.
    #[arg(value_name = "GENERATION")]
    pub generation: Option<Number>,
    /// Go there though the kept version is damaged.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `history`.
#[derive(Debug, Args)]
pub struct HistoryFlags {
    /// A change whose steps are shown.
    #[arg(value_name = "NUMBER")]
    pub number: Option<u64>,
    /// Show all changes, and not only the newest.
    #[arg(short, long)]
    pub all: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `recover`.
#[derive(Debug, Args)]
pub struct RecoverFlags {
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusFlags {
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanFlags {
    /// The version that the update would go to.
    #[arg(short = 'V', long, value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct DiffFlags {
    /// The first, or the only one: then what is installed is compared with it.
    #[arg(value_name = "FROM")]
    pub first: Option<Side>,
    /// The second.
    #[arg(value_name = "TO")]
    pub second: Option<Side>,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `why`.
#[derive(Debug, Args)]
pub struct WhyFlags {
    /// A path, with its leading /, or an installed bundle.
    #[arg(required = true, value_name = "PATH|BUNDLE")]
    pub what: String,
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

/// `bundle-remove`.
#[derive(Debug, Args)]
pub struct BundleRemoveFlags {
    /// The bundles to remove.
    #[arg(required_unless_present = "orphans", value_name = "BUNDLE")]
    pub bundles: Vec<String>,
    /// Remove the bundles that need them, too.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// Remove what they need, too, unless something else needs it or somebody asked for it.
    #[arg(short = 'R', long)]
    pub recursive: bool,
    /// Remove all bundles that nobody asked for and that nothing needs.
    #[arg(long, conflicts_with_all = ["bundles", "force", "recursive"])]
    pub orphans: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `bundle-list`.
#[derive(Debug, Args)]
pub struct BundleListFlags {
    /// List every bundle that the version has.
    #[arg(short, long, conflicts_with = "orphans")]
    pub all: bool,
    /// List the installed bundles that need this one; with --all every bundle that does.
    #[arg(short = 'D', long, value_name = "BUNDLE", conflicts_with_all = ["status", "orphans", "deps"])]
    pub has_dep: Option<String>,
    /// List the bundles that this one needs, whether it is installed or not.
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["status", "orphans"])]
    pub deps: Option<String>,
    /// Say of each bundle whether it is installed, and whether somebody asked for it.
    #[arg(long)]
    pub status: bool,
    /// List the installed bundles that nobody asked for and that nothing needs.
    #[arg(long)]
    pub orphans: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

impl BundleListFlags {
    /// Says whether more is asked for than what can be seen on the machine.
    pub(super) fn is_more_than_local(&self) -> bool {
        self.all || self.orphans || self.deps.is_some() || self.has_dep.is_some()
    }
}

/// `bundle-info`.
#[derive(Debug, Args)]
pub struct BundleInfoFlags {
    /// The bundle.
    #[arg(value_name = "BUNDLE")]
    pub bundle: String,
    /// The version to look it up in, instead of the installed one.
    #[arg(short = 'V', long, value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// List the bundles that it needs.
    #[arg(long)]
    pub dependencies: bool,
    /// List its files; with --dependencies those of the bundles that it needs, too.
    #[arg(long)]
    pub files: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `search`.
#[derive(Debug, Args)]
pub struct SearchFlags {
    /// What the program is given.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
}

/// `search-file`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct SearchFileFlags {
    /// What the file's path holds.
    #[arg(required_unless_present = "init", value_name = "TERM")]
    pub term: Option<String>,
    /// The version to search in, instead of the installed one.
    #[arg(short = 'V', long, value_name = "VERSION")]
    pub version: Option<VersionWish>,
    /// Search only where libraries lie.
    #[arg(short, long, conflicts_with = "binary")]
    pub library: bool,
    /// Search only where programs lie.
    #[arg(short = 'B', long)]
    pub binary: bool,
    /// Show at most so many paths of each bundle.
    #[arg(short = 'T', long, value_name = "N", value_parser = at_least_one)]
    pub top: Option<usize>,
    /// Print lines of a path, a comma and its bundle.
    #[arg(short = 'm', long)]
    pub csv: bool,
    /// Bring what searches need, whether something is looked for or not.
    #[arg(short, long)]
    pub init: bool,
    /// The order of the bundles: by name, or the smallest first with what they need.
    #[arg(short, long, value_name = "ORDER", value_enum, default_value_t = Order::Alpha)]
    pub order: Order,
    /// Take TERM for a regular expression.
    #[arg(long)]
    pub regexp: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// An order of bundles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// By name.
    Alpha,
    /// By size.
    Size,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number: Option<usize> = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a number from 1 on is needed".into())
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

const PLAN_HELP: &str = "\
It shows the versions that are crossed, the bundles that change, come and go, how many files are put and \
removed, the bytes to fetch, the room that is needed, and what will have to be restarted. --verbose names \
every file. With --quiet it prints the version. Metadata that it reads stays in the cache for the update.";

const DIFF_HELP: &str = "\
FROM and TO are versions (20), generations that are kept on the disk (g3, as `swupd history` numbers \
them), `installed` or `latest`. Without them what is installed is compared with the newest version. Of \
versions those bundles are compared that are installed. Generations need no server.

Lines begin with + (new), - (gone) or ~ (changed). Packages are told where paths name them: lists of dpkg, \
/usr/share/doc of Debian, dist-info of Python, kernels. With --quiet the paths alone are printed.";

const STATUS_HELP: &str = "\
It asks no server: what it says of newer versions is what the last check-update or update found. With \
--quiet it prints one word.

Exit codes and words:
  0   ok       nothing has to be done
  39  restart  something that was replaced still runs
  40  reboot   only a reboot replaces all that was
  41  failing  updates fail
  41  overdue  a machine that updates itself has not done so for a week";

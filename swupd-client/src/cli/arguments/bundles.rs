//! The commands about bundles, and the search for what is in them.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use crate::settings::{CommonFlags, VersionWish};

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
    pub(in crate::cli) fn is_more_than_local(&self) -> bool {
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

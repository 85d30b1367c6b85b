//! What may be typed behind `3rd-party`: the commands of the OS, each for one repository or for all.

use clap::{Args, Subcommand};

use super::{
    BundleAddFlags, BundleInfoFlags, BundleListFlags, BundleRemoveFlags, CleanFlags, DiagnoseFlags,
    UpdateFlags,
};
use crate::settings::CommonFlags;

/// `3rd-party`.
#[derive(Debug, Args)]
pub struct ThirdPartyFlags {
    /// What to do.
    #[command(subcommand)]
    pub command: ThirdPartyCommand,
}

/// The subcommands of `3rd-party`.
#[derive(Debug, Subcommand)]
pub enum ThirdPartyCommand {
    /// Add a repository, once you have agreed to its certificate, and install its os-core.
    #[command(after_help = ADD_HELP)]
    Add(AddFlags),
    /// Remove a repository with everything that was installed from it.
    Remove(RemoveFlags),
    /// List the repositories.
    List(ListFlags),
    /// Show the installed version of repositories and where their updates come from.
    Info(RepositoryFlags),
    /// Say whether newer versions are published: exit 0 if so, 1 if not.
    CheckUpdate(RepositoryFlags),
    /// Update repositories to their newest version, or one to the version given.
    Update(Of<UpdateFlags>),
    /// Install bundles.
    BundleAdd(Of<BundleAddFlags>),
    /// Remove bundles.
    BundleRemove(BundleRemoval),
    /// List bundles.
    BundleList(Of<BundleListFlags>),
    /// Show what a bundle is, needs and holds.
    BundleInfo(Of<BundleInfoFlags>),
    /// Look for differences between what is installed and what should be: exit 1 if there are any.
    Diagnose(Of<DiagnoseFlags>),
    /// Look for differences and mend them.
    Repair(Of<DiagnoseFlags>),
    /// Remove downloads that are no longer needed.
    Clean(Of<CleanFlags>),
}

/// `3rd-party add`.
#[derive(Debug, Args)]
pub struct AddFlags {
    /// What to call the repository.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Where its versions and its content come from.
    #[arg(value_name = "URL")]
    pub source: String,
    /// Remove what lies where its content goes.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `3rd-party remove`.
#[derive(Debug, Args)]
pub struct RemoveFlags {
    /// The repository.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Remove what is left of it though no such repository is listed.
    #[arg(short = 'x', long)]
    pub force: bool,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `3rd-party list`.
#[derive(Debug, Args)]
pub struct ListFlags {
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// `3rd-party info` and `3rd-party check-update`.
#[derive(Debug, Args)]
pub struct RepositoryFlags {
    /// The repository, instead of all of them.
    #[arg(short = 'R', long, value_name = "NAME")]
    pub repo: Option<String>,
    /// The flags that every subcommand knows.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// A command of the OS, for a repository.
#[derive(Debug, Args)]
pub struct Of<F: Args> {
    /// The repository, instead of all of them, or of the one that has the bundle.
    #[arg(short = 'R', long, value_name = "NAME")]
    pub repo: Option<String>,
    /// What the command of the OS knows.
    #[command(flatten)]
    pub flags: F,
}

/// `3rd-party bundle-remove`, where `-R` means something else.
#[derive(Debug, Args)]
pub struct BundleRemoval {
    /// The repository, instead of the one that has the bundle.
    #[arg(short = 'e', long, value_name = "NAME")]
    pub repo: Option<String>,
    /// What the command of the OS knows.
    #[command(flatten)]
    pub flags: BundleRemoveFlags,
}

impl ThirdPartyCommand {
    /// Returns the flags that every subcommand knows.
    pub(in crate::cli) fn common(&self) -> &CommonFlags {
        match self {
            Self::Add(flags) => &flags.common,
            Self::Remove(flags) => &flags.common,
            Self::List(flags) => &flags.common,
            Self::Info(flags) | Self::CheckUpdate(flags) => &flags.common,
            Self::Update(of) => &of.flags.common,
            Self::BundleAdd(of) => &of.flags.common,
            Self::BundleRemove(of) => &of.flags.common,
            Self::BundleList(of) => &of.flags.common,
            Self::BundleInfo(of) => &of.flags.common,
            Self::Diagnose(of) | Self::Repair(of) => &of.flags.verify.common,
            Self::Clean(of) => &of.flags.common,
        }
    }

    /// Returns what the output, the history and the sections of configuration files call it.
    pub(in crate::cli) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "3rd-party-add",
            Self::Remove(_) => "3rd-party-remove",
            Self::List(_) => "3rd-party-list",
            Self::Info(_) => "3rd-party-info",
            Self::CheckUpdate(_) => "3rd-party-check-update",
            Self::Update(_) => "3rd-party-update",
            Self::BundleAdd(_) => "3rd-party-bundle-add",
            Self::BundleRemove(_) => "3rd-party-bundle-remove",
            Self::BundleList(_) => "3rd-party-bundle-list",
            Self::BundleInfo(_) => "3rd-party-bundle-info",
            Self::Diagnose(_) => "3rd-party-diagnose",
            Self::Repair(_) => "3rd-party-repair",
            Self::Clean(_) => "3rd-party-clean",
        }
    }

    /// Says whether only root may run it on the running system.
    pub(in crate::cli) fn needs_root(&self) -> bool {
        match self {
            Self::List(_) | Self::Info(_) | Self::CheckUpdate(_) => false,
            Self::BundleList(of) => of.flags.is_more_than_local(),
            _ => true,
        }
    }
}

const ADD_HELP: &str = "\
The repository's certificate is fetched from the repository itself and shown. What it is worth depends \
on where you compare its fingerprint. Content of the repository goes below /opt/3rd-party, scripts that \
run its programs into /opt/3rd-party/bin.";

//! The commands that tell of versions, and that go back to one.

use clap::Args;

use crate::{
    cli::side::Side,
    host::generations::Number,
    settings::{CommonFlags, VersionWish},
};

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

pub(super) const PLAN_HELP: &str = "\
It shows the versions that are crossed, the bundles that change, come and go, how many files are put and \
removed, the bytes to fetch, the room that is needed, and what will have to be restarted. --verbose names \
every file. With --quiet it prints the version. Metadata that it reads stays in the cache for the update.";

pub(super) const DIFF_HELP: &str = "\
FROM and TO are versions (20), generations that are kept on the disk (g3, as `swupd history` numbers \
them), `installed` or `latest`. Without them what is installed is compared with the newest version. Of \
versions those bundles are compared that are installed. Generations need no server.

Lines begin with + (new), - (gone) or ~ (changed). Packages are told where paths name them: lists of dpkg, \
/usr/share/doc of Debian, dist-info of Python, kernels. With --quiet the paths alone are printed.";

pub(super) const STATUS_HELP: &str = "\
It asks no server: what it says of newer versions is what the last check-update or update found. With \
--quiet it prints one word.

Exit codes and words:
  0   ok       nothing has to be done
  39  restart  something that was replaced still runs
  40  reboot   only a reboot replaces all that was
  41  failing  updates fail
  41  overdue  a machine that updates itself has not done so for a week";

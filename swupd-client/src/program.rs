//! The edge of the `swupd` program: reads the clock, the environment and who runs it, and nothing
//! else does.

use std::{
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    cli::{self, Moment, Program},
    remote::Proxies,
    settings::{Surroundings, Terminal},
};

/// Does what the arguments of this process say.
pub fn run() -> ExitCode {
    let cpus = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let is_root = nix::unistd::geteuid().is_root();
    let surroundings = Surroundings {
        is_root,
        cpus,
        proxies: Proxies::named_by(environment),
        configuration: configuration(),
        terminal: terminal(),
    };
    let file = std::env::current_exe().ok();
    let program = Program { file, goes_on: environment(cli::GOES_ON).is_some() };
    ExitCode::from(cli::run(std::env::args_os(), Moment { now: now(), surroundings, program }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program's edge: from here the clock is passed on"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Reads the locale's letters, whether colours are wanted (`NO_COLOR`) and possible, and where the
/// journal is.
fn terminal() -> Terminal {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(environment);
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    let unicode = locale.ends_with("utf-8") || locale.ends_with("utf8");
    let is_dumb = environment("TERM").is_none_or(|terminal| terminal == "dumb");
    let colour = environment("NO_COLOR").is_none() && !is_dumb;
    Terminal { unicode, colour, journal: environment("JOURNAL_STREAM").and_then(journal) }
}

/// Reads what systemd tells a service of the stream to the journal: its device and inode.
fn journal(stream: String) -> Option<(u64, u64)> {
    let (device, inode) = stream.split_once(':')?;
    Some((device.parse().ok()?, inode.parse().ok()?))
}

fn configuration() -> Vec<PathBuf> {
    match environment(CONFIGURATION) {
        Some(directories) => std::env::split_paths(&directories).collect(),
        None => Surroundings::usual_configuration(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the program's edge: what is read here is passed on")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Directories to look for configuration files in, instead of the usual ones.
const CONFIGURATION: &str = "SWUPD_CONFIG_DIRS";

//! The edge of the `swupd-server` program: where the clock and the environment are read,
//! and nowhere else.

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;

use swupd_remote::Proxies;

use crate::cli::{Cli, Moment};

/// Does what the arguments of this process say.
pub fn run() -> ExitCode {
    Cli::parse().run(Moment { now: now(), proxies: Proxies::named_by(environment) })
}

#[expect(
    clippy::disallowed_methods,
    reason = "here the clock is read; elsewhere it is an argument"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[expect(clippy::disallowed_methods, reason = "the program's edge: what is read here is passed on")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

//! The edge of the `swupd-server` program: where the clock is read, and nowhere else.

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;

use crate::cli::Cli;

/// Does what the arguments of this process say.
pub fn run() -> ExitCode {
    Cli::parse().run(now())
}

#[expect(
    clippy::disallowed_methods,
    reason = "here the clock is read; elsewhere it is an argument"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

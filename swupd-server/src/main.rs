//! The `swupd-server` program: the edge where the clock is read.

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use swupd_server::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run(now())
}

#[expect(
    clippy::disallowed_methods,
    reason = "here the clock is read; elsewhere it is an argument"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

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
    Cli::parse().run(Moment { now: now(), proxies: proxies() })
}

#[expect(
    clippy::disallowed_methods,
    reason = "here the clock is read; elsewhere it is an argument"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn proxies() -> Proxies {
    let variable = |names: [&str; 2]| names.into_iter().find_map(environment);
    Proxies {
        http: variable(["http_proxy", "HTTP_PROXY"]),
        https: variable(["https_proxy", "HTTPS_PROXY"]),
        all: variable(["all_proxy", "ALL_PROXY"]),
        none_for: variable(["no_proxy", "NO_PROXY"]),
    }
}

#[expect(clippy::disallowed_methods, reason = "the program's edge: what is read here is passed on")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

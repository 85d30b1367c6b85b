//! A machine that lives with its updates: `cargo run -p swupd-vm`.
//!
//! Makes a small Debian tree ([`tree`]), turns it into two versions of an OS and publishes the first
//! ([`publisher`]), installs it on a disk ([`disk`]) and starts a virtual machine from that
//! ([`guest`]). Then the machine is left to itself, as [`story`] tells: its timer fires, it updates
//! from the server outside, starts anew, goes back, and starts with nothing in `/etc` and `/var`.
//!
//! The program is its own client and publisher, called by their names. It needs root, loop devices,
//! mmdebstrap and qemu; where something is missing it says so and ends with 77.

mod command;
mod disk;
mod guest;
mod publisher;
mod story;
mod tree;
mod watch;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

/// Lets a virtual machine update itself, start anew, go back, and start from empty state.
#[derive(Debug, Parser)]
#[command(name = "swupd-vm")]
struct Arguments {
    /// Where it works. The Debian tree that is made there is used again by the next run.
    #[arg(long, value_name = "DIR", default_value = "target/vm")]
    dir: PathBuf,
    /// Where Debian packages come from.
    #[arg(long, value_name = "URL", default_value = "http://deb.debian.org/debian")]
    mirror: String,
    /// Prints what the machine prints.
    #[arg(long)]
    console: bool,
}

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(|name| name.to_str()) {
        Some(CLIENT) => swupd_client::program::run(),
        Some(SERVER) => swupd_server::program::run(),
        _ => run(&Arguments::parse()),
    }
}

fn run(arguments: &Arguments) -> ExitCode {
    let missing = missing();
    if !missing.is_empty() {
        say(&format!("SKIPPED: this needs {}", missing.join(", ")));
        return ExitCode::from(SKIPPED);
    }
    match story::tell(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("FAILED: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns what is not here.
fn missing() -> Vec<String> {
    let tools = ["mmdebstrap", "qemu-system-x86_64", "mkfs.ext4", "losetup"];
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &str| std::env::split_paths(&paths).any(|path| path.join(tool).exists());
    let mut missing: Vec<String> =
        tools.into_iter().filter(|tool| !is_there(tool)).map(str::to_owned).collect();
    if !is_root() {
        missing.push("root".into());
    }
    missing
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs_err::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[expect(clippy::print_stdout, reason = "the one place where this program prints")]
fn say(line: &str) {
    println!("{line}");
}

/// Why something failed, as a sentence; every caller adds what it was doing.
type Result<T> = std::result::Result<T, String>;

/// The name under which this program is the client.
const CLIENT: &str = "swupd";
/// The name under which this program is the publisher's.
const SERVER: &str = "swupd-server";
/// Something that is needed is not here.
const SKIPPED: u8 = 77;

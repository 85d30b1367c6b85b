//! Cuts the power at every write of a disk on which swupd works, and looks at what is left.
//!
//! A disk is a file in a FUSE file system of our own ([`disk`]), made a block device by a loop
//! device and mounted as the tree of a machine ([`lane`]). All writes and flushes are recorded in
//! order ([`record`]) while something is done on the machine ([`scenario`]). [`states`] says what a
//! cut can leave of them: each prefix, and random subsets of what was written between two flushes.
//! Each of these disks is served from memory by the same file system, mounted and judged
//! ([`check`]): the machine must be exactly what it was before or what it was to be.
//!
//! The program is its own client and publisher, called by their names.

mod campaign;
mod check;
mod command;
mod disk;
mod file_system;
mod image;
mod keep;
mod lane;
mod look;
mod output;
mod program;
mod record;
mod requirements;
mod scenario;
mod seed;
mod states;
mod stirring;
mod stop;
mod trial;
mod trouble;

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(|name| name.to_str()) {
        Some(program::CLIENT) => swupd_client::program::run(),
        Some(program::SERVER) => swupd_server::program::run(),
        Some(program::STOPPER) => swupd_fixtures::syscalls::stopper::run(),
        _ => program::run(),
    }
}

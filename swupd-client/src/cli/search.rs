//! `search`: runs the program that searches, where it is installed.

use std::path::Path;

use super::{arguments::SearchFlags, failure::Failure};
use crate::host::child;

/// Becomes the program, with what was typed behind the subcommand; returns only if that fails.
pub(super) fn run(flags: &SearchFlags) -> Failure {
    let program = Path::new(PROGRAM);
    Failure::NoSearch {
        program: program.to_owned(),
        source: child::become_program(program, &flags.arguments, &[]),
    }
}

const PROGRAM: &str = "/usr/bin/swupd-search";

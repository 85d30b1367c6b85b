//! The same command once more: an update that has gone one step, to the end of a format or to the
//! next of several versions, goes on from there.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::output::Output;
use crate::host::child;

/// The program that is running.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The file that it was started from.
    pub file: Option<PathBuf>,
    /// Whether it goes on with what another one began.
    pub goes_on: bool,
}

/// Where a command goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nowhere: it has ended.
    No,
    /// In this program.
    Here,
    /// In the program that stands where this one was started from: the new version's.
    Anew,
}

/// Becomes the program that the tree has now, with what was typed; returns only if that fails.
pub(super) fn anew(program: &Program, typed: &[OsString], output: &Output) {
    let arguments = typed.get(1..).unwrap_or_default();
    let told = [(OsStr::new(GOES_ON), OsStr::new("1"))];
    output.hand_over();
    // Where the new version has it elsewhere, this one does as well.
    let files = program.file.as_deref().into_iter().chain([Path::new(THIS_ONE)]);
    let tried = files.map(|file| (file, child::become_program(file, arguments, &told)));
    for (file, error) in tried {
        output.warning(&format!("cannot go on with {}: {error}", file.display()));
    }
    output.warning("run the same command again to go on from here");
}

/// Tells a program, in its environment, that it goes on with what another one began.
pub(crate) const GOES_ON: &str = "SWUPD_GOES_ON";
const THIS_ONE: &str = "/proc/self/exe";

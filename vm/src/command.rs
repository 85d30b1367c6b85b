//! Programs that are run to their end.

use std::{ffi::OsStr, process::Command};

use crate::Result;

/// Runs a program and returns what it printed; a failure names it and says what it complained about.
pub(crate) fn run<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    of(&mut command)
}

/// Does the same with a command.
pub(crate) fn of(command: &mut Command) -> Result<String> {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    let name = command.get_program().to_string_lossy().into_owned();
    let typed = std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ");
    let output = command.output().map_err(|error| format!("{typed}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaints = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    Err(format!("`{typed}` ends with {}: {told}{complaints}", output.status))
}

/// Copies a tree with all that belongs to it, to where some of it may be already.
pub(crate) fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    let mut copy = Command::new("cp");
    of(copy.args(["-aT", "--reflink=auto"]).arg(from).arg(to)).map(drop)
}

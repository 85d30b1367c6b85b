//! Runs programs that may hang.

use std::{
    io,
    path::Path,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

/// How a program ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed, complaints among it.
    pub(crate) said: String,
}

/// Runs a program to its end, and ends it where it does not do so itself. `pages` takes what it
/// prints.
pub(crate) fn run_to_its_end(command: &mut Command, pages: &Path) -> io::Result<Ended> {
    let page = fs_err::File::create(pages)?.into_parts().0;
    let child = command.stdout(page.try_clone()?).stderr(page).spawn()?;
    let status = wait(child)?;
    let said = String::from_utf8_lossy(&fs_err::read(pages)?).into_owned();
    Ok(Ended { code: status.code(), said })
}

fn wait(mut child: Child) -> io::Result<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill()?;
    child.wait()
}

/// How long a program may take that usually takes moments.
const PATIENCE: Duration = Duration::from_mins(2);

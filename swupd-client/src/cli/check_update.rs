//! `check-update`: says whether a newer version is published.

use swupd_protocol::version::Version;

use super::{failure::Failure, output::Exit, session::Session};

/// Asks the server for the newest version of any format; exit 0 if it is newer than the installed
/// one, 1 if not.
pub(super) fn run(session: &Session) -> Result<Exit, Failure> {
    let installed = session.installed_version()?;
    let server = session.server()?;
    let newest = session.saw_newest(session.without_cache(&server)?.latest_of_any_format()?);
    tell(session, installed, newest)
}

/// Tells how two versions compare.
pub(super) fn tell(
    session: &Session,
    installed: Version,
    newest: Version,
) -> Result<Exit, Failure> {
    session.output.info(&format!("Installed version: {installed}"));
    if newest <= installed {
        session.output.info("There is no newer version");
        return Ok(Exit::No);
    }
    if session.is_held(newest)? {
        session.output.info(&format!("Version {newest} is held: it was rolled back from"));
        return Ok(Exit::No);
    }
    if session.output.manner().quiet {
        session.output.answer(&newest.to_string());
    } else {
        session.output.info(&format!("A newer version is there: {newest}"));
    }
    Ok(Exit::Ok)
}

//! `check-update`: says whether a newer version is published.

use std::collections::BTreeSet;

use swupd_protocol::version::Version;

use super::{
    failure::Failure,
    output::Exit,
    session::{Server, Session},
};
use crate::report::with_causes;

/// Asks the server for the newest version of any format; exit 0 if it is newer than the installed
/// one, 1 if not.
pub(super) fn run(session: &Session) -> Result<Exit, Failure> {
    let installed = session.installed_version()?;
    ask(session, &session.server()?, installed)
}

/// Asks, and tells what came of it.
pub(super) fn ask(session: &Session, server: &Server, installed: Version) -> Result<Exit, Failure> {
    let metadata = session.without_cache(server)?;
    let newest = session.saw_newest(metadata.latest_of_any_format(installed)?);
    if session.output.manner().verbose {
        for version in BTreeSet::from([installed, newest]) {
            let format = metadata.format_of(version);
            let format = format.map_or_else(|error| with_causes(&error), |f| f.to_string());
            session.output.verbose(&format!("Format of version {version}: {format}"));
        }
    }
    tell(session, installed, newest)
}

/// Tells how two versions compare.
fn tell(session: &Session, installed: Version, newest: Version) -> Result<Exit, Failure> {
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

//! `info`: the installed version, the format, and where updates come from.

use super::{failure::Failure, output::Exit, session::Session};

/// Prints them; only the version with `--quiet`.
pub(super) fn run(session: &Session) -> Result<Exit, Failure> {
    let version = session.installed_version()?;
    let output = &session.output;
    if output.manner().quiet {
        output.answer(&version.to_string());
        return Ok(Exit::Ok);
    }
    output.info(&format!("Installed version: {version}"));
    if let Ok(format) = &session.settings.format {
        output.info(&format!("Format:            {format}"));
    }
    let (versions, content) = match &session.settings.urls {
        Ok(urls) => (urls.version.as_str(), urls.content.as_str()),
        Err(_) => ("not set", "not set"),
    };
    output.info(&format!("Version URL:       {versions}"));
    output.info(&format!("Content URL:       {content}"));
    output.info(&format!("Updates:           {}", session.way_of_change()?));
    Ok(Exit::Ok)
}

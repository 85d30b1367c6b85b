//! `info`: the installed version, the format, and where updates come from.

use super::{
    failure::Failure,
    output::{Exit, Output},
    session::Session,
};
use crate::settings::SettingsError;

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
    if let Ok(urls) = &session.settings.urls {
        tell(output, "Version URL:", &urls.version, &urls.further_version);
        tell(output, "Content URL:", &urls.content, &urls.further_content);
    } else if let Err(SettingsError::InsecureUrl { url }) = &session.settings.urls {
        output.info(&format!("{:<18} {url}, which is not asked: it is not encrypted", "URL:"));
    } else {
        tell(output, "Version URL:", "not set", &[]);
        tell(output, "Content URL:", "not set", &[]);
    }
    output.info(&format!("Updates:           {}", session.way_of_change()?));
    Ok(Exit::Ok)
}

/// Tells where something comes from, and which places are asked where that one fails.
fn tell(output: &Output, what: &str, first: &str, further: &[String]) {
    output.info(&format!("{what:<18} {first}"));
    for url in further {
        output.info(&format!("{:<18} {url}", "  else:"));
    }
}

//! `mirror`: another place to take updates from than the one that came with the OS.

use super::{arguments::MirrorFlags, failure::Failure, output::Exit, session::Session};
use crate::{
    remote::{PlainHttp, check_url},
    settings::{Mirror, Urls},
};

/// Sets a mirror, takes it away, or without a flag shows where updates come from.
pub(super) fn run(session: &Session, flags: &MirrorFlags) -> Result<Exit, Failure> {
    if flags.set.is_some() {
        set(session, wanted(flags)?)?;
    } else if flags.unset {
        unset(session)?;
    } else {
        show(session)?;
    }
    Ok(Exit::Ok)
}

fn set(session: &Session, mirror: Mirror) -> Result<(), Failure> {
    let is_allowed = session.settings.downloads.allow_insecure_http;
    let plain_http = if is_allowed { PlainHttp::Allowed } else { PlainHttp::Refused };
    for url in mirror.version.iter().chain(&mirror.content) {
        check_url(url, plain_http).map_err(Failure::MirrorUrl)?;
    }
    mirror.set(&session.settings.tree)?;
    session.output.info("Updates come from this mirror from now on:");
    tell(session, "Version URL:", &mirror.version);
    tell(session, "Content URL:", &mirror.content);
    Ok(())
}

fn unset(session: &Session) -> Result<(), Failure> {
    let was_set = Mirror::unset(&session.settings.tree)?;
    session.output.info(if was_set {
        "The mirror is taken away: updates come from where the OS says"
    } else {
        "No mirror was set"
    });
    Ok(())
}

fn show(session: &Session) -> Result<(), Failure> {
    let Urls { version, content, further_version, further_content, .. } =
        session.settings.urls.clone()?;
    if !session.output.manner().quiet {
        tell(session, "Version URL:", &[vec![version], further_version].concat());
        tell(session, "Content URL:", &[vec![content], further_content].concat());
        return Ok(());
    }
    session.output.answer(&version);
    if content != version {
        session.output.answer(&content);
    }
    Ok(())
}

/// Tells which places are asked, one after the other.
fn tell(session: &Session, what: &str, urls: &[String]) {
    for (number, url) in urls.iter().enumerate() {
        let what = if number == 0 { what } else { "  else:" };
        session.output.info(&format!("{what:<12} {url}"));
    }
}

/// Returns the mirror that is asked for: the URLs behind the flag or as operands are for both, those
/// of the flags for one of them go before.
fn wanted(flags: &MirrorFlags) -> Result<Mirror, Failure> {
    let common = &flags.common;
    let behind_flag = flags.set.iter().flatten();
    let both: Vec<&String> = behind_flag.chain(&flags.urls).chain(&common.global.url).collect();
    let or_both = |one: &Option<String>| match one {
        Some(url) => vec![url.clone()],
        None => both.iter().copied().cloned().collect(),
    };
    let mirror = Mirror {
        version: or_both(&common.versionurl),
        content: or_both(&common.global.contenturl),
    };
    let has_both = !mirror.version.is_empty() && !mirror.content.is_empty();
    if has_both { Ok(mirror) } else { Err(Failure::NoMirrorUrl) }
}

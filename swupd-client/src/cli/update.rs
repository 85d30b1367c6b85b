//! `update`: goes to the newest version, or to the one that was asked for.

use swupd_protocol::version::Version;

use super::{
    arguments::UpdateFlags,
    check_update,
    failure::Failure,
    newest,
    output::Exit,
    search_file,
    session::{KeepCache, Server, Session},
};
use crate::{
    host::machine::Machine,
    settings::{Answer, VersionWish},
    update::{
        Extent, Outcome, Target, Trip,
        check::Published,
        fetch::{Metadata, Named},
        versions_of,
    },
};

/// Updates the tree.
pub(super) fn run(session: &Session, flags: &UpdateFlags) -> Result<Exit, Failure> {
    let installed = session.installed_version()?;
    let server = session.server()?;
    if flags.status {
        return check_update::ask(session, &server, installed);
    }
    let machine = session.machine()?;
    let metadata = session.metadata(&server, &machine)?;
    let published = published(session, &metadata, (installed, flags))?;
    let newest = session.saw_newest(published.newest());
    let wanted = match flags.version {
        None | Some(VersionWish::Latest) => newest,
        Some(VersionWish::Number(asked)) if asked < installed => {
            return Err(Failure::OlderVersion { asked, installed });
        }
        Some(VersionWish::Number(asked)) => asked.min(newest),
    };
    if wanted <= installed {
        metadata.pointers().remember(&published);
        tell_of_nothing(session, installed, newest);
        return Ok(Exit::Ok);
    }
    if flags.version.is_none() && session.is_held(wanted)? {
        session.output.info(&format!(
            "Version {wanted} is held, because it was rolled back from: `swupd update -V {wanted}` \
             goes there all the same"
        ));
        return Ok(Exit::Ok);
    }
    if !flags.download && !is_wanted(session, installed, wanted) {
        session.output.info("Nothing was changed");
        return Ok(Exit::No);
    }
    session.output.info(&format!("Updating from version {installed} to {wanted}"));
    let extent = if flags.download { Extent::Download } else { Extent::All };
    let (target, outcome) = go(session, (&server, &machine), (installed, wanted), extent)?;
    if wanted == newest {
        metadata.pointers().remember(&published);
    }
    session.tell_fetched(&server);
    if extent == Extent::Download {
        session.output.info(&format!("Version {wanted} is downloaded; nothing was changed"));
        return Ok(Exit::Ok);
    }
    session.output.info(&format!(
        "Updated to version {wanted}: {} paths put, {} removed",
        outcome.put, outcome.removed
    ));
    let cache = if flags.keepcache { KeepCache::Yes } else { KeepCache::No };
    session.finish(&machine, &target, outcome, cache)?;
    if flags.update_search_file_index {
        search_file::prepare(session, &machine, metadata, wanted)?;
    }
    Ok(Exit::Ok)
}

fn tell_of_nothing(session: &Session, installed: Version, newest: Version) {
    if newest < installed {
        session.output.warning(&format!(
            "the newest version that the server has is {newest}, older than the installed one"
        ));
    }
    session.output.info(&format!("Version {installed} is installed: there is nothing to update"));
}

fn published(
    session: &Session,
    metadata: &Metadata<'_>,
    (installed, flags): (Version, &UpdateFlags),
) -> Result<Published, Failure> {
    let asked = match flags.version {
        Some(VersionWish::Number(asked)) => Some(asked),
        None | Some(VersionWish::Latest) => None,
    };
    newest::published(session, metadata, (installed, asked))
}

/// Asks, where the configuration says so and somebody is there to answer.
fn is_wanted(session: &Session, installed: Version, wanted: Version) -> bool {
    if !session.settings.policy.ask_before_update || !session.can_ask() {
        return true;
    }
    session.ask(&format!("Update from version {installed} to {wanted}?")) == Answer::Yes
}

fn go(
    session: &Session,
    (server, machine): (&Server, &Machine),
    (installed, wanted): (Version, Version),
    extent: Extent,
) -> Result<(Target, Outcome), Failure> {
    let trip = Trip {
        machine,
        metadata: session.metadata(server, machine)?,
        runnable: session.runnable(),
        named: Named::Required,
        extent,
        track: std::collections::BTreeSet::new(),
        untrack: std::collections::BTreeSet::new(),
        how: session.how(),
        occasion: session.occasion(),
    };
    let bundles = machine.installed_bundles()?;
    machine.tracked_bundles()?;
    let from = trip.installed(installed, &bundles)?;
    let older = versions_of(&from.release);
    let kept = session.known_bundles(&trip, wanted, &bundles)?;
    let to = trip.target(wanted, &kept, &older)?;
    let outcome = trip.go(&from, &to)?;
    Ok((to, outcome))
}

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
    host::{machine::Machine, os_release},
    settings::{self, Answer, VersionWish},
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
    let course = Course::set(session, &metadata, (installed, flags))?;
    let wanted = course.wanted;
    if wanted <= installed {
        metadata.pointers().remember(&course.published);
        course.tell_of_nothing(session);
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
    if wanted == course.published.newest() {
        metadata.pointers().remember(&course.published);
    }
    session.tell_fetched(&server);
    if extent == Extent::Download {
        course.published.keep(&machine.cache);
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
    course.go_on(session)?;
    Ok(Exit::Ok)
}

/// Where an update goes.
struct Course {
    installed: Version,
    /// The version to go to now.
    wanted: Version,
    /// The version to stop at, where that was said.
    asked: Option<Version>,
    /// Whether the way leads through every version.
    incremental: bool,
    published: Published,
    /// The format that the tree says it follows, before it is changed.
    format: Option<String>,
}

impl Course {
    fn set(
        session: &Session,
        metadata: &Metadata<'_>,
        (installed, flags): (Version, &UpdateFlags),
    ) -> Result<Self, Failure> {
        let asked = match flags.version {
            Some(VersionWish::Number(asked)) => Some(asked),
            None | Some(VersionWish::Latest) => None,
        };
        let published = newest::published(session, metadata, (Some(installed), asked))?;
        session.saw_newest(published.newest());
        if let Some(asked) = asked.filter(|asked| *asked < installed) {
            return Err(Failure::OlderVersion { asked, installed });
        }
        let next = published.next_after(installed).filter(|_| flags.incremental);
        let next = next.unwrap_or(published.newest());
        let wanted = asked.map_or(next, |asked| asked.min(next));
        let format = settings::format_of_tree(&session.settings.tree);
        let incremental = flags.incremental;
        Ok(Self { installed, wanted, asked, incremental, published, format })
    }

    fn tell_of_nothing(&self, session: &Session) {
        let (installed, newest) = (self.installed, self.published.newest());
        if newest < installed {
            session.output.warning(&format!(
                "the newest version that the server has is {newest}, older than the installed one"
            ));
        }
        let nothing = "there is nothing to update";
        session.output.info(&format!("Version {installed} is installed: {nothing}"));
    }

    /// Lets the command go on where this was not the end of the way: at the end of a format the
    /// content announces the next one.
    fn go_on(&self, session: &Session) -> Result<(), Failure> {
        let tree = &session.settings.tree;
        if self.asked.is_some_and(|asked| asked <= self.wanted) {
            return Ok(());
        }
        let format = settings::format_of_tree(tree);
        let has_more = self.incremental && self.published.next_after(self.wanted).is_some();
        if format == self.format && !has_more {
            return Ok(());
        }
        // What does not say that it got on would go on for ever.
        let (installed, says) = (self.wanted, os_release::version(tree));
        if says.is_none_or(|says| says < installed) {
            return Err(Failure::LeftBehind { tree: tree.clone(), installed, says });
        }
        if let Some(format) = format.filter(|format| Some(format) != self.format.as_ref()) {
            session.output.info(&format!("Going on in format {format}"));
        }
        session.goes_on();
        Ok(())
    }
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

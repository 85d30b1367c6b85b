//! `update`: goes to the newest version, or to the one that was asked for.

use swupd_protocol::version::Version;

use super::{
    again::Again,
    arguments::{SystemUpdateFlags, UpdateFlags},
    check_update,
    failure::Failure,
    newest,
    output::Exit,
    plan, search_file,
    session::{KeepCache, Server, Session},
    third_party,
};
use crate::{
    host::{machine::Machine, os_release},
    settings::{self, Answer, VersionWish},
    update::{Extent, Outcome, Target, Trip, check::Published, fetch::Metadata, versions_of},
};

/// Updates the running system or another tree of the OS, and what third parties have there where
/// that is asked for.
pub(super) fn run_system(session: &Session, flags: &SystemUpdateFlags) -> Result<Exit, Failure> {
    let updated = run(session, &flags.update, flags.update_search_file_index)?;
    if !flags.third_party || session.again() != Again::No {
        return Ok(updated);
    }
    third_party::update_with_system(session, &flags.update, updated)
}

/// Updates the tree, and the index for searches where that is wanted.
pub(super) fn run(
    session: &Session,
    flags: &UpdateFlags,
    with_index: bool,
) -> Result<Exit, Failure> {
    let installed = session.installed_version()?;
    let server = session.server()?;
    if flags.status {
        return check_update::ask(session, &server, installed);
    }
    let machine = session.machine()?;
    let metadata = session.metadata(&server, &machine)?;
    let way = Way { version: flags.version, incremental: flags.incremental };
    let course = Course::set(session, &metadata, (installed, way))?;
    let wanted = course.wanted;
    if wanted <= installed {
        session.saw(&metadata, &course.published);
        course.tell_of_nothing(session);
        return Ok(Exit::Ok);
    }
    if flags.version.is_none() && session.is_held(wanted)? {
        course.tell_of_hold(session);
        return Ok(Exit::Ok);
    }
    session.output.info(&format!("Updating from version {installed} to {wanted}"));
    let extent = if flags.download { Extent::Download } else { Extent::All };
    let mut trip = trip(session, (&server, &machine), extent)?;
    trip.metadata = trip.metadata.with_files_to_follow();
    let Some((target, outcome)) = course.go(session, &trip)? else {
        session.output.info("Nothing was changed");
        return Ok(Exit::No);
    };
    if wanted == course.published.newest() {
        session.saw(&metadata, &course.published);
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
    if with_index {
        search_file::prepare(session, &machine, metadata, wanted)?;
    }
    course.go_on(session)?;
    Ok(Exit::Ok)
}

/// What is said of where to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The version to go to; none for the newest.
    pub(super) version: Option<VersionWish>,
    /// Whether the way leads through every version.
    pub(super) incremental: bool,
}

/// Where an update goes.
pub(super) struct Course {
    pub(super) installed: Version,
    /// The version to go to now.
    pub(super) wanted: Version,
    /// The version to stop at, where that was said.
    asked: Option<Version>,
    /// Whether the way leads through every version.
    incremental: bool,
    pub(super) published: Published,
    /// The format that the tree says it follows, before it is changed.
    format: Option<String>,
}

impl Course {
    /// Finds out where it goes.
    pub(super) fn set(
        session: &Session,
        metadata: &Metadata<'_>,
        (installed, way): (Version, Way),
    ) -> Result<Self, Failure> {
        let asked = match way.version {
            Some(VersionWish::Number(asked)) => Some(asked),
            None | Some(VersionWish::Latest) => None,
        };
        let published = newest::published(session, metadata, (Some(installed), asked))?;
        session.saw_newest(published.newest());
        if let Some(asked) = asked.filter(|asked| *asked < installed) {
            return Err(Failure::OlderVersion { asked, installed });
        }
        let next = published.next_after(installed).filter(|_| way.incremental);
        let next = next.unwrap_or(published.newest());
        let wanted = asked.map_or(next, |asked| asked.min(next));
        let format = settings::format_of_tree(&session.settings.tree);
        let incremental = way.incremental;
        Ok(Self { installed, wanted, asked, incremental, published, format })
    }

    /// Tells that the version is not gone to unless somebody asks for it.
    pub(super) fn tell_of_hold(&self, session: &Session) {
        let wanted = self.wanted;
        session.output.info(&format!(
            "Version {wanted} is held, because it was rolled back from: `swupd update -V {wanted}` \
             goes there all the same"
        ));
    }

    /// Tells that there is nothing to go to.
    pub(super) fn tell_of_nothing(&self, session: &Session) {
        let (installed, newest) = (self.installed, self.published.newest());
        if newest < installed {
            session.output.warning(&format!(
                "the newest version that the server has is {newest}, older than the installed one"
            ));
        }
        let nothing = "there is nothing to update";
        session.output.info(&format!("Version {installed} is installed: {nothing}"));
    }

    /// Returns what the machine has, and what it is to have.
    pub(super) fn targets(
        &self,
        session: &Session,
        trip: &Trip<'_>,
    ) -> Result<(Target, Target), Failure> {
        let bundles = trip.machine.installed_bundles()?;
        let from = trip.installed(self.installed, &bundles)?;
        let older = versions_of(&from.release);
        let kept = session.known_bundles(trip, self.wanted, &bundles)?;
        let to = trip.target(self.wanted, &kept, &older)?;
        Ok((from, to))
    }

    /// Goes there; none where somebody was asked and does not want it. Who looks on is shown first
    /// what it will do.
    fn go(&self, session: &Session, trip: &Trip<'_>) -> Result<Option<(Target, Outcome)>, Failure> {
        let (from, to) = self.targets(session, trip)?;
        let decided = trip.plan(&from, &to)?;
        let asks = trip.extent == Extent::All
            && session.settings.policy.ask_before_update
            && session.can_ask();
        let foreseen = if asks || session.output.is_looked_at() {
            let foreseen = plan::foresee(session, trip, self, (&from, &to, &decided))?;
            plan::tell_before(session, &foreseen);
            Some(foreseen)
        } else {
            None
        };
        let question = || format!("Update from version {} to {}?", self.installed, self.wanted);
        if asks && session.ask(&question()) == Answer::No {
            return Ok(None);
        }
        let before = trip.metadata.remote.statistics();
        let outcome = trip.follow(decided, &from, &to)?;
        if let Some(foreseen) = foreseen {
            let fetched = trip.metadata.remote.statistics().bytes_received - before.bytes_received;
            session.compare_fetched(foreseen.bytes(), fetched);
        }
        Ok(Some((to, outcome)))
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
        let unread = |source| Failure::Tree { path: tree.clone(), source };
        let (installed, says) = (self.wanted, os_release::version(tree).map_err(unread)?);
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

/// Returns what brings the machine to another version of the bundles that it has.
pub(super) fn trip<'a>(
    session: &'a Session,
    (server, machine): (&'a Server, &'a Machine),
    extent: Extent,
) -> Result<Trip<'a>, Failure> {
    Ok(Trip { extent, ..session.trip(machine, session.metadata(server, machine)?) })
}

//! What a command notes about itself, so that `status` can tell later. Nothing depends on it: a
//! command that did what it should ends well where it cannot be written, and warns of it.

use swupd_protocol::version::Version;

use super::{arguments::Command, failure::Failure, output::Exit, session::Session};
use crate::{
    host::{
        obstacle::Obstacle,
        os_release,
        root::Root,
        state::{Data, LastCheck, StateError},
    },
    report::with_causes,
};

/// What is noted of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// Nothing.
    Nothing,
    /// What the server said is newest.
    Check,
    /// That, and what became of the update.
    Update,
}

impl Noted {
    /// Says what is noted of a command.
    pub(super) fn of(command: &Command) -> Self {
        match command {
            Command::CheckUpdate(_) | Command::Plan(_) => Self::Check,
            Command::Update(flags) if flags.update.status || flags.update.download => Self::Check,
            Command::Update(_) => Self::Update,
            _ => Self::Nothing,
        }
    }
}

/// A command that is being carried out.
#[derive(Debug)]
pub(super) struct Noting {
    noted: Noted,
    before: Option<Version>,
}

impl Noting {
    /// Begins.
    pub(super) fn begin(noted: Noted, session: &Session) -> Self {
        let version = || os_release::version(&session.settings.tree).ok().flatten();
        let before = (noted != Noted::Nothing).then(version).flatten();
        Self { noted, before }
    }

    /// Notes what came of it.
    pub(super) fn end(self, session: &Session, result: &Result<Exit, Failure>) {
        if self.noted == Noted::Nothing || result.as_ref().is_err_and(says_nothing) {
            return;
        }
        let only_looks = self.noted == Noted::Check;
        let Err(error) = self.note(session, result) else { return };
        let text = with_causes(&error);
        if result.is_err() || only_looks && is_not_ours(&error) {
            session.output.debug(&text);
        } else {
            session.output.warning(&format!("{text}: what `swupd status` says may be out of date"));
        }
    }

    fn note(self, session: &Session, result: &Result<Exit, Failure>) -> Result<(), StateError> {
        // Only where there is something to add to: a look at a tree leaves nothing in it.
        let place = &session.settings.data_dir;
        if Data::look(place)?.is_none() {
            return Ok(());
        }
        let Ok(root) = Root::open(&session.settings.tree) else { return Ok(()) };
        let data = Data::open(place, &root)?;
        let now = session.now;
        let failure = result.as_ref().err().map(|f| (with_causes(f), f.exit() as u8));
        // What it is can be read tomorrow; whoever needs it now has told that it cannot.
        let after = os_release::version(&session.settings.tree).ok().flatten();
        let check = data.last_check();
        let newest = session.newest_seen();
        let noted = match (newest, &failure) {
            (Some(newest), _) => after.map(|after| check.answered(now, after, newest)),
            (None, Some(failure)) => Some(check.failed(now, failure.clone())),
            // It ended before it asked.
            (None, None) => None,
        };
        let planned = session.plan_noted().filter(|(version, _)| Some(*version) == newest);
        if let Some(check) = noted {
            let check = match planned {
                Some((_, bytes)) if after != newest => check.foreseen(bytes),
                // What was found was found for the version that was installed then.
                _ => {
                    LastCheck { to_fetch: check.to_fetch.filter(|_| self.before == after), ..check }
                }
            };
            data.set_last_check(&check)?;
        }
        if self.noted == Noted::Update {
            let last = data.last_result();
            data.set_last_result(&last.ended(now, (self.before, after), failure))?;
        }
        Ok(())
    }
}

/// Says whether something could not be noted because the place for it is another user's, or only to
/// be read: who merely looks at a machine is not told.
fn is_not_ours(error: &StateError) -> bool {
    use Obstacle::{NoPermission, ReadOnly};
    matches!(error, StateError::Foreign { .. })
        || error.obstacle().is_some_and(|obstacle| matches!(obstacle, NoPermission | ReadOnly))
}

/// Says whether a failure is about what was typed, or about another run: it says nothing of the
/// machine's updates.
fn says_nothing(failure: &Failure) -> bool {
    matches!(failure.exit(), Exit::InvalidOption | Exit::NoLock | Exit::VersionUnknown)
}

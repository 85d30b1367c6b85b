//! Judges what a power cut left: it must be exactly the old or the new state of the machine, once
//! the client has been run again, and never less than what was reported as done.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};
use swupd_fixtures::{syscalls::Tracer, tree::Snapshot, world::Machine};

use crate::{
    command::{Ended, run_to_its_end},
    image::Image,
    lane::Lane,
    look::{Look, look, look_at_usr, usr_of},
    record::Recording,
    scenario::{Outcomes, Scenario},
    stirring::Stirring,
    trouble::Trouble,
};

/// One of the two states that a machine may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// As it was before.
    Old,
    /// As it was to be.
    New,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Old => "old",
            Self::New => "new",
        })
    }
}

/// Which way of changing the tree is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Engine {
    /// `/usr` is exchanged as a whole: it is never seen in between.
    Exchange,
    /// File by file: in between until the client runs again.
    PerFile,
}

impl Engine {
    /// Returns its name, as the client knows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::PerFile => "per-file",
        }
    }
}

/// What a state is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) scenario: Scenario,
    pub(crate) engine: Engine,
    pub(crate) outcomes: &'a Outcomes,
}

/// How a state is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How<'a> {
    /// Whether the scenario is played again where it had not come about.
    pub(crate) plays_again: bool,
    /// What follows the client where it is not alone on the machine.
    pub(crate) stirred: Option<&'a Tracer>,
}

/// A state that is as it may be.
#[derive(Debug)]
pub(crate) struct Good {
    /// Which of the two it is.
    pub(crate) side: Side,
    /// Whether the client found something to finish or to discard.
    pub(crate) was_unfinished: bool,
    /// What the client did to the disks.
    pub(crate) recovery: Option<Recording>,
}

/// What is wrong with a state.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Bad {
    /// The file system is lost.
    #[error("it cannot be mounted or unmounted: {0}")]
    NotMountable(String),
    /// A file or directory is lost.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// Neither one nor the other.
    #[error(
        "{when}, {what} is neither old nor new; it differs\nfrom the old by {}\nfrom the new by {}",
        some(old),
        some(new)
    )]
    Mixture { when: &'static str, what: &'static str, old: Vec<String>, new: Vec<String> },
    /// Something that was reported as done is not.
    #[error("{when}, it is the {found} state although the {wanted} one was reported as done")]
    Lost { when: &'static str, found: Side, wanted: Side },
    /// The client failed.
    #[error("`swupd {what}` ends with {code:?}:\n{said}")]
    Failed { what: &'static str, code: Option<i32>, said: String },
    /// The tree and what is recorded about it do not agree.
    #[error("the tree is the {side} one, but recorded is {found}; that should be {wanted}")]
    Misrecorded { side: Side, found: String, wanted: String },
}

/// A state has been judged; if that failed, nothing is said about it.
pub(crate) type Verdict = Result<Good, Bad>;

impl Judge<'_> {
    /// Judges the state of disks. `done` is what was reported as done before the cut.
    pub(crate) fn judge(
        &self,
        (lane, machine, pages): (&Lane, &Machine, &Path),
        images: Vec<Image>,
        done: Option<Side>,
        how: How<'_>,
    ) -> Result<Verdict, Trouble> {
        let mounted = match lane.mount(images) {
            Ok(mounted) => mounted,
            Err(error) => return Ok(Err(Bad::NotMountable(error.to_string()))),
        };
        let verdict = if self.scenario.is_of_the_client() {
            self.with_client((lane, machine, pages), done, how)?
        } else {
            self.without_client(machine, done)
        };
        Ok(match mounted.unmount() {
            Ok(()) => verdict,
            Err(error) => verdict.and(Err(Bad::NotMountable(error.to_string()))),
        })
    }

    fn without_client(&self, machine: &Machine, done: Option<Side>) -> Verdict {
        let side = self.visible(machine, done)?;
        Ok(Good { side, was_unfinished: false, recovery: None })
    }

    fn with_client(
        &self,
        (lane, machine, pages): (&Lane, &Machine, &Path),
        done: Option<Side>,
        how: How<'_>,
    ) -> Result<Verdict, Trouble> {
        if self.engine == Engine::Exchange
            && let Err(bad) = self.visible(machine, done)
        {
            return Ok(Err(bad));
        }
        // Any command that takes the lock first finishes or discards; this one looks at everything.
        let mut diagnose = machine.command(&["diagnose"]);
        let recovered = match how.stirred {
            None => run_to_its_end(&mut diagnose, pages),
            Some(tracer) => Stirring::on(lane.disks(), machine).run(tracer, machine, &diagnose),
        };
        let recovered = recovered.map_err(Trouble::when("run the client"))?;
        lane.disks().done();
        let recovery = lane.disks().end();
        let settled = self.settled(machine, done).and_then(|side| {
            let is_sound = side == Side::New || self.scenario.begins_sound();
            must_end_with(i32::from(!is_sound), "diagnose", &recovered).map(|()| side)
        });
        let side = match settled {
            // What the client said helps to understand.
            Err(bad @ (Bad::Mixture { .. } | Bad::Lost { .. })) if recovered.code != Some(0) => {
                let said = format!("{}\n{bad}", recovered.said.trim());
                return Ok(Err(Bad::Failed { what: "diagnose", code: recovered.code, said }));
            }
            Err(bad) => return Ok(Err(bad)),
            Ok(side) => side,
        };
        if how.plays_again
            && side == Side::Old
            && let Some(mut again) = self.scenario.command(machine, self.engine)
        {
            let again = run_to_its_end(&mut again, pages);
            let again = again.map_err(Trouble::when("run the client"))?;
            let ended = must_end_with(0, self.scenario.name(), &again);
            if let Err(bad) = ended.and_then(|()| self.settled(machine, Some(Side::New))) {
                return Ok(Err(bad));
            }
        }
        let was_unfinished = recovered.said.contains(TELLING);
        Ok(Ok(Good { side, was_unfinished, recovery }))
    }

    /// Compares what is visible below `/usr` before anything is done about it.
    fn visible(&self, machine: &Machine, done: Option<Side>) -> Result<Side, Bad> {
        let seen = look_at_usr(machine).map_err(unreadable)?;
        let usr = |look: &Look| usr_of(&look.tree);
        let [old, new] = [&self.outcomes.old, &self.outcomes.new].map(usr);
        let when = "before the client is run again";
        let side = side_of(&seen, &old, &new, (when, "/usr"), done)?;
        not_lost(side, done, when)
    }

    /// Compares all of the machine.
    fn settled(&self, machine: &Machine, done: Option<Side>) -> Result<Side, Bad> {
        let seen = look(machine).map_err(unreadable)?;
        let Outcomes { old, new } = self.outcomes;
        let when = "once the client has been run again";
        let side = side_of(&seen.tree, &old.tree, &new.tree, (when, "the tree"), done)?;
        not_lost(side, done, when)?;
        let should = match side {
            Side::Old => old,
            Side::New => new,
        };
        let books = |look: &Look| format!("version {:?} with {:?}", look.version, look.tracked);
        if books(&seen) != books(should) {
            let (found, wanted) = (books(&seen), books(should));
            return Err(Bad::Misrecorded { side, found, wanted });
        }
        Ok(side)
    }
}

/// Returns which of two trees this is; where they are the same, the one that is asked for.
fn side_of(
    seen: &Snapshot,
    old: &Snapshot,
    new: &Snapshot,
    (when, what): (&'static str, &'static str),
    done: Option<Side>,
) -> Result<Side, Bad> {
    if old == new && seen == old {
        return Ok(done.unwrap_or(Side::Old));
    }
    let [from_old, from_new] = [old, new].map(|should| seen.differences(should));
    match (from_old.is_empty(), from_new.is_empty()) {
        (true, _) => Ok(Side::Old),
        (_, true) => Ok(Side::New),
        _ => Err(Bad::Mixture { when, what, old: from_old, new: from_new }),
    }
}

fn not_lost(side: Side, done: Option<Side>, when: &'static str) -> Result<Side, Bad> {
    match done {
        Some(wanted) if wanted != side => Err(Bad::Lost { when, found: side, wanted }),
        _ => Ok(side),
    }
}

fn must_end_with(code: i32, what: &'static str, ended: &Ended) -> Result<(), Bad> {
    if ended.code == Some(code) {
        return Ok(());
    }
    Err(Bad::Failed { what, code: ended.code, said: ended.said.trim().to_owned() })
}

fn unreadable(error: io::Error) -> Bad {
    Bad::Unreadable(error.to_string())
}

/// Shows the first of many differences.
fn some(differences: &[String]) -> String {
    let first = differences.iter().take(5).map(|line| format!("\n    {line}"));
    format!("{} paths:{}", differences.len(), first.collect::<String>())
}

/// A word of what the client tells where it finds something unfinished.
const TELLING: &str = "interrupted";

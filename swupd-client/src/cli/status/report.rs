//! What `status` says, from what is known: the verdict, and the lines below it. Pure.

use std::collections::BTreeSet;

use swupd_protocol::version::Version;

use crate::{
    cli::{
        advice::Running,
        glyphs::{Glyph, Glyphs},
        size::in_units,
        when::{ago, day, moment},
    },
    host::{
        processes::Need,
        state::{Failing, LastCheck, LastResult},
        units::Timer,
    },
};

/// Everything that is known of how a machine stands.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) now: u64,
    pub(super) version: Version,
    /// When the version was made.
    pub(super) made: Option<u64>,
    pub(super) check: LastCheck,
    pub(super) result: LastResult,
    /// Versions that were rolled back from: updates go to none of them, nor to older ones.
    pub(super) held: BTreeSet<Version>,
    /// What still runs old code; none where it cannot be told.
    pub(super) running: Option<Running>,
    pub(super) timer: Timer,
    /// The versions on the disk, as far as we may look.
    pub(super) generations: Vec<Generation>,
    /// What is left of versions that could not be removed, by their numbers.
    pub(super) remains: Vec<u32>,
}

/// A version on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generation {
    pub(super) number: Option<u32>,
    pub(super) version: Option<Version>,
    pub(super) made: Option<u64>,
    pub(super) is_current: bool,
}

/// How a machine stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing has to be done.
    Well,
    /// Something that was replaced still runs.
    Restart,
    /// Only a reboot replaces all that was.
    Reboot,
    /// It should have been updated by now.
    Overdue,
    /// Updates fail.
    Failing,
}

impl Verdict {
    /// Returns the word for it that stays the same.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Restart => "restart",
            Self::Reboot => "reboot",
            Self::Overdue => "overdue",
            Self::Failing => "failing",
        }
    }

    pub(super) fn glyph(self) -> Glyph {
        match self {
            Self::Well => Glyph::Done,
            Self::Restart | Self::Reboot | Self::Overdue => Glyph::Attention,
            Self::Failing => Glyph::Failed,
        }
    }
}

impl Report {
    /// Says how the machine stands: the worst of what is true.
    pub(super) fn verdict(&self) -> Verdict {
        let need = self.running.as_ref().map_or(Need::Nothing, |running| running.advice.need());
        match need {
            _ if self.failure().is_some() => Verdict::Failing,
            _ if self.is_overdue() => Verdict::Overdue,
            Need::Reboot => Verdict::Reboot,
            Need::Restart => Verdict::Restart,
            Need::Nothing => Verdict::Well,
        }
    }

    /// Returns the version that an update would go to, as far as is known.
    pub(super) fn next(&self) -> Option<Version> {
        self.check.newest.filter(|newest| *newest > self.version)
    }

    /// Says whether updates do not go to a version.
    pub(super) fn is_held(&self, version: Version) -> bool {
        self.held.last().is_some_and(|held| version <= *held)
    }

    /// Returns the versions that are held and that an update could go to otherwise.
    pub(super) fn held(&self) -> impl Iterator<Item = Version> + '_ {
        self.held.iter().copied().filter(|held| *held > self.version)
    }

    /// Returns the answer.
    pub(super) fn headline(&self, verdict: Verdict) -> String {
        let made = self.made.map(|made| format!(" of {}", day(made))).unwrap_or_default();
        let what = match verdict {
            Verdict::Well => "nothing has to be done".into(),
            Verdict::Restart => "some of what it replaced still runs".into(),
            Verdict::Reboot => "reboot to run all of it".into(),
            Verdict::Overdue => "UPDATES ARE OVERDUE".into(),
            Verdict::Failing => self.failure().map(failed).unwrap_or_default(),
        };
        format!("Version {}{made}: {what}", self.version)
    }

    /// Returns what stands below it.
    pub(super) fn lines(&self, glyphs: Glyphs) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |name: &str, text: String| lines.push(format!("  {name:<13} {text}"));
        if let Some(next) = self.next() {
            line("Next version", self.next_line(next, glyphs));
        }
        line("Last check", self.check_line());
        line("Last update", self.update_line());
        let held: Vec<String> = self.held().map(|version| version.to_string()).collect();
        if !held.is_empty() {
            line("Held back", format!("{}, rolled back from", held.join(", ")));
        }
        line("Automatic", self.automatic_line().into());
        for (at, text) in self.running_lines(glyphs).into_iter().enumerate() {
            line(if at == 0 { "Still running" } else { "" }, text);
        }
        for (at, text) in self.generation_lines(glyphs).into_iter().enumerate() {
            line(if at == 0 { "On the disk" } else { "" }, text);
        }
        lines
    }

    /// Returns the word for whether the machine updates itself.
    pub(super) fn automatic_word(&self) -> &'static str {
        match self.timer {
            Timer::Enabled => "on",
            Timer::Disabled => "off",
            Timer::Absent => "absent",
        }
    }

    fn next_line(&self, next: Version, glyphs: Glyphs) -> String {
        let since = self.check.behind_since.map(|since| format!(", known since {}", day(since)));
        let held = if self.is_held(next) { ", held back" } else { "" };
        let size = self.check.to_fetch.map(|bytes| format!(", {} to fetch", in_units(bytes)));
        format!(
            "{} {next}{}{}{held}",
            glyphs.shown(Glyph::Next),
            size.unwrap_or_default(),
            since.unwrap_or_default()
        )
    }

    fn check_line(&self) -> String {
        let answered = match (self.check.at, self.check.newest) {
            (Some(at), Some(newest)) => {
                format!("{}: {newest} is the newest", moment(self.now, at))
            }
            _ => "none is known of".into(),
        };
        match &self.check.failing {
            Some(failing) => {
                format!("{answered}; since then it {}", failed_times(failing, self.now))
            }
            None => answered,
        }
    }

    fn update_line(&self) -> String {
        let LastResult { at, changed, failing } = &self.result;
        let version = |version: Option<Version>| {
            version.map_or_else(|| "nothing".into(), |version| version.to_string())
        };
        let done = match (changed, at) {
            (Some(changed), _) => format!(
                "{}: from {} to {}",
                moment(self.now, changed.at),
                version(changed.from),
                version(changed.to)
            ),
            (None, Some(at)) => format!("{}: there was nothing to do", moment(self.now, *at)),
            (None, None) => "none is known of".into(),
        };
        match failing {
            Some(failing) => format!("{done}; since then it {}", failed_times(failing, self.now)),
            None => done,
        }
    }

    fn automatic_line(&self) -> &'static str {
        match self.timer {
            Timer::Enabled => "on: the machine updates itself",
            Timer::Disabled => "off: `swupd autoupdate --enable` turns it on",
            Timer::Absent => "this tree has no timer for it",
        }
    }

    fn running_lines(&self, glyphs: Glyphs) -> Vec<String> {
        let Some(running) = &self.running else { return vec!["it cannot be told".into()] };
        let mark = glyphs.shown(Glyph::Attention);
        let to_do = running.lines().into_iter().map(|line| format!("{mark} {line}"));
        to_do.chain(running.remark()).collect()
    }

    fn generation_lines(&self, glyphs: Glyphs) -> Vec<String> {
        let line = |generation: &Generation| {
            let Generation { number, version, made, is_current } = generation;
            let mark = if *is_current { glyphs.shown(Glyph::Current) } else { " ".into() };
            let number = number.map(|number| format!(" {number:>3}")).unwrap_or_default();
            let version = version.map_or_else(|| "unknown".into(), |v| v.to_string());
            let made = made.map(|made| format!(", made {}", day(made))).unwrap_or_default();
            format!("{mark}{number} version {version}{made}")
        };
        let rest = |number: &u32| {
            format!("  {number:>3} could not be removed completely: `swupd history`")
        };
        self.generations.iter().map(line).chain(self.remains.iter().map(rest)).collect()
    }

    /// Returns why updates fail: the last one did, or nobody has answered for so long that it is no
    /// accident.
    fn failure(&self) -> Option<&Failing> {
        let unanswered = self.check.failing.as_ref();
        let long = unanswered.filter(|failing| failing.last >= failing.since + PATIENCE);
        self.result.failing.as_ref().or(long)
    }

    /// Says whether a machine that should update itself has not done so for too long.
    fn is_overdue(&self) -> bool {
        let is_long_ago = |then: u64| self.now >= then.saturating_add(OVERDUE);
        let is_wanted = self.next().is_some_and(|next| !self.is_held(next));
        let is_late = is_wanted && self.check.behind_since.is_some_and(is_long_ago);
        self.timer == Timer::Enabled && (self.check.at.is_some_and(is_long_ago) || is_late)
    }
}

fn failed(failing: &Failing) -> String {
    let Failing { since, times, why, .. } = failing;
    let times = if *times == 1 { "ONCE".into() } else { format!("{times} TIMES") };
    format!("UPDATES HAVE FAILED {times} since {}: {why}", day(*since))
}

fn failed_times(failing: &Failing, now: u64) -> String {
    let times = if failing.times == 1 { "once".into() } else { format!("{} times", failing.times) };
    format!("failed {times}, the last time {}", ago(now, failing.last))
}

const DAY: u64 = 24 * 60 * 60;
/// How long a server may be silent before that is a failure of updates.
const PATIENCE: u64 = DAY;
/// How long a machine that updates itself may go without.
const OVERDUE: u64 = 7 * DAY;

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;

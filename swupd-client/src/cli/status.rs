//! `status`: one screen that says how the machine stands, the answer first. It asks nobody: it
//! tells what this machine knows, so that it is quick and works without a network.

mod report;

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};
use swupd_protocol::version::Version;

use self::report::{Generation, Report, Verdict};
use super::{
    advice::Running,
    failure::Failure,
    glyphs::Glyphs,
    output::{Exit, Output},
    session::Session,
};
use crate::{
    host::{
        generations::Number,
        os_release,
        root::Root,
        state::{Data, Failing, LastCheck, LastResult},
        units::{self, Timer},
    },
    update::switch::{self, exchange::Shelf},
};

/// Tells how the machine stands; the exit code says it, too.
pub(super) fn run(session: &Session) -> Result<Exit, Failure> {
    let report = report(session, Running::look(session))?;
    let verdict = report.verdict();
    tell(&session.output, &report, verdict, session.glyphs());
    Ok(match verdict {
        Verdict::Well => Exit::Ok,
        Verdict::Restart => Exit::RestartNeeded,
        Verdict::Reboot => Exit::RebootNeeded,
        Verdict::Overdue | Verdict::Failing => Exit::UpdatesFail,
    })
}

/// Returns the headline where updates fail or are overdue.
pub(super) fn trouble(session: &Session) -> Result<Option<String>, Failure> {
    let report = report(session, None)?;
    let verdict = report.verdict();
    let is_trouble = matches!(verdict, Verdict::Overdue | Verdict::Failing);
    Ok(is_trouble.then(|| report.headline(verdict)))
}

/// Looks at what the machine knows of itself.
fn report(session: &Session, running: Option<Running>) -> Result<Report, Failure> {
    let version = session.installed_version()?;
    let tree = &session.settings.tree;
    let root = Root::open(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
    let remembered = Remembered::look(session)?;
    Ok(Report {
        now: session.now,
        version,
        made: os_release::made(tree),
        check: remembered.check,
        result: remembered.result,
        held: remembered.held,
        running,
        timer: units::timer(&root).unwrap_or(Timer::Absent),
        generations: generations(&root, tree)?,
        remains: remains(&root, tree)?,
    })
}

/// What earlier runs wrote down.
#[derive(Default)]
struct Remembered {
    check: LastCheck,
    result: LastResult,
    held: BTreeSet<Version>,
}

impl Remembered {
    fn look(session: &Session) -> Result<Self, Failure> {
        let Some(data) = Data::look(&session.settings.data_dir)? else {
            return Ok(Self::default());
        };
        let (check, result) = (data.last_check(), data.last_result());
        Ok(Self { check, result, held: data.held()? })
    }
}

/// Returns the versions on the disk: who may not look there sees the running one.
fn generations(root: &Root, tree: &Path) -> Result<Vec<Generation>, Failure> {
    let unreadable = |source| Failure::Tree { path: tree.to_owned(), source };
    let listed = Shelf::of(root).generations().map_err(unreadable)?;
    let shown = |generation: switch::Generation| Generation {
        number: generation.number.map(Number::get),
        version: generation.version,
        made: generation.made,
        is_current: generation.is_running,
    };
    Ok(listed.into_iter().map(shown).collect())
}

/// Returns what is left of versions that could not be removed, by their numbers.
fn remains(root: &Root, tree: &Path) -> Result<Vec<u32>, Failure> {
    let unreadable = |source| Failure::Tree { path: tree.to_owned(), source };
    let remains = Shelf::of(root).remains().map_err(unreadable)?;
    Ok(remains.into_iter().map(Number::get).collect())
}

fn tell(output: &Output, report: &Report, verdict: Verdict, glyphs: Glyphs) {
    let manner = output.manner();
    if manner.quiet && !manner.json {
        output.answer(verdict.word());
        return;
    }
    let headline = report.headline(verdict);
    if manner.json {
        output.object(&described(report, verdict, &headline));
        return;
    }
    output.answer(&format!("{} {headline}", glyphs.shown(verdict.glyph())));
    for line in report.lines(glyphs) {
        output.answer(&line);
    }
}

/// Returns everything for programs to read: docs/schemas/status-1.json.
fn described(report: &Report, verdict: Verdict, headline: &str) -> Value {
    let next = report.next();
    json!({
        "type": "status",
        "schema": SCHEMA,
        "msg": headline,
        "verdict": verdict.word(),
        "version": report.version.number(),
        "versionDate": report.made,
        "next": next.map(|next| json!({
            "version": next.number(),
            "knownSince": report.check.behind_since,
            "bytes": report.check.to_fetch,
            "held": report.is_held(next),
        })),
        "lastCheck": {
            "at": report.check.at,
            "newest": report.check.newest.map(Version::number),
            "failing": report.check.failing.as_ref().map(failing),
        },
        "lastUpdate": {
            "at": report.result.at,
            "changed": report.result.changed.as_ref().map(|changed| json!({
                "at": changed.at,
                "from": changed.from.map(Version::number),
                "to": changed.to.map(Version::number),
            })),
            "failing": report.result.failing.as_ref().map(failing),
        },
        "held": report.held().map(Version::number).collect::<Vec<_>>(),
        "automatic": report.automatic_word(),
        "running": report.running.as_ref().map(Running::json),
        "generations": report.generations.iter().map(generation).collect::<Vec<_>>(),
        "remains": report.remains,
    })
}

fn failing(failing: &Failing) -> Value {
    json!({
        "since": failing.since,
        "last": failing.last,
        "times": failing.times,
        "exit": failing.exit,
        "why": failing.why,
    })
}

fn generation(generation: &Generation) -> Value {
    json!({
        "number": generation.number,
        "version": generation.version.map(Version::number),
        "made": generation.made,
        "current": generation.is_current,
    })
}

/// The version of the form that programs read.
const SCHEMA: u32 = 1;

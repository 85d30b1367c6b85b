//! `history`: what was changed when, and which versions are kept on the disk.

use std::collections::BTreeMap;

use serde_json::json;
use swupd_protocol::version::Version;

use super::{
    arguments::HistoryFlags,
    failure::Failure,
    glyphs::{Glyph, Glyphs},
    output::Exit,
    session::Session,
    size::in_units,
    when::minute,
};
use crate::{
    host::{
        generations::Number,
        state::{Data, history::Change},
    },
    update::switch::{Generation, exchange::DiskUse},
};

/// Shows the changes and generations, or the steps of one change.
pub(super) fn run(session: &Session, flags: &HistoryFlags) -> Result<Exit, Failure> {
    let data = Data::look(&session.settings.data_dir)?;
    let changes = data.map(|data| data.history()).transpose()?.unwrap_or_default();
    if let Some(number) = flags.number {
        let change = changes.iter().find(|change| change.number == number);
        show_steps(session, change.ok_or(Failure::NoSuchChange { number })?);
        return Ok(Exit::Ok);
    }
    let first = if flags.all { 0 } else { changes.len().saturating_sub(SHOWN) };
    if first > 0 && !session.output.manner().json {
        session.output.info(&format!("{first} earlier changes: `swupd history --all`"));
    }
    for change in &changes[first..] {
        show(session, change, LONGEST_ERROR);
    }
    let (generations, uses) = session.kept()?;
    let is_whole = |number: &Number| generations.iter().any(|g| g.number == Some(*number));
    let remains = uses.iter().filter(|(number, _)| !is_whole(number));
    if session.output.manner().json {
        let remain = |(number, used): (&Number, &DiskUse)| {
            json!({
                "number": number.get(), "ownBytes": used.own, "sharedBytes": used.shared,
            })
        };
        session.output.object(&json!({
            "type": "history", "schema": 1, "changes": changes,
            "generations": generations.iter().map(|g| described(g, &uses)).collect::<Vec<_>>(),
            "remains": remains.map(remain).collect::<Vec<_>>(),
        }));
    } else if !session.output.manner().quiet {
        session.output.info("Versions on the disk:");
        for generation in &generations {
            session.output.info(&line_of(generation, &uses, session.glyphs()));
        }
        for (number, used) in remains {
            let rest = "could not be removed completely";
            session.output.info(&format!("  {number:>3}  {rest}  {}", shown(used)));
        }
    }
    Ok(Exit::Ok)
}

fn show(session: &Session, change: &Change, longest: usize) {
    if session.output.manner().json {
        return;
    }
    let (glyph, result) = match change.error.as_deref() {
        None => (Glyph::Done, "done".into()),
        Some(error) => (Glyph::Failed, format!("failed: {}", shortened(error, longest))),
    };
    let why = change.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    session.output.answer(&format!(
        "{:>4} {}  {:<13} {:>12}  {:>7.1} s  {:>10}  {} {result}{why}",
        change.number,
        minute(change.when),
        change.command,
        versions(change),
        seconds(change.milliseconds),
        in_units(change.bytes),
        session.glyphs().shown(glyph),
    ));
}

fn shortened(text: &str, longest: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

fn show_steps(session: &Session, change: &Change) {
    if session.output.manner().json {
        session.output.object(&json!({ "type": "history", "schema": 1, "changes": [change] }));
        return;
    }
    show(session, change, usize::MAX);
    session.output.answer(&format!("      {} paths put, {} removed", change.put, change.removed));
    if let Some(foreseen) = change.foreseen {
        let foreseen = in_units(foreseen);
        session.output.answer(&format!("      {foreseen} of content were foreseen to be fetched"));
    }
    if let Some(generation) = change.generation {
        session.output.answer(&format!("      generation {generation}"));
    }
    for (step, milliseconds) in &change.steps {
        session.output.answer(&format!("      {:>7.2} s  {step}", seconds(*milliseconds)));
    }
}

/// Returns what a generation is and takes, on a line.
fn line_of(generation: &Generation, uses: &BTreeMap<Number, DiskUse>, glyphs: Glyphs) -> String {
    let number = generation.number.map_or_else(|| "-".into(), |number| number.to_string());
    let version = generation.version.map_or_else(|| "unknown".into(), |v| v.to_string());
    let made = generation.made.map(minute).unwrap_or_default();
    let disk = match generation.number.and_then(|number| uses.get(&number)) {
        Some(used) => shown(used),
        None => "runs".into(),
    };
    let running = generation.is_running.then(|| glyphs.shown(Glyph::Current));
    let mark = running.unwrap_or_else(|| " ".into());
    format!("{mark} {number:>3}  version {version}  {made}  {}  {disk}", generation.why)
}

fn shown(DiskUse { own, shared }: &DiskUse) -> String {
    format!("{} of its own, {} shared", in_units(*own), in_units(*shared))
}

fn described(generation: &Generation, uses: &BTreeMap<Number, DiskUse>) -> serde_json::Value {
    let used = generation.number.and_then(|number| uses.get(&number));
    json!({
        "number": generation.number.map(Number::get),
        "version": generation.version.map(Version::number),
        "made": generation.made,
        "command": generation.why,
        "running": generation.is_running,
        "ownBytes": used.map(|used| used.own),
        "sharedBytes": used.map(|used| used.shared),
    })
}

fn versions(change: &Change) -> String {
    match (change.from, change.to) {
        (Some(from), Some(to)) if from != to => format!("{from} -> {to}"),
        (_, Some(version)) | (Some(version), None) => version.to_string(),
        (None, None) => String::new(),
    }
}

fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

/// How many changes fit on a screen beside the versions.
const SHOWN: usize = 15;
/// Letters of an error that fit on a line.
const LONGEST_ERROR: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_as_far_as_they_fit() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("longer\nand more", 5), "longe...");
        assert_eq!(shortened("\u{e4}\u{f6}\u{fc}", 2), "\u{e4}\u{f6}...");
        assert_eq!(shortened("", 2), "");
    }
}

//! What was changed and when: a line of JSON each, the oldest first.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{StateError, data::Data};

/// One change, or an attempt at one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// Counted from 1.
    pub number: u64,
    /// When it began, in seconds since 1970.
    pub when: u64,
    /// The subcommand.
    pub command: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// The version before.
    pub from: Option<u32>,
    /// The version after.
    pub to: Option<u32>,
    /// The generation that it made or went back to.
    pub generation: Option<u32>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Bytes of content that it was said before would be fetched, where it was said.
    pub foreseen: Option<u64>,
    /// Paths that were put.
    pub put: u64,
    /// Paths that were removed.
    pub removed: u64,
    /// What went wrong; none where nothing did.
    pub error: Option<String>,
    /// What was done, in order, each with how long it took in milliseconds.
    pub steps: Vec<(String, u64)>,
}

impl Data {
    /// Returns the changes, the oldest first. Lines that make no sense are passed over.
    pub fn history(&self) -> Result<Vec<Change>, StateError> {
        let text = self.directory().read_whole(Path::new(NAME), MOST);
        let text = text.map_err(|source| self.trouble("read", NAME, source))?.unwrap_or_default();
        Ok(parse(&text))
    }

    /// Adds a change, and gives it its number. Of very many the oldest are dropped.
    pub fn record_change(&self, change: Change) -> Result<(), StateError> {
        let mut all = self.history()?;
        let number = all.last().map_or(1, |last| last.number.saturating_add(1));
        all.push(Change { number, ..change });
        let first = all.len().saturating_sub(KEPT);
        let text = to_text(&all[first..]);
        let written = self.directory().write_whole(Path::new(NAME), &text, 0o644);
        written.map_err(|source| self.trouble("write", NAME, source))
    }
}

fn parse(text: &[u8]) -> Vec<Change> {
    let lines = text.split(|b| *b == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn to_text(changes: &[Change]) -> Vec<u8> {
    let mut text = Vec::new();
    for change in changes {
        if let Ok(mut line) = serde_json::to_vec(change) {
            line.push(b'\n');
            text.append(&mut line);
        }
    }
    text
}

const NAME: &str = "history";
/// How many changes are kept.
const KEPT: usize = 500;
/// Bytes that are read at most.
const MOST: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            when in any::<u64>(),
            (command, reason) in (".{0,20}", proptest::option::of(".{0,20}")),
            from in proptest::option::of(any::<u32>()),
            steps in proptest::collection::vec((".{0,10}", any::<u64>()), 0..4),
        ) {
            let change = Change { when, command, reason, from, steps, ..Change::default() };
            let text = to_text(&[change.clone(), change.clone()]);
            prop_assert_eq!(parse(&text), [change.clone(), change]);
        }
    }

    #[test]
    fn nonsense_is_passed_over() {
        let text = b"{\"number\":1,\"future\":true}\nnonsense\n\n{\"number\":2}\n{\"number\":";
        let numbers: Vec<u64> = parse(text).iter().map(|change| change.number).collect();
        assert_eq!(numbers, [1, 2]);
    }
}

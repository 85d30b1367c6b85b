//! The configuration files: read, merged, and asked what they say for a subcommand.
//!
//! Nothing here fails: what cannot be read or understood becomes a complaint that names the file and
//! the line, and the rest counts.

mod ini;

use std::{
    fmt,
    io::{self, Read},
    path::{Path, PathBuf},
};

use ini::Line;

/// What the configuration files say, the least important file first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    settings: Vec<Setting>,
    complaints: Vec<Complaint>,
}

/// A line that sets something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it is for.
    pub section: Section,
    /// The name, as that of a long flag: dashes, no underscores.
    pub key: String,
    /// What stands behind the `=`; empty to take back what was said before.
    pub value: String,
    /// Where it stands.
    pub origin: Origin,
}

/// What a setting is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// Every subcommand.
    Global,
    /// This subcommand.
    Of(String),
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1; none for the whole file.
    pub line: Option<usize>,
}

/// Something that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong.
    pub wrong: String,
}

impl Configuration {
    /// Reads `config` in each of the directories; what stands in a later one goes before.
    pub fn read(directories: &[PathBuf]) -> Self {
        let mut all = Self::default();
        for directory in directories {
            let file = directory.join(FILE);
            match bounded(&file) {
                Ok(text) => all.add(&file, &text),
                Err(error) if is_absent(&error) => {}
                Err(error) => {
                    let origin = Origin { file, line: None };
                    all.complaints.push(Complaint { origin, wrong: error.to_string() });
                }
            }
        }
        all
    }

    /// Adds what a file says; it goes before what was added earlier.
    pub fn add(&mut self, file: &Path, text: &str) {
        let mut section = Section::Global;
        for (index, line) in text.lines().enumerate() {
            let origin = Origin { file: file.to_owned(), line: Some(index + 1) };
            match Line::parse(line) {
                Line::Nothing => {}
                Line::Section(name) => section = Section::named(name),
                Line::Setting { key, value } => self.settings.push(Setting {
                    section: section.clone(),
                    key: key.replace('_', "-"),
                    value: value.to_owned(),
                    origin,
                }),
                Line::Nonsense => {
                    let wrong = "neither `[section]`, `key=value` nor a comment".into();
                    self.complaints.push(Complaint { origin, wrong });
                }
            }
        }
    }

    /// Returns what counts for a subcommand: of each key what was said last, in its own section
    /// before that for all.
    pub fn for_command(&self, command: &str) -> Vec<&Setting> {
        let said_for_all = self.settings.iter().filter(|said| said.section == Section::Global);
        let own = self.settings.iter().filter(|said| said.section.is_of(command));
        let mut counts: Vec<&Setting> = Vec::new();
        for said in said_for_all.chain(own) {
            counts.retain(|earlier| earlier.key != said.key);
            counts.push(said);
        }
        counts.retain(|said| !said.value.is_empty());
        counts
    }

    /// Returns every line that sets something.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Returns what was not understood.
    pub fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }
}

impl Section {
    fn named(name: &str) -> Self {
        if name.eq_ignore_ascii_case(GLOBAL) { Self::Global } else { Self::Of(name.into()) }
    }

    fn is_of(&self, command: &str) -> bool {
        matches!(self, Self::Of(name) if name == command)
    }
}

impl Setting {
    /// Returns the value as a yes or no; none where it is neither.
    pub fn as_bool(&self) -> Option<bool> {
        as_bool(&self.value)
    }
}

/// Returns a word as a yes or no; none where it is neither.
pub(super) fn as_bool(word: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_one_of(&["true", "yes", "on", "1"]) {
        Some(true)
    } else if is_one_of(&["false", "no", "off", "0"]) {
        Some(false)
    } else {
        None
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.line {
            Some(line) => write!(f, "{file}, line {line}"),
            None => write!(f, "{file}"),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.wrong)
    }
}

/// Reads a file that is of a size that a person writes.
fn bounded(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs_err::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("it is longer than {MOST_BYTES} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The section that is for every subcommand.
const GLOBAL: &str = "GLOBAL";
/// The name of the file in each of its directories.
const FILE: &str = "config";
const MOST_BYTES: u64 = 1 << 20;

#[cfg(test)]
#[path = "configuration_tests.rs"]
mod tests;

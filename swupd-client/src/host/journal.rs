//! How far a change of the tree has come: `<data>/journal`, so that the next run can finish or
//! discard what this one left.
//!
//! A trip goes Planned → Fetched → Staged → Committed → Finished, and each state is a type: what
//! may follow is what the type offers. On the disk each record is a line, `<check> <word>
//! <detail>`, where the check covers the line and the check of the line before; lines are only ever
//! added, and each new state is synced. The first line that does not check ends the journal: it was
//! torn by a crash. Unknown words are passed over, so that an older program can go on.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use swupd_protocol::{bundle::BundleName, hash::ContentHasher, version::Version};

use super::state::Data;

/// What a trip is for, and what is remembered once the tree has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The version that the tree had; none where nothing was installed.
    pub from: Option<Version>,
    /// The version that it gets; the same one where only bundles change.
    pub to: Version,
    /// Bundles that count as asked for from then on.
    pub track: BTreeSet<BundleName>,
    /// Bundles that no longer do.
    pub untrack: BTreeSet<BundleName>,
    /// When the trip began, in seconds since 1970.
    pub now: u64,
    /// The command that the trip is for.
    pub why: String,
    /// The version that updates must not go back to from then on.
    pub hold: Option<Version>,
}

/// A trip that was begun and is in state `S`.
#[derive(Debug)]
#[must_use = "the journal says that this trip goes on"]
pub struct Trip<S> {
    journal: Journal,
    intent: Intent,
    details: Vec<Detail>,
    state: PhantomData<S>,
}

/// It is decided what changes; left by fetching it all.
#[derive(Debug)]
pub struct Planned;
/// All objects are in the store; left by staging them.
#[derive(Debug)]
pub struct Fetched;
/// The new tree lies beside the old one, synced.
#[derive(Debug)]
pub struct Staged;
/// The tree has changed; left when everything that follows from it is done.
#[derive(Debug)]
pub struct Committed;

/// Something that an engine wrote for its own later use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What it is.
    pub word: String,
    /// Its bytes, without a newline.
    pub bytes: Vec<u8>,
}

/// What a journal holds when a run begins.
#[derive(Debug)]
pub enum Reached {
    /// Nothing unfinished.
    Idle,
    /// A trip that had not fetched everything.
    Planned(Trip<Planned>),
    /// A trip that had not staged everything.
    Fetched(Trip<Fetched>),
    /// A trip that was ready to change the tree, or had begun to.
    Staged(Trip<Staged>),
    /// A trip that had changed the tree.
    Committed(Trip<Committed>),
}

/// Begins a trip. What an earlier one left must have been finished or discarded.
pub fn begin(data: &Data, intent: Intent) -> Result<Trip<Planned>, JournalError> {
    if !matches!(read(data)?, Reached::Idle) {
        return Err(JournalError::Unfinished);
    }
    let journal = Journal::anew(data)?;
    let trip = Trip::<()> { journal, intent, details: Vec::new(), state: PhantomData };
    let details = words_of(&trip.intent);
    trip.enter(details, PLANNED)
}

/// Reads how far the last trip came.
pub fn read(data: &Data) -> Result<Reached, JournalError> {
    let (journal, lines) = Journal::open(data)?;
    let last = lines.iter().rposition(|line| STATES.contains(&line.word.as_str()));
    let Some(last) = last else { return Ok(Reached::Idle) };
    let state = lines[last].word.clone();
    // What was written for a state that was not reached means nothing, but for what is noted
    // before something is done.
    let Some(intent) = intent_of(&lines) else { return Ok(Reached::Idle) };
    let trip = Trip::<()> { journal, intent, details: lines, state: PhantomData };
    Ok(match state.as_str() {
        PLANNED => Reached::Planned(trip.in_state()),
        FETCHED => Reached::Fetched(trip.in_state()),
        STAGED => Reached::Staged(trip.in_state()),
        COMMITTED => Reached::Committed(trip.in_state()),
        _ => Reached::Idle,
    })
}

impl<S> Trip<S> {
    /// Returns what the trip is for.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Returns what engines wrote into the journal of this trip.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    fn in_state<T>(self) -> Trip<T> {
        let Self { journal, intent, details, .. } = self;
        Trip { journal, intent, details, state: PhantomData }
    }

    fn enter<T>(mut self, mut details: Vec<Detail>, word: &str) -> Result<Trip<T>, JournalError> {
        details.push(Detail { word: word.to_owned(), bytes: Vec::new() });
        self.journal.add(&details)?;
        self.details.append(&mut details);
        Ok(self.in_state())
    }

    fn end(self) -> Result<(), JournalError> {
        self.enter::<()>(Vec::new(), FINISHED).map(drop)
    }
}

impl Trip<Planned> {
    /// All objects are in the store.
    pub fn fetched(self) -> Result<Trip<Fetched>, JournalError> {
        self.enter(Vec::new(), FETCHED)
    }

    /// Gives the trip up; the tree is unchanged.
    pub fn abandon(self) -> Result<(), JournalError> {
        self.end()
    }
}

impl Trip<Fetched> {
    /// Writes down what is about to be created, so that it can be found again.
    pub(crate) fn note(&mut self, mut details: Vec<Detail>) -> Result<(), JournalError> {
        self.journal.add(&details)?;
        self.details.append(&mut details);
        Ok(())
    }

    /// The new tree is staged and synced; `details` say what has to be done with it.
    pub(crate) fn staged(self, details: Vec<Detail>) -> Result<Trip<Staged>, JournalError> {
        self.enter(details, STAGED)
    }

    /// Gives the trip up; the tree is unchanged.
    pub fn abandon(self) -> Result<(), JournalError> {
        self.end()
    }
}

impl Trip<Staged> {
    /// Gives the trip up; the tree is unchanged.
    pub(crate) fn abandon(self) -> Result<(), JournalError> {
        self.end()
    }

    /// The tree has changed, and that is on the disk.
    pub(crate) fn committed(self) -> Result<Trip<Committed>, JournalError> {
        self.enter(Vec::new(), COMMITTED)
    }
}

impl Trip<Committed> {
    /// Everything that follows from the change is done.
    pub fn finished(self) -> Result<(), JournalError> {
        self.end()
    }
}

/// The file.
#[derive(Debug)]
struct Journal {
    file: File,
    path: PathBuf,
    check: Check,
}

/// The check of the last line.
type Check = [u8; 16];

impl Journal {
    /// Empties the file and opens it.
    fn anew(data: &Data) -> Result<Self, JournalError> {
        let path = data.path().join(NAME);
        let open = || {
            let file = data.directory().append(Path::new(NAME), 0o600)?;
            file.set_len(0)?;
            crate::host::sys::sync(data.directory())?;
            Ok(file)
        };
        let file = open().map_err(|source| JournalError::io(&path, source))?;
        let mut journal = Self { file, path, check: FIRST };
        let header = Detail { word: HEADER.to_owned(), bytes: FORMAT.to_vec() };
        journal.add(&[header])?;
        Ok(journal)
    }

    /// Reads the file up to the first line that does not check, and cuts off the rest.
    fn open(data: &Data) -> Result<(Self, Vec<Detail>), JournalError> {
        let path = data.path().join(NAME);
        let open = || {
            let directory = data.directory();
            let mut file = directory.append_own(Path::new(NAME), 0o600)?;
            let read = parse(BufReader::new(&file))?;
            if file.metadata()?.len() > read.length {
                file.set_len(read.length)?;
            }
            file.seek(io::SeekFrom::End(0))?;
            Ok((file, read))
        };
        let (file, read) = open().map_err(|source| JournalError::io(&path, source))?;
        Ok((Self { file, path, check: read.check }, read.lines))
    }

    fn add(&mut self, details: &[Detail]) -> Result<(), JournalError> {
        let mut check = self.check;
        let mut write = || {
            let mut out = BufWriter::new(&self.file);
            for detail in details {
                check = write_line(&mut out, check, detail)?;
            }
            out.flush()?;
            drop(out);
            self.file.sync_data()
        };
        write().map_err(|source| JournalError::io(&self.path, source))?;
        self.check = check;
        Ok(())
    }
}

struct Parsed {
    lines: Vec<Detail>,
    check: Check,
    /// Bytes of the lines that check.
    length: u64,
}

fn parse(mut text: impl BufRead) -> io::Result<Parsed> {
    let mut parsed = Parsed { lines: Vec::new(), check: FIRST, length: 0 };
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = text.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        let Some(detail) = parse_line(&line, &mut parsed.check) else { return Ok(parsed) };
        let is_header = detail.word == HEADER;
        if is_header != parsed.lines.is_empty() {
            return Ok(Parsed { lines: Vec::new(), check: FIRST, length: 0 });
        }
        parsed.length += read as u64;
        parsed.lines.push(detail);
    }
}

fn parse_line(line: &[u8], check: &mut Check) -> Option<Detail> {
    let (stated, text) = line.strip_suffix(b"\n")?.split_first_chunk::<16>()?;
    let text = text.strip_prefix(b" ")?;
    if *stated != check_of(*check, text) {
        return None;
    }
    *check = *stated;
    let space = text.iter().position(|b| *b == b' ')?;
    let word = std::str::from_utf8(&text[..space]).ok()?.to_owned();
    Some(Detail { word, bytes: text[space + 1..].to_vec() })
}

fn write_line(out: &mut impl Write, check: Check, detail: &Detail) -> io::Result<Check> {
    let text = [detail.word.as_bytes(), b" ", &detail.bytes].concat();
    let check = check_of(check, &text);
    out.write_all(&[&check[..], b" ", &text, b"\n"].concat())?;
    Ok(check)
}

fn check_of(before: Check, text: &[u8]) -> Check {
    let hash = ContentHasher::symlink(0, 0, &[&before[..], text].concat()).finish().to_hex();
    hash.first_chunk().copied().unwrap_or(FIRST)
}

fn words_of(intent: &Intent) -> Vec<Detail> {
    let detail = |word: &str, text: String| Detail { word: word.to_owned(), bytes: text.into() };
    let mut words =
        vec![detail("to", intent.to.to_string()), detail("now", intent.now.to_string())];
    // A line of its own ends where it ends.
    words.push(detail("why", intent.why.replace('\n', " ")));
    words.extend(intent.hold.map(|hold| detail("hold", hold.to_string())));
    words.extend(intent.from.map(|from| detail("from", from.to_string())));
    words.extend(intent.track.iter().map(|bundle| detail("track", bundle.to_string())));
    words.extend(intent.untrack.iter().map(|bundle| detail("untrack", bundle.to_string())));
    words
}

fn intent_of(lines: &[Detail]) -> Option<Intent> {
    let all = |word: &'static str| {
        let lines = lines.iter().filter(move |line| line.word == word);
        lines.filter_map(|line| std::str::from_utf8(&line.bytes).ok())
    };
    let bundles = |word| all(word).filter_map(|text| text.parse().ok()).collect();
    Some(Intent {
        from: all("from").find_map(|text| text.parse().ok()),
        to: all("to").find_map(|text| text.parse().ok())?,
        track: bundles("track"),
        untrack: bundles("untrack"),
        now: all("now").find_map(|text| text.parse().ok())?,
        why: all("why").next().unwrap_or_default().to_owned(),
        hold: all("hold").find_map(|text| text.parse().ok()),
    })
}

/// The journal could not be read or written, or is in the way.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refused.
    #[error("cannot keep the journal {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// How.
        #[source]
        source: io::Error,
    },
    /// An earlier trip is neither finished nor discarded.
    #[error("an earlier change of the tree is not finished")]
    Unfinished,
}

impl JournalError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

const NAME: &str = "journal";
const HEADER: &str = "journal";
const FORMAT: &[u8] = b"1";
const PLANNED: &str = "planned";
const FETCHED: &str = "fetched";
const STAGED: &str = "staged";
const COMMITTED: &str = "committed";
const FINISHED: &str = "finished";
const STATES: &[&str] = &[PLANNED, FETCHED, STAGED, COMMITTED, FINISHED];
const FIRST: Check = [b'0'; 16];
/// Longest line that is read, in bytes: an extended attribute in hexadecimal, and a path.
const MAX_LINE: u64 = 256 << 10;

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;

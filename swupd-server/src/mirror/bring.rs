//! Brings one file: it is verified while it is written, and read as a stream.

use std::{
    io::{self, BufWriter, Read, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use fs_err::File;
use swupd_protocol::layout::RepoPath;
use swupd_remote::{Base, Body, FetchError, FetchErrorKind, Remote, Source, Verdict};

use super::{
    LeftOut, MirrorError, Order,
    inbox::{Inbox, Incoming, Staged},
};
use crate::{repo::Repo, report::causes};

/// Brings files, from any number of threads.
#[derive(Debug)]
pub(super) struct Bringer<'a> {
    remote: &'a Remote,
    repo: &'a Repo,
    pub(super) inbox: &'a Inbox,
    fetched: AtomicU64,
    bytes: AtomicU64,
    left_out: Mutex<Vec<LeftOut>>,
}

/// A file, and how large it may be.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) path: RepoPath,
    pub(super) limit: u64,
}

/// What is read and verified.
pub(super) type Stream<'a> = dyn Read + Send + 'a;

impl<'a> Bringer<'a> {
    pub(super) fn new(order: Order<'a>, inbox: &'a Inbox) -> Self {
        Self {
            remote: order.remote,
            repo: order.repo,
            inbox,
            fetched: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            left_out: Mutex::default(),
        }
    }

    /// Returns what a proof makes of the file that is here; none where there is none, or it is not
    /// what it should be.
    pub(super) fn here<T>(
        &self,
        piece: &Piece,
        proof: impl Fn(&mut Stream<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let mut file = self.repo.open(&piece.path).ok()??;
        proof(&mut file).ok()
    }

    /// Fetches a file; none where there is no such file.
    pub(super) fn fetch<T>(
        &self,
        piece: &Piece,
        proof: impl Fn(&mut Stream<'_>) -> Result<T, String>,
    ) -> Result<Option<(T, Staged)>, BringError> {
        let attempt = |source| self.attempt(source, piece, &proof);
        match self.remote.try_each(Base::Content, attempt, BringError::verdict) {
            Ok((made, incoming)) => Ok(Some((made, incoming.for_place(&piece.path)))),
            Err(BringError::Fetch(error)) if is_lacking(error.kind) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sees to it that a file is here, and fetches it where it is not; says whether it is.
    pub(super) fn bring(
        &self,
        piece: &Piece,
        proof: impl Fn(&mut Stream<'_>) -> Result<(), String>,
    ) -> Result<bool, BringError> {
        if self.here(piece, &proof).is_some() {
            return Ok(true);
        }
        let Some(((), staged)) = self.fetch(piece, proof)? else { return Ok(false) };
        self.inbox.place(staged)?;
        Ok(true)
    }

    /// Does without a file that is not what it should be, if that was the trouble; `manifest` is the
    /// one that leads to it.
    pub(super) fn or_leave_out<T>(
        &self,
        manifest: &RepoPath,
        path: &RepoPath,
        brought: Result<T, BringError>,
    ) -> Result<Option<T>, MirrorError> {
        match brought {
            Ok(brought) => Ok(Some(brought)),
            Err(BringError::Damaged { why, .. }) => {
                self.leave_out(manifest, path, why);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Does without a file, for this run.
    pub(super) fn leave_out(&self, manifest: &RepoPath, path: &RepoPath, why: String) {
        self.inbox.owed.note(manifest);
        let left_out = LeftOut { path: path.clone(), why };
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).push(left_out);
    }

    /// Returns how many files came so far.
    pub(super) fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// Returns the number of files that came, their bytes, and what was left out.
    pub(super) fn into_tally(self) -> (u64, u64, Vec<LeftOut>) {
        let mut left_out = self.left_out.into_inner().unwrap_or_else(PoisonError::into_inner);
        left_out.sort();
        left_out.dedup();
        (self.fetched.into_inner(), self.bytes.into_inner(), left_out)
    }

    /// Returns the address of a file.
    pub(super) fn url(&self, path: &RepoPath) -> String {
        self.remote.url(Base::Content, path)
    }

    fn attempt<T>(
        &self,
        source: Source,
        piece: &Piece,
        proof: impl Fn(&mut Stream<'_>) -> Result<T, String>,
    ) -> Result<(T, Incoming), BringError> {
        let write = |source| BringError::Write { path: piece.path.clone(), source };
        let incoming = self.inbox.begin(&piece.path).map_err(write)?;
        let was_begun = incoming.begun > 0;
        match self.go_on(source, piece, incoming, &proof) {
            // The beginning that an earlier run left was none of this file, or the server cannot
            // begin behind it.
            Err(error) if was_begun && error.may_be_of_the_beginning() => {
                let incoming = self.inbox.begin(&piece.path).map_err(write)?;
                self.go_on(source, piece, incoming, &proof)
            }
            outcome => outcome,
        }
    }

    /// Brings what is missing of a file, and proves all of it.
    fn go_on<T>(
        &self,
        source: Source,
        piece: &Piece,
        mut incoming: Incoming,
        proof: impl Fn(&mut Stream<'_>) -> Result<T, String>,
    ) -> Result<(T, Incoming), BringError> {
        let write = |source| BringError::Write { path: piece.path.clone(), source };
        let body = match self.remote.rest(source, &piece.path, piece.limit, incoming.begun) {
            Ok(body) => body,
            Err(error) => return Err(self.put_away(incoming, piece, error)),
        };
        let beginning = incoming.beginning().map_err(write)?;
        let mut tee = Tee::new(beginning, body, &mut incoming.file);
        let proved = proof(&mut tee);
        match (tee.finish(proved.is_ok()), proved) {
            (Ok(bytes), Ok(proved)) => {
                self.fetched.fetch_add(1, Ordering::Relaxed);
                self.bytes.fetch_add(bytes, Ordering::Relaxed);
                Ok((proved, incoming))
            }
            (Err(Trouble::Read(error)), _) => Err(self.put_away(incoming, piece, *error)),
            (failed, proved) => {
                incoming.discard().map_err(write)?;
                Err(match (failed, proved) {
                    (Err(Trouble::Write(source)), _) => write(source),
                    (_, Err(why)) => BringError::Damaged { url: self.url(&piece.path), why },
                    (_, Ok(_)) => write(io::ErrorKind::Other.into()),
                })
            }
        }
    }

    /// Leaves for the next run what came before a transfer ended, unless it will be of no use.
    fn put_away(&self, incoming: Incoming, piece: &Piece, error: FetchError) -> BringError {
        let error = BringError::from(error);
        let is_of_use = match &error {
            BringError::Fetch(_) if incoming.begun > 0 => !error.may_be_of_the_beginning(),
            BringError::Fetch(error) => {
                error.kind != FetchErrorKind::Changed && !is_lacking(error.kind)
            }
            _ => false,
        };
        let put = if is_of_use { self.inbox.leave(incoming) } else { incoming.discard() };
        match put {
            Ok(()) => error,
            Err(source) => BringError::Write { path: piece.path.clone(), source },
        }
    }
}

/// Reads what was there and what comes, and writes the latter to a file.
struct Tee<'a> {
    beginning: io::Take<File>,
    body: Body,
    file: BufWriter<&'a mut File>,
    bytes: u64,
    trouble: Option<Trouble>,
}

/// What went wrong besides that the content is not what it should be.
enum Trouble {
    Read(Box<FetchError>),
    Write(io::Error),
}

impl<'a> Tee<'a> {
    fn new(beginning: io::Take<File>, body: Body, file: &'a mut File) -> Self {
        let file = BufWriter::with_capacity(BUFFER, file);
        Self { beginning, body, file, bytes: 0, trouble: None }
    }

    /// Takes what the proof did not need to read, if that is wanted, and returns how much came.
    fn finish(mut self, is_wanted: bool) -> Result<u64, Trouble> {
        if is_wanted && self.trouble.is_none() {
            // What fails is noted.
            io::copy(&mut self, &mut io::sink()).unwrap_or_default();
        }
        let flushed = self.file.flush();
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => flushed.map(|()| self.bytes).map_err(Trouble::Write),
        }
    }
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.beginning.limit() > 0 && !buffer.is_empty() {
            let read = self.beginning.read(buffer);
            if !matches!(read, Ok(0)) {
                return read.inspect_err(|error| {
                    self.trouble = Some(Trouble::Write(io::Error::from(error.kind())));
                });
            }
            // Somebody made it shorter meanwhile.
            self.trouble = Some(Trouble::Write(io::ErrorKind::UnexpectedEof.into()));
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let read = self.body.read(buffer).inspect_err(|error| {
            let fetch = FetchError::among_causes_of(error).cloned();
            self.trouble = fetch.map(|fetch| Trouble::Read(Box::new(fetch)));
        })?;
        self.bytes += read as u64;
        if let Err(error) = self.file.write_all(&buffer[..read]) {
            self.trouble = Some(Trouble::Write(error));
            return Err(io::ErrorKind::Other.into());
        }
        Ok(read)
    }
}

/// Why a file does not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum BringError {
    /// It is not what it should be.
    #[error("{url} is damaged: {why}")]
    Damaged { url: String, why: String },
    /// It does not come.
    #[error("cannot fetch")]
    Fetch(#[source] FetchError),
    /// It cannot be written.
    #[error("cannot write {path}")]
    Write { path: RepoPath, source: io::Error },
    /// Something else.
    #[error("cannot go on")]
    Other(#[source] MirrorError),
}

impl BringError {
    /// Says whether asking for the whole might do where the rest was asked for: what only tells
    /// that the network or the server has a bad hour leaves the beginning what it is.
    fn may_be_of_the_beginning(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Fetch(error) => matches!(
                error.kind,
                FetchErrorKind::Changed
                    | FetchErrorKind::Nonsense(_)
                    | FetchErrorKind::NotFound
                    | FetchErrorKind::Redirected
                    | FetchErrorKind::Refused(_)
                    | FetchErrorKind::Failing(500 | 501)
            ),
            Self::Write { .. } | Self::Other(_) => false,
        }
    }

    fn verdict(&self) -> Verdict {
        match self {
            Self::Damaged { .. } => Verdict::Damaged,
            Self::Fetch(error) => error.verdict(),
            Self::Write { .. } | Self::Other(_) => Verdict::Final,
        }
    }
}

impl From<FetchError> for BringError {
    fn from(error: FetchError) -> Self {
        match error.kind {
            // Nothing that is what it should be has no end.
            FetchErrorKind::TooLarge { .. } => {
                Self::Damaged { why: error.kind.to_string(), url: error.url }
            }
            _ => Self::Fetch(error),
        }
    }
}

impl From<MirrorError> for BringError {
    fn from(error: MirrorError) -> Self {
        Self::Other(error)
    }
}

impl From<BringError> for MirrorError {
    fn from(error: BringError) -> Self {
        match error {
            BringError::Damaged { url, why } => Self::Refused { url, why },
            BringError::Fetch(error) => error.into(),
            BringError::Write { path, source } => Self::Write { path, source },
            BringError::Other(error) => error,
        }
    }
}

/// Says whether an answer means that there is no such file: some object stores refuse to give what
/// they do not have.
pub(super) fn is_lacking(kind: FetchErrorKind) -> bool {
    matches!(kind, FetchErrorKind::NotFound | FetchErrorKind::Refused(403))
}

/// Reads all of something small.
pub(super) fn whole(stream: &mut Stream<'_>) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).map_err(|error| causes(&error))?;
    Ok(text)
}

const BUFFER: usize = 1 << 16;

//! One transfer: a bounded reader that goes on by itself after a break.

use std::{
    fmt,
    io::{self, Read},
    sync::Arc,
    thread,
};

use super::{
    FetchError, FetchErrorKind, Retries,
    address::ThingUrl,
    answer::{Resume, Validator},
    file::Files,
    http::Http,
    retry::Tries,
    transport::{Incoming, Transport},
};
use crate::told::{Listener, Word};

/// What all transfers share.
pub(super) struct Wire {
    /// None where both addresses are directories.
    pub(super) http: Option<Http>,
    pub(super) files: Files,
    pub(super) retries: Retries,
    pub(super) listener: Arc<dyn Listener>,
}

impl Wire {
    /// Returns the size of a thing, where whoever has it says so.
    pub(super) fn size(&self, url: &ThingUrl) -> Result<Option<u64>, FetchError> {
        self.transport(url).size(url)
    }

    fn transport(&self, url: &ThingUrl) -> &dyn Transport {
        match &self.http {
            Some(http) if url.is_http() => http,
            _ => &self.files,
        }
    }
}

/// The bytes of one thing, as they come. A break is mended where the server can tell that the rest
/// belongs to the beginning; nothing is ever given twice or left out.
///
/// Reading fails with an I/O error that holds a [`FetchError`].
pub struct Body {
    wire: Arc<Wire>,
    url: ThingUrl,
    limit: u64,
    size: Option<u64>,
    validator: Option<Validator>,
    incoming: Option<Box<dyn Incoming>>,
    /// Where the next byte that is given lies in the whole.
    delivered: u64,
    /// Whether the beginning came in another transfer, of which no validator is known.
    is_continued: bool,
    tries: Tries,
    failed: bool,
}

impl Body {
    /// Begins a transfer of what lies behind the first `from` bytes.
    pub(super) fn open(
        wire: Arc<Wire>,
        url: ThingUrl,
        limit: u64,
        from: u64,
    ) -> Result<Self, FetchError> {
        if from > limit {
            return Err(FetchError::new(&url, FetchErrorKind::TooLarge { limit }));
        }
        let mut body = Self {
            tries: Tries::new(wire.retries),
            wire,
            url,
            limit,
            size: None,
            validator: None,
            incoming: None,
            delivered: from,
            is_continued: from > 0,
            failed: false,
        };
        while let Err(error) = body.connect() {
            body.pause_after(error)?;
        }
        Ok(body)
    }

    /// Returns the size in bytes, where the server said it.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Returns what is read, for messages.
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Reads all of it into memory.
    pub(super) fn read_whole(mut self) -> Result<Vec<u8>, FetchError> {
        let expected = self.size.unwrap_or(0).min(self.limit).min(BELIEVED_SIZE);
        let mut whole = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        let mut buffer = vec![0; BUFFER];
        loop {
            match self.fill(&mut buffer)? {
                0 => return Ok(whole),
                length => whole.extend_from_slice(&buffer[..length]),
            }
        }
    }

    /// Reads some bytes, mending breaks; 0 at the end.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, FetchError> {
        if self.failed {
            return Err(FetchError::new(&self.url, FetchErrorKind::Interrupted));
        }
        loop {
            let outcome = match self.incoming {
                Some(_) => self.take(buffer),
                None => self.connect().and_then(|()| self.take(buffer)),
            };
            match outcome {
                Ok(length) => return Ok(length),
                Err(error) => self.pause_after(error)?,
            }
        }
    }

    /// Asks for the whole, or for what is missing.
    fn connect(&mut self) -> Result<(), FetchError> {
        let resume = self.resume()?;
        let opened = self.wire.transport(&self.url).open(&self.url, resume.as_ref())?;
        self.tries.reached();
        self.size = opened.size.or(self.size);
        if self.size.is_some_and(|size| size > self.limit) {
            return Err(self.too_large());
        }
        if resume.is_none_or(|resume| resume.validator.is_none()) {
            self.validator = opened.validator;
        }
        self.is_continued = false;
        if self.size.is_some_and(|size| size < self.delivered) {
            return Err(FetchError::new(&self.url, FetchErrorKind::Changed));
        }
        let mut incoming = opened.incoming;
        self.skip(incoming.as_mut(), opened.start)?;
        self.incoming = Some(incoming);
        Ok(())
    }

    fn resume(&self) -> Result<Option<Resume>, FetchError> {
        if self.delivered == 0 {
            return Ok(None);
        }
        let changed = || FetchError::new(&self.url, FetchErrorKind::Changed);
        let validator = self.validator.clone();
        if validator.is_none() && !self.is_continued {
            return Err(changed());
        }
        Ok(Some(Resume { from: self.delivered, size: self.size, validator }))
    }

    /// Passes over what has been delivered already, where the server starts before it.
    fn skip(&self, incoming: &mut dyn Incoming, start: u64) -> Result<(), FetchError> {
        let mut scratch = vec![0; BUFFER];
        let mut left = self.delivered - start.min(self.delivered);
        while left > 0 {
            let most = scratch.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            match incoming.read(&mut scratch[..most])? {
                // Without a word of its size, a whole that is shorter is another one.
                0 if self.size.is_none() => {
                    return Err(FetchError::new(&self.url, FetchErrorKind::Changed));
                }
                0 => return Err(FetchError::new(&self.url, FetchErrorKind::Interrupted)),
                length => left -= length as u64,
            }
        }
        Ok(())
    }

    fn take(&mut self, buffer: &mut [u8]) -> Result<usize, FetchError> {
        let Some(incoming) = &mut self.incoming else { return Ok(0) };
        // One byte more than allowed tells that there is more than allowed.
        let room = usize::try_from(self.limit - self.delivered).unwrap_or(usize::MAX);
        let most = buffer.len().min(room.saturating_add(1));
        let length = incoming.read(&mut buffer[..most])?;
        if length > room {
            return Err(self.too_large());
        }
        let missing = self.size.is_some_and(|size| self.delivered < size);
        if length == 0 && missing && !buffer.is_empty() {
            return Err(FetchError::new(&self.url, FetchErrorKind::Interrupted));
        }
        self.delivered += length as u64;
        self.tries.received(length as u64);
        Ok(length)
    }

    fn too_large(&self) -> FetchError {
        FetchError::new(&self.url, FetchErrorKind::TooLarge { limit: self.limit })
    }

    /// Waits until the next try is due, or gives the error back where there is none.
    fn pause_after(&mut self, mut error: FetchError) -> Result<(), FetchError> {
        self.incoming = None;
        let Some(pause) = self.tries.failed(error.kind.outlook()) else {
            self.failed = true;
            error.tries = self.tries.failures();
            return Err(error);
        };
        let seconds = pause.as_secs();
        let why = format!("{error}; trying again in {seconds} s");
        self.wire.listener.hear(Word::Info(why));
        thread::sleep(pause);
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.fill(buffer)?)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("url", &self.url)
            .field("delivered", &self.delivered)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Bytes read at once.
const BUFFER: usize = 32 << 10;
/// Memory set aside on the server's word alone.
const BELIEVED_SIZE: u64 = 1 << 20;

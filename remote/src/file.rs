//! Repositories in a directory of this machine: `file://`.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    sync::Arc,
};

use super::{
    FetchError, FetchErrorKind,
    address::ThingUrl,
    answer::Resume,
    statistics::Counters,
    transport::{Incoming, Opened, Transport},
};

/// Reads plain files.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) counters: Arc<Counters>,
}

impl Transport for Files {
    fn open(&self, url: &ThingUrl, resume: Option<&Resume>) -> Result<Opened, FetchError> {
        // Nothing that fails here is tried again, so there is never a rest to be asked for.
        let start = resume.map_or(0, |resume| resume.from);
        if start > 0 {
            return Err(FetchError::new(url, FetchErrorKind::Changed));
        }
        self.counters.asked();
        let (file, size) = open(url)?;
        let incoming =
            Box::new(Content { file, url: url.clone(), counters: Arc::clone(&self.counters) });
        Ok(Opened { size: Some(size), start: 0, validator: None, incoming })
    }

    fn size(&self, url: &ThingUrl) -> Result<Option<u64>, FetchError> {
        open(url).map(|(_, size)| Some(size))
    }
}

fn open(url: &ThingUrl) -> Result<(File, u64), FetchError> {
    let failed = |error| failure(url, error);
    let path = url.as_url().to_file_path();
    let path = path.map_err(|()| FetchError::new(url, FetchErrorKind::NotFound))?;
    // A named pipe must not make us wait for whoever writes into it.
    let without_waiting = nix::fcntl::OFlag::O_NONBLOCK.bits();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path);
    let file = file.map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    Ok((file, metadata.len()))
}

struct Content {
    file: File,
    url: ThingUrl,
    counters: Arc<Counters>,
}

impl Incoming for Content {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, FetchError> {
        loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(length) => {
                    self.counters.received(length as u64);
                    return Ok(length);
                }
                Err(error) => return Err(failure(&self.url, error)),
            }
        }
    }
}

fn failure(url: &ThingUrl, error: io::Error) -> FetchError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FetchErrorKind::NotFound,
        _ => FetchErrorKind::Local,
    };
    FetchError::because(url, kind, error)
}

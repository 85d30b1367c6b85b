//! A delta on its way: it must be read in any order, so it waits in memory, or, beyond a bound, in
//! a temporary file without a name.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom},
};

/// The bytes of one delta.
#[derive(Debug)]
pub(super) enum Spool {
    Memory(Cursor<Vec<u8>>),
    Disk(File),
}

impl Spool {
    /// Reads `size` bytes from `input`; `file` makes the temporary file where one is needed.
    pub(super) fn read(
        input: &mut impl Read,
        size: u64,
        file: impl FnOnce() -> io::Result<File>,
    ) -> Result<Self, SpoolError> {
        let mut input = input.take(size);
        let mut spool = match usize::try_from(size) {
            Ok(length) if length <= MOST_IN_MEMORY => {
                let mut bytes = Vec::with_capacity(length);
                input.read_to_end(&mut bytes).map_err(SpoolError::Read)?;
                Self::Memory(Cursor::new(bytes))
            }
            _ => {
                let mut file = file().map_err(SpoolError::Write)?;
                copy(&mut input, &mut file)?;
                Self::Disk(file)
            }
        };
        spool.rewind().map_err(SpoolError::Write)?;
        Ok(spool)
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => bytes.read(buffer),
            Self::Disk(file) => file.read(buffer),
        }
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => bytes.seek(to),
            Self::Disk(file) => file.seek(to),
        }
    }
}

/// Which side of a copy failed: that decides whether anything can go on.
#[derive(Debug)]
pub(super) enum SpoolError {
    /// What arrives.
    Read(io::Error),
    /// This machine.
    Write(io::Error),
}

/// Copies all of `input`, telling apart whose fault a failure is.
pub(super) fn copy(input: &mut impl Read, output: &mut impl io::Write) -> Result<(), SpoolError> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(SpoolError::Read(error)),
        };
        output.write_all(&buffer[..length]).map_err(SpoolError::Write)?;
    }
}

const MOST_IN_MEMORY: usize = 1 << 20;
const BUFFER: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_deltas_come_back_as_they_were() {
        for (size, on_disk) in
            [(0, false), (100, false), (MOST_IN_MEMORY, false), (MOST_IN_MEMORY + 1, true)]
        {
            let bytes: Vec<u8> = (0..=250).cycle().take(size + 7).collect();
            let mut spool = Spool::read(&mut &bytes[..], size as u64, tempfile::tempfile).unwrap();
            assert_eq!(matches!(spool, Spool::Disk(_)), on_disk);
            let mut back = Vec::new();
            spool.read_to_end(&mut back).unwrap();
            assert_eq!(back, bytes[..size]);
            assert_eq!(spool.seek(SeekFrom::Start(1)).unwrap(), 1);
        }
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }

    #[test]
    fn a_disk_that_is_full_is_told_from_a_stream_that_breaks() {
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
        let size = MOST_IN_MEMORY as u64 + 1;
        let error = Spool::read(&mut io::repeat(0), size, full).unwrap_err();
        assert!(matches!(error, SpoolError::Write(_)));
        let error = Spool::read(&mut Broken, 10, tempfile::tempfile).unwrap_err();
        assert!(matches!(error, SpoolError::Read(_)));
    }
}

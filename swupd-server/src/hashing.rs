//! A hash as the end of a stream.

use std::io::{self, Write};

use swupd_protocol::hash::ContentHasher;

/// Hashes what is written to it.
#[derive(Debug)]
pub(crate) struct Hashing<'a>(pub(crate) &'a mut ContentHasher);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

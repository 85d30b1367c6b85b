//! The compressions that an artifact may travel in: told apart by their first bytes when read,
//! chosen when written, and never able to take more memory than the limits allow.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Cursor, Read, Write},
};

use flate2::{GzBuilder, bufread::MultiGzDecoder, write::GzEncoder};
use liblzma::{bufread::XzDecoder, stream::Stream, write::XzEncoder};

use crate::limits::{MAX_XZ_MEMORY, MAX_ZSTD_WINDOW_LOG};

mod encoding;

pub use encoding::Encoding;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// As `gzip` does it.
    Gzip,
    /// As `bzip2` does it; it is read, and written nowhere.
    Bzip2,
    /// As `xz` does it.
    Xz,
    /// As `zstd` does it.
    Zstd,
}

impl Compression {
    /// Tells the compression of a stream by its first bytes, of which six are enough.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // A frame, or a frame to skip, with which some tools begin.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Returns a reader of what `input` holds once it is unpacked, by whatever compression it has.
///
/// Several streams behind each other are read as one. Input that ends too early, or has something
/// else behind it, makes an error: never a short success. Without a compression there is no end to
/// miss, and what is inside must know its own.
pub fn decoder<'a>(mut input: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut head = [0; MAGIC_LENGTH];
    let length = read_up_to(&mut input, &mut head)?;
    let known = &head[..length];
    if (1..MAGIC_LENGTH).contains(&length) && MAGICS.iter().any(|magic| magic.starts_with(known)) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let compression = Compression::of(known);
    let head = Cursor::new(head).take(length as u64);
    decoder_of(compression, head.chain(BufReader::with_capacity(BUFFER, input)))
}

/// Returns a reader of what `input` holds once it is unpacked, where its compression is known.
pub fn decoder_of<'a>(
    compression: Compression,
    input: impl BufRead + Send + 'a,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(input),
        Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Compression::Xz => {
            let stream = Stream::new_stream_decoder(MAX_XZ_MEMORY, liblzma::stream::CONCATENATED)?;
            Box::new(XzDecoder::new_stream(input, stream))
        }
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(input)?;
            decoder.window_log_max(MAX_ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    })
}

/// Returns a writer that packs what it is given and passes it on to `output`.
///
/// The bytes depend on the content and the encoding alone: not on the sizes of the writes, and not
/// on how many workers there are, as long as there are any.
pub fn encoder<W: Write>(output: W, encoding: Encoding) -> io::Result<Encoder<W>> {
    let inner = match encoding.compression() {
        Compression::None => Inner::None(output),
        Compression::Gzip => {
            let level = flate2::Compression::new(encoding.gzip_level()?);
            Inner::Gzip(Box::new(GzBuilder::new().mtime(0).write(output, level)))
        }
        Compression::Xz => Inner::Xz(XzEncoder::new_stream(output, encoding.xz_stream()?)),
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(output, 0)?;
            encoding.set_up_zstd(&mut encoder)?;
            Inner::Zstd(Box::new(encoder))
        }
        Compression::Bzip2 => return Err(io::ErrorKind::Unsupported.into()),
    };
    Ok(Encoder { inner, pending: Vec::new() })
}

/// A writer that packs; [`encoder`] makes it. What it was given is complete in the output only
/// after [`Encoder::finish`].
pub struct Encoder<W: Write> {
    inner: Inner<W>,
    /// What was given, until it fills a buffer: how the output of gzip looks depends on how much
    /// it is given at once.
    pending: Vec<u8>,
}

enum Inner<W: Write> {
    None(W),
    Gzip(Box<GzEncoder<W>>),
    Xz(XzEncoder<W>),
    Zstd(Box<zstd::Encoder<'static, W>>),
}

impl<W: Write> Encoder<W> {
    /// Ends the stream and returns the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.pass_on()?;
        match self.inner {
            Inner::None(output) => Ok(output),
            Inner::Gzip(encoder) => encoder.finish(),
            Inner::Xz(encoder) => encoder.finish(),
            Inner::Zstd(encoder) => encoder.finish(),
        }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let writer: &mut dyn Write = match &mut self.inner {
            Inner::None(output) => output,
            Inner::Gzip(encoder) => encoder,
            Inner::Xz(encoder) => encoder,
            Inner::Zstd(encoder) => encoder,
        };
        writer.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.len() == BUFFER {
            self.pass_on()?;
        }
        let taken = bytes.len().min(BUFFER - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Does nothing: the bytes would depend on when it happens.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> fmt::Debug for Encoder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// A reader that fails once more than a given number of bytes come out of it.
#[derive(Debug)]
pub struct Bounded<R> {
    inner: R,
    limit: u64,
    left: u64,
}

impl<R> Bounded<R> {
    /// Returns a reader of at most `limit` bytes; an end exactly there is fine.
    pub fn new(inner: R, limit: u64) -> Self {
        Self { inner, limit, left: limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !buffer.is_empty() {
            // Nothing more may come; whether anything does, only one more byte can tell.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(TooLarge { limit: self.limit }.into()),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// More came out of a stream than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is larger than the {limit} bytes that it may have")]
pub struct TooLarge {
    /// Most bytes that were allowed.
    pub limit: u64,
}

impl From<TooLarge> for io::Error {
    fn from(error: TooLarge) -> Self {
        Self::new(io::ErrorKind::FileTooLarge, error)
    }
}

/// Reads until the buffer is full or the input ends; returns how many bytes were read.
pub(crate) fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match input.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Bytes that are read from an input at once.
pub(crate) const BUFFER: usize = 128 << 10;

const MAGIC_LENGTH: usize = 6;
/// What a compressed stream begins with, to tell one that ends within it.
const MAGICS: [&[u8]; 4] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"];

#[cfg(test)]
#[path = "compression/tests.rs"]
mod tests;

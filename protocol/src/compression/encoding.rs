//! How a stream shall be compressed: which way, how hard, by how many threads.

use std::io::{self, Write};

use liblzma::stream::{Check, Filters, LzmaOptions, MtStreamBuilder, PRESET_EXTREME, Stream};

use super::Compression;
use crate::limits::{MAX_XZ_MEMORY, MAX_ZSTD_WINDOW_LOG};

/// How a stream shall be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Encoding {
    compression: Compression,
    level: i32,
    workers: u32,
    window_log: Option<u32>,
    size: Option<u64>,
}

impl Encoding {
    /// No compression.
    pub fn none() -> Self {
        Self::new(Compression::None, 0)
    }

    /// gzip at a level from 0 to 9.
    pub fn gzip(level: u32) -> Self {
        Self::new(Compression::Gzip, i32::try_from(level).unwrap_or(i32::MAX))
    }

    /// xz at a level from 0 to 9, each as hard as it goes (`xz -9e`).
    pub fn xz(level: u32) -> Self {
        Self::new(Compression::Xz, i32::try_from(level).unwrap_or(i32::MAX))
    }

    /// zstd at a level up to 22.
    pub fn zstd(level: i32) -> Self {
        Self::new(Compression::Zstd, level)
    }

    /// Lets this many threads compress, where the compression can: xz and zstd. With any number
    /// from 1 on the result is the same; without them (0) it may be smaller, as all is one block.
    #[must_use]
    pub fn workers(self, workers: u32) -> Self {
        Self { workers, ..self }
    }

    /// Sets how far back a match may lie, as a power of two, for xz and zstd. A reader needs
    /// memory for it.
    #[must_use]
    pub fn window_log(self, log: u32) -> Self {
        Self { window_log: Some(log), ..self }
    }

    /// Says that exactly this many bytes will be given, so that little memory is taken for a
    /// small stream. Another number makes an error at the end for zstd, worse results for xz.
    #[must_use]
    pub fn of_size(self, bytes: u64) -> Self {
        Self { size: Some(bytes), ..self }
    }

    /// Returns which compression it is.
    pub fn compression(self) -> Compression {
        self.compression
    }

    fn new(compression: Compression, level: i32) -> Self {
        Self { compression, level, workers: 0, window_log: None, size: None }
    }

    /// Returns the level, if gzip has it.
    pub(super) fn gzip_level(self) -> io::Result<u32> {
        self.level_up_to_nine()
    }

    /// Sets up an encoder that was made with its defaults.
    pub(super) fn set_up_zstd<W: Write>(
        self,
        encoder: &mut zstd::Encoder<'static, W>,
    ) -> io::Result<()> {
        use zstd::zstd_safe::CParameter::CompressionLevel;
        if !zstd::compression_level_range().contains(&self.level) {
            return Err(invalid("zstd has no such level"));
        }
        encoder.set_parameter(CompressionLevel(self.level))?;
        if let Some(log) = self.window_log {
            if log > MAX_ZSTD_WINDOW_LOG {
                return Err(invalid("readers refuse so large a window"));
            }
            encoder.window_log(log)?;
        }
        if self.workers > 0 {
            encoder.multithread(self.workers)?;
        }
        encoder.set_pledged_src_size(self.size)
    }

    /// Returns an encoder for xz.
    pub(super) fn xz_stream(self) -> io::Result<Stream> {
        let level = self.level_up_to_nine()?;
        let log = self.window_log.unwrap_or(XZ_WINDOW_LOGS[level as usize]);
        let window = 1_u64.checked_shl(log).unwrap_or(u64::MAX);
        if !(SMALLEST_XZ_WINDOW..=MAX_XZ_MEMORY / 2).contains(&window) {
            return Err(invalid("xz has no such window, or readers refuse it"));
        }
        // A match cannot reach further back than the stream is long.
        let useful = self.size.map_or(window, |size| {
            size.checked_next_power_of_two().unwrap_or(window).clamp(SMALLEST_XZ_WINDOW, window)
        });
        let mut options = LzmaOptions::new_preset(level | PRESET_EXTREME)?;
        options.dict_size(u32::try_from(useful).map_err(io::Error::other)?);
        let mut filters = Filters::new();
        filters.lzma2(&options);
        Ok(match self.workers {
            0 => Stream::new_stream_encoder(&filters, Check::Crc64)?,
            workers => MtStreamBuilder::new()
                .threads(workers)
                .filters(filters)
                .check(Check::Crc64)
                .encoder()?,
        })
    }

    fn level_up_to_nine(self) -> io::Result<u32> {
        let level = u32::try_from(self.level).ok().filter(|level| *level <= 9);
        level.ok_or_else(|| invalid("the levels are 0 to 9"))
    }
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// The window of each level of xz, as a power of two.
const XZ_WINDOW_LOGS: [u32; 10] = [18, 20, 21, 22, 22, 23, 23, 24, 25, 26];
/// The smallest window that the xz format knows, in bytes.
const SMALLEST_XZ_WINDOW: u64 = 4096;

//! Makes a new file from an old one and a container, as a stream: memory does not grow with the
//! files.

use std::{
    cell::RefCell,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
};

use flate2::bufread::GzDecoder;
use liblzma::{bufread::XzDecoder, stream::Stream};

use super::{
    Container, Source,
    container::{Block, Coding},
};
use crate::limits::MAX_XZ_MEMORY;

impl<D: Read + Seek> Container<D> {
    /// Writes the new file to `out`: exactly [`Container::new_size`] bytes where it succeeds, and
    /// never more.
    pub fn apply(
        self,
        old: &mut (impl Read + Seek),
        out: &mut dyn Write,
    ) -> Result<(), ApplyError> {
        let Self { delta, header } = self;
        let actual = old.seek(SeekFrom::End(0)).map_err(ApplyError::Old)?;
        if actual != header.old_size {
            return Err(ApplyError::OldSize { stated: header.old_size, actual });
        }
        let delta = RefCell::new(delta);
        let open = |block, name| {
            decoder(&delta, block).map_err(|source| ApplyError::Block { name, source })
        };
        let mut control = open(header.control, CONTROL)?;
        let mut patch = Patch {
            old: Old::new(old, header.old_size).map_err(ApplyError::Old)?,
            diff: open(header.diff, DIFF)?,
            extra: open(header.extra, EXTRA)?,
            out: Output { out, buffer: vec![0; buffer_size(header.new_size)], filled: 0 },
            missing: header.new_size,
        };
        let mut idle = 0;
        while patch.missing > 0 {
            let triple = Triple::read(&mut control)?;
            if triple.is_idle() {
                idle += 1;
            }
            // A differ needs one such step between two that make something. Beyond that they are
            // there to keep us busy.
            if idle > header.new_size {
                return Err(ApplyError::Idle);
            }
            patch.step(triple)?;
        }
        patch.out.flush()
    }
}

/// Why a delta could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The old file has another length than the delta was made for.
    #[error("the old file has {actual} bytes and the delta starts from one of {stated}")]
    OldSize {
        /// Bytes by the header.
        stated: u64,
        /// Bytes of the file.
        actual: u64,
    },
    /// A block is damaged, too short or cannot be read.
    #[error("the delta's {name} block cannot be read")]
    Block {
        /// Which of the three.
        name: &'static str,
        /// What is wrong with it.
        #[source]
        source: io::Error,
    },
    /// A step would make a negative number of bytes, or more than the new file has.
    #[error("a step of the delta leads past the end of the new file")]
    PastNew,
    /// A step leads to a place outside the old file.
    #[error("a step of the delta leads outside the old file")]
    OutsideOld,
    /// Too many steps that make nothing.
    #[error("the delta has steps without end that make nothing")]
    Idle,
    /// The old file cannot be read.
    #[error("the old file cannot be read")]
    Old(#[source] io::Error),
    /// The new file cannot be written.
    #[error("the new file cannot be written")]
    Output(#[source] io::Error),
}

/// One step: bytes to add to old ones, bytes to copy, and how far to move in the old file.
#[derive(Debug, Clone, Copy)]
struct Triple {
    add: u64,
    copy: u64,
    seek: i64,
}

impl Triple {
    fn read(control: &mut dyn Read) -> Result<Self, ApplyError> {
        let mut fields = [[0; 8]; 3];
        control
            .read_exact(fields.as_flattened_mut())
            .map_err(|source| ApplyError::Block { name: CONTROL, source })?;
        let [add, copy, seek] = fields.map(i64::from_le_bytes);
        let length = |field| u64::try_from(field).map_err(|_| ApplyError::PastNew);
        Ok(Self { add: length(add)?, copy: length(copy)?, seek })
    }

    fn is_idle(self) -> bool {
        self.add == 0 && self.copy == 0
    }
}

/// The work at hand.
struct Patch<'a, O> {
    old: Old<'a, O>,
    diff: Box<dyn Read + 'a>,
    extra: Box<dyn Read + 'a>,
    out: Output<'a>,
    /// Bytes of the new file that are still to be made.
    missing: u64,
}

impl<O: Read + Seek> Patch<'_, O> {
    fn step(&mut self, triple: Triple) -> Result<(), ApplyError> {
        let made = triple.add.checked_add(triple.copy);
        let missing = made.and_then(|made| self.missing.checked_sub(made));
        self.missing = missing.ok_or(ApplyError::PastNew)?;

        let old = &mut self.old;
        self.out.fill(triple.add, |piece| {
            let unread = |source| ApplyError::Block { name: DIFF, source };
            self.diff.read_exact(piece).map_err(unread)?;
            old.add_to(piece).map_err(ApplyError::Old)
        })?;
        self.out.fill(triple.copy, |piece| {
            let unread = |source| ApplyError::Block { name: EXTRA, source };
            self.extra.read_exact(piece).map_err(unread)
        })?;
        old.seek(triple.seek)
    }
}

/// The old file, and the place in it that the next bytes come from.
struct Old<'a, O> {
    file: BufReader<&'a mut O>,
    /// Where the next read of `file` begins.
    file_place: u64,
    place: u64,
    size: u64,
    buffer: Vec<u8>,
}

impl<'a, O: Read + Seek> Old<'a, O> {
    fn new(file: &'a mut O, size: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let capacity = buffer_size(size);
        let file = BufReader::with_capacity(capacity, file);
        Ok(Self { file, file_place: 0, place: 0, size, buffer: vec![0; capacity] })
    }

    /// Adds the next bytes to these, one by one; beyond the end of the file there are zeros.
    fn add_to(&mut self, piece: &mut [u8]) -> io::Result<()> {
        let left = self.size.saturating_sub(self.place);
        let inside = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        if inside > 0 {
            self.move_file()?;
        }
        for part in piece[..inside].chunks_mut(self.buffer.len().max(1)) {
            let old = &mut self.buffer[..part.len()];
            self.file.read_exact(old)?;
            for (byte, old) in part.iter_mut().zip(old) {
                *byte = byte.wrapping_add(*old);
            }
            self.file_place += part.len() as u64;
        }
        self.place += piece.len() as u64;
        Ok(())
    }

    fn move_file(&mut self) -> io::Result<()> {
        // Both are within a file, whose length the system keeps below 2^63.
        let distance = self.place.wrapping_sub(self.file_place).cast_signed();
        self.file_place = self.place;
        // A short way keeps what was read ahead.
        self.file.seek_relative(distance)
    }

    fn seek(&mut self, distance: i64) -> Result<(), ApplyError> {
        let place = self.place.checked_add_signed(distance);
        self.place = place.filter(|place| *place <= self.size).ok_or(ApplyError::OutsideOld)?;
        Ok(())
    }
}

/// The new file, written in large pieces.
struct Output<'a> {
    out: &'a mut dyn Write,
    buffer: Vec<u8>,
    filled: usize,
}

impl Output<'_> {
    /// Appends `count` bytes, which `source` writes into the piece it is given.
    fn fill(
        &mut self,
        mut count: u64,
        mut source: impl FnMut(&mut [u8]) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        while count > 0 {
            if self.filled == self.buffer.len() {
                self.flush()?;
            }
            let room = &mut self.buffer[self.filled..];
            let length = usize::try_from(count).unwrap_or(usize::MAX).min(room.len());
            source(&mut room[..length])?;
            self.filled += length;
            count -= length as u64;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ApplyError> {
        self.out.write_all(&self.buffer[..self.filled]).map_err(ApplyError::Output)?;
        self.filled = 0;
        Ok(())
    }
}

/// One of several readers of the same source, each at a place of its own.
struct Section<'a, D> {
    source: &'a RefCell<D>,
    place: u64,
    end: u64,
}

impl<D: Read + Seek> Read for Section<'_, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.place).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        if length == 0 {
            return Ok(0);
        }
        let mut source = self.source.borrow_mut();
        source.seek(SeekFrom::Start(self.place))?;
        let read = source.read(&mut buffer[..length])?;
        self.place += read as u64;
        Ok(read)
    }
}

fn decoder<'a>(source: &'a RefCell<impl Source>, block: Block) -> io::Result<Box<dyn Read + 'a>> {
    let end = block.start + block.length;
    let section = Section { source, place: block.start, end };
    let mut stored = BufReader::with_capacity(buffer_size(block.length), section);
    Ok(match block.coding {
        Coding::None => Box::new(stored),
        Coding::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(stored)),
        Coding::Gzip => Box::new(GzDecoder::new(stored)),
        Coding::Xz => Box::new(xz_decoder(stored)?),
        Coding::Zeros => {
            let mut count = [0; 8];
            stored.read_exact(&mut count)?;
            Box::new(io::repeat(0).take(u64::from_le_bytes(count)))
        }
    })
}

fn xz_decoder<R: BufRead>(stored: R) -> io::Result<XzDecoder<R>> {
    Ok(XzDecoder::new_stream(stored, Stream::new_stream_decoder(MAX_XZ_MEMORY, 0)?))
}

/// Returns a size for a buffer on a stream of `length` bytes: most deltas are small and many.
fn buffer_size(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX).min(BUFFER)
}

/// Largest buffer of one stream, in bytes.
const BUFFER: usize = 64 << 10;

const CONTROL: &str = "control";
const DIFF: &str = "diff";
const EXTRA: &str = "extra";

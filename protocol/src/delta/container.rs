//! The file that a delta travels in: a packed little-endian header, then the blocks control, diff
//! and extra, each stored in a coding of its own.
//!
//! Two headers are read, a wide one and one for small files; the wide one is written.

use std::{
    borrow::Cow,
    io::{self, Read, Seek, SeekFrom, Write},
};

use flate2::write::GzEncoder;
use liblzma::{
    stream::{Check, Filters, LzmaOptions, PRESET_EXTREME, Stream},
    write::XzEncoder,
};

use super::{Delta, Difference};
use crate::{limits::MAX_DELTA_RESULT, object::Attributes};

/// A delta whose header was read and found sound; its blocks are read when it is applied.
#[derive(Debug)]
pub struct Container<D> {
    pub(super) delta: D,
    pub(super) header: Header,
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) attributes: Attributes,
    pub(super) old_size: u64,
    pub(super) new_size: u64,
    pub(super) control: Block,
    pub(super) diff: Block,
    pub(super) extra: Block,
}

/// Where one of the three blocks lies in the container, and how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) coding: Coding,
}

/// How a block is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    None,
    Bzip2,
    Gzip,
    Xz,
    /// A count of zero bytes stands for them.
    Zeros,
}

/// How the blocks of a new container are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// As they are, for a pack that is compressed as a whole. A block of nothing but zeros is
    /// given by their count all the same.
    Raw,
    /// Each as small as it gets, for a delta that travels alone.
    Compressed,
}

/// Reads the header of a delta.
pub fn open<D: Read + Seek>(mut delta: D) -> Result<Delta<D>, DeltaError> {
    let actual = delta.seek(SeekFrom::End(0)).map_err(DeltaError::Read)?;
    delta.seek(SeekFrom::Start(0)).map_err(DeltaError::Read)?;
    let mut start = Vec::with_capacity(usize::from(WIDE_HEADER));
    (&mut delta).take(WIDE_HEADER.into()).read_to_end(&mut start).map_err(DeltaError::Read)?;

    let (magic, fields) = start.split_first_chunk().ok_or(DeltaError::NotADelta)?;
    let header = match magic {
        FULL_FILE => return Ok(Delta::UseFullfile),
        DIRECTORY => return Err(DeltaError::Directory),
        WIDE => Header::wide(fields),
        NARROW => Header::narrow(fields),
        _ => return Err(DeltaError::NotADelta),
    }?;
    let stated = header.extra.start.saturating_add(header.extra.length);
    if stated != actual {
        return Err(DeltaError::Size { stated, actual });
    }
    if header.new_size > MAX_DELTA_RESULT {
        return Err(DeltaError::TooLarge { size: header.new_size });
    }
    Ok(Delta::Container(Container { delta, header }))
}

impl<D> Container<D> {
    /// Returns owner and mode of the new file.
    pub fn attributes(&self) -> Attributes {
        self.header.attributes
    }

    /// Returns the length of the old file in bytes.
    pub fn old_size(&self) -> u64 {
        self.header.old_size
    }

    /// Returns the length of the new file in bytes: at most [`MAX_DELTA_RESULT`].
    pub fn new_size(&self) -> u64 {
        self.header.new_size
    }
}

/// Gives a difference the form in which it is stored; fails only where a compressor does.
pub fn encode(
    difference: &Difference,
    attributes: Attributes,
    blocks: Blocks,
) -> io::Result<Encoded<'_>> {
    let (control_coding, control) = store(&difference.control, Part::Control, blocks)?;
    let (diff_coding, diff) = store(&difference.diff, Part::Diff, blocks)?;
    let (extra_coding, extra) = store(&difference.extra, Part::Extra, blocks)?;
    let control_length = u32::try_from(control.len())
        .map_err(|_| io::Error::other("the control block is over 4 GiB"))?;
    let coding = control_coding.bit(Part::Control)
        | diff_coding.bit(Part::Diff)
        | extra_coding.bit(Part::Extra);

    let mut header = Vec::with_capacity(usize::from(WIDE_HEADER));
    header.extend_from_slice(WIDE);
    header.push(WIDE_HEADER);
    header.extend_from_slice(&control_length.to_le_bytes());
    // Lengths of diff and extra as stored, sizes of the files, and a time that nobody reads.
    let wide = [diff.len() as u64, extra.len() as u64, difference.old_size, difference.new_size, 0];
    header.extend(wide.into_iter().flat_map(u64::to_le_bytes));
    let Attributes { mode, uid, gid } = attributes;
    header.extend([REGULAR_FILE | mode, uid, gid].into_iter().flat_map(u32::to_le_bytes));
    header.extend_from_slice(&coding.to_le_bytes());
    Ok(Encoded { parts: [header.into(), control, diff, extra] })
}

/// A container ready to be written.
#[derive(Debug)]
pub struct Encoded<'a> {
    parts: [Cow<'a, [u8]>; 4],
}

impl Encoded<'_> {
    /// Returns its length in bytes.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.len() as u64).sum()
    }

    /// Returns its bytes as a stream.
    pub fn reader(&self) -> impl Read + '_ {
        let [header, control, diff, extra] = self.parts.each_ref().map(|part| &part[..]);
        header.chain(control).chain(diff).chain(extra)
    }

    /// Writes it.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.parts.iter().try_for_each(|part| out.write_all(part))
    }

    /// Returns its bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.parts.concat()
    }
}

/// Why a file is no delta that can be used.
#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    /// The file cannot be read.
    #[error("the delta's header cannot be read")]
    Read(#[source] io::Error),
    /// It does not begin as a delta does, or ends within its header.
    #[error("the file is no delta")]
    NotADelta,
    /// It is a delta between directories.
    #[error("a delta between directories cannot be applied")]
    Directory,
    /// The blocks begin within the header.
    #[error("the delta's blocks would begin at byte {offset}, within its header")]
    Offset {
        /// Where the blocks begin as the header has it.
        offset: u8,
    },
    /// The bits that say how blocks are stored do not name one coding a block.
    #[error("{bits:#06x} does not say how the delta's blocks are stored")]
    Coding {
        /// The bits.
        bits: u16,
    },
    /// The file is longer or shorter than its blocks.
    #[error("the delta should have {stated} bytes and has {actual}")]
    Size {
        /// Bytes by the header.
        stated: u64,
        /// Bytes of the file.
        actual: u64,
    },
    /// The new file would be too large.
    #[error("the delta would make a file of {size} bytes, which is too large")]
    TooLarge {
        /// Bytes of the new file.
        size: u64,
    },
}

/// Which of the three blocks. The number is its first bit in the field of codings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Control = 0,
    Diff = 5,
    Extra = 10,
}

/// The codings, each at the place of its bit in the five of a block.
const CODINGS: [Coding; 5] = [Coding::None, Coding::Bzip2, Coding::Gzip, Coding::Xz, Coding::Zeros];

impl Coding {
    fn bit(self, part: Part) -> u16 {
        let place = CODINGS.iter().take_while(|coding| **coding != self).count();
        1 << (part as usize + place)
    }

    fn of(part: Part, bits: u16) -> Option<Self> {
        let own = (bits >> part as u16) & 0b1_1111;
        let named = own.is_power_of_two().then(|| CODINGS[own.trailing_zeros() as usize])?;
        (part != Part::Control || named != Self::Zeros).then_some(named)
    }
}

/// The fields of the header that differ in width between the two headers.
struct Fields {
    header_size: u8,
    offset: u8,
    /// Stored lengths of control, diff and extra.
    lengths: [u64; 3],
    old_size: u64,
    new_size: u64,
    tail: [u8; 14],
}

impl Header {
    fn wide(mut bytes: &[u8]) -> Result<Self, DeltaError> {
        let [offset] = take(&mut bytes)?;
        let control = u32::from_le_bytes(take(&mut bytes)?);
        let mut field = || take(&mut bytes).map(u64::from_le_bytes);
        let [diff, extra, old_size, new_size, _time] =
            [field()?, field()?, field()?, field()?, field()?];
        Self::new(&Fields {
            header_size: WIDE_HEADER,
            offset,
            lengths: [control.into(), diff, extra],
            old_size,
            new_size,
            tail: take(&mut bytes)?,
        })
    }

    fn narrow(mut bytes: &[u8]) -> Result<Self, DeltaError> {
        let [offset, control] = take(&mut bytes)?;
        let mut field = || take(&mut bytes).map(|two| u64::from(u16::from_le_bytes(two)));
        let [diff, extra, old_size, new_size] = [field()?, field()?, field()?, field()?];
        Self::new(&Fields {
            header_size: NARROW_HEADER,
            offset,
            lengths: [control.into(), diff, extra],
            old_size,
            new_size,
            tail: take(&mut bytes)?,
        })
    }

    fn new(fields: &Fields) -> Result<Self, DeltaError> {
        let mut tail = &fields.tail[..];
        let mut field = || take(&mut tail).map(u32::from_le_bytes);
        let [mode, uid, gid] = [field()?, field()?, field()?];
        let bits = u16::from_le_bytes(take(&mut tail)?);

        let offset = fields.offset;
        if offset < fields.header_size {
            return Err(DeltaError::Offset { offset });
        }
        let [control, diff, extra] = fields.lengths;
        let block = |part, start, length| {
            let coding = Coding::of(part, bits).ok_or(DeltaError::Coding { bits })?;
            Ok(Block { start, length, coding })
        };
        if bits & UNUSED_BITS != 0 {
            return Err(DeltaError::Coding { bits });
        }
        let starts = [offset.into(), u64::from(offset).saturating_add(control)];
        Ok(Self {
            attributes: Attributes::new(mode, uid, gid),
            old_size: fields.old_size,
            new_size: fields.new_size,
            control: block(Part::Control, starts[0], control)?,
            diff: block(Part::Diff, starts[1], diff)?,
            extra: block(Part::Extra, starts[1].saturating_add(diff), extra)?,
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], DeltaError> {
    let (first, rest) = bytes.split_first_chunk().ok_or(DeltaError::NotADelta)?;
    *bytes = rest;
    Ok(*first)
}

fn store(block: &[u8], part: Part, blocks: Blocks) -> io::Result<(Coding, Cow<'_, [u8]>)> {
    let mut best = (Coding::None, Cow::Borrowed(block));
    if part != Part::Control && block.len() > size_of::<u64>() && is_zeros(block) {
        let count = (block.len() as u64).to_le_bytes();
        best = (Coding::Zeros, count.to_vec().into());
    } else if blocks == Blocks::Compressed {
        for (coding, stored) in [(Coding::Gzip, gzip(block)?), (Coding::Xz, xz(block)?)] {
            if stored.len() < best.1.len() {
                best = (coding, stored.into());
            }
        }
    }
    Ok(best)
}

fn is_zeros(block: &[u8]) -> bool {
    // In steps, so that the search ends soon and the inner loop is a vector's.
    block.chunks(4096).all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
}

fn gzip(block: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(block)?;
    encoder.finish()
}

fn xz(block: &[u8]) -> io::Result<Vec<u8>> {
    // A dictionary larger than the block only costs the reader memory.
    let fitting = u32::try_from(block.len()).unwrap_or(u32::MAX).checked_next_power_of_two();
    let dictionary =
        fitting.map_or(XZ_DICTIONARY.1, |size| size.clamp(XZ_DICTIONARY.0, XZ_DICTIONARY.1));
    let mut options = LzmaOptions::new_preset(6 | PRESET_EXTREME)?;
    options.dict_size(dictionary);
    let stream = Stream::new_stream_encoder(Filters::new().lzma2(&options), Check::Crc32)?;
    let mut encoder = XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(block)?;
    encoder.finish()
}

const WIDE: &[u8; 8] = b"BSDIFF4U";
const NARROW: &[u8; 8] = b"BSDIFF4V";
const FULL_FILE: &[u8; 8] = b"FULLV20U";
const DIRECTORY: &[u8; 8] = b"DIR_V20U";

/// Lengths of the two headers in bytes.
const WIDE_HEADER: u8 = 67;
const NARROW_HEADER: u8 = 32;
/// Bits of the field of codings that belong to no block.
const UNUSED_BITS: u16 = 1 << 15;
/// The type bits of a mode, which the header carries too.
const REGULAR_FILE: u32 = 0o100_000;
/// Smallest and largest dictionary that we give an xz stream, in bytes.
const XZ_DICTIONARY: (u32, u32) = (4 << 10, 8 << 20);

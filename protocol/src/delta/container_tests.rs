//! Containers put together by hand: every way to store a block, damaged ones, hostile ones.

use std::io::{self, Cursor, Read, Write};

use super::{ApplyError, Container, Delta, DeltaError, open};
use crate::{limits::MAX_DELTA_RESULT, object::Attributes};

/// A container as its bytes are laid out, written without the code under test.
#[derive(Clone)]
struct Raw {
    narrow: bool,
    offset: Option<u8>,
    old_size: u64,
    new_size: u64,
    coding: u16,
    blocks: [Vec<u8>; 3],
}

impl Raw {
    /// Makes `new` of `old` in two steps; the second lies before the first in the old file.
    fn sample() -> (Self, Vec<u8>, Vec<u8>) {
        let old: Vec<u8> = (0..=255).cycle().take(600).collect();
        let mut new: Vec<u8> = old[300..600].iter().map(|byte| byte.wrapping_add(1)).collect();
        new.extend_from_slice(b"inserted");
        new.extend_from_slice(&old[100..200]);
        let control = control(&[(0, 0, 300), (300, 8, -500), (100, 0, 400)]);
        let diff = [vec![1; 300], vec![0; 100]].concat();
        let blocks = [control, diff, b"inserted".to_vec()];
        (Self { blocks, ..Self::empty(600, 408) }, old, new)
    }

    fn empty(old_size: u64, new_size: u64) -> Self {
        let blocks = [vec![], vec![], vec![]];
        Self { narrow: false, offset: None, old_size, new_size, coding: PLAIN, blocks }
    }

    fn steps(old_size: u64, new_size: u64, steps: &[(i64, i64, i64)]) -> Self {
        let blocks = [control(steps), vec![0; 64], vec![b'+'; 64]];
        Self { blocks, ..Self::empty(old_size, new_size) }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let [control, diff, extra] = self.blocks.each_ref().map(Vec::len);
        if self.narrow {
            out.extend(b"BSDIFF4V");
            out.push(self.offset.unwrap_or(32));
            out.push(u8::try_from(control).unwrap());
            for field in [diff as u64, extra as u64, self.old_size, self.new_size] {
                out.extend(u16::try_from(field).unwrap().to_le_bytes());
            }
        } else {
            out.extend(b"BSDIFF4U");
            out.push(self.offset.unwrap_or(67));
            out.extend(u32::try_from(control).unwrap().to_le_bytes());
            for field in [diff as u64, extra as u64, self.old_size, self.new_size, 77] {
                out.extend(field.to_le_bytes());
            }
        }
        for field in [0o100_750_u32, 7, 70_000] {
            out.extend(field.to_le_bytes());
        }
        out.extend(self.coding.to_le_bytes());
        let gap = usize::from(self.offset.unwrap_or(0)).saturating_sub(out.len());
        out.extend(vec![b'?'; gap]);
        out.extend(self.blocks.concat());
        out
    }
}

fn control(steps: &[(i64, i64, i64)]) -> Vec<u8> {
    steps
        .iter()
        .flat_map(|(add, copy, seek)| [*add, *copy, *seek])
        .flat_map(i64::to_le_bytes)
        .collect()
}

type Codec = fn(&[u8]) -> Vec<u8>;

fn bzip2(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    bzip2::read::BzEncoder::new(block, bzip2::Compression::best()).read_to_end(&mut out).unwrap();
    out
}

fn gzip(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(block, flate2::Compression::best()).read_to_end(&mut out).unwrap();
    out
}

fn xz(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    liblzma::read::XzEncoder::new(block, 1).read_to_end(&mut out).unwrap();
    out
}

fn zeros(count: u64) -> Vec<u8> {
    count.to_le_bytes().to_vec()
}

/// A writer that counts, and forgets what it is given.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn container(delta: &[u8]) -> Result<Container<Cursor<&[u8]>>, DeltaError> {
    match open(Cursor::new(delta))? {
        Delta::Container(container) => Ok(container),
        Delta::UseFullfile => panic!("this is a delta"),
    }
}

fn apply(delta: &[u8], old: &[u8]) -> Result<Vec<u8>, ApplyError> {
    let mut new = Vec::new();
    container(delta).unwrap().apply(&mut Cursor::new(old), &mut new)?;
    Ok(new)
}

fn refused(raw: &Raw) -> ApplyError {
    apply(&raw.bytes(), &vec![b'o'; usize::try_from(raw.old_size).unwrap()]).unwrap_err()
}

/// Every way to store each block, in both kinds of container.
fn samples() -> Vec<(Raw, Vec<u8>, Vec<u8>)> {
    let (plain, old, new) = Raw::sample();
    let codecs: [(u16, Codec); 4] = [(0, <[u8]>::to_vec), (1, bzip2), (2, gzip), (3, xz)];
    let mut samples = Vec::new();
    for narrow in [false, true] {
        for (bit, codec) in codecs {
            for part in 0..3 {
                let mut raw = Raw { narrow, ..plain.clone() };
                raw.blocks[part] = codec(&raw.blocks[part]);
                raw.coding ^= (1 | 1 << bit) << (5 * part);
                raw.coding |= u16::from(bit == 0) << (5 * part);
                samples.push((raw, old.clone(), new.clone()));
            }
        }
        let mut raw = Raw { narrow, ..plain.clone() };
        raw.blocks[1] = zeros(400);
        raw.blocks[2] = zeros(8);
        raw.coding = 1 | 1 << 9 | 1 << 14;
        let new = [&old[300..600], &[0; 8], &old[100..200]].concat();
        samples.push((raw, old.clone(), new));
    }
    samples
}

#[test]
fn every_way_to_store_a_block_is_read() {
    for (raw, old, new) in samples() {
        let delta = raw.bytes();
        let container = container(&delta).unwrap();
        assert_eq!((container.old_size(), container.new_size()), (600, 408));
        assert_eq!(container.attributes(), Attributes::new(0o750, 7, 70_000));
        assert_eq!(apply(&delta, &old).unwrap(), new, "{:#x}", raw.coding);
    }
}

#[test]
fn a_header_may_be_longer_than_we_know_it() {
    for narrow in [false, true] {
        let (raw, old, new) = Raw::sample();
        assert_eq!(apply(&Raw { narrow, offset: Some(80), ..raw }.bytes(), &old).unwrap(), new);
    }
}

#[test]
fn a_delta_can_send_for_the_whole_file() {
    assert!(matches!(open(Cursor::new(b"FULLV20U")), Ok(Delta::UseFullfile)));
}

#[test]
fn what_is_no_delta_is_refused() {
    for bytes in
        [&b""[..], b"FULLV20", b"BSDIFF40 and something behind it", b"BSDIFF4U", b"BSDIFF4V"]
    {
        assert!(matches!(open(Cursor::new(bytes)), Err(DeltaError::NotADelta)), "{bytes:?}");
    }
    assert!(matches!(open(Cursor::new(b"DIR_V20U")), Err(DeltaError::Directory)));
}

#[test]
fn headers_that_cannot_be_true_are_refused() {
    let (plain, ..) = Raw::sample();
    let refusal = |raw: &Raw| container(&raw.bytes()).unwrap_err();
    for (narrow, offset) in [(false, 66), (false, 0), (true, 31)] {
        let raw = Raw { narrow, offset: Some(offset), ..plain.clone() };
        assert!(matches!(refusal(&raw), DeltaError::Offset { .. }));
    }
    // No coding, two of them, a control block of zeros, and the bit that is nobody's.
    for coding in [0, PLAIN & !1, PLAIN | 2, PLAIN ^ 1 | 1 << 4, PLAIN | 1 << 15, PLAIN | 1 << 13] {
        assert!(matches!(refusal(&Raw { coding, ..plain.clone() }), DeltaError::Coding { .. }));
    }
    let raw = Raw { new_size: MAX_DELTA_RESULT + 1, ..plain };
    assert!(matches!(refusal(&raw), DeltaError::TooLarge { size } if size == MAX_DELTA_RESULT + 1));
}

#[test]
fn a_file_of_another_length_than_its_header_says_is_refused() {
    for (raw, ..) in samples() {
        let mut delta = raw.bytes();
        for length in 0..delta.len() {
            assert!(container(&delta[..length]).is_err());
        }
        delta.push(0);
        assert!(matches!(container(&delta), Err(DeltaError::Size { .. })));
    }
    // Lengths whose sum does not fit a number.
    let mut delta = Raw::sample().0.bytes();
    delta[13..29].fill(0xff);
    assert!(matches!(container(&delta), Err(DeltaError::Size { .. })));
}

#[test]
fn an_old_file_of_another_length_is_refused() {
    let (raw, old, _) = Raw::sample();
    for old in [&old[1..], &[&old[..], b"+"].concat()] {
        let refusal = apply(&raw.bytes(), old);
        assert!(matches!(refusal, Err(ApplyError::OldSize { stated: 600, .. })));
    }
}

#[test]
fn steps_that_leave_the_new_file_are_refused() {
    for (add, copy) in
        [(-1, 11), (11, -1), (11, 0), (0, 11), (5, 6), (i64::MAX, i64::MAX), (i64::MIN, 0)]
    {
        let raw = Raw::steps(20, 10, &[(add, copy, 0)]);
        assert!(matches!(refused(&raw), ApplyError::PastNew), "{add} {copy}");
    }
}

#[test]
fn steps_that_leave_the_old_file_are_refused() {
    for seek in [-6, 16, i64::MAX, i64::MIN] {
        for rest in [&[(5, 0, 0)][..], &[]] {
            let size = 5 + 5 * rest.len() as u64;
            let raw = Raw::steps(20, size, &[&[(5, 0, seek)], rest].concat());
            assert!(matches!(refused(&raw), ApplyError::OutsideOld), "{seek}");
        }
    }
    // Both ends of the file are inside, and what is added beyond it is zeros.
    let raw = Raw::steps(20, 10, &[(5, 0, -5), (2, 0, 18), (3, 0, -3)]);
    assert_eq!(apply(&raw.bytes(), &[b'o'; 20]).unwrap(), b"ooooooo\0\0\0");
}

#[test]
fn blocks_that_end_too_soon_are_refused() {
    let short = Raw::steps(100, 100, &[(65, 0, 0)]);
    assert!(matches!(refused(&short), ApplyError::Block { name: "diff", .. }));
    let short = Raw::steps(100, 100, &[(0, 65, 0)]);
    assert!(matches!(refused(&short), ApplyError::Block { name: "extra", .. }));
    let short = Raw::steps(100, 100, &[(5, 5, 0)]);
    assert!(matches!(refused(&short), ApplyError::Block { name: "control", .. }));
    let mut short = Raw::steps(100, 100, &[(10, 0, 0)]);
    (short.coding, short.blocks[1]) = (1 | 1 << 9 | 1 << 10, zeros(9));
    assert!(matches!(refused(&short), ApplyError::Block { name: "diff", .. }));
    short.blocks[1].pop();
    assert!(matches!(refused(&short), ApplyError::Block { name: "diff", .. }));
}

#[test]
fn damage_anywhere_is_an_error_or_another_file_and_never_more() {
    for (raw, old, _) in samples() {
        let delta = raw.bytes();
        for place in 0..delta.len() {
            for damage in [0x01, 0x80, 0xff] {
                let mut delta = delta.clone();
                delta[place] ^= damage;
                let Ok(Delta::Container(container)) = open(Cursor::new(&delta[..])) else {
                    continue;
                };
                let (size, mut out) = (container.new_size(), Count(0));
                let applied = container.apply(&mut Cursor::new(&old), &mut out);
                assert!(out.0 <= size && size <= MAX_DELTA_RESULT);
                assert!(applied.is_err() || out.0 == size);
            }
        }
    }
}

#[test]
fn steps_without_end_are_refused() {
    // 24 million bytes of steps that do nothing, in a few thousand stored ones.
    let idle = Raw {
        coding: 1 << 2 | 1 << 5 | 1 << 10,
        blocks: [gzip(&vec![0; 24_000_000]), vec![], vec![]],
        ..Raw::empty(10, 10)
    };
    assert!(matches!(refused(&idle), ApplyError::Idle));
}

#[test]
fn a_few_bytes_make_no_more_than_the_header_says() {
    let old = vec![0; 1000];
    for (coding, diff) in
        [(9, zeros(u64::MAX)), (7, gzip(&vec![0; 10 << 20])), (6, bzip2(&vec![0; 10 << 20]))]
    {
        let raw = Raw {
            coding: 1 | 1 << coding | 1 << 10,
            blocks: [control(&[(1000, 0, 0)]), diff, vec![]],
            ..Raw::empty(1000, 1000)
        };
        assert_eq!(apply(&raw.bytes(), &old).unwrap(), old);
    }
}

#[test]
fn an_xz_block_that_asks_for_much_memory_is_refused() {
    let (mut raw, ..) = Raw::sample();
    let mut block = xz(&raw.blocks[1]);
    // The block's header begins at byte 12: its size in words less one, flags, then filter LZMA2 with
    // one byte of properties, which is the size of the dictionary (40 means 4 GiB), then its CRC.
    assert_eq!(block[14..16], [0x21, 1]);
    block[16] = 40;
    let end = 12 + usize::from(block[12]) * 4;
    let sum = crc32(&block[12..end]);
    block[end..end + 4].copy_from_slice(&sum.to_le_bytes());
    raw.blocks[1] = block;
    raw.coding = 1 | 1 << 8 | 1 << 10;
    let ApplyError::Block { source, .. } = refused(&raw) else { panic!("the block is at fault") };
    let cause = source.get_ref().and_then(|cause| cause.downcast_ref());
    assert_eq!(cause, Some(&liblzma::stream::Error::MemLimit));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}

#[test]
fn failures_of_the_files_themselves_are_told_apart() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (raw, old, _) = Raw::sample();
    let delta = raw.bytes();
    let failed = container(&delta).unwrap().apply(&mut Cursor::new(&old), &mut Full);
    assert!(matches!(failed, Err(ApplyError::Output(_))));
}

/// No block compressed.
const PLAIN: u16 = 1 | 1 << 5 | 1 << 10;

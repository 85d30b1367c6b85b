use super::*;
use proptest::prelude::*;

fn pack(content: &[u8], encoding: Encoding) -> Vec<u8> {
    let mut encoder = encoder(Vec::new(), encoding).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    decoder(packed)?.read_to_end(&mut content)?;
    Ok(content)
}

/// The content in all compressions that are one.
fn packed_all_ways(content: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![bzip2(content)];
    for encoding in [Encoding::gzip(6), Encoding::xz(1), Encoding::zstd(3)] {
        all.push(pack(content, encoding));
    }
    all
}

#[test]
fn each_compression_is_told_by_its_first_bytes() {
    let kinds = [Compression::Bzip2, Compression::Gzip, Compression::Xz, Compression::Zstd];
    for (kind, packed) in kinds.into_iter().zip(packed_all_ways(b"content")) {
        assert_eq!(Compression::of(&packed), kind);
        assert_eq!(unpack(&packed).unwrap(), b"content");
    }
    assert_eq!(unpack(b"").unwrap(), b"");
    assert_eq!(unpack(b"not packed at all").unwrap(), b"not packed at all");
    assert_eq!(unpack(&pack(b"as it is", Encoding::none())).unwrap(), b"as it is");
}

#[test]
fn an_end_that_comes_too_early_is_an_error_at_every_byte() {
    for packed in packed_all_ways(&b"some content, some content. ".repeat(20)) {
        for length in 1..packed.len() {
            assert!(unpack(&packed[..length]).is_err(), "{length} of {}", packed.len());
        }
    }
}

#[test]
fn streams_behind_each_other_are_one_and_anything_else_there_is_an_error() {
    for packed in packed_all_ways(b"ab") {
        assert_eq!(unpack(&packed.repeat(3)).unwrap(), b"ababab");
        for garbage in [&b"\0"[..], b"garbage", &packed[..packed.len() / 2]] {
            let with_garbage = [&packed, garbage].concat();
            assert!(unpack(&with_garbage).is_err(), "{with_garbage:x?}");
        }
    }
    // Skipped frames are part of a zstd stream; some tools write them.
    let skipped = b"\x50\x2a\x4d\x18\x03\0\0\0abc";
    let frames = [&skipped[..], &pack(b"x", Encoding::zstd(1)), skipped].concat();
    assert_eq!(unpack(&frames).unwrap(), b"x");
}

#[test]
fn damage_is_an_error() {
    for packed in packed_all_ways(&[7; 300]) {
        // The formats that carry a check of the content; zstd's is optional.
        if Compression::of(&packed) != Compression::Zstd {
            let mut damaged = packed.clone();
            let middle = packed.len() / 2;
            damaged[middle] ^= 0x55;
            assert!(unpack(&damaged).is_err(), "{damaged:x?}");
        }
    }
}

#[test]
fn a_zstd_stream_may_ask_for_a_window_within_the_limit_only() {
    // A frame with an empty raw block, whose window is a power of two.
    let frame = |log: u8| [0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 1, 0, 0];
    assert_eq!(unpack(&frame(27)).unwrap(), b"");
    assert!(unpack(&frame(28)).is_err());
    assert!(unpack(&frame(31)).is_err());
}

#[test]
fn an_xz_stream_may_ask_for_memory_within_the_limit_only() {
    let packed = pack(b"x", Encoding::xz(0));
    let with_window = |property: u8| {
        let mut packed = packed.clone();
        packed[16] = property;
        let mut crc = flate2::Crc::new();
        crc.update(&packed[12..20]);
        packed[20..24].copy_from_slice(&crc.sum().to_le_bytes());
        packed
    };
    assert_eq!(packed[14..16], [0x21, 1], "where the window stands");
    // 64 MiB, which is what `xz -9` asks for, and 192 MiB.
    assert_eq!(unpack(&with_window(28)).unwrap(), b"x");
    assert!(unpack(&with_window(31)).is_err());
    assert!(unpack(&with_window(40)).is_err());
}

#[test]
fn what_readers_would_refuse_is_not_written() {
    let unfit = [
        Encoding::gzip(10),
        Encoding::xz(10),
        Encoding::xz(9).window_log(27),
        Encoding::xz(1).window_log(11),
        Encoding::xz(1).window_log(70),
        Encoding::zstd(23),
        Encoding::zstd(19).window_log(28),
        Encoding::zstd(19).window_log(3),
    ];
    for encoding in unfit {
        assert!(encoder(io::sink(), encoding).is_err(), "{encoding:?}");
    }
}

#[test]
fn the_number_of_workers_and_the_size_of_writes_change_nothing() {
    // Several blocks for xz at level 0 (1 MiB each) and several jobs for zstd.
    let content: Vec<u8> =
        (0..1_500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8 ^ 3).collect();
    let ways = [
        (Encoding::gzip(1), 0),
        (Encoding::gzip(6), 0),
        (Encoding::xz(0).window_log(16).workers(1), 3),
        (Encoding::zstd(1).window_log(17).workers(1), 3),
        (Encoding::zstd(1), 0),
    ];
    for (encoding, more_workers) in ways {
        let whole = pack(&content, encoding);
        assert_eq!(unpack(&whole).unwrap(), content);
        let mut pieces = encoder(Vec::new(), encoding.workers(more_workers)).unwrap();
        for piece in content.chunks(77_777) {
            pieces.write_all(piece).unwrap();
            pieces.flush().unwrap();
        }
        assert!(pieces.finish().unwrap() == whole, "{encoding:?}");
    }
}

#[test]
fn a_size_that_was_promised_must_come() {
    assert_eq!(unpack(&pack(b"four", Encoding::zstd(3).of_size(4))).unwrap(), b"four");
    assert_eq!(unpack(&pack(b"four", Encoding::xz(9).of_size(4))).unwrap(), b"four");
    assert_eq!(unpack(&pack(b"", Encoding::xz(9).of_size(0))).unwrap(), b"");
    let mut encoder = encoder(Vec::new(), Encoding::zstd(3).of_size(4)).unwrap();
    encoder.write_all(b"two").unwrap();
    assert!(encoder.finish().is_err());
}

#[test]
fn a_bound_lets_exactly_its_bytes_pass() {
    let read = |limit| {
        let mut content = Vec::new();
        Bounded::new(&b"12345"[..], limit).read_to_end(&mut content).map(|_| content)
    };
    assert_eq!(read(6).unwrap(), b"12345");
    assert_eq!(read(5).unwrap(), b"12345");
    let error = read(4).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert!(error.get_ref().unwrap().is::<TooLarge>());
}

#[test]
fn a_bomb_is_stopped_by_a_bound() {
    let bomb = pack(&vec![0; 20 << 20], Encoding::zstd(1));
    assert!(bomb.len() < 4096);
    let mut bounded = Bounded::new(decoder(&bomb[..]).unwrap(), 1 << 20);
    let error = io::copy(&mut bounded, &mut io::sink()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
}

/// A reader that gives one byte at a time.
struct Dribble<'a>(&'a [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn content_round_trips(content in prop::collection::vec(any::<u8>(), 0..2000), level in 0..4_u32) {
        let encodings = [
            Encoding::gzip(level),
            Encoding::xz(level).window_log(16),
            Encoding::xz(level).of_size(content.len() as u64),
            Encoding::zstd(level.cast_signed()),
            Encoding::zstd(19).of_size(content.len() as u64),
        ];
        for encoding in encodings {
            let packed = pack(&content, encoding);
            prop_assert_eq!(&unpack(&packed).unwrap(), &content);
            let mut slowly = Vec::new();
            decoder(Dribble(&packed)).unwrap().read_to_end(&mut slowly).unwrap();
            prop_assert_eq!(&slowly, &content);
        }
        prop_assert_eq!(&unpack(&bzip2(&content)).unwrap(), &content);
    }
}

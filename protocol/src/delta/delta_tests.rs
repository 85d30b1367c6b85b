//! Deltas as a whole: made, stored, read and applied.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::limits::MAX_MANIFEST;

fn attributes() -> Attributes {
    Attributes::new(0o4755, 1000, 70_000)
}

fn made(old: &[u8], new: &[u8], blocks: Blocks) -> Vec<u8> {
    encode(&diff(old, new), attributes(), blocks).unwrap().to_vec()
}

fn container(delta: &[u8]) -> Container<Cursor<&[u8]>> {
    match open(Cursor::new(delta)).unwrap() {
        Delta::Container(container) => container,
        Delta::UseFullfile => panic!("a delta was made"),
    }
}

fn applied(delta: &[u8], old: &[u8]) -> Vec<u8> {
    apply_in_memory(delta, old, MAX_DELTA_RESULT).unwrap().unwrap()
}

/// Bytes that look random, the same for the same seed.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let step = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_le_bytes()[7]
    };
    std::iter::repeat_with(step).take(length).collect()
}

/// What happens to a file between two versions.
#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Copy { from: usize, length: usize, to: usize },
    Run(usize, u8, usize),
    Scatter { step: usize, by: u8 },
}

impl Edit {
    fn apply(&self, file: &mut Vec<u8>) {
        let within = |place: usize| place % (file.len() + 1);
        let range =
            |from: usize, length: usize| within(from)..(within(from) + length).min(file.len());
        match self {
            Self::Insert(place, bytes) => {
                let place = within(*place);
                file.splice(place..place, bytes.iter().copied());
            }
            Self::Remove(place, length) => drop(file.drain(range(*place, *length))),
            Self::Copy { from, length, to } => {
                let (bytes, to) = (file[range(*from, *length)].to_vec(), within(*to));
                file.splice(to..to, bytes);
            }
            Self::Run(place, byte, length) => {
                let place = within(*place);
                file.splice(place..place, std::iter::repeat_n(*byte, *length));
            }
            Self::Scatter { step, by } => {
                file.iter_mut().step_by(*step).for_each(|byte| *byte = byte.wrapping_add(*by));
            }
        }
    }
}

fn an_edit() -> impl Strategy<Value = Edit> {
    let place = 0..20_000_usize;
    prop_oneof![
        (place.clone(), prop::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(place, bytes)| Edit::Insert(place, bytes)),
        (place.clone(), 0..2_000_usize).prop_map(|(place, length)| Edit::Remove(place, length)),
        (place.clone(), 0..4_000_usize, place.clone()).prop_map(|(from, length, to)| Edit::Copy {
            from,
            length,
            to
        }),
        (place, any::<u8>(), 0..3_000_usize)
            .prop_map(|(place, byte, length)| Edit::Run(place, byte, length)),
        (1..3_000_usize, any::<u8>()).prop_map(|(step, by)| Edit::Scatter { step, by }),
    ]
}

/// A file of few or many different bytes, and what becomes of it.
fn two_files() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let old = (0..8_000_usize, any::<u64>(), prop_oneof![Just(1_u8), Just(3), Just(255)]).prop_map(
        |(length, seed, bytes)| noise(length, seed).iter().map(|byte| byte % bytes).collect(),
    );
    (old, prop::collection::vec(an_edit(), 0..8)).prop_map(|(old, edits): (Vec<u8>, _)| {
        let mut new = old.clone();
        for edit in &edits {
            edit.apply(&mut new);
        }
        (old, new)
    })
}

proptest! {
    #[test]
    fn what_was_made_is_undone((old, new) in two_files()) {
        for blocks in [Blocks::Raw, Blocks::Compressed] {
            let delta = made(&old, &new, blocks);
            prop_assert_eq!(container(&delta).attributes(), attributes());
            prop_assert_eq!(container(&delta).old_size(), old.len() as u64);
            prop_assert_eq!(container(&delta).new_size(), new.len() as u64);
            prop_assert_eq!(&applied(&delta, &old), &new);
        }
    }

    #[test]
    fn unrelated_files_work_too(old: Vec<u8>, new: Vec<u8>) {
        prop_assert_eq!(applied(&made(&old, &new, Blocks::Raw), &old), new);
    }
}

#[test]
fn an_unchanged_file_takes_a_hundred_bytes() {
    let file = noise(100_000, 1);
    // The header, one triple and the count of the zeros.
    assert_eq!(made(&file, &file, Blocks::Raw).len(), 67 + 24 + 8);
    assert_eq!(applied(&made(&file, &file, Blocks::Raw), &file), file);
}

#[test]
fn a_container_has_the_bytes_that_the_reference_patcher_reads() {
    let written = made(&[5; 300], &[5; 290], Blocks::Raw);
    let header = [
        &b"BSDIFF4U"[..],
        &[67, 24, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[44, 1, 0, 0, 0, 0, 0, 0, 34, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        // Mode 0104755, owner 1000, group 70000; control as it is, diff zeros, extra as it is.
        &[0xed, 0x89, 0, 0, 0xe8, 3, 0, 0, 0x70, 0x11, 1, 0, 0x01, 0x06],
    ];
    let control = [[34, 1, 0, 0, 0, 0, 0, 0], [0; 8], [0; 8]];
    let zeros = [34, 1, 0, 0, 0, 0, 0, 0];
    assert_eq!(written, [&header.concat(), control.as_flattened(), &zeros].concat());
}

#[test]
fn each_block_is_stored_as_small_as_it_gets() {
    let difference = Difference {
        old_size: 0,
        new_size: 40_800,
        control: [[0_u64, 0, 0], [0, 40_800, 0]]
            .concat()
            .into_iter()
            .flat_map(u64::to_le_bytes)
            .collect(),
        diff: vec![],
        extra: [noise(200, 1).repeat(200), noise(800, 2)].concat(),
    };
    let coding = |delta: &[u8]| u16::from_le_bytes([delta[65], delta[66]]);
    let raw = encode(&difference, attributes(), Blocks::Raw).unwrap().to_vec();
    assert_eq!(coding(&raw), 1 | 1 << 5 | 1 << 10);
    let small = encode(&difference, attributes(), Blocks::Compressed).unwrap().to_vec();
    assert_eq!(coding(&small), 1 << 2 | 1 << 5 | 1 << 13, "gzip for a few bytes, xz for many");
    assert!(small.len() < 1_400);
    assert_eq!(applied(&small, &[]), difference.extra);
}

#[test]
fn a_delta_says_its_size_before_it_is_written() {
    let (old, new) = (noise(3_000, 1), noise(4_000, 2));
    let difference = diff(&old, &new);
    let encoded = encode(&difference, attributes(), Blocks::Raw).unwrap();
    let (mut written, mut read) = (Vec::new(), Vec::new());
    encoded.write_to(&mut written).unwrap();
    encoded.reader().read_to_end(&mut read).unwrap();
    assert_eq!(written, encoded.to_vec());
    assert_eq!(read, encoded.to_vec());
    assert_eq!(encoded.size(), encoded.to_vec().len() as u64);
}

#[test]
fn manifests_get_a_delta_where_it_pays() {
    let line = |number: u32| format!("F...\t{number:064x}\t10\t/usr/share/doc/{number}\n");
    let old: String = (0..1_000).map(line).collect();
    let new: String = (0..1_001).map(line).collect();
    let delta = between_manifests(old.as_bytes(), new.as_bytes()).unwrap().unwrap();
    assert!(delta.len() < 400, "{}", delta.len());
    let text = apply_in_memory(&delta, old.as_bytes(), MAX_MANIFEST).unwrap().unwrap();
    assert_eq!(text, new.as_bytes());

    let other = noise(5_000, 9);
    assert_eq!(between_manifests(old.as_bytes(), &other).unwrap(), None);
    assert_eq!(between_manifests(b"", new.as_bytes()).unwrap(), None);
    assert_eq!(between_manifests(old.as_bytes(), &old.as_bytes()[..199]).unwrap(), None);
}

#[test]
fn a_result_over_the_callers_limit_is_refused() {
    let old = noise(1_000, 3);
    let delta = made(&old, &old, Blocks::Raw);
    assert!(apply_in_memory(&delta, &old, 1_000).is_ok());
    let refused = apply_in_memory(&delta, &old, 999).unwrap_err();
    assert!(matches!(refused, InMemoryError::Delta(DeltaError::TooLarge { size: 1_000 })));
}

#[test]
fn only_some_sizes_are_candidates() {
    assert!(is_candidate(1, 200) && is_candidate(1, MAX_DELTA_RESULT));
    assert!(
        !is_candidate(0, 200) && !is_candidate(1, 199) && !is_candidate(1, MAX_DELTA_RESULT + 1)
    );
    assert!(is_worthwhile(90, 100) && !is_worthwhile(91, 100));
}

/// Something like a program: functions that refer to each other by place.
fn program(functions: u32, is_new: bool) -> Vec<u8> {
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for number in 0..functions {
        let mut body = noise(40 + (number as usize * 37) % 200, number.into());
        if is_new && number % 50 == 7 {
            body.splice(20..20, noise(12, 99));
        }
        bodies.push(body);
    }
    let mut places = vec![0_u32];
    places.extend(bodies.iter().scan(0, |end, body| {
        *end += u32::try_from(body.len()).unwrap();
        Some(*end)
    }));
    for (number, body) in (0_u32..).zip(&mut bodies) {
        for (count, field) in (0_u32..).zip(body.as_chunks_mut::<4>().0.iter_mut().step_by(4)) {
            let target = places[((number * 7 + count * 13) % functions) as usize];
            *field = target.wrapping_sub(places[number as usize]).to_le_bytes();
        }
    }
    bodies.concat()
}

fn compressed(block: &[u8]) -> usize {
    let mut out = Vec::new();
    bzip2::read::BzEncoder::new(block, bzip2::Compression::best()).read_to_end(&mut out).unwrap();
    out.len()
}

#[test]
fn deltas_are_about_as_small_as_those_of_a_suffix_array() {
    let (old, new) = (program(1_500, false), program(1_500, true));
    let Difference { control, diff, extra, .. } = diff(&old, &new);
    let ours = compressed(&control) + compressed(&diff) + compressed(&extra);

    let mut theirs = Vec::new();
    qbsdiff::Bsdiff::new(&old, &new).compression_level(9).compare(&mut theirs).unwrap();
    assert!(ours * 100 <= theirs.len() * 105, "{ours} and qbsdiff {}", theirs.len());

    // The steps of the other lie before their bytes; without compression the sum tells.
    let mut theirs = Vec::new();
    bsdiff::diff(&old, &new, &mut theirs).unwrap();
    let steps = theirs.len() - new.len();
    assert!(control.len() * 100 <= steps * 105, "{} and bsdiff {steps}", control.len());
}

#[test]
fn runs_and_repetitions_take_no_longer_than_other_bytes() {
    // Each would take minutes if its cost were the square of its length.
    let length = 1 << 20;
    let zeros = vec![0; length];
    let scattered = |mut file: Vec<u8>, seed| {
        for (part, byte) in file.chunks_mut(300).zip(noise(length, seed)) {
            let place = usize::from(byte) % part.len();
            part[place] = 1;
        }
        file
    };
    let periods = b"sixteen letters.".repeat(length / 16);
    let pairs = [
        (zeros.clone(), zeros.clone()),
        (scattered(zeros.clone(), 1), scattered(zeros, 2)),
        (scattered(periods.clone(), 1), scattered(periods.clone(), 2)),
        (periods.clone(), scattered(periods, 3)),
    ];
    for (old, new) in pairs {
        let delta = made(&old, &new, Blocks::Raw);
        assert!(delta.len() < length * 11 / 10);
        assert_eq!(applied(&delta, &old), new);
    }
}

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

//! Where eight bytes stand in a file: its places, in buckets by a hash of what stands there.

/// A place of the old file, and how many bytes from there on are as in the new one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Match {
    pub(super) old: usize,
    pub(super) length: usize,
}

impl Match {
    /// Returns what is left of the match one byte on.
    pub(super) fn without_first(self) -> Self {
        match self.length {
            0 | 1 => Self::default(),
            length => Self { old: self.old + 1, length: length - 1 },
        }
    }
}

/// The places of an old file by what stands there.
pub(super) struct Index<'a> {
    old: &'a [u8],
    /// Only each `stride`-th place is in the index, so that its memory is bounded.
    stride: usize,
    shift: u32,
    /// By hash, where its slots begin; one more tells where the last ones end.
    starts: Vec<u32>,
    /// The slots, those of a hash side by side and in order. A slot is a place divided by `stride`.
    slots: Vec<u32>,
}

impl<'a> Index<'a> {
    pub(super) fn new(old: &'a [u8]) -> Self {
        Self::with_slots(old, MAX_SLOTS)
    }

    fn with_slots(old: &'a [u8], max_slots: u32) -> Self {
        let stride = old.len().div_ceil(max_slots as usize).max(1);
        let bits = (old.len() / stride).next_power_of_two().ilog2();
        let bits = bits.clamp(MIN_HASH_BITS, MAX_HASH_BITS);
        let shift = u64::BITS - bits;
        let mut index =
            Self { old, stride, shift, starts: vec![0; (1 << bits) + 1], slots: vec![] };
        index.fill();
        index
    }

    fn fill(&mut self) {
        let Self { old, stride, shift, starts, slots } = self;
        for (_, word) in worthy(old, *stride) {
            starts[bucket(word, *shift)] += 1;
        }
        let mut end = 0;
        for start in &mut *starts {
            end += *start;
            *start = end;
        }
        // What is now the end of each bucket becomes its start, as the bucket fills from its end.
        slots.resize(end as usize, 0);
        for (slot, word) in worthy(old, *stride).rev() {
            let start = &mut starts[bucket(word, *shift)];
            *start -= 1;
            slots[*start as usize] = slot;
        }
    }

    /// Returns the longest match of the start of `new` that is longer than the one known, or that.
    ///
    /// Of many places it tries those that are nearest to `expected`.
    pub(super) fn longer_match(&self, new: &[u8], known: Match, expected: usize) -> Match {
        let Some(word) = word_at(new, 0) else { return known };
        let bucket = bucket(word, self.shift);
        let slots = &self.slots[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        let middle = slots.partition_point(|slot| (*slot as usize * self.stride) < expected);
        let last = slots.len().saturating_sub(CANDIDATES);
        let first = middle.saturating_sub(CANDIDATES / 2).min(last);
        let near = &slots[first..slots.len().min(first + CANDIDATES)];
        let mut best = known;
        for slot in near {
            let Some(deciding) = new.get(best.length) else { break };
            let old = *slot as usize * self.stride;
            if self.old.get(old + best.length) == Some(deciding) {
                let length = common_prefix(new, &self.old[old..]);
                if length > best.length && length >= WORD {
                    best = Match { old, length };
                }
            }
        }
        best
    }
}

/// Returns the slots that are worth a place in the index, and the words there.
fn worthy(old: &[u8], stride: usize) -> impl DoubleEndedIterator<Item = (u32, u64)> {
    let slots = u32::try_from(old.len() / stride).unwrap_or(u32::MAX);
    (0..slots).filter_map(move |slot| {
        let place = slot as usize * stride;
        let word = word_at(old, place)?;
        // Of a run of equal bytes the start is enough: nothing in it reaches further.
        let before = place.checked_sub(stride).and_then(|at| word_at(old, at));
        let in_run = before == Some(word) && word == word.rotate_left(8);
        (!in_run).then_some((slot, word))
    })
}

/// Returns how many bytes the two have in common from their starts on.
pub(super) fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let length = one.len().min(other.len());
    let (ones, others) = (one[..length].as_chunks::<8>().0, other[..length].as_chunks::<8>().0);
    for (count, (one, other)) in ones.iter().zip(others).enumerate() {
        let unlike = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if unlike != 0 {
            return count * 8 + unlike.trailing_zeros() as usize / 8;
        }
    }
    let whole = ones.len() * 8;
    let rest = one[whole..length].iter().zip(&other[whole..length]);
    whole + rest.take_while(|(one, other)| one == other).count()
}

fn word_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

fn bucket(word: u64, shift: u32) -> usize {
    // The best mixed bits of a product are its high ones. At most 24 are left, so this never fails.
    usize::try_from(word.wrapping_mul(MULTIPLIER) >> shift).unwrap_or_default()
}

/// What the index knows a place by, in bytes: shorter matches are not found.
const WORD: usize = size_of::<u64>();
/// How many places of a bucket are compared.
const CANDIDATES: usize = 24;
/// Slots of the largest index: for a larger file only each second, third, ... place is in it.
const MAX_SLOTS: u32 = 1 << 26;
const MIN_HASH_BITS: u32 = 8;
const MAX_HASH_BITS: u32 = 24;
/// Odd, with its ones spread evenly.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn longest(index: &Index<'_>, new: &[u8], expected: usize) -> (usize, usize) {
        let Match { old, length } = index.longer_match(new, Match::default(), expected);
        (old, length)
    }

    #[test]
    fn the_longest_match_is_found_and_shorter_ones_are_not() {
        let index = Index::new(b"one: 12345678, two: 123456789, three: 12345678");
        assert_eq!(longest(&index, b"123456789!", 0), (20, 9));
        assert_eq!(longest(&index, b"1234567", 0), (0, 0));
        let known = Match { old: 20, length: 9 };
        assert_eq!(index.longer_match(b"123456789!", known, 0).old, known.old);
    }

    #[test]
    fn of_many_places_the_nearest_are_tried() {
        let mut old = b"12345678.".repeat(1_000);
        old.splice(4_500..4_500, *b"12345678!");
        let index = Index::new(&old);
        assert_eq!(longest(&index, b"12345678!", 4_450), (4_500, 9));
        assert_eq!(longest(&index, b"12345678!", 0).1, 8);
        assert_eq!(longest(&index, b"12345678!", usize::MAX).1, 8);
    }

    #[test]
    fn a_run_is_one_place() {
        let index = Index::new(&[0; 1_000]);
        assert_eq!(index.slots, [0]);
        assert_eq!(longest(&index, &[0; 300], 500), (0, 300));
    }

    #[test]
    fn a_large_file_has_only_some_of_its_places_in_the_index() {
        let old: Vec<u8> = (0..4_000_u32).flat_map(u32::to_le_bytes).collect();
        let index = Index::with_slots(&old, 1_000);
        assert_eq!(index.stride, 16);
        assert!(index.slots.len() <= 1_000);
        let found = (0..16).filter(|place| longest(&index, &old[160 + place..], 0).1 > 0);
        assert_eq!(found.collect::<Vec<_>>(), [0]);
        assert_eq!(longest(&index, &old[160..900], 0), (160, 740));
    }

    #[test]
    fn short_files_have_empty_indexes() {
        for length in 0..8 {
            assert_eq!(longest(&Index::new(&b"1234567"[..length]), b"12345678", 0), (0, 0));
        }
    }

    proptest! {
        #[test]
        fn prefixes_are_counted(common in "[ab]{0,40}", one in "(c[ab]*)?", other in "(d[ab]*)?") {
            let (one, other) = (common.clone() + &one, common.clone() + &other);
            prop_assert_eq!(common_prefix(one.as_bytes(), other.as_bytes()), common.len());
        }
    }
}

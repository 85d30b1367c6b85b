//! Where eight bytes stand in a file: chains of places with the same hash.

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
    /// By hash, the first slot of a chain. A slot is a place divided by `stride`.
    heads: Vec<u32>,
    /// By slot, the next one of its chain.
    next: Vec<u32>,
}

impl<'a> Index<'a> {
    pub(super) fn new(old: &'a [u8]) -> Self {
        Self::with_slots(old, MAX_SLOTS)
    }

    fn with_slots(old: &'a [u8], max_slots: usize) -> Self {
        let stride = old.len().div_ceil(max_slots).max(1);
        let slots = old.len() / stride;
        let bits = slots.next_power_of_two().ilog2().clamp(MIN_HASH_BITS, MAX_HASH_BITS);
        let heads = vec![NO_SLOT; 1 << bits];
        let next = vec![NO_SLOT; slots];
        let mut index = Self { old, stride, shift: u64::BITS - bits, heads, next };
        index.fill();
        index
    }

    fn fill(&mut self) {
        // From the end to the start, so that a chain begins with the first of its places.
        for (slot, next) in (0..NO_SLOT).zip(&mut self.next).rev() {
            let place = slot as usize * self.stride;
            let Some(word) = word_at(self.old, place) else { continue };
            // Of a run of equal bytes the start is enough: nothing in it reaches further.
            let before = place.checked_sub(self.stride).and_then(|at| word_at(self.old, at));
            if before != Some(word) || word != word.rotate_left(8) {
                *next = std::mem::replace(&mut self.heads[bucket(word, self.shift)], slot);
            }
        }
    }

    /// Returns the longest match of the start of `new` that is longer than the one known, or that.
    pub(super) fn longer_match(&self, new: &[u8], known: Match) -> Match {
        let Some(word) = word_at(new, 0) else { return known };
        let mut best = known;
        let mut slot = self.heads[bucket(word, self.shift)];
        for _ in 0..CANDIDATES {
            // Where the slot is none there is no next one either.
            let Some(&next) = self.next.get(slot as usize) else { break };
            let Some(deciding) = new.get(best.length) else { break };
            let old = slot as usize * self.stride;
            if self.old.get(old + best.length) == Some(deciding) {
                let length = common_prefix(new, &self.old[old..]);
                if length > best.length {
                    best = Match { old, length };
                }
            }
            slot = next;
        }
        best
    }
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

/// How many places of a chain are compared.
const CANDIDATES: usize = 24;
/// Slots of the largest index: for a larger file only each second, third, ... place is in it.
const MAX_SLOTS: usize = 1 << 26;
const MIN_HASH_BITS: u32 = 8;
const MAX_HASH_BITS: u32 = 24;
const NO_SLOT: u32 = u32::MAX;
/// Odd, with its ones spread evenly.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

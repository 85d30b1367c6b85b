//! Finds the difference of two files, as bsdiff does: the new file is laid upon the old one piece
//! by piece, pieces may differ in some of their bytes, and what lies nowhere is kept as it is.
//!
//! bsdiff takes the longest match of each place from a suffix array. We take it from among some
//! places with the same eight bytes, those nearest to where the file goes on as it did: a third of
//! the time, and deltas as small within a percent.

mod index;

use self::index::{Index, Match, common_prefix};

/// What makes a new file from an old one: the three streams of a delta, not compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub(super) old_size: u64,
    pub(super) new_size: u64,
    pub(super) control: Vec<u8>,
    pub(super) diff: Vec<u8>,
    pub(super) extra: Vec<u8>,
}

/// Finds the difference of two files. The same files give the same difference.
///
/// Takes time and memory in proportion to the files. Beside the difference itself it needs six to
/// eight bytes for each byte of `old`, and a third of a gigabyte at most.
pub fn diff(old: &[u8], new: &[u8]) -> Difference {
    let mut difference = Difference {
        old_size: old.len() as u64,
        new_size: new.len() as u64,
        control: Vec::new(),
        diff: Vec::with_capacity(new.len()),
        extra: Vec::new(),
    };
    let files = Files { old, new };
    let mut scan = Scan::new(files);
    // Where the piece at hand begins, and the place before which no later piece may reach.
    let mut piece = Overlay::default();
    let mut floor = 0;
    while let Some(found) = scan.next_turn() {
        let (forward, backward) = files.meet(piece, found, floor);
        let next = Overlay { new: found.new - backward, old: found.old - backward };
        difference.push(files, piece, forward, next);
        (piece, floor) = (next, found.new);
    }
    if piece.new < new.len() {
        let forward = files.extend_forward(piece, new.len());
        let end = Overlay { new: new.len(), old: piece.old + forward };
        difference.push(files, piece, forward, end);
    }
    difference
}

impl Difference {
    /// Adds one step: `forward` bytes of the piece are alike, the others up to the next are kept.
    fn push(&mut self, files: Files<'_>, piece: Overlay, forward: usize, next: Overlay) {
        let Files { old, new } = files;
        let (new_end, old_end) = (piece.new + forward, piece.old + forward);
        let pairs = new[piece.new..new_end].iter().zip(&old[piece.old..old_end]);
        self.diff.extend(pairs.map(|(new, old)| new.wrapping_sub(*old)));
        self.extra.extend_from_slice(&new[new_end..next.new]);
        let seek = (next.old as u64).wrapping_sub(old_end as u64);
        let triple = [forward as u64, (next.new - new_end) as u64, seek];
        self.control.extend(triple.into_iter().flat_map(u64::to_le_bytes));
    }
}

/// A place of the new file laid upon one of the old file.
#[derive(Debug, Clone, Copy, Default)]
struct Overlay {
    new: usize,
    old: usize,
}

#[derive(Debug, Clone, Copy)]
struct Files<'a> {
    old: &'a [u8],
    new: &'a [u8],
}

impl Files<'_> {
    /// Says how far the piece before reaches forward and how far the piece found reaches back,
    /// so that they meet without overlap.
    fn meet(self, piece: Overlay, found: Overlay, floor: usize) -> (usize, usize) {
        let forward = self.extend_forward(piece, found.new);
        let backward = self.extend_backward(found, piece.new.max(floor.saturating_sub(REACH)));
        let gap = found.new - piece.new;
        let overlap = (forward + backward).saturating_sub(gap);
        if overlap == 0 {
            return (forward, backward);
        }
        // Both could have these bytes. Each side gets those that it fits better.
        let start = gap - backward;
        let place = piece.new + start;
        let ours = &self.old[piece.old + start..][..overlap];
        let theirs = &self.old[found.old - backward..][..overlap];
        let bytes = self.new[place..place + overlap].iter().zip(ours.iter().zip(theirs));
        let fits = bytes.map(|(new, (ours, theirs))| (new == ours, new == theirs));
        let ours = best_length(fits.map(|(ours, theirs)| i64::from(ours) - i64::from(theirs)));
        (start + ours, backward - ours)
    }

    /// Returns how many bytes from the start of a piece on are alike, more often than not.
    fn extend_forward(self, piece: Overlay, end: usize) -> usize {
        let pairs = self.new[piece.new..end].iter().zip(&self.old[piece.old..]);
        best_length(pairs.map(|(new, old)| if new == old { 1 } else { -1 }))
    }

    /// Returns how many bytes before a piece are alike, more often than not.
    fn extend_backward(self, piece: Overlay, start: usize) -> usize {
        let new = self.new[start..piece.new].iter().rev();
        let pairs = new.zip(self.old[..piece.old].iter().rev());
        best_length(pairs.map(|(new, old)| if new == old { 1 } else { -1 }))
    }
}

/// Returns the number of steps after which the sum of them is greatest, and the least of these.
fn best_length(steps: impl Iterator<Item = i64>) -> usize {
    let (mut sum, mut best, mut length) = (0, 0, 0);
    for (count, step) in steps.enumerate() {
        sum += step;
        if sum > best {
            (best, length) = (sum, count + 1);
        }
    }
    length
}

/// Goes through the new file and says where it had better be laid upon another place.
struct Scan<'a> {
    files: Files<'a>,
    index: Index<'a>,
    /// The place in the new file that is looked at.
    place: usize,
    /// How the piece at hand lies: `old - new`, which may wrap.
    offset: usize,
    /// The best match known at `place`.
    found: Match,
    /// Up to here the new file is known to be as the old one at `offset`.
    alike_to: usize,
    /// How many bytes of the new file from `place` to `scored_to` the piece at hand has right.
    score: usize,
    scored_to: usize,
}

impl<'a> Scan<'a> {
    fn new(files: Files<'a>) -> Self {
        let index = Index::new(files.old);
        let found = Match::default();
        Self { files, index, place: 0, offset: 0, found, alike_to: 0, score: 0, scored_to: 0 }
    }

    /// Returns the next place where another piece begins, or none at the end of the file.
    fn next_turn(&mut self) -> Option<Overlay> {
        self.pass_match();
        while self.place < self.files.new.len() {
            self.look();
            self.count_score();
            let Match { length, old } = self.found;
            if length > self.score + THRESHOLD {
                self.offset = old.wrapping_sub(self.place);
                return Some(Overlay { new: self.place, old });
            }
            if length == self.score && length > 0 {
                // The best there is lies where the piece at hand lies.
                self.pass_match();
            } else {
                self.pass_byte();
            }
        }
        None
    }

    /// Finds the best match at `place`.
    fn look(&mut self) {
        let alike = self.alike();
        if alike >= self.found.length {
            self.found = Match { old: self.place.wrapping_add(self.offset), length: alike };
        }
        // A long match is good enough, and one byte on it is still known. This is what keeps runs
        // and repetitions from costing the square of their length.
        if self.found.length < GOOD_ENOUGH {
            let expected = self.place.wrapping_add(self.offset);
            let new = &self.files.new[self.place..];
            self.found = self.index.longer_match(new, self.found, expected);
        }
    }

    /// Returns how far the new file is from `place` on as the piece at hand has it.
    fn alike(&mut self) -> usize {
        if self.alike_to <= self.place {
            let old = self.files.old.get(self.place.wrapping_add(self.offset)..);
            let length = common_prefix(&self.files.new[self.place..], old.unwrap_or_default());
            self.alike_to = self.place + length;
        }
        self.alike_to - self.place
    }

    /// Brings the score up to the end of the match found.
    fn count_score(&mut self) {
        let end = self.place + self.found.length;
        let start = self.scored_to.max(self.place);
        if start < end {
            let old = self.files.old.get(start.wrapping_add(self.offset)..).unwrap_or_default();
            let pairs = self.files.new[start..end].iter().zip(old);
            self.score += pairs.filter(|(new, old)| new == old).count();
            self.scored_to = end;
        }
    }

    fn pass_match(&mut self) {
        self.place += self.found.length;
        self.found = Match::default();
        self.alike_to = self.place;
        (self.score, self.scored_to) = (0, self.place);
    }

    fn pass_byte(&mut self) {
        if self.alike_to > self.place {
            self.score -= 1;
        }
        self.place += 1;
        self.found = self.found.without_first();
    }
}

/// How many more bytes a match must have right than the piece at hand, to be worth a step.
const THRESHOLD: usize = 8;
/// How far before the start of the last match a piece may reach back, in bytes. Without a bound,
/// files of many similar parts would be compared again with each of them.
const REACH: usize = 64 << 10;
/// A match of this length is not compared with others.
const GOOD_ENOUGH: usize = 256;

//! What a disk holds, in blocks that copies of it share until one of them is written.

use std::sync::Arc;

/// Bytes that a disk writes as one: they are there or not, never a part of them.
pub(crate) const BLOCK: usize = 4096;

/// What a disk holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Blocks; none where all bytes are zero.
    blocks: Vec<Option<Arc<[u8; BLOCK]>>>,
}

impl Image {
    /// Returns a disk of this many blocks that holds nothing but zeros.
    pub(crate) fn of_zeros(blocks: usize) -> Self {
        Self { blocks: vec![None; blocks] }
    }

    /// Returns how many blocks it has.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Returns the bytes from `at` on, zeros behind the end.
    pub(crate) fn read(&self, at: u64, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length);
        for piece in pieces(at, length) {
            match self.blocks.get(piece.block).and_then(Option::as_ref) {
                Some(block) => bytes.extend_from_slice(&block[piece.from..piece.to]),
                None => bytes.resize(bytes.len() + piece.to - piece.from, 0),
            }
        }
        bytes
    }

    /// Writes bytes; what is behind the end is lost.
    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        let mut rest = bytes;
        for piece in pieces(at, bytes.len()) {
            let (part, more) = rest.split_at(piece.to - piece.from);
            rest = more;
            let Some(block) = self.blocks.get_mut(piece.block) else { return };
            let is_zero = part.iter().all(|byte| *byte == 0);
            match block {
                None if is_zero => {}
                Some(_) if is_zero && part.len() == BLOCK => *block = None,
                _ => {
                    let block = block.get_or_insert_with(|| Arc::new([0; BLOCK]));
                    Arc::make_mut(block)[piece.from..piece.to].copy_from_slice(part);
                }
            }
        }
    }

    /// Returns the blocks that hold something, with their numbers.
    pub(crate) fn held(&self) -> impl Iterator<Item = (usize, &[u8; BLOCK])> {
        let numbered = self.blocks.iter().enumerate();
        numbered.filter_map(|(number, block)| Some((number, block.as_deref()?)))
    }
}

/// A part of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The number of the block.
    pub(crate) block: usize,
    /// Its first byte within the block.
    pub(crate) from: usize,
    /// The byte behind its last.
    pub(crate) to: usize,
}

impl Piece {
    /// Returns where it begins on the disk.
    pub(crate) fn at(self) -> u64 {
        (self.block * BLOCK + self.from) as u64
    }
}

/// Returns the parts of blocks that bytes from `at` on take.
pub(crate) fn pieces(at: u64, length: usize) -> impl Iterator<Item = Piece> {
    // A disk of more than these bytes could not be held.
    let start = usize::try_from(at).unwrap_or(usize::MAX - length);
    let end = start + length;
    (start / BLOCK..end.div_ceil(BLOCK)).map(move |block| Piece {
        block,
        from: start.saturating_sub(block * BLOCK),
        to: (end - block * BLOCK).min(BLOCK),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn holds_what_was_written(
            writes in prop::collection::vec((0u64..20_000, prop::collection::vec(0u8..2, 0..9000)), 0..8),
        ) {
            let mut image = Image::of_zeros(5);
            let mut flat = vec![0; 5 * BLOCK];
            for (at, bytes) in &writes {
                let before = image.clone();
                image.write(*at, bytes);
                prop_assert_eq!(before.read(0, flat.len()), flat.clone(), "a copy is not written");
                let start = usize::try_from(*at).unwrap();
                for (place, byte) in flat.iter_mut().skip(start).zip(bytes) {
                    *place = *byte;
                }
                prop_assert_eq!(image.read(*at, 100), [&flat[start..], &[0; 100]].concat()[..100].to_vec());
            }
            prop_assert_eq!(image.read(0, flat.len()), flat);
        }

        #[test]
        fn pieces_are_whole_within_blocks(at in 0u64..20_000, length in 0usize..20_000) {
            let mut next = at;
            for piece in pieces(at, length) {
                prop_assert!(piece.from < piece.to && piece.to <= BLOCK);
                prop_assert_eq!(piece.at(), next);
                next += (piece.to - piece.from) as u64;
            }
            prop_assert_eq!(next, at + length as u64);
        }
    }

    #[test]
    fn zeros_take_no_room() {
        let mut image = Image::of_zeros(3);
        image.write(100, &[1; 5000]);
        assert_eq!(image.held().map(|(number, _)| number).collect::<Vec<_>>(), [0, 1]);
        image.write(0, &[0; 2 * BLOCK]);
        assert_eq!(image.held().count(), 0);
        assert_eq!(image.blocks(), 3);
    }
}

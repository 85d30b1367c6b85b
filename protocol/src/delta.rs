//! The difference of two files: what turns the old one into the new one without sending it whole.
//!
//! A difference is found by [`diff`], stored in a container by [`encode`], read by [`open`] and
//! undone by [`Container::apply`]. A container has no checksum of its own: whoever applies one
//! takes the hash of the old file before and of the result after.

mod apply;
mod container;
mod differ;

use std::io::{self, Cursor, Read, Seek};

pub use self::{
    apply::ApplyError,
    container::{Blocks, Container, DeltaError, Encoded, encode, open},
    differ::{Difference, diff},
};
use crate::{limits::MAX_DELTA_RESULT, object::Attributes};

/// What a file in a delta's place says.
#[derive(Debug)]
pub enum Delta<D> {
    /// That there is no delta: the whole file is the way to go.
    UseFullfile,
    /// How to make the new file.
    Container(Container<D>),
}

/// Says whether a delta between files of these sizes, in bytes, is worth a try: there is something
/// to start from, and the new file is neither tiny nor larger than a delta may make.
pub fn is_candidate(old_size: u64, new_size: u64) -> bool {
    old_size > 0 && (MIN_NEW_SIZE..=MAX_DELTA_RESULT).contains(&new_size)
}

/// Says whether a delta of `delta_size` bytes is small enough to be sent instead of a file of
/// `new_size` bytes.
pub fn is_worthwhile(delta_size: u64, new_size: u64) -> bool {
    u128::from(delta_size) * 100 <= u128::from(new_size) * MAX_PERCENT
}

/// Makes the delta between the texts of two manifests, or none where it does not pay.
pub fn between_manifests(old: &[u8], new: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let new_size = new.len() as u64;
    if !is_candidate(old.len() as u64, new_size) {
        return Ok(None);
    }
    let difference = diff(old, new);
    let encoded = encode(&difference, Attributes::new(0o644, 0, 0), Blocks::Compressed)?;
    Ok(is_worthwhile(encoded.size(), new_size).then(|| encoded.to_vec()))
}

/// Applies a delta in memory; `limit` is the most bytes that the result may have.
///
/// Returns none where the delta says that the whole file is to be taken.
pub fn apply_in_memory(
    delta: &[u8],
    old: &[u8],
    limit: u64,
) -> Result<Option<Vec<u8>>, InMemoryError> {
    let container = match open(Cursor::new(delta))? {
        Delta::UseFullfile => return Ok(None),
        Delta::Container(container) => container,
    };
    if container.new_size() > limit {
        return Err(InMemoryError::Delta(DeltaError::TooLarge { size: container.new_size() }));
    }
    let mut new = Vec::new();
    container.apply(&mut Cursor::new(old), &mut new)?;
    Ok(Some(new))
}

/// Why a delta could not be applied in memory.
#[derive(Debug, thiserror::Error)]
pub enum InMemoryError {
    /// It is no delta that we can use.
    #[error("the delta cannot be read")]
    Delta(#[from] DeltaError),
    /// It does not fit the old file, or is damaged.
    #[error("the delta cannot be applied")]
    Apply(#[from] ApplyError),
}

/// What a delta is read from: bytes in any order.
trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// A new file below this size, in bytes, is sent whole.
const MIN_NEW_SIZE: u64 = 200;
/// A delta beyond this share of the new file is not worth it.
const MAX_PERCENT: u128 = 90;

#[cfg(test)]
mod container_tests;
#[cfg(test)]
#[path = "delta/delta_tests.rs"]
mod tests;

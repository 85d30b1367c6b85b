//! Errors are fine, panics are bugs. A delta makes as many bytes as it states and no more than are
//! allowed; what we make of any two files turns the one into the other.

use swupd_protocol::{
    delta::{Blocks, apply_in_memory, diff, encode},
    object::Attributes,
};

/// Keeps the promises for one input: its first byte says how many of the following ones are the
/// old file; the rest is the delta, and then the new file.
pub(crate) fn check(data: &[u8]) {
    let Some((length, rest)) = data.split_first() else { return };
    let (old, rest) = rest.split_at(rest.len().min(usize::from(*length)));
    if let Ok(Some(new)) = apply_in_memory(rest, old, MOST) {
        assert!(new.len() as u64 <= MOST);
    }
    let attributes = Attributes::new(0o644, 0, 0);
    let delta = encode(&diff(old, rest), attributes, Blocks::Raw).map(|encoded| encoded.to_vec());
    let new = delta.ok().and_then(|delta| apply_in_memory(&delta, old, rest.len() as u64).ok());
    assert_eq!(new.flatten().as_deref(), Some(rest), "a difference makes another file");
}

/// Most bytes that a delta may make in one run.
const MOST: u64 = 1 << 20;

//! Looks at many paths of the tree at once and says how each compares with what should stand
//! there.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use swupd_protocol::{hash::ContentHash, object::Kind, path::TreePath};

use super::root::{Buffer, Found, Root, Seen};

/// What should stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The path.
    pub path: TreePath,
    /// What kind of object stands there; none where nothing should.
    pub kind: Option<Kind>,
    /// The object's name.
    pub hash: ContentHash,
}

/// How closely is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closeness {
    /// Whether something stands there at all: whatever does counts as [`Found::Same`].
    Presence,
    /// Every byte and attribute. Files are read only if their kind fits.
    Content,
}

/// Returns what was found at each path, in the order of `expected`, on all cores. `progress` is
/// told how many paths are done; it may be called from several threads.
pub fn scan(
    root: &Root,
    expected: &[Expected],
    closeness: Closeness,
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<Found> {
    let done = AtomicU64::new(0);
    let found = expected.par_iter().map_init(Buffer::default, |buffer, expected| {
        let found = look(root, expected, closeness, buffer).unwrap_or_else(Found::Unreadable);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        found
    });
    found.collect()
}

fn look(
    root: &Root,
    expected: &Expected,
    closeness: Closeness,
    buffer: &mut Buffer,
) -> std::io::Result<Found> {
    if let (Closeness::Content, Some(kind)) = (closeness, expected.kind) {
        return root.verify(&expected.path, kind, &expected.hash, buffer);
    }
    Ok(match (root.look(&expected.path)?, expected.kind) {
        (Seen::Nothing, _) => Found::Missing,
        (_, Some(_)) => Found::Same,
        (_, None) => Found::Different,
    })
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;

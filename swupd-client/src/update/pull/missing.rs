//! Which objects are still missing, and who is bringing which: two packs may hold the same one.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use swupd_protocol::{
    hash::ContentHash,
    object::{Kind, Object},
    path::TreePath,
};

use super::{
    super::obtain::{Obtain, Tally, Wanted},
    Misfit,
};

/// The objects of an order that nobody has brought yet.
pub(super) struct Missing<'a> {
    order: &'a Obtain,
    left: Mutex<BTreeSet<ContentHash>>,
    counts: [AtomicU64; Way::COUNT],
}

/// How an object came into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Stored,
    Copied,
    Packed,
    Patched,
    Fetched,
}

impl Way {
    const COUNT: usize = 5;
}

impl<'a> Missing<'a> {
    pub(super) fn of(order: &'a Obtain) -> Self {
        let left = Mutex::new(order.objects.keys().copied().collect());
        Self { order, left, counts: Default::default() }
    }

    /// Returns what is missing now.
    pub(super) fn list(&self) -> Vec<ContentHash> {
        self.left().iter().copied().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left().is_empty()
    }

    /// Takes an object upon oneself; none where it is not missing, or somebody else is at it.
    pub(super) fn claim(&self, hash: ContentHash) -> Option<Claim<'_>> {
        let wanted = self.order.objects.get(&hash)?;
        let was_missing = self.left().remove(&hash);
        // Only then is there something to give back when the claim is dropped.
        was_missing.then(|| Claim { missing: self, hash, wanted, brought: None })
    }

    /// Returns where a file of this name should be installed.
    pub(super) fn installed(&self, hash: ContentHash) -> Option<&'a TreePath> {
        self.order.installed.get(&hash)
    }

    pub(super) fn tally(&self) -> Tally {
        let count = |way: Way| self.counts[way as usize].load(Ordering::Relaxed);
        Tally {
            stored: count(Way::Stored),
            copied: count(Way::Copied),
            packed: count(Way::Packed),
            patched: count(Way::Patched),
            fetched: count(Way::Fetched),
        }
    }

    fn left(&self) -> MutexGuard<'_, BTreeSet<ContentHash>> {
        // A set of hashes is whole whatever a panicking thread was at.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An object that one thread is bringing. It is missing again when this is dropped, unless it was
/// brought.
pub(super) struct Claim<'a> {
    missing: &'a Missing<'a>,
    pub(super) hash: ContentHash,
    pub(super) wanted: &'a Wanted,
    brought: Option<Way>,
}

impl Claim<'_> {
    /// Says that the object is in the store.
    pub(super) fn brought(mut self, way: Way) {
        self.brought = Some(way);
    }

    /// Compares what an archive says of the object with what the manifests say.
    pub(super) fn check(&self, object: &Object) -> Result<(), Misfit> {
        let kind = object.kind();
        let size = object.content_size();
        if kind != self.wanted.kind {
            Err(Misfit::Kind(kind))
        } else if kind == Kind::File && size > self.wanted.limit {
            Err(Misfit::Size(size))
        } else {
            Ok(())
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        match self.brought {
            Some(way) => {
                self.missing.counts[way as usize].fetch_add(1, Ordering::Relaxed);
            }
            None => {
                self.missing.left().insert(self.hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_brought_once_and_missing_again_where_that_fails() {
        let hash = ContentHash::from_bytes([1; 32]);
        let path = TreePath::parse(b"/x").unwrap();
        let version = "10".parse().unwrap();
        let wanted = Wanted { kind: Kind::File, version, path, limit: 10 };
        let order = Obtain { objects: [(hash, wanted)].into(), ..Obtain::default() };
        let missing = Missing::of(&order);
        assert!(missing.claim(ContentHash::from_bytes([2; 32])).is_none());
        let claim = missing.claim(hash).unwrap();
        assert!(missing.claim(hash).is_none());
        assert!(missing.is_empty());
        drop(claim);
        assert_eq!(missing.list(), [hash]);
        missing.claim(hash).unwrap().brought(Way::Packed);
        assert!(missing.claim(hash).is_none());
        assert_eq!(missing.tally(), Tally { packed: 1, ..Tally::default() });
    }
}

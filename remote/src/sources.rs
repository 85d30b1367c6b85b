//! The places that a repository can be had from, best first: mirrors, then the origin. What one of
//! them cannot give is asked of the next.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Base, FetchError, FetchErrorKind, address::Address};

/// One of the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    pub(super) base: Base,
    pub(super) index: usize,
}

impl From<Base> for Source {
    /// Returns the first place.
    fn from(base: Base) -> Self {
        Self { base, index: 0 }
    }
}

/// What a failure at one place says about asking another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is no fault of the place: no other can help.
    Final,
    /// The place does not have it; it may have everything else.
    Lacks,
    /// What came was not what it should be: even the same place may do better the next time.
    Damaged,
    /// The transfer broke, and can only be begun anew.
    Broken,
    /// The place has trouble.
    Failing,
    /// The place is of no use: it is not asked again while there is another.
    Useless,
}

impl FetchError {
    /// Says what the failure means for asking another place.
    pub fn verdict(&self) -> Verdict {
        match self.kind {
            FetchErrorKind::NotFound => Verdict::Lacks,
            FetchErrorKind::Changed => Verdict::Broken,
            FetchErrorKind::Refused(_)
            | FetchErrorKind::Failing(_)
            | FetchErrorKind::Interrupted
            | FetchErrorKind::Nonsense(_)
            | FetchErrorKind::TooLarge { .. }
            | FetchErrorKind::Local => Verdict::Failing,
            FetchErrorKind::Unreachable
            | FetchErrorKind::Untrusted
            | FetchErrorKind::Unknown
            | FetchErrorKind::TooSlow
            | FetchErrorKind::Redirected => Verdict::Useless,
        }
    }
}

/// The places of one base.
#[derive(Debug)]
pub(super) struct Sources {
    first: Place,
    further: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    address: Address,
    /// Failures in a row.
    strikes: AtomicU32,
}

impl Sources {
    pub(super) fn new(first: Address, further: Vec<Address>) -> Self {
        let place = |address| Place { address, strikes: AtomicU32::new(0) };
        Self { first: place(first), further: further.into_iter().map(place).collect() }
    }

    /// Says whether one of the places is behind a network.
    pub(super) fn over_the_wire(&self) -> bool {
        std::iter::once(&self.first).chain(&self.further).any(|place| place.address.is_http())
    }

    /// Returns the address of one of the places.
    pub(super) fn address(&self, index: usize) -> &Address {
        &self.place(index).address
    }

    /// Returns the places to ask, best first: those that are of use, all where none is.
    pub(super) fn to_ask(&self) -> Vec<usize> {
        let all = 0..=self.further.len();
        let useful: Vec<usize> = all.clone().filter(|&index| self.is_useful(index)).collect();
        if useful.is_empty() { all.collect() } else { useful }
    }

    pub(super) fn is_useful(&self, index: usize) -> bool {
        self.place(index).strikes.load(Ordering::Relaxed) < MOST_STRIKES
    }

    /// Takes note of how asking a place went.
    pub(super) fn note(&self, index: usize, outcome: Result<(), Verdict>) {
        let Place { strikes, .. } = self.place(index);
        match outcome {
            Ok(()) => strikes.store(0, Ordering::Relaxed),
            Err(Verdict::Final | Verdict::Lacks) => {}
            Err(Verdict::Damaged | Verdict::Broken | Verdict::Failing) => {
                strikes.fetch_add(1, Ordering::Relaxed);
            }
            Err(Verdict::Useless) => strikes.store(MOST_STRIKES, Ordering::Relaxed),
        }
    }

    /// Returns the place of this number; the first where there is none.
    fn place(&self, index: usize) -> &Place {
        let further = index.checked_sub(1).and_then(|index| self.further.get(index));
        further.unwrap_or(&self.first)
    }
}

/// Failures in a row after which a place is of no use.
const MOST_STRIKES: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlainHttp;

    fn sources(count: usize) -> Sources {
        let address = Address::parse("https://example.org", PlainHttp::Refused).unwrap();
        Sources::new(address.clone(), vec![address; count - 1])
    }

    #[test]
    fn a_place_of_no_use_is_passed_over_while_there_is_another() {
        let places = sources(3);
        assert_eq!(places.to_ask(), [0, 1, 2]);
        places.note(0, Err(Verdict::Useless));
        assert_eq!(places.to_ask(), [1, 2]);
        places.note(2, Err(Verdict::Useless));
        places.note(1, Err(Verdict::Useless));
        assert_eq!(places.to_ask(), [0, 1, 2]);
        places.note(1, Ok(()));
        assert_eq!(places.to_ask(), [1]);
    }

    #[test]
    fn failures_count_in_a_row_and_what_is_lacking_does_not() {
        let places = sources(2);
        for _ in 0..100 {
            places.note(0, Err(Verdict::Lacks));
            places.note(0, Err(Verdict::Final));
        }
        for _ in 1..MOST_STRIKES {
            places.note(0, Err(Verdict::Damaged));
        }
        assert!(places.is_useful(0));
        places.note(0, Ok(()));
        for _ in 1..MOST_STRIKES {
            places.note(0, Err(Verdict::Failing));
        }
        assert!(places.is_useful(0));
        places.note(0, Err(Verdict::Failing));
        assert!(!places.is_useful(0));
    }
}

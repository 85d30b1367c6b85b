//! Many things at once, until one of them fails for good.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// The first failure of several threads; the others see it and stop.
#[derive(Debug)]
pub struct Failure<E> {
    happened: AtomicBool,
    first: Mutex<Option<E>>,
}

impl<E> Default for Failure<E> {
    fn default() -> Self {
        Self { happened: AtomicBool::new(false), first: Mutex::new(None) }
    }
}

impl<E> Failure<E> {
    /// Takes note of how something went.
    pub fn note(&self, result: Result<(), E>) {
        let Err(error) = result else { return };
        self.happened.store(true, Ordering::Relaxed);
        self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    /// Says whether there was one.
    pub fn happened(&self) -> bool {
        self.happened.load(Ordering::Relaxed)
    }

    /// Returns the first failure, where there was one.
    pub fn into_result(self) -> Result<(), E> {
        let first = self.first.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.map_or(Ok(()), Err)
    }
}

/// Works through the items in their order with so many threads.
pub fn each<T: Sync, E: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let failure = Failure::default();
    let worker = || {
        while !failure.happened()
            && let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed))
        {
            failure.note(work(item));
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(worker);
        }
    });
    failure.into_result()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_item_has_its_turn_and_a_failure_ends_it() {
        let sum = AtomicUsize::new(0);
        let add = |item: &usize| {
            sum.fetch_add(*item, Ordering::Relaxed);
            Ok::<(), io::Error>(())
        };
        each(&(1..=100).collect::<Vec<_>>(), 4, add).unwrap();
        assert_eq!(sum.into_inner(), 5050);
        let count = AtomicUsize::new(0);
        let fail = |item: &usize| {
            count.fetch_add(1, Ordering::Relaxed);
            if *item == 3 { Err(io::Error::other("full")) } else { Ok(()) }
        };
        assert!(each(&(0..100).collect::<Vec<_>>(), 1, fail).is_err());
        assert_eq!(count.into_inner(), 4);
    }
}

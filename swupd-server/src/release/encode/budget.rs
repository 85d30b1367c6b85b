//! A bound on the memory that jobs at work at the same time may take together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that may be taken.
#[derive(Debug)]
pub(super) struct Budget {
    total: u64,
    left: Mutex<u64>,
    returned: Condvar,
}

/// Bytes that were taken; they come back when it is dropped.
#[derive(Debug)]
pub(super) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    pub(super) fn new(total: u64) -> Self {
        Self { total, left: Mutex::new(total), returned: Condvar::new() }
    }

    /// Waits until so many bytes can be had; none where they never can.
    pub(super) fn take(&self, bytes: u64) -> Option<Share<'_>> {
        if bytes > self.total {
            return None;
        }
        let short = |left: &mut u64| *left < bytes;
        let waited = self.returned.wait_while(self.left(), short);
        *waited.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Some(Share { budget: self, bytes })
    }

    fn left(&self) -> MutexGuard<'_, u64> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.left() += self.bytes;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn no_more_is_out_than_there_is() {
        let budget = Budget::new(10);
        let (out, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let work = &|thread: usize| {
            for bytes in (1..=10).cycle().skip(thread).take(200) {
                let share = budget.take(bytes).unwrap();
                let now = out.fetch_add(bytes, Ordering::SeqCst) + bytes;
                most.fetch_max(now, Ordering::SeqCst);
                out.fetch_sub(bytes, Ordering::SeqCst);
                drop(share);
            }
        };
        std::thread::scope(|scope| (0..8).for_each(|t| drop(scope.spawn(move || work(t)))));
        assert!(most.load(Ordering::SeqCst) <= 10);
        assert!(budget.take(11).is_none());
        assert!(budget.take(10).is_some());
    }
}

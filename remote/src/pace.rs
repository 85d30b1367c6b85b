//! How slow a server may be. Pure: times are measured elsewhere and given in.

use std::time::Duration;

/// How long a server is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection, encryption included.
    pub connect: Duration,
    /// For an answer to begin, and for any byte of it to follow the one before.
    pub silence: Duration,
    /// A stretch of waiting over which the rate is looked at.
    pub stretch: Duration,
    /// The least average rate over each such stretch, in bytes per second.
    pub slowest: u64,
}

impl Default for Patience {
    /// The first two as the reference client has them; it knows no least rate.
    fn default() -> Self {
        let (connect, long) = (Duration::from_secs(30), Duration::from_mins(2));
        Self { connect, silence: long, stretch: long, slowest: 100 }
    }
}

impl Patience {
    /// Returns the usual patience, but with no wait longer than `wait`.
    pub fn of(wait: Duration) -> Self {
        let usual = Self::default();
        Self { connect: usual.connect.min(wait), silence: wait, stretch: wait, ..usual }
    }
}

/// The rate of one transfer, over stretches of time in which it was waited for.
///
/// Only waiting counts: a reader that takes its time does not make the server slow.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    patience: Patience,
    waited: Duration,
    received: u64,
}

impl Pace {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, waited: Duration::ZERO, received: 0 }
    }

    /// Takes note of bytes and of how long they were waited for; says whether that is still fast
    /// enough.
    #[must_use]
    pub(super) fn keeps_up(&mut self, bytes: u64, waited: Duration) -> bool {
        self.received = self.received.saturating_add(bytes);
        self.waited += waited;
        if self.waited < self.patience.stretch {
            return true;
        }
        let least = u128::from(self.patience.slowest) * self.waited.as_millis() / 1000;
        let enough = u128::from(self.received) >= least;
        (self.waited, self.received) = (Duration::ZERO, 0);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        let stretch = Duration::from_secs(10);
        Pace::new(Patience { stretch, slowest: 100, ..Patience::default() })
    }

    /// For how many seconds a transfer goes on that brings so many bytes each second.
    fn seconds(pace: &mut Pace, rate: u64) -> usize {
        (0..100).take_while(|_| pace.keeps_up(rate, Duration::from_secs(1))).count()
    }

    #[test]
    fn a_trickle_ends_after_one_stretch() {
        assert_eq!(seconds(&mut pace(), 1), 9);
        assert_eq!(seconds(&mut pace(), 99), 9);
        assert_eq!(seconds(&mut pace(), 100), 100);
    }

    #[test]
    fn a_burst_does_not_pay_for_a_trickle_later() {
        let mut pace = pace();
        assert!(pace.keeps_up(1 << 30, Duration::from_secs(1)));
        assert_eq!(seconds(&mut pace, 1), 9 + 9);
    }

    #[test]
    fn time_that_is_not_waited_does_not_count() {
        let mut pace = pace();
        assert!((0..1000).all(|_| pace.keeps_up(1, Duration::ZERO)));
    }
}

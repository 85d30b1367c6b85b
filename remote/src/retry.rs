//! When a failed transfer is tried again, and after how long. Pure: it neither waits nor asks.

use std::time::Duration;

/// How often, and after which pauses, a failed transfer is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often it is tried again.
    pub most: u32,
    /// The pause before the first time; each further one is twice as long.
    pub delay: Duration,
    /// No pause is longer.
    pub longest_delay: Duration,
}

impl Default for Retries {
    /// As the reference client has it.
    fn default() -> Self {
        let (delay, longest_delay) = (Duration::from_secs(10), Duration::from_mins(1));
        Self { most: 3, delay, longest_delay }
    }
}

/// What a failure means for trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It may work a little later.
    Transient,
    /// No connection came about: no use in trying again, unless the server has been reached before.
    NoConnection,
    /// It will not get better.
    Permanent,
}

/// The tries of one transfer.
#[derive(Debug, Clone)]
pub(super) struct Tries {
    policy: Retries,
    failures: u32,
    reached: bool,
    progress: u64,
}

impl Tries {
    pub(super) fn new(policy: Retries) -> Self {
        Self { policy, failures: 0, reached: false, progress: 0 }
    }

    /// Takes note that the server answered.
    pub(super) fn reached(&mut self) {
        self.reached = true;
    }

    /// Takes note of bytes that came. A transfer that gets on may fail again as often as a new one:
    /// its size is bounded, so it ends.
    pub(super) fn received(&mut self, bytes: u64) {
        self.progress += bytes;
        if self.progress >= REAL_PROGRESS {
            self.failures = 0;
        }
    }

    /// Takes note of a failure; returns the pause after which to try again, or none to give up.
    pub(super) fn failed(&mut self, outlook: Outlook) -> Option<Duration> {
        self.failures += 1;
        self.progress = 0;
        let worth_it = match outlook {
            Outlook::Transient => true,
            Outlook::NoConnection => self.reached,
            Outlook::Permanent => false,
        };
        (worth_it && self.failures <= self.policy.most).then(|| self.pause())
    }

    /// Returns how often it was tried in vain.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    fn pause(&self) -> Duration {
        let doublings = (self.failures - 1).min(MOST_DOUBLINGS);
        let longest = self.policy.longest_delay.max(self.policy.delay);
        self.policy.delay.saturating_mul(1 << doublings).min(longest)
    }
}

/// How many bytes in one go count as getting on.
const REAL_PROGRESS: u64 = 1 << 20;
const MOST_DOUBLINGS: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pauses(policy: Retries, outlook: Outlook) -> Vec<u64> {
        let mut tries = Tries::new(policy);
        std::iter::from_fn(|| tries.failed(outlook)).map(|pause| pause.as_secs()).collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = Duration::from_secs;
        assert_eq!(pauses(Retries::default(), Outlook::Transient), [10, 20, 40]);
        let more = Retries { most: 5, ..Retries::default() };
        assert_eq!(pauses(more, Outlook::Transient), [10, 20, 40, 60, 60]);
        let at_once = Retries { most: 2, delay: seconds(0), ..Retries::default() };
        assert_eq!(pauses(at_once, Outlook::Transient), [0, 0]);
        let never = Retries { most: 0, ..Retries::default() };
        assert_eq!(pauses(never, Outlook::Transient), [0; 0]);
    }

    #[test]
    fn what_will_not_get_better_is_not_tried_again() {
        assert_eq!(pauses(Retries::default(), Outlook::Permanent), [0; 0]);
        assert_eq!(pauses(Retries::default(), Outlook::NoConnection), [0; 0]);
    }

    #[test]
    fn a_connection_that_was_there_once_is_waited_for() {
        let mut tries = Tries::new(Retries::default());
        tries.reached();
        assert!(tries.failed(Outlook::NoConnection).is_some());
        assert!(tries.failed(Outlook::Permanent).is_none());
    }

    #[test]
    fn a_transfer_that_gets_on_may_fail_again() {
        let mut tries = Tries::new(Retries { most: 1, ..Retries::default() });
        assert!(tries.failed(Outlook::Transient).is_some());
        tries.received(REAL_PROGRESS);
        assert!(tries.failed(Outlook::Transient).is_some());
        tries.received(REAL_PROGRESS - 1);
        assert!(tries.failed(Outlook::Transient).is_none());
    }

    proptest! {
        #[test]
        fn no_pause_is_longer_than_allowed(most in 0u32..200, delay in 0u64..1 << 40, longest: u32) {
            let (delay, longest) = (Duration::from_millis(delay), Duration::from_millis(longest.into()));
            let mut tries = Tries::new(Retries { most, delay, longest_delay: longest });
            let mut count = 0;
            while let Some(pause) = tries.failed(Outlook::Transient) {
                prop_assert!(pause <= longest.max(delay));
                count += 1;
            }
            prop_assert_eq!(count, most);
        }
    }
}

//! What this instance has heard of failures: whom they were of, and until when those must wait.

use crate::bounded::Bounded;
use rules::{secret::SecretHash, time::Timestamp};

/// Kept apart, or a stranger's first failures, which cost nothing yet, would push out those who wait.
#[derive(Default)]
pub struct Blocks {
    waits: Bounded<SecretHash, Timestamp, MOST_REMEMBERED>,
    /// To know that there are failures to take back.
    without_wait: Bounded<SecretHash, (), MOST_REMEMBERED>,
}

const MOST_REMEMBERED: usize = 10_000;

impl Blocks {
    /// Seconds that this target must still wait.
    pub fn wait(&self, target: &SecretHash, now: Timestamp) -> Option<i64> {
        self.waits.get(target).map(|until| until.since(now)).filter(|wait| *wait > 0)
    }

    pub fn put(&self, target: SecretHash, wait: i64, now: Timestamp) {
        self.forget(&target);
        match wait {
            1.. => self.waits.put(target, now.plus(wait)),
            _ => self.without_wait.put(target, ()),
        }
    }

    /// Whether there was something to forget.
    pub fn forget(&self, target: &SecretHash) -> bool {
        let waited = self.waits.remove(target).is_some();
        self.without_wait.remove(target).is_some() || waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn name(number: usize) -> SecretHash {
        SecretHash::of(&number.to_string())
    }

    #[test]
    fn the_last_word_counts_and_is_taken_back_once() {
        let blocks = Blocks::default();
        blocks.put(name(1), 0, NOW);
        assert_eq!(blocks.wait(&name(1), NOW), None);
        blocks.put(name(1), 30, NOW);
        assert_eq!((blocks.wait(&name(1), NOW), blocks.wait(&name(1), NOW.plus(30))), (Some(30), None));
        blocks.put(name(1), 0, NOW);
        assert_eq!(blocks.wait(&name(1), NOW), None, "the count began again");
        assert!(blocks.forget(&name(1)) && !blocks.forget(&name(1)));
    }

    #[test]
    fn however_many_fail_for_the_first_time_who_waits_goes_on_waiting() {
        let blocks = Blocks::default();
        blocks.put(name(0), 30, NOW);
        for number in 1..5 * MOST_REMEMBERED {
            blocks.put(name(number), 0, NOW);
        }
        assert_eq!(blocks.wait(&name(0), NOW), Some(30));
    }
}

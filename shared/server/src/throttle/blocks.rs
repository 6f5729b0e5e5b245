//! What this instance has heard of failures: whom they were of, and until when those must wait.

use crate::bounded::Bounded;
use rules::{secret::SecretHash, time::Timestamp};

#[derive(Default)]
pub struct Blocks(Bounded<SecretHash, Timestamp, MOST_REMEMBERED>);

const MOST_REMEMBERED: usize = 20_000;

impl Blocks {
    /// Seconds that this target must still wait.
    pub fn wait(&self, target: &SecretHash, now: Timestamp) -> Option<i64> {
        self.0.get(target).map(|until| until.since(now)).filter(|wait| *wait > 0)
    }

    /// Remembered even without a wait, to know that there are failures to take back.
    pub fn put(&self, target: SecretHash, wait: i64, now: Timestamp) {
        self.0.put(target, now.plus(wait));
    }

    /// Whether there was something to forget.
    pub fn forget(&self, target: &SecretHash) -> bool {
        self.0.remove(target).is_some()
    }
}

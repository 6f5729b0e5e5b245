//! What this instance has heard of failures: whom they were of, and until when those must wait.

use rules::{secret::SecretHash, time::Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

#[derive(Default)]
pub struct Blocks(Mutex<HashMap<SecretHash, Timestamp>>);

const MOST_REMEMBERED: usize = 10_000;

impl Blocks {
    /// Seconds that this target must still wait.
    pub fn wait(&self, target: &SecretHash, now: Timestamp) -> Option<i64> {
        let blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.get(target).map(|until| until.since(now)).filter(|wait| *wait > 0)
    }

    /// Remembered even without a wait, to know that there are failures to take back.
    pub fn put(&self, target: SecretHash, wait: i64, now: Timestamp) {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocks.len() >= MOST_REMEMBERED {
            blocks.retain(|_, until| !until.is_past(now));
        }
        if blocks.len() >= MOST_REMEMBERED {
            blocks.clear();
        }
        blocks.insert(target, now.plus(wait));
    }

    /// Whether there was something to forget.
    pub fn forget(&self, target: &SecretHash) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(target).is_some()
    }
}

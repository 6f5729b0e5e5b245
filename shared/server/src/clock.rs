//! The only place that asks the time.

use rules::time::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a request has taken, and when it began: for its line in the log, and for how long it may still take.
#[derive(Clone, Copy)]
pub struct Stopwatch(Instant, u64);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the time")]
    pub fn start() -> Stopwatch {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Stopwatch(Instant::now(), u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Milliseconds since 1970.
    pub fn began_at(&self) -> u64 {
        self.1
    }

    pub fn milliseconds(&self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The time, or a time that a test turns.
#[derive(Clone)]
pub enum Clock {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the time")]
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
            }
            Clock::Set(seconds) => Timestamp(seconds.load(Ordering::SeqCst)),
        }
    }
}

//! Counts of one request, for its log line and its metrics. The counts travel with the task, so that no rule has to pass them
//! on; what the audit trail holds never comes this way.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

tokio::task_local! {
    static NOTES: Arc<Notes>;
}

#[derive(Default)]
pub struct Notes {
    counts: [AtomicU32; 5],
}

/// What is counted besides the requests themselves.
#[derive(Clone, Copy)]
pub enum Count {
    /// To DynamoDB or KMS; a repeat by the SDK is one more.
    AwsCalls,
    /// Sign-ins that were not judged because too many before had failed.
    SignInsLockedOut,
    /// A code, a refresh token or an assertion that was used before.
    ReplaysRefused,
    AuditEventsLost,
    /// Items of the table that this version can't read.
    ItemsUnreadable,
}

/// Runs this, and gives what was noted meanwhile.
pub async fn noted<F: Future>(work: F) -> (F::Output, Arc<Notes>) {
    let notes = Arc::<Notes>::default();
    let outcome = NOTES.scope(notes.clone(), work).await;
    (outcome, notes)
}

/// Outside of a request nobody counts.
pub fn count(what: Count) {
    let _ = NOTES.try_with(|notes| notes.add(what, 1));
}

impl Notes {
    pub fn add(&self, what: Count, so_many: u32) {
        if let Some(count) = self.counts.get(what as usize) {
            count.fetch_add(so_many, Ordering::Relaxed);
        }
    }

    pub fn counted(&self, what: Count) -> u32 {
        self.counts.get(what as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

//! The last launches, so that each can be made again with one click.

use std::sync::{Mutex, PoisonError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentLaunch {
    pub label: String,
    pub query: String,
}

#[derive(Default)]
pub struct RecentLaunches(Mutex<Vec<RecentLaunch>>);

const MOST_REMEMBERED: usize = 5;

impl RecentLaunches {
    /// The latest first.
    pub fn list(&self) -> Vec<RecentLaunch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same launch made twice is listed once.
    pub fn add(&self, launch: RecentLaunch) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|other| other.query != launch.query);
        recent.insert(0, launch);
        recent.truncate(MOST_REMEMBERED);
    }
}

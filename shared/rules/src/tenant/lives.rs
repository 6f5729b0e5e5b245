//! How long what was given may live: by the settings of today, and by former ones while something that was given under them may be
//! alive. Signing keys are kept that long, and so is the end of what was given.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Tenants, their keys and their clients are kept in memory this long, in seconds. Codes, grants, assertions and launch
/// handles never are.
pub const CONFIGURATION_AGE: i64 = 30;

/// A longer life that a setting allowed until it was lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLife {
    pub seconds: i64,
    /// From this moment on nothing that was given under it is alive.
    pub until: Timestamp,
}

impl FormerLife {
    /// The list after the setting has become `next`. Functions go by the former setting for as long as they keep it in memory.
    pub fn after(former: &[FormerLife], last: i64, next: i64, now: Timestamp) -> Vec<FormerLife> {
        let lowered = (next < last)
            .then(|| FormerLife { seconds: last, until: now.plus(last.saturating_add(CONFIGURATION_AGE)) });
        let matters = |life: &&FormerLife| life.seconds > next && !life.until.is_past(now);
        former.iter().filter(matters).cloned().chain(lowered).collect()
    }

    /// The longest life of what may be about.
    pub fn longest(today: i64, former: &[FormerLife], now: Timestamp) -> i64 {
        former.iter().filter(|life| !life.until.is_past(now)).map(|life| life.seconds).fold(today, i64::max)
    }
}

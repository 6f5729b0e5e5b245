//! How long what was given may live: by the settings of today, and by former ones while something that was given under them may be
//! alive. Signing keys are kept that long, and so is the end of what was given.

use super::{CONFIGURATION_AGE, Tenant};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

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

    fn longest(today: i64, former: &[FormerLife], now: Timestamp) -> i64 {
        former.iter().filter(|life| !life.until.is_past(now)).map(|life| life.seconds).fold(today, i64::max)
    }
}

impl Tenant {
    /// How long the longest-lived token that may be about lives.
    pub fn longest_token(&self, now: Timestamp) -> i64 {
        FormerLife::longest(self.longest_token_seconds, &self.former_token_seconds, now)
    }

    /// The same of a grant between two uses, and of a remembered consent. `today` is what the settings of today allow.
    pub fn longest_grant(&self, today: i64, now: Timestamp) -> i64 {
        FormerLife::longest(today, &self.former_grant_seconds, now)
    }
}

//! Moments as the protocols write them: whole seconds since 1970 (RFC 7519 §2, NumericDate).

use serde::{Deserialize, Serialize};

/// Allowance for clocks that disagree, in seconds, wherever somebody else's clock is judged.
pub const CLOCK_SKEW: i64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn plus(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// What expires at this moment is no longer good at `now`.
    pub fn is_past(self, now: Timestamp) -> bool {
        self <= now
    }
}

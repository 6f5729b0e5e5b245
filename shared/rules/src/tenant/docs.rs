//! What a tenant tells app developers that no setting tells: where apps are registered, what it costs, and by which terms
//! (45 CFR 170.404(a)(2), (b)(1)).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docs {
    /// Whom developers ask, and where they register: a page, a mail or a call.
    pub contact: String,
    /// How an app is registered, in the tenant's own words.
    pub registration: String,
    /// By what the tenant judges who a developer is.
    pub verification: String,
    pub fees: String,
    /// The page of the terms of use.
    pub terms: String,
    /// The page of what apps may do with data; absent: the terms say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_use: Option<String>,
    /// Business days until it is said who a developer is.
    #[serde(default = "most_verification_days", skip_serializing_if = "is_most_verification")]
    pub verification_days: u8,
    /// Business days from then until an app is in use.
    #[serde(default = "most_production_days", skip_serializing_if = "is_most_production")]
    pub production_days: u8,
}

/// 45 CFR 170.404(b)(1)(i).
pub const MOST_VERIFICATION_DAYS: u8 = 10;
/// 45 CFR 170.404(b)(1)(ii).
pub const MOST_PRODUCTION_DAYS: u8 = 5;

fn most_verification_days() -> u8 {
    MOST_VERIFICATION_DAYS
}

fn most_production_days() -> u8 {
    MOST_PRODUCTION_DAYS
}

fn is_most_verification(days: &u8) -> bool {
    *days == MOST_VERIFICATION_DAYS
}

fn is_most_production(days: &u8) -> bool {
    *days == MOST_PRODUCTION_DAYS
}

//! The implicit grant: an access token in the redirect itself (RFC 6749 §4.2). Off unless tenant and client ask for it.

use super::{Approval, Grant, GrantState, Refreshable};
use crate::time::Timestamp;

/// The grant whose token goes out at once: no code, and never a refresh token (RFC 6749 §4.2.2).
pub fn issue_at_once(grant: Grant, access_token_seconds: i64, now: Timestamp) -> Grant {
    Grant {
        approval: Approval { refresh: Refreshable::Never, ..grant.approval },
        state: GrantState::redeemed(None, None, None, access_token_seconds, now),
        ..grant
    }
}

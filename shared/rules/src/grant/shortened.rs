//! The person brings the end of what they allowed forward (DUR-4).

use super::{Approval, Grant, GrantState, RefreshFamily, Refreshable};
use crate::time::Timestamp;

/// What an access token that was issued before the change may have left: none lives longer than a day.
const A_DAY: i64 = 86_400;

/// The end that is in sight: the person's own choice, or the tenant's. None where use alone keeps it alive.
pub fn end_of(grant: &Grant) -> Option<Timestamp> {
    let of_family = match &grant.state {
        GrantState::Redeemed { refresh: Some(family), .. } => family.ends_at,
        GrantState::Redeemed { refresh: None, .. } | GrantState::CodeIssued { .. } | GrantState::Revoked { .. } => None,
    };
    [of_family, grant.approval.lasts_until].into_iter().flatten().min()
}

/// The grant with an earlier end. None where there is nothing that lasts, or where it ends before that anyhow: no end is ever later.
pub fn shortened(grant: &Grant, until: Timestamp, now: Timestamp) -> Option<Grant> {
    let lasts = grant.approval.refresh == Refreshable::Offline && grant.is_live(now);
    if !lasts || end_of(grant).is_some_and(|end| end <= until) {
        return None;
    }
    let state = match grant.state.clone() {
        GrantState::Redeemed { code, refresh, revoked_tokens, last_used, live_until, extensions } => {
            GrantState::Redeemed {
                code,
                refresh: refresh.map(|family| RefreshFamily {
                    idle_until: family.idle_until.min(until),
                    ends_at: Some(until),
                    ..family
                }),
                revoked_tokens,
                last_used,
                live_until: live_until.min(until.max(now.plus(A_DAY))),
                extensions,
            }
        }
        // The family that its code becomes ends with the approval.
        issued @ (GrantState::CodeIssued { .. } | GrantState::Revoked { .. }) => issued,
    };
    let approval = Approval { lasts_until: Some(until), ..grant.approval.clone() };
    Some(Grant { approval, state, ..grant.clone() })
}

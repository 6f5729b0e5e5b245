//! The list of what a person has granted, kept beside the grants: the management page can't ask the table who gave which.

use super::{Grant, GrantId, GrantState};
use crate::{
    client::Client,
    tenant::{Policy, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One line of the list. It only points: what the grant is worth, the grant itself says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedGrant {
    pub tenant: TenantId,
    pub sub: String,
    pub grant: GrantId,
    pub expires_at: Timestamp,
}

/// The line for a new grant. The line must outlive the grant, which lives longer with each refresh: it is given the time
/// of two refreshes, so that a refresh seldom has to write it again.
#[must_use]
pub fn indexed(grant: Grant, client: &Client, policy: &Policy, now: Timestamp) -> (Grant, ListedGrant) {
    let idle = client.refresh_idle_seconds.unwrap_or(policy.refresh_idle_seconds);
    // A code may be exchanged at its last moment, and an access token then lives its whole life.
    let tokens = policy.code_seconds + client.access_token_seconds.unwrap_or(policy.access_token_seconds);
    let longest = now.plus(2 * idle.max(tokens)).max(grant.forget_at());
    with_entry_until(grant, longest)
}

/// The line written anew, if the state that a refresh leads to outlives the one that is there.
#[must_use]
pub fn reindexed(grant: Grant, now: Timestamp) -> (Grant, Option<ListedGrant>) {
    let end = grant.forget_at();
    if end <= grant.listed_until || matches!(grant.state, GrantState::Revoked { .. }) {
        return (grant, None);
    }
    let (grant, line) = with_entry_until(grant, end.plus(end.since(now)));
    (grant, Some(line))
}

fn with_entry_until(grant: Grant, until: Timestamp) -> (Grant, ListedGrant) {
    let grant = Grant { listed_until: until, ..grant };
    let line = ListedGrant {
        tenant: grant.tenant.clone(),
        sub: grant.approval.sub.clone(),
        grant: grant.id.clone(),
        expires_at: until,
    };
    (grant, line)
}

//! The list of what a person has granted, kept beside the grants: the management page can't ask the table who gave which.

use super::{Grant, GrantId, GrantState, Refreshable};
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
    /// Absent in lines from before it was kept.
    #[serde(default)]
    pub client_id: Option<String>,
    pub expires_at: Timestamp,
}

/// The line for a new grant, which it must outlive. A grant lives longer with each refresh: its line is given the time of two, so
/// that a refresh seldom has to write it again. One that is never refreshed ends with its only token, or with its session.
#[must_use]
pub fn indexed(grant: Grant, client: &Client, policy: &Policy, now: Timestamp) -> (Grant, ListedGrant) {
    let idle = client.refresh_idle_seconds.unwrap_or(policy.refresh_idle_seconds);
    // A code may be exchanged at its last moment, and an access token then lives its whole life.
    let tokens = policy.code_seconds + client.access_token_seconds.unwrap_or(policy.access_token_seconds);
    let longest = match &grant.approval.refresh {
        Refreshable::Never => tokens,
        Refreshable::Offline => 2 * idle.max(tokens),
        Refreshable::Online { until, .. } => (2 * idle).min(until.since(now)).max(tokens),
    };
    let longest = now.plus(longest).max(grant.forget_at());
    with_entry_until(grant, longest)
}

/// The line written again, if the state that a refresh leads to outlives the one that is there.
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
        client_id: Some(grant.client_id.clone()),
        expires_at: until,
    };
    (grant, line)
}

//! What a plan ends: all that removed clients were given. It stands in the tenant's own item, which is written before the clients go,
//! so a plan that is cut short leaves nothing alive.

use super::{build::Plan, tenant_in_table::TenantInTable};
use crate::tenant_file::TenantItems;
use rules::{
    client::Client,
    tenant::{EndedAccess, FormerLife, Policy, Tenant, Whose},
    time::Timestamp,
};

/// How long a grant lives between two uses, and a remembered consent, in seconds: before the plan and after it.
#[derive(Clone, Copy)]
pub(super) struct LongestGrant {
    before: i64,
    after: i64,
}

impl LongestGrant {
    pub fn of(before: &TenantInTable, items: &TenantItems) -> LongestGrant {
        let after = longest(&items.tenant.policy, items.clients.iter());
        let clients = before.clients.values().map(|client| &client.value);
        let before = before.tenant.as_ref().map_or(after, |tenant| longest(&tenant.policy, clients));
        LongestGrant { before, after }
    }
}

fn longest<'c>(policy: &Policy, clients: impl Iterator<Item = &'c Client>) -> i64 {
    let of_clients = clients.filter_map(|client| client.refresh_idle_seconds);
    of_clients.chain([policy.refresh_idle_seconds, policy.remember_consent_seconds]).max().unwrap_or_default()
}

impl Plan {
    /// Whether the tenant must be written for what becomes of its clients.
    pub(super) fn ends_access(&self) -> bool {
        let ended = |id: &String| self.tenant.ended.iter().any(|ended| ended.whose == Whose::Client(id.clone()));
        !self.clients_gone.is_empty() || self.clients_new.iter().any(ended) || self.longest_grant.after < self.longest_grant.before
    }

    /// The tenant with what is ended, as of the moment at which it is written.
    pub(super) fn tenant_at(&self, now: Timestamp) -> Tenant {
        let Some(before) = &self.tenant_before else { return self.tenant.clone() };
        let LongestGrant { before: last, after: next } = self.longest_grant;
        let longest_life = before.longest_token(now).max(before.longest_grant(last, now)).max(next);
        let gone = self.clients_gone.iter().map(|id| EndedAccess::of_removed_client(id, now)).collect();
        let ended = EndedAccess::added(&self.tenant.ended, gone, longest_life, now);
        let ended = self.clients_new.iter().fold(ended, |ended, id| EndedAccess::with_client_again(&ended, id, now));
        let seconds = self.tenant.longest_token_seconds;
        Tenant {
            ended,
            former_token_seconds: FormerLife::after(
                &before.former_token_seconds,
                before.longest_token_seconds,
                seconds,
                now,
            ),
            former_grant_seconds: FormerLife::after(&before.former_grant_seconds, last, next, now),
            ..self.tenant.clone()
        }
    }
}

//! What a plan ends of what was given before, and how long that could have lived.

use super::tenant_in_table::TenantInTable;
use crate::tenant_file::TenantItems;
use rules::{
    client::Client,
    tenant::{AccessOf, EndedAccess, Policy, Tenant},
    user::{Reach, User, reach},
};
use server::store::{StoreError, Versioned, Write};

/// What a person who stays loses: all, where they are another resource at the FHIR server, or else the records that they may no
/// longer open.
pub fn lost(before: &User, after: &User) -> Vec<AccessOf> {
    let identity = |user: &User| (user.fhir_user.clone(), user.fhir_server.clone());
    // An item that was written before users named a server says nothing of another one.
    let moved = before.fhir_server.is_some() && identity(before).1 != identity(after).1;
    if identity(before).0 != identity(after).0 || moved {
        return vec![AccessOf::Person(after.sub.clone())];
    }
    let Reach::Only(today) = reach(after.fhir_user.as_ref(), &after.patients) else { return Vec::new() };
    let gone = before.patients.iter().filter(|patient| !today.contains(&patient.as_str()));
    gone.map(|patient| AccessOf::PersonAt { sub: after.sub.clone(), patient: patient.clone() }).collect()
}

/// How long a grant lives between two uses, and a remembered consent, in seconds: by the settings before the plan and after it.
#[derive(Clone, Copy)]
pub struct LongestGrant {
    pub last: i64,
    pub next: i64,
}

impl LongestGrant {
    pub fn of(before: &TenantInTable, items: &TenantItems) -> LongestGrant {
        let next = longest(&items.tenant.policy, items.clients.iter().chain(&before.other_clients));
        let clients = before.clients.values().map(|client| &client.value).chain(&before.other_clients);
        let last = before.tenant.as_ref().map_or(next, |tenant| longest(&tenant.policy, clients));
        LongestGrant { last, next }
    }
}

fn longest<'c>(policy: &Policy, clients: impl Iterator<Item = &'c Client>) -> i64 {
    let of_clients = clients.filter_map(|client| client.refresh_idle_seconds);
    let of_all = [policy.refresh_idle_seconds, policy.remember_consent_seconds, policy.session_seconds];
    of_clients.chain(of_all).max().unwrap_or_default()
}

/// The tenant's item without these marks, once all that they end is revoked one by one. Those of somebody else's apply stay.
pub fn without(tenant: &Versioned<Tenant>, done: &[EndedAccess]) -> Result<Option<Write>, StoreError> {
    let left: Vec<EndedAccess> = tenant.ended.iter().filter(|ended| !done.contains(ended)).cloned().collect();
    let changed = left.len() < tenant.ended.len();
    changed.then(|| Write::update(tenant, &Tenant { ended: left, ..tenant.value.clone() })).transpose()
}

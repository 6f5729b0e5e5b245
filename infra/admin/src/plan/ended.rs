//! What a plan ends of what was given before. It is written into the tenant's own item together with the change, so that an apply that
//! is cut short leaves nothing half done: from then on no use of that access is good. Revoking each grant comes after.

use super::{build::Plan, tenant_in_table::TenantInTable};
use crate::tenant_file::TenantItems;
use rules::{
    client::Client,
    tenant::{AccessOf, EndedAccess, FormerLife, Policy, Tenant},
    time::Timestamp,
    user::{Reach, User, reach},
};
use server::store::{StoreError, Versioned, Write};

/// A tenant's item ends at 400 kB. What more people than this lose ends with the change itself and with the second step alone.
const MOST_MARKS: usize = 1000;

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

/// The write of the tenant with the marks in it, at the moment of the write: the operator may have looked at the plan for long.
pub fn tenant_writes(plan: &Plan, now: Timestamp) -> Result<Vec<Write>, StoreError> {
    let LongestGrant { last, next } = plan.longest_grant;
    let Some(before) = &plan.before else { return Ok(plan.writes.tenant.clone()) };
    let is_back = |ended: &EndedAccess| plan.new_clients.iter().any(|id| ended.whose == AccessOf::Client(id.clone()));
    let is_needed = !plan.ended.is_empty() || plan.tenant.ended.iter().any(is_back) || next < last;
    if plan.writes.tenant.is_empty() && !is_needed {
        return Ok(Vec::new());
    }
    // After this time nothing lives any more that was given before: not a token, and not a grant that was refused since.
    let longest_life = before.longest_token(now).max(before.longest_grant(last.max(next), now));
    let ended = EndedAccess::added(&plan.tenant.ended, marks(plan, now), longest_life, now);
    let ended = plan.new_clients.iter().fold(ended, |ended, id| EndedAccess::with_client_again(&ended, id, now));
    let tokens = (before.longest_token_seconds, plan.tenant.longest_token_seconds);
    let tenant = Tenant {
        ended,
        former_token_seconds: FormerLife::after(&before.former_token_seconds, tokens.0, tokens.1, now),
        former_grant_seconds: FormerLife::after(&before.former_grant_seconds, last, next, now),
        ..plan.tenant.clone()
    };
    Ok(vec![Write::update(before, &tenant)?])
}

fn marks(plan: &Plan, now: Timestamp) -> Vec<EndedAccess> {
    let (clients, people): (Vec<&AccessOf>, Vec<&AccessOf>) =
        plan.ended.iter().partition(|whose| matches!(whose, AccessOf::Client(_)));
    let few_people = people.into_iter().filter(|_| plan.ended.len() <= MOST_MARKS);
    let at = |whose: &AccessOf| match whose {
        AccessOf::Client(id) => EndedAccess::of_removed_client(id, now),
        whose => EndedAccess { whose: whose.clone(), at: now },
    };
    clients.into_iter().chain(few_people).map(at).collect()
}

/// How long a grant lives between two uses, and a remembered consent, in seconds: by the settings before the plan and after it.
#[derive(Clone, Copy)]
pub struct LongestGrant {
    last: i64,
    next: i64,
}

impl LongestGrant {
    pub fn of(before: &TenantInTable, items: &TenantItems) -> LongestGrant {
        let next = longest(&items.tenant.policy, items.clients.iter());
        let clients = before.clients.values().map(|client| &client.value);
        let last = before.tenant.as_ref().map_or(next, |tenant| longest(&tenant.policy, clients));
        LongestGrant { last, next }
    }
}

fn longest<'c>(policy: &Policy, clients: impl Iterator<Item = &'c Client>) -> i64 {
    let of_clients = clients.filter_map(|client| client.refresh_idle_seconds);
    of_clients.chain([policy.refresh_idle_seconds, policy.remember_consent_seconds]).max().unwrap_or_default()
}

/// The tenant's item without the marks of these people, whose grants are revoked one by one now.
pub fn without_people(tenant: &Versioned<Tenant>) -> Result<Option<Write>, StoreError> {
    let left: Vec<EndedAccess> = tenant.ended.iter().filter(|ended| !ended.is_of_a_person()).cloned().collect();
    let changed = left.len() < tenant.ended.len();
    changed.then(|| Write::update(tenant, &Tenant { ended: left, ..tenant.value.clone() })).transpose()
}

//! What a plan ends of what was given before. It is written into the tenant's own item together with the change, so that an apply that
//! is cut short leaves nothing half done: from then on no use of that access is good. Revoking each grant comes after.

use rules::{
    tenant::{AccessOf, EndedAccess, Tenant},
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
pub fn marking(
    before: &Versioned<Tenant>,
    next: &Tenant,
    ends: &[AccessOf],
    now: Timestamp,
) -> Result<Option<Write>, StoreError> {
    if !(1..=MOST_MARKS).contains(&ends.len()) {
        return Ok(None);
    }
    let marks = ends.iter().map(|whose| EndedAccess { whose: whose.clone(), at: now }).collect();
    let ended = EndedAccess::added(&next.ended, marks, longest_life(next), now);
    Write::update(before, &Tenant { ended, ..next.clone() }).map(Some)
}

/// After this time nothing lives any more that was given before: not a token, and not a grant that was refused since.
fn longest_life(tenant: &Tenant) -> i64 {
    tenant.longest_token_seconds.max(tenant.policy.refresh_idle_seconds)
}

/// The tenant's item without the marks of these people, whose grants are revoked one by one now.
pub fn without_people(tenant: &Versioned<Tenant>) -> Result<Option<Write>, StoreError> {
    let left: Vec<EndedAccess> = tenant.ended.iter().filter(|ended| !ended.is_of_a_person()).cloned().collect();
    let changed = left.len() < tenant.ended.len();
    changed.then(|| Write::update(tenant, &Tenant { ended: left, ..tenant.value.clone() })).transpose()
}

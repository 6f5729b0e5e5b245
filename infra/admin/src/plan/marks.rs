//! What a plan ends is written into the tenant's own item together with the change, so that an apply that is cut short leaves nothing
//! half done: from then on no use of that access is good. Revoking each grant comes after.

use super::{build::Plan, ended::LongestGrant};
use rules::{
    tenant::{AccessOf, EndedAccess, FormerLife, Tenant},
    time::Timestamp,
};
use server::store::{StoreError, Write};

/// A tenant's item ends at 400 kB. What more people than this lose ends with the change itself and with the second step alone.
const MOST_MARKS: usize = 1000;

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

//! What a plan ends is written into the tenant's own item together with the change, so that an apply that is cut short leaves nothing
//! half done: from then on no use of that access is good. Revoking each grant comes after.

use super::{build::Plan, ended::LongestGrant};
use rules::{
    tenant::{AccessOf, EndedAccess, FormerLife, Tenant},
    time::Timestamp,
};
use server::store::{StoreError, Write};

/// More than this in one plan is refused: a tenant's item ends at 400 kB.
pub const MOST_ENDS: usize = 1000;

/// How the tenant's own item is written.
pub struct TenantWrites {
    /// Where one transaction holds the whole plan.
    pub at_once: Vec<Write>,
    /// Where it takes several, and something ends: the tenant as it was with the ends in it, before anything else; and the tenant as it
    /// will be, in its place among the others.
    pub apart: Option<[Write; 2]>,
}

/// The tenant with the ends in it, at the moment of the write: the operator may have looked at the plan for long.
pub fn tenant_writes(plan: &Plan, now: Timestamp) -> Result<TenantWrites, StoreError> {
    let LongestGrant { last, next } = plan.longest_grant;
    let Some(before) = &plan.before else {
        return Ok(TenantWrites { at_once: plan.writes.tenant.clone(), apart: None });
    };
    let is_back = |ended: &EndedAccess| plan.new_clients.iter().any(|id| ended.whose == AccessOf::Client(id.clone()));
    let something_ends = !plan.ended.is_empty() || next < last;
    if plan.writes.tenant.is_empty() && !something_ends && !plan.tenant.ended.iter().any(is_back) {
        return Ok(TenantWrites { at_once: Vec::new(), apart: None });
    }
    // After this time nothing lives any more that was given before: not a token, and not a grant that was refused since.
    let longest_life = before.longest_token(now).max(before.longest_grant(last.max(next), now));
    let ended = EndedAccess::added(&plan.tenant.ended, marks(plan, now), longest_life, now);
    let ended = plan.new_clients.iter().fold(ended, |ended, id| EndedAccess::with_client_again(&ended, id, now));
    let tokens = (before.longest_token_seconds, plan.tenant.longest_token_seconds);
    let with_ends = |tenant: &Tenant| Tenant {
        ended: ended.clone(),
        former_token_seconds: FormerLife::after(&before.former_token_seconds, tokens.0, tokens.1, now),
        former_grant_seconds: FormerLife::after(&before.former_grant_seconds, last, next, now),
        ..tenant.clone()
    };
    let (marked, tenant) = (with_ends(&before.value), with_ends(&plan.tenant));
    let at_once = vec![Write::update(before, &tenant)?];
    let apart = match something_ends {
        true => Some([Write::update(before, &marked)?, Write::update(&before.updated(marked), &tenant)?]),
        false => None,
    };
    Ok(TenantWrites { at_once, apart })
}

fn marks(plan: &Plan, now: Timestamp) -> Vec<EndedAccess> {
    let at = |whose: &AccessOf| match whose {
        AccessOf::Client(id) => EndedAccess::of_removed_client(id, now),
        whose => EndedAccess { whose: whose.clone(), at: now },
    };
    plan.ended.iter().map(at).collect()
}

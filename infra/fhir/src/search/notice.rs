//! The entry that tells a caller that its search was narrowed. It depends on the question and on the token alone, never
//! on what was left out, so that it does not betray whether there is anything.

use rules::enforcement::{ScopeGrant, ScopeReach, is_shared};

use super::context::Search;
use super::query::Query;
use crate::guard::Permission;
use crate::problem::Issue;

/// Nothing, when the search already asked for no more than the caller may see.
pub fn notice(permission: &Permission, search: &Search, query: &Query) -> Option<Issue> {
    if permission.grants().any(|grant| asks_within(grant, search, query)) {
        return None;
    }
    let mut limits = vec![];
    if permission.grants().all(|grant| grant.reach != ScopeReach::Everything) {
        limits.push("the records of the patient that the token or the user stands for");
    }
    if permission.grants().all(|grant| !grant.limit.is_unlimited()) {
        limits.push("the search parameters in the granted scopes");
    }
    let limits = if limits.is_empty() { "what the granted scopes allow".to_owned() } else { limits.join(", and to ") };
    Some(Issue::information("suppressed", format!("This result is limited to {limits}.")))
}

fn asks_within(grant: &ScopeGrant, search: &Search, query: &Query) -> bool {
    let within_reach = match &grant.reach {
        ScopeReach::Everything => true,
        ScopeReach::Patients(_) if is_shared(search.of.name) => true,
        reach => {
            let mine = |id: &str| reach.holds(id);
            let asked_for = if search.of.name == "Patient" { ["_id", ""] } else { ["patient", "subject"] };
            search.in_compartment_of.is_some_and(mine)
                || query
                    .criteria
                    .iter()
                    .filter(|criterion| asked_for.contains(&criterion.parameter.name))
                    .any(|criterion| criterion.only_ids("Patient").is_some_and(|ids| ids.into_iter().all(mine)))
        }
    };
    within_reach && grant.limit.is_kept_by(&query.used)
}

//! The entry that tells a caller that its search was narrowed. It depends on the question and on the token alone, never
//! on what was left out, so that it does not betray whether there is anything.

use super::Search;
use super::query::Query;
use crate::definitions::is_reference_data;
use crate::guard::{Grant, Permission, Reach};
use crate::problem::Issue;

/// Nothing, when the search already asked for no more than the caller may see.
pub fn notice(permission: &Permission, search: &Search, query: &Query) -> Option<Issue> {
    if permission.grants.iter().any(|grant| asks_within(grant, search, query)) {
        return None;
    }
    let mut limits = vec![];
    if permission.grants.iter().all(|grant| grant.reach != Reach::Everything) {
        limits.push("the records of the patient that the token or the user stands for");
    }
    if permission.grants.iter().all(|grant| grant.only.is_some()) {
        limits.push("the search parameters in the granted scopes");
    }
    let limits = if limits.is_empty() { "what the granted scopes allow".to_owned() } else { limits.join(", and to ") };
    Some(Issue::information("suppressed", format!("This result is limited to {limits}.")))
}

fn asks_within(grant: &Grant, search: &Search, query: &Query) -> bool {
    let within_reach = match &grant.reach {
        Reach::Everything => true,
        Reach::Patients(_) if is_reference_data(search.of.name) => true,
        Reach::Patients(patients) => {
            let mine = |id: &str| patients.iter().any(|patient| patient == id);
            let asked_for = if search.of.name == "Patient" { ["_id", ""] } else { ["patient", "subject"] };
            search.in_compartment_of.is_some_and(mine)
                || query
                    .criteria
                    .iter()
                    .filter(|criterion| asked_for.contains(&criterion.parameter.name))
                    .any(|criterion| criterion.only_ids("Patient").is_some_and(|ids| ids.into_iter().all(mine)))
        }
    };
    within_reach && grant.asked.as_ref().is_none_or(|asked| asked.iter().all(|pair| query.used.contains(pair)))
}

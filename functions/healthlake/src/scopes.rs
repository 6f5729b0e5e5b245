//! The scopes that HealthLake can go by: of resources, and of the forms it knows (HL-10).

use rules::scope::{Permissions, Scope, ScopeSet};

/// `launch`, `openid` and their like are dropped, and so is a wildcard with a filter, which HealthLake would refuse.
pub fn for_healthlake(scope: &str) -> ScopeSet {
    let usable = |scope: &Scope| scope.as_resource().is_some_and(|resource| !resource.is_filtered_wildcard());
    ScopeSet::parse(scope).set.without(|scope| !usable(scope))
}

pub fn only_read(scope: &ScopeSet) -> bool {
    scope.resources().all(|resource| Permissions::READ_SEARCH.contains(resource.permissions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_scope_of_resources_is_dropped_and_the_spelling_stays() {
        let scope =
            "openid launch/patient patient/Observation.rs?category=laboratory user/*.read patient/*.rs?status=final";
        assert_eq!(for_healthlake(scope).to_string(), "patient/Observation.rs?category=laboratory user/*.read");
    }

    #[test]
    fn a_single_letter_makes_it_write() {
        assert!(only_read(&for_healthlake("patient/*.rs user/Patient.read system/Group.s")));
        for writes in ["patient/*.cruds", "system/Task.c", "user/Patient.write", "patient/*.rs user/Task.u"] {
            assert!(!only_read(&for_healthlake(writes)), "{writes}");
        }
    }
}

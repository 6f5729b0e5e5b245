//! Sets of scopes as sets of rights (SCP-4).

use super::{scope, scopes};

#[test]
fn a_wildcard_contains_every_type_of_its_level_and_of_no_other() {
    let set = scopes("patient/*.rs");
    assert!(set.contains(&scope("patient/Observation.rs")));
    assert!(set.contains(&scope("patient/Observation.r?category=a")));
    assert!(!set.contains(&scope("user/Observation.rs")));
    assert!(!set.contains(&scope("system/Observation.rs")));
    assert!(!set.contains(&scope("patient/Observation.cruds")));
    assert!(!scopes("patient/Observation.rs").contains(&scope("patient/*.rs")));
}

/// "The set grants the union".
#[test]
fn scopes_add_up() {
    let set = scopes("patient/*.r patient/Observation.s");
    assert!(set.contains(&scope("patient/Observation.read")));
    assert!(!set.contains(&scope("patient/Condition.read")));
}

#[test]
fn scopes_with_different_limits_do_not_add_up_to_no_limit() {
    let set = scopes("patient/Observation.r?category=a patient/Observation.s");
    assert!(set.contains(&scope("patient/Observation.rs?category=a")));
    assert!(!set.contains(&scope("patient/Observation.rs")));
}

#[test]
fn scopes_that_are_not_about_resources_contain_themselves() {
    let set = scopes("openid offline_access __launch.create");
    assert!(set.contains(&scope("openid")) && set.contains(&scope("__launch.create")));
    assert!(!set.contains(&scope("fhirUser")) && !set.contains(&scope("__launch")));
    assert!(!scopes("offline_access").covers(&scopes("online_access")));
}

#[test]
fn the_intersection_is_what_both_grant() {
    for (one, other, both) in [
        ("patient/*.cruds", "patient/Observation.rs patient/Patient.r", "patient/Observation.rs patient/Patient.r"),
        ("patient/Observation.cru", "patient/*.rs", "patient/Observation.r"),
        ("patient/*.rs?_tag=a", "patient/Observation.rs", "patient/Observation.rs?_tag=a"),
        ("patient/Observation.rs?a=1", "patient/Observation.rs?b=2", "patient/Observation.rs?a=1&b=2"),
        ("patient/Observation.rs", "user/Observation.rs", ""),
        ("openid fhirUser", "fhirUser profile", "fhirUser"),
        ("launch/task", "launch/task?role=urn:a", "launch/task?role=urn:a"),
    ] {
        assert_eq!(scopes(one).intersect(&scopes(other)).to_string(), both, "{one} and {other}");
    }
}

#[test]
fn the_union_is_one_after_the_other_without_repetition() {
    let union = scopes("openid patient/*.read").union(&scopes("patient/*.rs openid fhirUser"));
    assert_eq!(union.to_string(), "openid patient/*.read patient/*.rs fhirUser");
}

#[test]
fn a_type_at_launch_is_contained_in_any_role() {
    assert!(scopes("launch/task").contains(&scope("launch/task?role=urn:a")));
    assert!(!scopes("launch/task?role=urn:a").contains(&scope("launch/task")));
    assert!(!scopes("launch launch/patient").contains(&scope("launch/task")));
}

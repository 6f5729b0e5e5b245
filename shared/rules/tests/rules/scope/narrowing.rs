//! What is granted of what was asked (SCP-2, SCP-4, SCP-6, SCP-7, SCP-13).

use super::{scope, scopes};
use rules::scope::{Outcome, Scope, narrow};

fn granted(asked: &str, allowed: &str) -> String {
    narrow(&scopes(asked), &scopes(allowed)).granted.to_string()
}

/// SCP-7.
#[test]
fn what_is_allowed_comes_back_as_it_was_asked() {
    let asked = "launch openid fhirUser offline_access patient/Observation.read patient/Condition.rs __launch.create";
    assert_eq!(granted(asked, "__launch.create patient/*.cruds offline_access fhirUser openid launch"), asked);
}

/// SCP-2: "if v1 was requested and granted".
#[test]
fn v1_is_answered_in_v1_where_v1_can_say_the_truth() {
    for (asked, allowed, expected) in [
        ("patient/*.read", "patient/*.rs", "patient/*.read"),
        ("patient/*.read", "patient/Observation.rs patient/Patient.r", "patient/Observation.read patient/Patient.r"),
        ("patient/Observation.*", "patient/*.rs", "patient/Observation.read"),
        ("patient/Observation.*", "patient/*.cud", "patient/Observation.write"),
        ("patient/Observation.*", "patient/*.crs", "patient/Observation.crs"),
        ("patient/Observation.read", "patient/Observation.rs?a=1", "patient/Observation.rs?a=1"),
        ("patient/Observation.rs", "patient/Observation.read", "patient/Observation.rs"),
        ("patient/*.cruds", "patient/Observation.read", "patient/Observation.rs"),
        ("system/*.read", "system/Patient.rs", "system/Patient.read"),
    ] {
        assert_eq!(granted(asked, allowed), expected, "{asked} under {allowed}");
    }
}

#[test]
fn a_wildcard_gets_the_types_that_are_allowed() {
    assert_eq!(
        granted("openid patient/*.rs", "patient/Patient.rs patient/Observation.cruds openid user/*.rs"),
        "openid patient/Patient.rs patient/Observation.rs"
    );
}

#[test]
fn what_is_left_of_a_wildcard_is_not_said_again_beside_a_type_that_was_asked_by_name() {
    assert_eq!(
        granted("patient/*.read patient/Observation.rs", "patient/Observation.rs patient/Patient.rs"),
        "patient/Patient.read patient/Observation.rs"
    );
}

/// SCP-6: granular narrowing.
#[test]
fn an_unlimited_scope_gets_the_limited_one_that_is_allowed() {
    assert_eq!(
        granted("patient/Observation.rs", "patient/Observation.rs?category=a patient/Observation.rs?category=b"),
        "patient/Observation.rs?category=a patient/Observation.rs?category=b"
    );
    assert_eq!(granted("patient/*.rs", "patient/Observation.rs?category=a"), "patient/Observation.rs?category=a");
}

#[test]
fn a_limited_scope_stays_limited() {
    assert_eq!(granted("patient/Observation.rs?category=a", "patient/*.rs"), "patient/Observation.rs?category=a");
    assert_eq!(granted("patient/*.rs?_tag=a", "patient/Observation.rs"), "patient/Observation.rs?_tag=a");
    assert_eq!(granted("patient/Observation.rs", "patient/*.rs?_tag=a"), "patient/Observation.rs?_tag=a");
    assert_eq!(granted("patient/*.rs", "patient/*.rs?_tag=a"), "patient/*.rs?_tag=a");
}

#[test]
fn two_different_limits_both_hold() {
    assert_eq!(granted("patient/Observation.rs?a=1", "patient/Observation.rs?b=2"), "patient/Observation.rs?a=1&b=2");
    assert_eq!(
        granted("patient/Observation.rs?a=1&b=2", "patient/Observation.rs?b=2&c=3"),
        "patient/Observation.rs?a=1&b=2&c=3"
    );
}

#[test]
fn of_two_allowed_limits_the_one_that_was_asked_is_enough() {
    assert_eq!(
        granted("patient/Observation.rs?c=a", "patient/Observation.rs?c=a patient/Observation.rs?c=b"),
        "patient/Observation.rs?c=a"
    );
}

#[test]
fn alternatives_are_narrowed_to_those_allowed() {
    assert_eq!(granted("system/Task.rs?o=a,b", "system/Task.rs?o=a"), "system/Task.rs?o=a");
    assert_eq!(granted("system/Task.rs?o=a", "system/Task.rs?o=a,b"), "system/Task.rs?o=a");
    assert_eq!(granted("system/Task.rs?o=a,b", "system/Task.rs?o=b,c"), "system/Task.rs?o=a,b&o=b,c");
}

#[test]
fn nothing_is_granted_for_another_level_or_type_or_letter() {
    assert_eq!(granted("user/*.rs", "patient/*.cruds system/*.cruds"), "");
    assert_eq!(granted("patient/Observation.rs", "patient/Condition.rs patient/Observation.cud"), "");
    assert_eq!(granted("offline_access", "online_access"), "");
}

#[test]
fn letters_can_be_limited_one_by_one() {
    assert_eq!(
        granted("patient/Observation.rs", "patient/Observation.r patient/Observation.s?a=1"),
        "patient/Observation.r patient/Observation.s?a=1"
    );
}

/// LC-12.
#[test]
fn a_role_is_allowed_with_its_type() {
    assert_eq!(granted("launch/task?role=urn:a", "launch/task"), "launch/task?role=urn:a");
    assert_eq!(granted("launch/task?role=urn:a", "launch/task?role=urn:b"), "");
}

/// SCP-14.
#[test]
fn a_uri_is_answered_with_a_uri() {
    let uri = |name: &str| format!("http://smarthealthit.org/fhir/scopes/{name}");
    assert_eq!(granted(&uri("patient/*.read"), "patient/Patient.rs"), uri("patient/Patient.read"));
    assert_eq!(granted(&uri("fhirUser"), "fhirUser"), uri("fhirUser"));
    assert_eq!(granted("fhirUser", &uri("fhirUser")), "fhirUser");
}

#[test]
fn each_scope_asked_has_its_explanation() {
    let narrowing = narrow(&scopes("openid patient/*.rs user/*.rs"), &scopes("patient/Patient.rs openid"));
    let steps: Vec<(Scope, Outcome)> = narrowing.steps.into_iter().map(|step| (step.asked, step.outcome)).collect();
    assert_eq!(
        steps,
        [
            (scope("openid"), Outcome::Kept),
            (scope("patient/*.rs"), Outcome::NarrowedTo(vec![scope("patient/Patient.rs")])),
            (scope("user/*.rs"), Outcome::Dropped),
        ]
    );
}

//! Launch scopes (LC-6, LC-8, LC-12).

use super::{printed, scope, scopes};

#[test]
fn launch_scopes_print_as_they_were_asked() {
    let text = "launch launch/patient launch/encounter launch/imagingstudy \
                launch/questionnaire?role=https://example.org/role \
                launch/practitioner?role=launch launch/patient?role=urn%3Aexample%3Aother";
    assert_eq!(printed(text), text);
}

#[test]
fn the_questions_of_authorize_are_answered() {
    let set = scopes("launch launch/patient");
    assert!(set.launch() && set.launch_patient() && !set.launch_encounter());
    assert!(!scopes("launch/patient").launch());
    assert!(!scopes("launch").launch_patient());
    assert!(scopes("launch/encounter").launch_encounter());
}

/// LC-6: no role and the role `launch` are the same; any other role is not the patient in context.
#[test]
fn another_role_is_not_the_patient_in_context() {
    assert!(scopes("launch/patient?role=launch").launch_patient());
    assert!(!scopes("launch/patient?role=https://example.org/donor").launch_patient());
}

/// LC-8: SMART writes the type in lower case, `fhirContext` doesn't.
#[test]
fn a_launch_scope_knows_the_type_it_asks_for_and_in_which_role() {
    let scope = scope("launch/imagingstudy?role=https%3A%2F%2Fexample.org%2Frole");
    let launch = scope.as_launch().unwrap();
    assert!(launch.asks_for("ImagingStudy") && !launch.asks_for("Encounter"));
    assert_eq!(launch.role().unwrap().uri(), "https://example.org/role");
}

#[test]
fn launch_contexts_are_all_but_the_bare_launch() {
    let set = scopes("openid launch launch/patient patient/*.rs launch/task");
    let contexts: Vec<String> = set.launch_contexts().map(ToString::to_string).collect();
    assert_eq!(contexts, ["launch/patient", "launch/task"]);
}

#[test]
fn broken_launch_scopes_are_dropped() {
    for text in [
        "launch/",
        "launch/Patient",
        "launch/patient/",
        "launch/*",
        "launch?role=launch",
        "launch/task?role=",
        "launch/task?role=nurse",
        "launch/task?role=urn:a&role=urn:b",
        "launch/task?x=1",
        "launch/task?",
        "launch/task?role=urn:%zz",
        "launches",
    ] {
        assert_eq!(printed(text), "", "{text}");
    }
}

#[test]
fn who_may_ask_for_a_type_may_ask_for_it_in_any_role() {
    assert!(scopes("launch/task").covers(&scopes("launch/task?role=urn:a launch/task?role=urn:b")));
    assert!(!scopes("launch/task?role=urn:a").covers(&scopes("launch/task")));
    assert!(!scopes("launch").covers(&scopes("launch/patient")));
    assert!(!scopes("launch/patient").covers(&scopes("launch")));
    assert!(!scopes("launch/task").covers(&scopes("launch/taskforce")));
}

//! What else is in view (LC-2, LC-6, LC-8, LCTX-8).

use super::*;
use rules::authorize::context::{offerable, wants_any};
use serde_json::json;

fn pick(interaction: &Interaction, scope: &str, id: Option<&str>) -> Interaction {
    let picked = PickedContext { scope: scope.into(), patient: "amy-shaw".into(), id: id.map(str::to_owned) };
    interaction.choose(|it| it.picked.push(picked))
}

/// LC-8: `imagingstudy` is `ImagingStudy`.
#[test]
fn types_that_can_be_searched_by_patient_can_be_picked() {
    for kind in [
        "CarePlan",
        "Condition",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "EpisodeOfCare",
        "ImagingStudy",
        "MedicationRequest",
        "Procedure",
        "QuestionnaireResponse",
        "ServiceRequest",
        "Task",
    ] {
        assert_eq!(offerable(&kind.to_ascii_lowercase()), Some(kind));
    }
    for other in ["patient", "practitioner", "imaging", ""] {
        assert_eq!(offerable(other), None, "{other}");
    }
}

#[test]
fn context_is_picked_where_an_app_wants_it_and_no_ehr_has_said_it() {
    for (scope, any) in [
        ("openid launch/encounter", true),
        ("openid launch/patient launch/task", true),
        ("openid launch/patient launch/practitioner", false),
        ("openid patient/*.rs", false),
    ] {
        assert_eq!(wants_any(&asks(&amy(), scope)), any, "{scope}");
        assert!(!wants_any(&asks_launched(&amy(), scope, patient("amy-shaw"), None)), "{scope}");
    }
}

/// LC-2, LC-6, LC-8.
#[test]
fn context_is_picked_one_by_one_and_is_what_the_app_gets_to_know() {
    let scope = "launch/encounter launch/practitioner launch/task launch/imagingstudy?role=urn:x patient/*.rs";
    let first = asks(&amy(), scope);
    assert_eq!(step(&first), "pick a Encounter of amy-shaw for launch/encounter");
    let second = pick(&first, "launch/encounter", Some("e"));
    assert_eq!(step(&second), "pick a Task of amy-shaw for launch/task");
    // They may go on without.
    let third = pick(&second, "launch/task", None);
    assert_eq!(step(&third), "pick a ImagingStudy of amy-shaw for launch/imagingstudy?role=urn:x");
    let last = pick(&third, "launch/imagingstudy?role=urn:x", Some("i"));
    assert_eq!(step(&last), "ask for launch/encounter launch/imagingstudy?role=urn:x patient/*.rs");
    let context = context(&last);
    assert_eq!((context.patient.as_deref(), context.encounter.as_deref()), (Some("amy-shaw"), Some("e")));
    assert_eq!(
        context.fhir_context,
        [json!({ "reference": "ImagingStudy/i", "type": "ImagingStudy", "role": "urn:x" })]
    );
}

#[test]
fn an_encounter_in_another_role_is_one_of_many_things_in_view() {
    let scope = "launch/encounter?role=urn:x openid";
    let picked = pick(&asks(&amy(), scope), "launch/encounter?role=urn:x", Some("e"));
    let context = context(&picked);
    assert_eq!(context.encounter, None);
    assert_eq!(context.fhir_context, [json!({ "reference": "Encounter/e", "type": "Encounter", "role": "urn:x" })]);
    let without_role = pick(&asks(&amy(), "launch/task openid"), "launch/task", Some("t"));
    let expected = [json!({ "reference": "Task/t", "type": "Task" })];
    assert_eq!(self::context(&without_role).fhir_context, expected);
}

#[test]
fn context_can_be_picked_once_there_is_a_patient_and_is_not_asked_for_otherwise() {
    for (user, expected) in [
        (relative(&["one"]), "pick a Task of one for launch/task"),
        (relative(&["one", "two"]), "pick one of one, two"),
        (clinician(), "pick any patient"),
        (relative(&[]), "ask for openid"),
    ] {
        assert_eq!(step(&asks(&user, "openid launch/task")), expected);
    }
}

/// LCTX-8.
#[test]
fn in_an_ehr_launch_nobody_is_asked_for_what_the_ehr_has_not_said() {
    let ask = |context| step(&asks_launched(&clinician(), "launch/encounter patient/*.rs", context, None));
    assert_eq!(ask(patient("one")), "ask for launch patient/*.rs");
    let visit = LaunchContext { encounter: Some("e".into()), ..patient("one") };
    assert_eq!(ask(visit), "ask for launch launch/encounter patient/*.rs");
}

#[test]
fn whoever_is_asked_to_pick_very_much_is_asked_for_the_first_five() {
    let roles = [1, 2, 3, 4, 5, 6].map(|role| format!("launch/task?role=urn:{role}"));
    let mut interaction = asks(&amy(), &format!("openid {}", roles.join(" ")));
    for scope in &roles[..5] {
        assert_eq!(step(&interaction), format!("pick a Task of amy-shaw for {scope}"));
        interaction = pick(&interaction, scope, None);
    }
    assert_eq!(step(&interaction), "ask for openid");
}

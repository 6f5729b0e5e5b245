//! Whose record it is about (AUTHZ-23, LC-3, LCTX-4, SCP-16).

use super::*;
use rules::{
    authorize::{
        accessible_patients,
        patient_picker::{may_pick_another, next_step_with},
    },
    tenant::PatientPicker,
};

fn pick_patient(interaction: &Interaction, id: &str) -> Interaction {
    interaction.choose(|it| it.patient = Some(PickedPatient { id: id.into(), name: None }))
}

fn linked(interaction: &Interaction, patients: &[&str]) -> Interaction {
    let patients = patients.iter().map(|id| (*id).to_owned()).collect();
    interaction.choose(|it| it.linked = Some(patients))
}

/// AUTHZ-23, LC-3.
#[test]
fn a_patient_is_known_or_picked_before_a_patient_scope_is_granted() {
    let no_record = "access_denied: you have no patient record that the app could use";
    for (user, scope, expected) in [
        (amy(), "patient/*.rs", "ask for patient/*.rs"),
        (amy(), "launch/patient", "ask for launch/patient"),
        (clinician(), "patient/*.rs", "pick any patient"),
        (clinician(), "launch/patient user/*.rs", "pick any patient"),
        (clinician(), "openid user/*.rs", "ask for openid user/*.rs"),
        (relative(&["one"]), "patient/*.rs", "ask for patient/*.rs"),
        (relative(&["one", "two"]), "patient/*.rs", "pick one of one, two"),
        (relative(&["one", "two"]), "openid user/*.rs", "ask for openid user/*.rs"),
        (relative(&[]), "patient/*.rs", no_record),
        (relative(&[]), "launch/patient openid", no_record),
        (relative(&[]), "openid", "ask for openid"),
        (person(None, &["one"]), "launch/patient", "ask for launch/patient"),
    ] {
        assert_eq!(step(&asks(&user, scope)), expected, "{scope}");
    }
    for (user, own) in [(amy(), Some("amy-shaw")), (relative(&["one"]), Some("one"))] {
        assert_eq!(context(&asks(&user, "patient/*.rs")).patient.as_deref(), own);
        assert_eq!(context(&asks(&user, "openid")).patient, None, "nobody asked");
    }
}

#[test]
fn a_picked_patient_is_one_that_the_person_may_open() {
    for (user, picked, expected) in [(clinician(), "any", Some("any")), (relative(&["one", "two"]), "two", Some("two"))]
    {
        let interaction = pick_patient(&asks(&user, "patient/*.rs"), picked);
        assert_eq!(context(&interaction).patient.as_deref(), expected);
    }
    let foreign = pick_patient(&asks(&relative(&["one", "two"]), "patient/*.rs"), "three");
    assert_eq!(step(&foreign), "pick one of one, two");
}

/// LCTX-4.
#[test]
fn a_launch_is_for_whom_it_was_made_and_shows_what_they_may_open() {
    let not_yours = "access_denied: you may not open the record that was launched";
    let another = "access_denied: the launch was made for another user";
    let ask = "ask for launch patient/*.rs";
    for (user, patient, bound, expected) in [
        (amy(), Some("amy-shaw"), None, ask),
        (amy(), Some("amy-shaw"), Some("amy"), ask),
        (amy(), Some("amy-shaw"), Some("wei"), another),
        (amy(), Some("wei"), None, not_yours),
        (amy(), None, None, ask),
        (clinician(), Some("wei"), None, ask),
        (clinician(), None, None, "pick any patient"),
        (relative(&["one", "two"]), Some("two"), None, ask),
        (relative(&["one", "two"]), Some("three"), None, not_yours),
    ] {
        let launch = LaunchContext { patient: patient.map(str::to_owned), ..LaunchContext::default() };
        let interaction = asks_launched(&user, "patient/*.rs", launch, bound);
        assert_eq!(step(&interaction), expected, "{patient:?} {bound:?}");
    }
    let launch = LaunchContext { intent: Some("reconcile".into()), ..patient("wei") };
    assert_eq!(context(&asks_launched(&clinician(), "patient/*.rs", launch.clone(), None)), launch);
}

/// Whose records a Person is linked to matters where any record does.
#[test]
fn the_links_of_a_person_are_followed_before_a_patient_is_needed() {
    let follow = "follow the links of p";
    for (scope, expected) in [
        ("patient/*.rs", follow),
        ("launch/patient", follow),
        ("openid launch/task", follow),
        ("openid launch/practitioner", "ask for openid"),
        ("openid user/*.rs", "ask for openid user/*.rs"),
    ] {
        assert_eq!(step(&asks(&linked_person(), scope)), expected, "{scope}");
    }
    let launched = |context| step(&asks_launched(&linked_person(), "user/*.rs", context, None));
    assert_eq!(launched(patient("one")), follow);
    assert_eq!(launched(LaunchContext::default()), "ask for launch user/*.rs");
    for (patients, expected) in [
        (&[][..], "access_denied: you have no patient record that the app could use"),
        (&["one"], "ask for patient/*.rs"),
        (&["one", "two"], "pick one of one, two"),
    ] {
        assert_eq!(step(&linked(&asks(&linked_person(), "patient/*.rs"), patients)), expected);
    }
    assert_eq!(step(&asks(&relative(&["one"]), "patient/*.rs")), "ask for patient/*.rs", "they are no Person");
}

/// SCP-16: each record once, those of the account first.
#[test]
fn a_person_reaches_those_they_act_for_and_those_they_are_linked_to() {
    let reach = |user: &SignedIn, links: &[&str]| {
        let interaction = linked(&asks(user, "patient/*.rs"), links);
        format!("{:?}", accessible_patients::of(interaction.choosing().unwrap()))
    };
    let acting = person(Some((FhirUserType::Person, "p")), &["one"]);
    assert_eq!(reach(&acting, &["one", "two", "two"]), r#"Only(["one", "two"])"#);
    assert_eq!(reach(&acting, &[]), r#"Only(["one"])"#);
    assert_eq!(reach(&clinician(), &["one"]), "Any");
    let unlinked = asks(&acting, "patient/*.rs");
    assert_eq!(accessible_patients::of(unlinked.choosing().unwrap()), Reach::Only(vec!["one"]));
    assert_eq!(accessible_patients::unlinked_person(unlinked.choosing().unwrap()), Some("p"));
    for known in [linked(&unlinked, &[]), asks(&clinician(), "openid"), asks(&amy(), "openid")] {
        assert_eq!(accessible_patients::unlinked_person(known.choosing().unwrap()), None);
    }
}

/// A patient who was picked can be taken back; one of a launch, or the only one there is, never was picked.
#[test]
fn who_has_picked_a_patient_may_pick_another() {
    let picker = crate::given::tenant().pages.patient_picker;
    let nobody_yet = asks(&clinician(), "patient/*.rs");
    let launched = asks_launched(&clinician(), "patient/*.rs", patient("wei"), None);
    for (interaction, may) in [
        (pick_patient(&nobody_yet, "wei"), true),
        (pick_patient(&asks(&relative(&["one", "two"]), "patient/*.rs"), "two"), true),
        (nobody_yet, false),
        (pick_patient(&launched, "wei"), false),
        (launched, false),
        (pick_patient(&asks(&amy(), "patient/*.rs"), "amy-shaw"), false),
    ] {
        assert_eq!(may_pick_another(&interaction, &picker), may, "{}", step(&interaction));
    }
}

/// Where the tenant says who may choose, nobody else gets a list of patients.
#[test]
fn a_patient_is_chosen_by_those_alone_who_may() {
    let picker = |types: &[FhirUserType]| PatientPicker { user_types: types.to_vec(), ..PatientPicker::default() };
    let interaction = asks(&clinician(), "patient/*.rs");
    for (types, may) in [
        (&[][..], true),
        (&[FhirUserType::Practitioner], true),
        (&[FhirUserType::RelatedPerson, FhirUserType::Practitioner], true),
        (&[FhirUserType::RelatedPerson], false),
    ] {
        let found = next_step_with(&interaction, &picker(types));
        assert_eq!(matches!(found, NextStep::PickPatient(_)), may, "{types:?}");
        assert_eq!(matches!(found, NextStep::Refuse(_)), !may, "{types:?}");
        assert_eq!(may_pick_another(&pick_patient(&interaction, "wei"), &picker(types)), may, "{types:?}");
    }
    let known = asks(&amy(), "patient/*.rs");
    assert!(matches!(next_step_with(&known, &picker(&[FhirUserType::Practitioner])), NextStep::AskConsent(_)));
}

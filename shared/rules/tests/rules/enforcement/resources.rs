//! What a bearer may do to a resource whose content is known.

use crate::given::ParseSet;
use rules::{
    enforcement::{Place, ScopeGrant, ScopeReach, grants, is_shared},
    scope::{FhirInteraction, Level, Query},
};

fn amy() -> ScopeReach {
    ScopeReach::Patients(vec!["amy".into()])
}

fn limit(text: &str) -> Query {
    Query::parse(text).unwrap()
}

#[test]
fn who_and_where_is_in_nobodys_record() {
    for shared in [
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Location",
        "Endpoint",
        "HealthcareService",
        "Medication",
        "Questionnaire",
    ] {
        assert!(is_shared(shared), "{shared}");
    }
    for own in ["Patient", "Observation", "QuestionnaireResponse", "MedicationRequest", "practitioner", "Person", ""] {
        assert!(!is_shared(own), "{own}");
    }
}

#[test]
fn a_reach_decides_what_is_seen_and_what_is_changed() {
    let family = ScopeReach::Patients(vec!["amy".into(), "wei".into()]);
    let nobody = ScopeReach::Patients(Vec::new());
    for (resource_type, patients, reach, seen, changed) in [
        ("Observation", &["amy"][..], amy(), true, true),
        ("Observation", &["wei"], amy(), false, false),
        ("Observation", &["wei", "amy"], amy(), true, false),
        ("Observation", &["wei", "amy"], family.clone(), true, true),
        ("Observation", &[], amy(), false, false),
        ("Practitioner", &[], amy(), true, false),
        ("Practitioner", &["wei"], amy(), true, false),
        ("Practitioner", &[], nobody.clone(), true, false),
        ("Observation", &["amy"], nobody, false, false),
        ("Observation", &["wei"], ScopeReach::Everything, true, true),
        ("Observation", &[], ScopeReach::Everything, true, true),
    ] {
        let place = Place { resource_type, patients };
        assert_eq!((reach.sees(place), reach.changes(place)), (seen, changed), "{place:?} {reach:?}");
    }
    assert!(family.holds("wei") && !amy().holds("wei") && ScopeReach::Everything.holds("wei"));
}

#[test]
fn a_grant_lets_everything_through_if_neither_reach_nor_limit_holds_it_back() {
    for (reach, limit, all) in [
        (ScopeReach::Everything, Query::unlimited(), true),
        (ScopeReach::Everything, limit("code=x"), false),
        (amy(), Query::unlimited(), false),
        (amy(), limit("code=x"), false),
    ] {
        assert_eq!(ScopeGrant { reach: reach.clone(), limit }.is_unlimited(), all, "{reach:?}");
    }
}

/// SCP-4.
#[test]
fn the_levels_add_up_each_with_its_reach_and_limits() {
    let scope = "patient/Task.rs user/Task.r system/Task.r?code=x system/Task.s?code=y".parse_set();
    let reach = |level| match level {
        Level::Patient => amy(),
        Level::User => ScopeReach::Patients(Vec::new()),
        Level::System => ScopeReach::Everything,
    };
    let found = |interactions: &[FhirInteraction], kind: &str| {
        grants(interactions, reach, |level, interaction| scope.allows(level, interaction, kind))
    };
    let of_amy = ScopeGrant { reach: amy(), limit: Query::unlimited() };
    let anybody = |text| ScopeGrant { reach: ScopeReach::Everything, limit: limit(text) };
    assert_eq!(found(&[FhirInteraction::Read], "Task"), [of_amy.clone(), anybody("code=x")]);
    assert_eq!(
        found(&[FhirInteraction::Read, FhirInteraction::Search], "Task"),
        [of_amy.clone(), of_amy, anybody("code=x"), anybody("code=y")]
    );
    assert_eq!(found(&[FhirInteraction::Update], "Task"), []);
    assert_eq!(found(&[FhirInteraction::Read], "Goal"), []);
    assert_eq!(found(&[], "Task"), []);
}

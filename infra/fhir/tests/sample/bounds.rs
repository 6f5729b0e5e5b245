//! How far each level reaches: the patient in context, the user, the system.

use super::kit::{Asks, amy, caller, is_refused, outcome_of, root, server};

#[test]
fn a_caller_without_scopes_gets_nothing() {
    let server = server();
    let nobody = caller("", Some("amy-shaw"), Some("Practitioner/hannah-patel"));
    for url in [
        "Patient/amy-shaw",
        "Patient",
        "Patient/amy-shaw/_history",
        "Patient/amy-shaw/_history/1",
        "Patient/_history",
        "Patient/amy-shaw/$everything",
        "Patient/$everything",
        "Organization/riverside-clinic",
        "Patient/amy-shaw/Condition",
    ] {
        is_refused(&server.gets(&nobody, url), 403, "forbidden");
    }
}

#[test]
fn a_patient_scope_without_a_patient_in_context_is_worth_nothing() {
    let server = server();
    let lost = caller("patient/*.cruds", None, Some("Patient/amy-shaw"));
    is_refused(&server.gets(&lost, "Patient/amy-shaw"), 403, "forbidden");
    is_refused(&server.gets(&lost, "Organization/riverside-clinic"), 403, "forbidden");
}

#[test]
fn a_patient_scope_reaches_the_patient_in_context_only() {
    let server = server();
    let caller = amy("patient/*.rs");
    assert_eq!(server.gets(&caller, "Patient/amy-shaw").status, 200);
    assert_eq!(server.gets(&caller, "Condition/amy-shaw-migraine").status, 200);
    for url in [
        "Patient/wei-chen",
        "Condition/wei-chen-hypertension",
        "Observation/leo-shaw-weight",
        "Binary/wei-chen-visit-note",
        "RelatedPerson/amy-shaw-mother",
        "Device/noah-kim-cgm",
    ] {
        is_refused(&server.gets(&caller, url), 403, "forbidden");
    }
    is_refused(&server.gets(&caller, "Condition/nowhere"), 404, "not-found");
}

#[test]
fn a_patient_scope_that_names_the_type_reads_who_and_where() {
    let server = server();
    let caller = amy("patient/Practitioner.r patient/Location.rs");
    assert_eq!(server.gets(&caller, "Practitioner/hannah-patel").status, 200);
    assert_eq!(server.finds(&caller, "Location").len(), 2);
    is_refused(&server.gets(&caller, "Practitioner"), 403, "forbidden");
    is_refused(&server.gets(&caller, "Organization/riverside-clinic"), 403, "forbidden");
    let writes = amy("patient/*.cruds");
    is_refused(&server.asks(&writes, "DELETE", "Practitioner/hannah-patel", &[], b""), 403, "forbidden");
}

#[test]
fn a_right_to_read_is_no_right_to_search_and_the_other_way_round() {
    let server = server();
    is_refused(&server.gets(&amy("patient/Condition.r"), "Condition?patient=amy-shaw"), 403, "forbidden");
    is_refused(&server.gets(&amy("patient/Condition.s"), "Condition/amy-shaw-migraine"), 403, "forbidden");
    is_refused(&server.gets(&amy("patient/Condition.r"), "Condition/_history"), 403, "forbidden");
}

#[test]
fn a_user_scope_of_staff_reaches_every_record() {
    let server = server();
    let doctor = caller("user/*.rs", None, Some("Practitioner/hannah-patel"));
    assert_eq!(server.finds(&doctor, "Patient").len(), 15);
    assert!(outcome_of(&server.gets(&doctor, "Patient").json()).is_none());
}

#[test]
fn a_user_scope_of_a_patient_reaches_their_own_record() {
    let server = server();
    let user = caller("user/*.cruds", None, Some("Patient/amy-shaw"));
    assert_eq!(server.finds(&user, "Patient"), ["Patient/amy-shaw"]);
    is_refused(&server.gets(&user, "Patient/wei-chen"), 403, "forbidden");
}

#[test]
fn a_user_scope_of_a_related_person_reaches_their_patient() {
    let server = server();
    let mother = caller("user/*.rs", None, Some("RelatedPerson/amy-shaw-mother"));
    assert_eq!(server.finds(&mother, "Patient"), ["Patient/leo-shaw"]);
    assert_eq!(server.gets(&mother, "RelatedPerson/amy-shaw-mother").status, 200);
    is_refused(&server.gets(&mother, "Patient/amy-shaw"), 403, "forbidden");
    is_refused(&server.gets(&mother, "RelatedPerson/rosa-rivera"), 403, "forbidden");
    let person = caller("user/*.rs", None, Some("Person/amy-shaw-person"));
    assert_eq!(server.finds(&person, "Patient"), ["Patient/amy-shaw"]);
}

#[test]
fn a_related_person_who_is_no_longer_active_reaches_nothing() {
    let server = server();
    let ended = serde_json::json!([{"op": "replace", "path": "/active", "value": false}]);
    assert_eq!(server.patches(&root(), "RelatedPerson/amy-shaw-mother", &ended).status, 200);
    let mother = caller("user/*.rs", None, Some("RelatedPerson/amy-shaw-mother"));
    is_refused(&server.gets(&mother, "Patient/leo-shaw"), 403, "forbidden");
}

#[test]
fn a_user_that_is_unknown_or_nobody_reaches_nothing() {
    let server = server();
    for user in [
        None,
        Some("RelatedPerson/nobody"),
        Some("Device/x"),
        Some("Practitioner"),
        Some("http://evil/Practitioner/1"),
        Some(""),
    ] {
        let caller = caller("user/*.cruds", Some("amy-shaw"), user);
        is_refused(&server.gets(&caller, "Patient/amy-shaw"), 403, "forbidden");
    }
}

#[test]
fn a_system_scope_reaches_everything_it_names() {
    let server = server();
    let backend = caller("system/Patient.rs", None, None);
    assert_eq!(server.finds(&backend, "Patient").len(), 15);
    is_refused(&server.gets(&backend, "Condition"), 403, "forbidden");
}

#[test]
fn levels_add_up() {
    let server = server();
    let both = caller("patient/Patient.rs user/Practitioner.rs", Some("leo-shaw"), Some("Practitioner/marcus-lee"));
    assert_eq!(server.finds(&both, "Patient"), ["Patient/leo-shaw"]);
    assert_eq!(server.finds(&both, "Practitioner").len(), 3);
}

#[test]
fn a_linked_patient_is_another_patient() {
    let server = server();
    let other = serde_json::json!({"other": {"reference": "Patient/amy-shaw"}, "type": "seealso"});
    let link = serde_json::json!([{"op": "add", "path": "/link", "value": [other]}]);
    assert_eq!(server.patches(&root(), "Patient/wei-chen", &link).status, 200);
    is_refused(&server.gets(&amy("patient/*.rs"), "Patient/wei-chen"), 403, "forbidden");
}

#[test]
fn a_search_that_was_narrowed_says_so_and_one_that_was_not_does_not() {
    let server = server();
    let narrowed = |scopes: &str, url: &str| outcome_of(&server.gets(&amy(scopes), url).json()).is_some();
    assert!(narrowed("patient/*.rs", "Observation"));
    assert!(narrowed("patient/*.rs", "Observation?patient=wei-chen"));
    assert!(narrowed("patient/*.rs", "Patient?name=shaw"));
    assert!(!narrowed("patient/*.rs", "Observation?patient=amy-shaw"));
    assert!(!narrowed("patient/*.rs", "Patient?_id=amy-shaw"));
    assert!(!narrowed("patient/*.rs", "Practitioner?name=lee"));
    assert!(narrowed("patient/Observation.rs?category=laboratory", "Observation?patient=amy-shaw"));
    assert!(!narrowed(
        "patient/Observation.rs?category=laboratory",
        "Observation?patient=amy-shaw&category=laboratory"
    ));
}

/// Whether something was left out would itself tell that there is something.
#[test]
fn the_notice_is_the_same_whether_or_not_there_was_something_to_leave_out() {
    let server = server();
    let caller = amy("patient/*.rs");
    let some = server.gets(&caller, "Condition?patient=wei-chen").json();
    let none = server.gets(&caller, "Condition?patient=nobody").json();
    assert_eq!(some["entry"], none["entry"]);
    assert_eq!(some["total"], none["total"]);
}

//! Create, update, patch, delete.

use crate::kit::{Asks, BASE, amy, caller, is_refused, root, server};
use serde_json::{Value, json};

fn condition(patient: &str) -> Value {
    json!({
        "resourceType": "Condition",
        "code": {"text": "Hay fever"},
        "subject": {"reference": format!("Patient/{patient}")},
    })
}

#[test]
fn a_created_resource_gets_an_id_a_version_and_an_address() {
    let server = server();
    let response = server.sends(&amy("patient/Condition.cr"), "POST", "Condition", &condition("amy-shaw"));
    assert_eq!(response.status, 201);
    let location = response.header("location").unwrap();
    assert!(location.starts_with(&format!("{BASE}/Condition/")) && location.ends_with("/_history/1"), "{location}");
    assert_eq!(response.json()["meta"]["lastUpdated"], "2026-12-01T12:00:00.000Z");
    assert_eq!(server.gets(&amy("patient/Condition.r"), location).json(), response.json());
}

#[test]
fn an_update_needs_the_version_it_names() {
    let server = server();
    let mut patient = server.resource("Patient", "amy-shaw").unwrap();
    patient["birthDate"] = json!("1987-02-21");
    let body = patient.to_string();
    let put = |etag: &str| server.asks(&root(), "PUT", "Patient/amy-shaw", &[("if-match", etag)], body.as_bytes());
    is_refused(&put("W/\"7\""), 412, "conflict");
    let response = put("W/\"1\"");
    assert_eq!((response.status, response.header("etag")), (200, Some("W/\"2\"")));
    is_refused(&put("W/\"1\""), 412, "conflict");
}

#[test]
fn an_update_of_what_is_not_there_creates_it() {
    let server = server();
    let mut new = condition("amy-shaw");
    new["id"] = json!("my-own-id");
    let caller = amy("patient/Condition.ru");
    assert_eq!(server.sends(&caller, "PUT", "Condition/my-own-id", &new).status, 201);
    assert_eq!(server.sends(&caller, "PUT", "Condition/my-own-id", &new).status, 200);
    is_refused(&server.sends(&caller, "PUT", "Condition/another-id", &new), 400, "invalid");
    is_refused(&server.sends(&caller, "PUT", "Condition/no_id!", &new), 400, "invalid");
}

#[test]
fn nothing_is_written_into_another_record() {
    let server = server();
    let caller = amy("patient/*.cruds");
    is_refused(&server.sends(&caller, "POST", "Condition", &condition("wei-chen")), 403, "forbidden");
    let mut mine = server.resource("Condition", "amy-shaw-migraine").unwrap();
    mine["subject"]["reference"] = json!("Patient/wei-chen");
    is_refused(&server.sends(&caller, "PUT", "Condition/amy-shaw-migraine", &mine), 403, "forbidden");
    let mut theirs = server.resource("Condition", "wei-chen-hypertension").unwrap();
    theirs["subject"]["reference"] = json!("Patient/amy-shaw");
    is_refused(&server.sends(&caller, "PUT", "Condition/wei-chen-hypertension", &theirs), 403, "forbidden");
    let take = json!([{"op": "replace", "path": "/subject/reference", "value": "Patient/amy-shaw"}]);
    is_refused(&server.patches(&caller, "Condition/wei-chen-hypertension", &take), 403, "forbidden");
    let give = json!([{"op": "replace", "path": "/subject/reference", "value": "Patient/wei-chen"}]);
    is_refused(&server.patches(&caller, "Condition/amy-shaw-migraine", &give), 403, "forbidden");
    is_refused(&server.asks(&caller, "DELETE", "Condition/wei-chen-hypertension", &[], b""), 403, "forbidden");
    is_refused(&server.sends(&caller, "POST", "Patient", &json!({"resourceType": "Patient"})), 403, "forbidden");
    assert_eq!(server.gets(&root(), "Condition/wei-chen-hypertension").header("etag"), Some("W/\"1\""));
}

/// A performer is in the compartment too: it must not carry a foreign subject in.
#[test]
fn a_resource_that_belongs_to_two_patients_is_not_written_by_one_of_them() {
    let server = server();
    let mut observation = server.resource("Observation", "amy-shaw-weight").unwrap();
    observation["subject"]["reference"] = json!("Patient/wei-chen");
    observation["performer"] = json!([{"reference": "Patient/amy-shaw"}]);
    is_refused(&server.sends(&amy("patient/*.cruds"), "POST", "Observation", &observation), 403, "forbidden");
}

#[test]
fn a_user_does_not_widen_their_own_reach() {
    let server = server();
    let person = caller("user/*.cruds", None, Some("Person/amy-shaw-person"));
    let link = json!([{"op": "add", "path": "/link/-", "value": {"target": {"reference": "Patient/wei-chen"}}}]);
    is_refused(&server.patches(&person, "Person/amy-shaw-person", &link), 403, "forbidden");
    let mother = caller("user/*.cruds", None, Some("RelatedPerson/amy-shaw-mother"));
    let child = json!([{"op": "replace", "path": "/patient/reference", "value": "Patient/mia-rivera"}]);
    is_refused(&server.patches(&mother, "RelatedPerson/amy-shaw-mother", &child), 403, "forbidden");
}

#[test]
fn the_id_of_a_deleted_resource_is_not_taken_over() {
    let server = server();
    assert_eq!(server.asks(&root(), "DELETE", "Condition/wei-chen-hypertension", &[], b"").status, 204);
    let mut mine = condition("amy-shaw");
    mine["id"] = json!("wei-chen-hypertension");
    is_refused(
        &server.sends(&amy("patient/*.cruds"), "PUT", "Condition/wei-chen-hypertension", &mine),
        403,
        "forbidden",
    );
    assert_eq!(server.sends(&root(), "PUT", "Condition/wei-chen-hypertension", &mine).status, 201);
}

#[test]
fn every_letter_is_its_own_right() {
    let server = server();
    let new = condition("amy-shaw");
    is_refused(&server.sends(&amy("patient/Condition.ruds"), "POST", "Condition", &new), 403, "forbidden");
    let old = server.resource("Condition", "amy-shaw-migraine").unwrap();
    is_refused(
        &server.sends(&amy("patient/Condition.crds"), "PUT", "Condition/amy-shaw-migraine", &old),
        403,
        "forbidden",
    );
    is_refused(
        &server.patches(&amy("patient/Condition.crds"), "Condition/amy-shaw-migraine", &json!([])),
        403,
        "forbidden",
    );
    let delete = |scopes| server.asks(&amy(scopes), "DELETE", "Condition/amy-shaw-migraine", &[], b"");
    is_refused(&delete("patient/Condition.crus"), 403, "forbidden");
    assert_eq!(delete("patient/Condition.d").status, 204);
    assert_eq!(delete("patient/Condition.d").status, 204);
}

#[test]
fn a_patch_shows_its_result_only_to_those_who_may_read_it() {
    let server = server();
    let note = json!([{"op": "add", "path": "/recordedDate", "value": "2026-10-01"}]);
    let blind = server.patches(&amy("patient/Condition.u"), "Condition/amy-shaw-migraine", &note);
    assert_eq!((blind.status, blind.body.len()), (200, 0));
    let seeing = server.patches(&amy("patient/Condition.ru"), "Condition/amy-shaw-migraine", &note);
    assert_eq!(seeing.json()["recordedDate"], "2026-10-01");
}

#[test]
fn a_patch_that_fails_changes_nothing() {
    let server = server();
    let patch = json!([
        {"op": "replace", "path": "/recordedDate", "value": "2026-10-01"},
        {"op": "test", "path": "/code/text", "value": "Something else"},
    ]);
    is_refused(&server.patches(&root(), "Condition/amy-shaw-migraine", &patch), 422, "processing");
    for path in ["/id", "/resourceType"] {
        let patch = json!([{"op": "replace", "path": path, "value": "Other"}]);
        assert_eq!(server.patches(&root(), "Condition/amy-shaw-migraine", &patch).status, 400);
    }
    is_refused(&server.sends(&root(), "PATCH", "Condition/amy-shaw-migraine", &json!([])), 415, "not-supported");
    assert_eq!(server.gets(&root(), "Condition/amy-shaw-migraine").header("etag"), Some("W/\"1\""));
}

#[test]
fn a_condition_on_a_write_is_not_passed_over() {
    let server = server();
    let body = condition("amy-shaw").to_string();
    let response = server.asks(&root(), "POST", "Condition", &[("if-none-exist", "code=x")], body.as_bytes());
    is_refused(&response, 400, "not-supported");
    is_refused(&server.asks(&root(), "PUT", "Condition?code=x", &[], body.as_bytes()), 405, "not-supported");
}

#[test]
fn the_client_chooses_how_much_comes_back() {
    let server = server();
    let body = condition("amy-shaw").to_string();
    let response = server.asks(&root(), "POST", "Condition", &[("prefer", "return=minimal")], body.as_bytes());
    assert_eq!((response.status, response.body.len()), (201, 0));
}

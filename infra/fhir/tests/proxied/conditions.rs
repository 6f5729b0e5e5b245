//! Conditional writes are decided by what the caller could have found.

use crate::kit::{Asks, amy, is_refused, root, server};
use serde_json::{Value, json};

fn condition(text: &str) -> Value {
    json!({"resourceType": "Condition", "code": {"text": text}, "subject": {"reference": "Patient/amy-shaw"}})
}

#[test]
fn a_conditional_create_finds_what_is_there() {
    let server = server();
    let caller = amy("patient/*.cruds");
    let create = |query: &str| {
        let headers = [("content-type", "application/fhir+json"), ("if-none-exist", query)];
        server.asks(&caller, "POST", "Condition", &headers, condition("New").to_string().as_bytes())
    };
    let found = create("_id=amy-shaw-migraine");
    assert_eq!((found.status, found.json()["id"].clone()), (200, json!("amy-shaw-migraine")));
    is_refused(&create("patient=amy-shaw"), 412, "multiple-matches");
    assert_eq!(create("_id=nothing").status, 201);
    is_refused(&create("colour=green"), 400, "not-supported");
    is_refused(&create(""), 400, "invalid");
}

/// The same answer as if there were nothing: a condition must not tell of other records.
#[test]
fn a_condition_neither_finds_nor_touches_another_record() {
    let server = server();
    let caller = amy("patient/*.cruds");
    let headers = [("content-type", "application/fhir+json"), ("if-none-exist", "_id=wei-chen-hypertension")];
    let made = server.asks(&caller, "POST", "Condition", &headers, condition("New").to_string().as_bytes());
    assert_eq!(made.status, 201);
    let made = server.sends(&caller, "PUT", "Condition?_id=wei-chen-hypertension", &condition("New"));
    assert_eq!((made.status, made.json()["subject"]["reference"].clone()), (201, json!("Patient/amy-shaw")));
    let deleted = server.asks(&caller, "DELETE", "Condition?_id=wei-chen-hypertension", &[], b"");
    is_refused(&deleted, 404, "not-found");
    assert!(server.resource("Condition", "wei-chen-hypertension").is_some());
}

#[test]
fn a_conditional_update_patch_or_delete_changes_the_one_that_matches() {
    let server = server();
    let caller = amy("patient/*.cruds");
    let updated = server.sends(&caller, "PUT", "Condition?_id=amy-shaw-migraine", &condition("Headache"));
    assert_eq!((updated.status, updated.json()["id"].clone()), (200, json!("amy-shaw-migraine")));
    let patch = json!([{"op": "replace", "path": "/code/text", "value": "Migraine"}]);
    assert_eq!(server.patches(&caller, "Condition?_id=amy-shaw-migraine", &patch).json()["code"]["text"], "Migraine");
    is_refused(&server.asks(&caller, "DELETE", "Condition?patient=amy-shaw", &[], b""), 412, "multiple-matches");
    assert_eq!(server.asks(&caller, "DELETE", "Condition?_id=amy-shaw-migraine", &[], b"").status, 204);
    assert!(server.resource("Condition", "amy-shaw-migraine").is_none());
}

#[test]
fn a_condition_needs_the_right_to_search() {
    let server = server();
    for (scopes, method) in [("patient/Condition.u", "PUT"), ("patient/Condition.d", "DELETE")] {
        let url = "Condition?_id=amy-shaw-migraine";
        is_refused(&server.sends(&amy(scopes), method, url, &condition("x")), 403, "forbidden");
    }
    is_refused(&server.sends(&root(), "PUT", "Condition/a?_id=b", &condition("x")), 400, "not-supported");
}

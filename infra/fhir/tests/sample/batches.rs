//! Batch and transaction.

use crate::kit::{Asks, amy, is_refused, root, server};
use serde_json::{Value, json};

fn bundle(kind: &str, entries: Value) -> Value {
    json!({"resourceType": "Bundle", "type": kind, "entry": entries})
}

fn put(id: &str, patient: &str) -> Value {
    json!({
        "request": {"method": "PUT", "url": format!("Condition/{id}")},
        "resource": {"resourceType": "Condition", "id": id, "subject": {"reference": format!("Patient/{patient}")}},
    })
}

#[test]
fn in_a_batch_each_entry_stands_alone() {
    let server = server();
    let response = server.sends(
        &amy("patient/*.cruds"),
        "POST",
        "",
        &bundle("batch", json!([put("a", "amy-shaw"), put("b", "wei-chen"), put("c", "amy-shaw")])),
    );
    let body = response.json();
    assert_eq!(body["type"], "batch-response");
    let statuses: Vec<&str> =
        body["entry"].as_array().unwrap().iter().map(|entry| entry["response"]["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["201 Created", "403 Forbidden", "201 Created"]);
    assert!(server.resource("Condition", "b").is_none());
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let server = server();
    let caller = amy("patient/*.cruds");
    let refused =
        server.sends(&caller, "POST", "/", &bundle("transaction", json!([put("a", "amy-shaw"), put("b", "wei-chen")])));
    is_refused(&refused, 403, "forbidden");
    assert!(refused.json()["issue"][0]["diagnostics"].as_str().unwrap().starts_with("Entry 1:"));
    assert!(server.resource("Condition", "a").is_none());
    assert!(server.resource("Condition", "amy-shaw-migraine").is_some());
    let done =
        server.sends(&caller, "POST", "/", &bundle("transaction", json!([put("a", "amy-shaw"), put("b", "amy-shaw")])));
    assert_eq!((done.status, done.json()["type"].as_str().unwrap()), (200, "transaction-response"));
    assert!(server.resource("Condition", "b").is_some());
}

#[test]
fn entries_of_a_transaction_refer_to_each_other() {
    let server = server();
    let patient = json!({"reference": "Patient/amy-shaw"});
    let entries = json!([
        {"fullUrl": "urn:uuid:2", "request": {"method": "POST", "url": "Condition"},
         "resource": {"resourceType": "Condition", "subject": patient, "encounter": {"reference": "urn:uuid:1"}}},
        {"fullUrl": "urn:uuid:1", "request": {"method": "POST", "url": "Encounter"},
         "resource": {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": patient}},
    ]);
    let body = server.sends(&amy("patient/*.cruds"), "POST", "", &bundle("transaction", entries)).json();
    let encounter = body["entry"][1]["resource"]["id"].as_str().unwrap();
    assert_eq!(body["entry"][0]["resource"]["encounter"]["reference"], format!("Encounter/{encounter}"));
}

#[test]
fn a_transaction_cannot_hide_a_foreign_subject_behind_its_own_names() {
    let server = server();
    let wei = server.resource("Patient", "wei-chen");
    let condition = json!({"resourceType": "Condition", "subject": {"reference": "urn:uuid:1"}});
    let entries = json!([
        {"fullUrl": "urn:uuid:1", "request": {"method": "PUT", "url": "Patient/wei-chen"}, "resource": wei},
        {"request": {"method": "POST", "url": "Condition"}, "resource": condition},
    ]);
    is_refused(
        &server.sends(&amy("patient/Condition.cruds"), "POST", "", &bundle("transaction", entries.clone())),
        403,
        "forbidden",
    );
    let condition = json!([entries[1]]);
    is_refused(
        &server.sends(&amy("patient/Condition.cruds"), "POST", "", &bundle("transaction", condition)),
        403,
        "forbidden",
    );
}

#[test]
fn deletes_come_first_and_reads_last() {
    let server = server();
    let entries = json!([
        {"request": {"method": "GET", "url": "Condition?patient=amy-shaw&_summary=count"}},
        put("a", "amy-shaw"),
        put("b", "amy-shaw"),
        {"request": {"method": "DELETE", "url": "Condition/amy-shaw-migraine"}},
    ]);
    let body = server.sends(&root(), "POST", "", &bundle("transaction", entries)).json();
    assert_eq!(body["entry"][0]["resource"]["total"], 4 + 2 - 1);
    assert_eq!(body["entry"][3]["response"]["status"], "204 No Content");
}

#[test]
fn a_bundle_that_is_none_is_refused() {
    let server = server();
    let sends = |body: Value| server.sends(&root(), "POST", "", &body);
    is_refused(&sends(json!({"resourceType": "Patient"})), 400, "invalid");
    is_refused(&sends(bundle("searchset", json!([]))), 400, "invalid");
    is_refused(&sends(bundle("batch", json!([{"request": {"url": "Patient"}}]))), 400, "required");
    is_refused(&sends(bundle("transaction", json!([put("a", "amy-shaw"), put("a", "amy-shaw")]))), 400, "invalid");
    let many: Vec<Value> = (0..201).map(|_| put("a", "amy-shaw")).collect();
    is_refused(&sends(bundle("batch", json!(many))), 413, "too-costly");
    let nested = json!([{"request": {"method": "POST", "url": ""}, "resource": bundle("batch", json!([]))}]);
    assert_eq!(sends(bundle("batch", nested)).json()["entry"][0]["response"]["status"], "400 Bad Request");
}

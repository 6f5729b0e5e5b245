//! A transaction is sent as a whole or not at all.

use crate::kit::{Asks, BASE, amy, is_refused, root, server};
use serde_json::{Value, json};

fn transaction(entries: Value) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

fn put(id: &str, patient: &str) -> Value {
    let content =
        json!({"resourceType": "Condition", "id": id, "subject": {"reference": format!("Patient/{patient}")}});
    json!({"request": {"method": "PUT", "url": format!("Condition/{id}")}, "resource": content})
}

#[test]
fn one_forbidden_entry_and_nothing_is_sent() {
    let server = server();
    let bundle = transaction(json!([put("a", "amy-shaw"), put("b", "wei-chen")]));
    let forwarded = server.forwards(|| {
        let refused = server.sends(&amy("patient/*.cruds"), "POST", "", &bundle);
        is_refused(&refused, 403, "forbidden");
        assert!(refused.json()["issue"][0]["diagnostics"].as_str().unwrap().starts_with("Entry 1:"));
    });
    assert!(forwarded.iter().all(|one| one.method == "GET"), "{forwarded:?}");
    assert!(server.resource("Condition", "a").is_none());
}

#[test]
fn what_is_allowed_is_sent_at_once_and_its_references_are_resolved() {
    let server = server();
    let subject = json!({"reference": "Patient/amy-shaw"});
    let visit = json!({"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": subject});
    let condition = json!({"resourceType": "Condition", "subject": subject, "encounter": {"reference": "urn:uuid:1"}});
    let bundle = transaction(json!([
        {"fullUrl": "urn:uuid:2", "request": {"method": "POST", "url": "Condition"}, "resource": condition},
        {"fullUrl": "urn:uuid:1", "request": {"method": "POST", "url": "Encounter"}, "resource": visit},
        {"request": {"method": "DELETE", "url": format!("{BASE}/Condition/amy-shaw-migraine")}},
    ]));
    let mut body = Value::Null;
    let forwarded = server.forwards(|| body = server.sends(&amy("patient/*.cruds"), "POST", "", &bundle).json());
    assert_eq!(forwarded.iter().filter(|one| one.method != "GET").count(), 1, "{forwarded:?}");
    assert_eq!(body["type"], "transaction-response", "{body}");
    let encounter = body["entry"][1]["resource"]["id"].as_str().unwrap();
    assert_eq!(body["entry"][0]["resource"]["encounter"]["reference"], format!("Encounter/{encounter}"));
    assert!(body["entry"][0]["response"]["location"].as_str().unwrap().starts_with(BASE));
    assert_eq!(body["entry"][2]["response"]["status"], "204 No Content");
    assert!(server.resource("Condition", "amy-shaw-migraine").is_none());
}

/// A `fullUrl` that is another resource's address, and a name for a resource that is another patient.
#[test]
fn a_foreign_subject_does_not_hide_behind_names() {
    let server = server();
    let caller = amy("patient/*.cruds");
    let amy_now = server.resource("Patient", "amy-shaw").unwrap();
    for name in [
        "Patient/wei-chen".to_owned(),
        format!("{BASE}/Patient/wei-chen"),
        format!("{}/Patient/wei-chen", server.behind),
    ] {
        let disguised =
            json!({"fullUrl": name, "request": {"method": "PUT", "url": "Patient/amy-shaw"}, "resource": amy_now});
        let condition = json!({"resourceType": "Condition", "subject": {"reference": name}});
        let entry = json!({"request": {"method": "POST", "url": "Condition"}, "resource": condition});
        is_refused(&server.sends(&caller, "POST", "", &transaction(json!([disguised, entry]))), 403, "forbidden");
    }
    let patient = json!({"resourceType": "Patient"});
    let new = json!({"fullUrl": "urn:uuid:1", "request": {"method": "POST", "url": "Patient"}, "resource": patient});
    is_refused(&server.sends(&caller, "POST", "", &transaction(json!([new]))), 403, "forbidden");
}

#[test]
fn what_cannot_be_judged_beforehand_is_refused() {
    let server = server();
    for request in [
        json!({"method": "GET", "url": "Patient/amy-shaw"}),
        json!({"method": "PUT", "url": "Condition?_id=amy-shaw-migraine"}),
        json!({"method": "POST", "url": "Condition", "ifNoneExist": "_id=a"}),
        json!({"method": "POST", "url": "Patient/$merge"}),
    ] {
        let condition = json!({"resourceType": "Condition", "subject": {"reference": "Patient/amy-shaw"}});
        let bundle = transaction(json!([{"request": request, "resource": condition}]));
        is_refused(&server.sends(&root(), "POST", "", &bundle), 400, "not-supported");
    }
}

#[test]
fn a_batch_does_what_is_allowed_and_says_no_to_the_rest() {
    let server = server();
    let bundle =
        json!({"resourceType": "Bundle", "type": "batch", "entry": [put("a", "amy-shaw"), put("b", "wei-chen")]});
    let body = server.sends(&amy("patient/*.cruds"), "POST", "", &bundle).json();
    let statuses: Vec<&Value> =
        body["entry"].as_array().unwrap().iter().map(|entry| &entry["response"]["status"]).collect();
    assert_eq!(statuses, ["201 Created", "403 Forbidden"]);
    assert!(server.resource("Condition", "b").is_none());
}

//! What the proxy cannot judge it refuses, and forwards nothing of it. An administrator's token changes nothing about that.

use super::kit::{Asks, Proxied, amy, is_refused, root, server};
use sample_fhir::Response;
use serde_json::{Value, json};

fn is_not_forwarded(server: &Proxied, act: impl FnOnce() -> Response) {
    let mut response = None;
    let forwarded = server.forwards(|| response = Some(act()));
    is_refused(&response.unwrap(), 501, "not-supported");
    assert!(forwarded.is_empty(), "{forwarded:?}");
}

fn condition() -> Value {
    json!({"resourceType": "Condition", "id": "a", "subject": {"reference": "Patient/amy-shaw"}})
}

#[test]
fn what_leads_to_other_resources_is_refused() {
    let server = server();
    for caller in [root(), amy("patient/*.cruds")] {
        for query in [
            "_include=Condition:patient",
            "_include:iterate=Condition:patient",
            "_include=*",
            "_revinclude=Provenance:target",
            "patient.name=clarke",
            "subject:Patient.birthdate=1987-02-20",
            "_has:Provenance:target:agent=x",
            "_filter=code%20eq%20x",
            "_list=1",
            "_query=own",
        ] {
            is_not_forwarded(&server, || server.gets(&caller, &format!("Condition?{query}")));
            let form = [("content-type", "application/x-www-form-urlencoded")];
            is_not_forwarded(&server, || server.asks(&caller, "POST", "Condition/_search", &form, query.as_bytes()));
        }
    }
}

#[test]
fn histories_versions_compartments_and_operations_are_refused() {
    let server = server();
    for caller in [root(), amy("patient/*.cruds")] {
        for url in [
            "Condition/amy-shaw-migraine/_history",
            "Condition/amy-shaw-migraine/_history/1",
            "Condition/_history",
            "_history",
            "Patient/amy-shaw/Condition",
            "Patient/amy-shaw/*",
            "Patient/amy-shaw/$everything",
            "Patient/$everything",
            "Patient/$export",
            "$export",
            "Patient/$match",
            "Observation/amy-shaw-weight/$meta",
            "",
        ] {
            is_not_forwarded(&server, || server.gets(&caller, url));
        }
    }
}

#[test]
fn batches_and_transactions_are_refused() {
    let server = server();
    let entry = json!({"request": {"method": "PUT", "url": "Condition/a"}, "resource": condition()});
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [entry]});
        for caller in [root(), amy("patient/*.cruds")] {
            is_not_forwarded(&server, || server.sends(&caller, "POST", "", &bundle));
        }
    }
    is_refused(&server.sends(&amy("patient/Condition.cruds"), "POST", "", &json!({})), 403, "forbidden");
}

#[test]
fn conditional_writes_are_refused() {
    let server = server();
    let caller = amy("patient/*.cruds");
    let body = condition().to_string();
    let json = ("content-type", "application/fhir+json");
    for query in ["_id=amy-shaw-migraine", "_id=wei-chen-hypertension", "code=x"] {
        let url = format!("Condition?{query}");
        let if_none_exist = [json, ("if-none-exist", query)];
        is_not_forwarded(&server, || server.asks(&caller, "POST", "Condition", &if_none_exist, body.as_bytes()));
        is_not_forwarded(&server, || server.sends(&caller, "PUT", &url, &condition()));
        is_not_forwarded(&server, || server.patches(&caller, &url, &json!([])));
        is_not_forwarded(&server, || server.asks(&caller, "DELETE", &url, &[], b""));
    }
    let no_match = [json, ("if-none-match", "*")];
    is_refused(&server.asks(&caller, "PUT", "Condition/a", &no_match, body.as_bytes()), 400, "not-supported");
    is_refused(&server.sends(&root(), "PUT", "Condition/a?_id=b", &condition()), 400, "not-supported");
}

/// The server behind would put the id of whomever it finds in its place.
#[test]
fn a_conditional_reference_is_refused() {
    let server = server();
    let condition = json!({"resourceType": "Condition", "subject": {"reference": "Patient/amy-shaw"},
        "asserter": {"reference": "Patient?family=Chen"}});
    is_not_forwarded(&server, || server.sends(&amy("patient/*.cruds"), "POST", "Condition", &condition));
}

/// Whose it was cannot be seen any more, so its id stays where it was.
#[test]
fn what_was_deleted_is_not_there_and_its_id_is_not_taken_over() {
    let server = server();
    assert_eq!(server.asks(&root(), "DELETE", "Condition/wei-chen-hypertension", &[], b"").status, 204);
    let mut mine = condition();
    mine["id"] = json!("wei-chen-hypertension");
    for caller in [amy("patient/*.cruds"), root()] {
        is_refused(&server.gets(&caller, "Condition/wei-chen-hypertension"), 404, "not-found");
        is_refused(&server.sends(&caller, "PUT", "Condition/wei-chen-hypertension", &mine), 404, "not-found");
        is_refused(&server.asks(&caller, "DELETE", "Condition/wei-chen-hypertension", &[], b""), 404, "not-found");
    }
}

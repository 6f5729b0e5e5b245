//! Longer ways to a resource, which the proxy refuses: includes, chains, histories, compartments, `$everything`, batches. Each shows
//! no more than a plain read would.

use crate::kit::{Asks, amy, caller, is_refused, root, server};
use serde_json::json;

const NOTHING: [&str; 0] = [];

#[test]
fn a_search_in_the_compartment_of_another_finds_nothing() {
    let server = server();
    assert_eq!(server.finds(&amy("patient/*.rs"), "Patient/wei-chen/Condition"), NOTHING);
    assert_eq!(server.gets(&amy("patient/*.rs"), "Patient/wei-chen/Condition").json()["total"], 0);
}

#[test]
fn the_constraint_of_a_scope_holds_for_histories_and_versions() {
    let server = server();
    let caller = amy("patient/Observation.rs?category=laboratory");
    is_refused(&server.gets(&caller, "Observation/amy-shaw-weight/_history"), 403, "forbidden");
    is_refused(&server.gets(&caller, "Observation/amy-shaw-weight/_history/1"), 403, "forbidden");
}

#[test]
fn include_brings_only_what_could_be_read() {
    let server = server();
    let url = "Condition?patient=amy-shaw&_include=Condition:patient&_include=Condition:encounter";
    let all = server.finds(&amy("patient/*.rs"), url);
    assert!(all.contains(&"Patient/amy-shaw".to_owned()) && all.contains(&"Encounter/amy-shaw-visit".to_owned()));
    let found = server.finds(&amy("patient/Condition.rs"), url);
    assert!(found.iter().all(|id| id.starts_with("Condition/")), "{found:?}");

    // A reference that leads out of the compartment.
    let out =
        json!([{"op": "add", "path": "/hasMember", "value": [{"reference": "Observation/wei-chen-ldl-2026-10"}]}]);
    assert_eq!(server.patches(&root(), "Observation/amy-shaw-ldl-2025-09", &out).status, 200);
    let found = server.finds(
        &amy("patient/*.rs"),
        "Observation?_id=amy-shaw-ldl-2025-09&_include=Observation:has-member&_include=Observation:*",
    );
    assert!(!found.iter().any(|id| id.contains("wei-chen")), "{found:?}");
}

#[test]
fn include_respects_the_constraint_of_the_included_type() {
    let server = server();
    let caller = amy("patient/DiagnosticReport.rs patient/Observation.rs?category=vital-signs");
    let found = server.finds(&caller, "DiagnosticReport?_include=DiagnosticReport:result");
    assert_eq!(found, ["DiagnosticReport/amy-shaw-lab-report"]);
}

#[test]
fn revinclude_brings_only_what_could_be_read() {
    let server = server();
    let url =
        "Practitioner?_id=hannah-patel&_revinclude=Patient:general-practitioner&_revinclude=Encounter:practitioner";
    let found = server.finds(&amy("patient/*.rs"), url);
    assert_eq!(found.len(), 1 + 1 + 3, "{found:?}");
    assert!(found.contains(&"Patient/amy-shaw".to_owned()));
    assert!(!found.iter().any(|id| id.contains("wei-chen")), "{found:?}");
    assert_eq!(server.finds(&amy("patient/Practitioner.rs"), url), ["Practitioner/hannah-patel"]);
}

#[test]
fn iterated_includes_do_not_reach_through_what_is_hidden() {
    let server = server();
    let caller = caller("patient/Provenance.rs patient/Practitioner.rs", Some("amy-shaw"), None);
    let url = "Provenance?_include=Provenance:target&_include:iterate=Patient:general-practitioner";
    assert_eq!(server.finds(&caller, url), ["Provenance/amy-shaw-provenance"]);
}

/// A chain asks about a resource; it must not answer about one that the caller may not see.
#[test]
fn a_chain_does_not_go_through_what_the_caller_may_not_see() {
    let server = server();
    let through_patient = "Condition?patient.birthdate=1987-02-20";
    assert_eq!(server.finds(&amy("patient/*.rs"), through_patient).len(), 4);
    assert_eq!(server.finds(&amy("patient/Condition.rs"), through_patient), NOTHING);
    assert_eq!(server.finds(&amy("patient/Condition.rs patient/Patient.rs?gender=male"), through_patient), NOTHING);
    assert_eq!(server.finds(&amy("patient/Condition.rs"), "Condition?patient.active:missing=false"), NOTHING);
    let out =
        json!([{"op": "add", "path": "/hasMember", "value": [{"reference": "Observation/wei-chen-ldl-2026-10"}]}]);
    assert_eq!(server.patches(&root(), "Observation/amy-shaw-ldl-2025-09", &out).status, 200);
    let url = "Observation?has-member.value-quantity=112";
    assert_eq!(server.finds(&root(), url), ["Observation/amy-shaw-ldl-2025-09"]);
    assert_eq!(server.finds(&amy("patient/*.rs"), url), NOTHING);
}

#[test]
fn an_older_version_of_what_was_moved_away_is_gone_for_the_former_patient() {
    let server = server();
    let moved = json!([{"op": "replace", "path": "/subject", "value": {"reference": "Patient/wei-chen"}}]);
    assert_eq!(server.patches(&root(), "Condition/amy-shaw-migraine", &moved).status, 200);
    let amy = amy("patient/*.rs");
    for url in [
        "Condition/amy-shaw-migraine",
        "Condition/amy-shaw-migraine/_history",
        "Condition/amy-shaw-migraine/_history/1",
    ] {
        is_refused(&server.gets(&amy, url), 403, "forbidden");
    }
    assert!(!server.finds(&amy, "Condition/_history").contains(&"Condition/amy-shaw-migraine".to_owned()));
}

#[test]
fn an_older_version_that_belonged_to_another_is_hidden_from_the_new_patient() {
    let server = server();
    let moved = json!([{"op": "replace", "path": "/subject", "value": {"reference": "Patient/amy-shaw"}}]);
    assert_eq!(server.patches(&root(), "Condition/wei-chen-hypertension", &moved).status, 200);
    let amy = amy("patient/*.rs");
    assert_eq!(server.gets(&amy, "Condition/wei-chen-hypertension").status, 200);
    is_refused(&server.gets(&amy, "Condition/wei-chen-hypertension/_history/1"), 403, "forbidden");
    let history = server.gets(&amy, "Condition/wei-chen-hypertension/_history").json();
    assert_eq!(history["total"], 1);
    assert!(!history.to_string().contains("Patient/wei-chen"));
    assert!(!server.gets(&amy, "Condition/_history").json().to_string().contains("Patient/wei-chen"));
}

#[test]
fn what_was_deleted_is_not_shown_to_others_either() {
    let server = server();
    assert_eq!(server.asks(&root(), "DELETE", "Condition/wei-chen-hypertension", &[], b"").status, 204);
    let amy = amy("patient/*.rs");
    for url in [
        "Condition/wei-chen-hypertension",
        "Condition/wei-chen-hypertension/_history",
        "Condition/wei-chen-hypertension/_history/1",
    ] {
        is_refused(&server.gets(&amy, url), 403, "forbidden");
    }
}

#[test]
fn everything_is_no_more_than_its_parts() {
    let server = server();
    is_refused(&server.gets(&amy("patient/*.rs"), "Patient/wei-chen/$everything"), 403, "forbidden");
    is_refused(&server.gets(&amy("patient/Condition.rs"), "Patient/amy-shaw/$everything"), 403, "forbidden");
    let found = server.finds(
        &amy("patient/Patient.r patient/Condition.rs?category=problem-list-item"),
        "Patient/amy-shaw/$everything",
    );
    assert_eq!(found, ["Patient/amy-shaw", "Condition/amy-shaw-hypothyroidism", "Condition/amy-shaw-migraine"]);
    let found = server.finds(&amy("patient/*.rs"), "Patient/$everything");
    assert!(
        found.len() > 50 && !found.iter().any(|id| id.contains("wei-chen") || id.contains("leo-shaw")),
        "{found:?}"
    );
}

#[test]
fn the_history_of_a_type_is_bounded() {
    let server = server();
    let found = server.finds(&amy("patient/*.rs"), "Condition/_history");
    assert!(found.len() == 4 && found.iter().all(|id| id.starts_with("Condition/amy-shaw")), "{found:?}");
}

/// SCP-10.
#[test]
fn each_entry_of_a_batch_is_judged() {
    let server = server();
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": "Patient/amy-shaw"}},
        {"request": {"method": "GET", "url": "Patient/wei-chen"}},
        {"request": {"method": "GET", "url": "Condition?patient=wei-chen"}},
        {"request": {"method": "GET", "url": "/Condition/wei-chen-hypertension/_history/1"}},
        {"request": {"method": "GET", "url": "Patient/wei-chen/$everything"}},
        {"request": {"method": "GET", "url": "http://localhost:9000/demo/fhir/Binary/wei-chen-visit-note"}},
        {"request": {"method": "DELETE", "url": "Condition/wei-chen-hypertension"}},
        {"request": {"method": "GET", "url": "Practitioner/hannah-patel?_format=json"}},
    ]});
    let response = server.sends(&amy("patient/*.cruds"), "POST", "", &bundle);
    let entries = response.json()["entry"].as_array().unwrap().clone();
    let statuses: Vec<&str> = entries.iter().map(|entry| &entry["response"]["status"].as_str().unwrap()[..3]).collect();
    assert_eq!(statuses, ["200", "403", "200", "403", "403", "403", "403", "200"]);
    assert_eq!(entries[2]["resource"]["total"], 0);
    assert_eq!(entries[1]["response"]["outcome"]["issue"][0]["code"], "forbidden");
}

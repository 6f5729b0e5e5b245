//! The ways round the front door: each must show no more than a plain read would.

use super::kit::{Asks, TAKES_ANY_REFERENCE, amy, ids, is_refused, outcome_of, root, server};
use serde_json::json;

const NOTHING: [&str; 0] = [];

#[test]
fn a_search_finds_nothing_outside_the_compartment_however_it_is_asked() {
    let server = server();
    let caller = amy("patient/*.rs");
    for url in [
        "Condition?patient=wei-chen",
        "Condition?subject=Patient/wei-chen",
        "Patient?_id=wei-chen",
        "Patient?name=chen",
        "Patient?name:contains=hen",
        "Condition?_id=wei-chen-hypertension",
        "Patient?family:missing=false&_id:not=amy-shaw",
        "Binary?_id=wei-chen-visit-note",
    ] {
        assert_eq!(server.finds(&caller, url), NOTHING, "{url}");
        assert_eq!(server.gets(&caller, url).json()["total"], 0, "{url}");
    }
}

#[test]
fn the_count_counts_only_what_the_caller_may_see() {
    let server = server();
    assert_eq!(server.gets(&amy("patient/*.rs"), "Patient?_summary=count").json()["total"], 1);
}

#[test]
fn post_search_is_bounded_as_well() {
    let server = server();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let response = server.asks(&amy("patient/*.rs"), "POST", "Condition/_search", &headers, b"patient=wei-chen");
    assert_eq!(ids(&response.json()), NOTHING);
    assert!(outcome_of(&response.json()).is_some());
    is_refused(&server.asks(&amy("patient/Patient.rs"), "POST", "Condition/_search", &headers, b""), 403, "forbidden");
    is_refused(
        &server.asks(&amy("patient/Condition.r"), "POST", "Patient/amy-shaw/Condition/_search", &headers, b""),
        403,
        "forbidden",
    );
}

/// An address of another server is not ours, whatever it ends in.
#[test]
fn a_reference_to_another_server_puts_nothing_into_a_compartment() {
    let server = server();
    for reference in [
        "http://evil.example/fhir/Patient/amy-shaw",
        "http://localhost:9000/other/fhir/Patient/amy-shaw",
        "#amy-shaw",
        "urn:uuid:amy-shaw",
    ] {
        let condition = json!({"resourceType": "Condition", "id": "x", "subject": {"reference": reference}});
        let made = server.sends(&root(), "PUT", "Condition/x", &condition);
        let is_kept = made.status / 100 == 2;
        assert!(is_kept || !TAKES_ANY_REFERENCE, "{reference}: {}", made.json());
        if is_kept {
            is_refused(&server.gets(&amy("patient/*.rs"), "Condition/x"), 403, "forbidden");
        }
        is_refused(&server.sends(&amy("patient/*.cruds"), "POST", "Condition", &condition), 403, "forbidden");
    }
    let wei = json!({"reference": "http://localhost:9000/demo/fhir/Patient/wei-chen"});
    let here = json!({"resourceType": "Condition", "id": "x", "subject": wei});
    assert_eq!(
        server
            .sends(
                &root(),
                "PUT",
                "Condition/y",
                &json!({"resourceType": "Condition", "id": "y", "subject": here["subject"]})
            )
            .status,
        201
    );
    is_refused(&server.sends(&amy("patient/*.cruds"), "POST", "Condition", &here), 403, "forbidden");
    assert!(server.finds(&root(), "Condition?patient=wei-chen").contains(&"Condition/y".to_owned()));
}

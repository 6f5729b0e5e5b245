//! Read, vread, history.

use crate::kit::{Asks, amy, is_refused, root, server, text};
use serde_json::json;

#[test]
fn a_resource_is_read_with_its_version() {
    let server = server();
    let response = server.gets(&root(), "/Patient/amy-shaw");
    assert_eq!(response.status, 200);
    assert_eq!(response.header("etag"), Some("W/\"1\""));
    assert_eq!(response.header("last-modified"), Some("Thu, 01 Jan 2026 00:00:00 GMT"));
    assert_eq!(response.header("content-type"), Some("application/fhir+json; charset=utf-8"));
    assert_eq!(response.json()["name"][0]["family"], "Shaw");
    assert_eq!(response.json()["meta"]["versionId"], "1");
}

#[test]
fn what_is_not_there_is_404_and_what_was_deleted_410() {
    let server = server();
    is_refused(&server.gets(&root(), "Patient/nobody"), 404, "not-found");
    is_refused(&server.gets(&root(), "Elephant/1"), 404, "not-supported");
    assert_eq!(server.asks(&root(), "DELETE", "Goal/amy-shaw-goal", &[], b"").status, 204);
    is_refused(&server.gets(&root(), "Goal/amy-shaw-goal"), 410, "deleted");
    assert_eq!(server.gets(&root(), "Goal/amy-shaw-goal/_history/1").status, 200);
    is_refused(&server.gets(&root(), "Goal/amy-shaw-goal/_history/2"), 410, "deleted");
}

#[test]
fn older_versions_stay_readable_and_the_history_has_the_newest_first() {
    let server = server();
    let operations = json!([{"op": "replace", "path": "/birthDate", "value": "1987-02-21"}]);
    assert_eq!(server.patches(&root(), "Patient/amy-shaw", &operations).status, 200);
    assert_eq!(server.gets(&root(), "Patient/amy-shaw/_history/1").json()["birthDate"], "1987-02-20");
    assert_eq!(server.gets(&root(), "Patient/amy-shaw/_history/2").json()["birthDate"], "1987-02-21");
    is_refused(&server.gets(&root(), "Patient/amy-shaw/_history/3"), 404, "not-found");
    let history = server.gets(&root(), "Patient/amy-shaw/_history").json();
    assert_eq!(history["type"], "history");
    let versions: Vec<_> =
        history["entry"].as_array().unwrap().iter().map(|entry| text(&entry["response"]["etag"])).collect();
    assert_eq!(versions, ["W/\"2\"", "W/\"1\""]);
}

#[test]
fn a_known_version_is_not_sent_again() {
    let response = server().asks(&root(), "GET", "Patient/amy-shaw", &[("if-none-match", "W/\"1\"")], b"");
    assert_eq!((response.status, response.body.len()), (304, 0));
}

#[test]
fn a_binary_is_sent_as_it_is_unless_fhir_is_asked_for() {
    let server = server();
    let caller = amy("patient/Binary.r");
    let response = server.asks(&caller, "GET", "Binary/amy-shaw-visit-note", &[("accept", "text/plain")], b"");
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert!(String::from_utf8(response.body).unwrap().starts_with("Riverside Clinic, 2026-09-22\nAmy V. Shaw"));
    let response =
        server.asks(&caller, "GET", "Binary/amy-shaw-visit-note", &[("accept", "application/fhir+json")], b"");
    assert_eq!(response.json()["resourceType"], "Binary");
    is_refused(&server.gets(&caller, "Binary/leo-shaw-visit-note"), 403, "forbidden");
}

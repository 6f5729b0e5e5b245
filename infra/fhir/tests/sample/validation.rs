//! A wrong resource gets an OperationOutcome that says where and why.

use crate::kit::{Asks, is_refused, root, server};
use serde_json::{Value, json};

fn issues(body: &Value) -> Vec<(String, String)> {
    let server = server();
    let resource_type = body["resourceType"].as_str().unwrap();
    let response = server.sends(&root(), "POST", resource_type, body);
    assert_eq!(response.status, 422, "{}", response.json());
    let outcome = response.json();
    let issues = outcome["issue"].as_array().unwrap().iter();
    issues
        .map(|issue| (issue["code"].as_str().unwrap().to_owned(), issue["expression"][0].as_str().unwrap().to_owned()))
        .collect()
}

fn has(body: Value, code: &str, expression: &str) {
    let found = issues(&body);
    assert!(found.contains(&(code.to_owned(), expression.to_owned())), "{found:?}");
}

#[test]
fn a_required_element_is_missed() {
    has(json!({"resourceType": "Observation", "status": "final"}), "required", "Observation");
    has(
        json!({"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"display": "x"}}),
        "required",
        "MedicationRequest",
    );
    has(
        json!({"resourceType": "Patient", "communication": [{"preferred": true}]}),
        "required",
        "Patient.communication[0]",
    );
}

#[test]
fn an_unknown_element_is_named() {
    has(json!({"resourceType": "Patient", "colour": "green"}), "structure", "Patient");
    has(json!({"resourceType": "Patient", "name": [{"surname": "x"}]}), "structure", "Patient.name[0]");
}

#[test]
fn an_element_has_its_cardinality_and_type() {
    has(json!({"resourceType": "Patient", "name": {"family": "x"}}), "structure", "Patient.name");
    has(json!({"resourceType": "Patient", "name": []}), "structure", "Patient.name");
    has(json!({"resourceType": "Patient", "name": ["x"]}), "structure", "Patient.name[0]");
    has(json!({"resourceType": "Patient", "gender": ["male"]}), "structure", "Patient.gender");
    has(json!({"resourceType": "Patient", "active": "yes"}), "value", "Patient.active");
    has(json!({"resourceType": "Patient", "gender": "purple"}), "code-invalid", "Patient.gender");
    has(json!({"resourceType": "Patient", "active": null}), "value", "Patient.active");
    has(
        json!({"resourceType": "Patient", "deceasedBoolean": false, "deceasedDateTime": "2020"}),
        "structure",
        "Patient",
    );
}

#[test]
fn dates_and_references_have_their_form() {
    for date in ["2020-13-01", "2020-02-30", "1.2.2020", "2020-1-1", "", "2020-01-01T10:00:00Z"] {
        has(json!({"resourceType": "Patient", "birthDate": date}), "value", "Patient.birthDate");
    }
    for reference in [
        "Practitioner",
        "practitioner/x",
        "Practitioner/",
        "Practitioner/a/b",
        "Practitioner?name=x",
        "javascript:alert(1)",
    ] {
        has(
            json!({"resourceType": "Patient", "generalPractitioner": [{"reference": reference}]}),
            "value",
            "Patient.generalPractitioner[0].reference",
        );
    }
    has(
        json!({"resourceType": "Condition", "subject": {"display": "x"}, "onsetDateTime": "2020-01-01T10:00"}),
        "value",
        "Condition.onsetDateTime",
    );
}

#[test]
fn a_contained_resource_is_looked_at_too() {
    has(
        json!({"resourceType": "Patient", "contained": [{"resourceType": "Practitioner", "id": "p", "colour": 1}]}),
        "structure",
        "Patient.contained[0]",
    );
}

#[test]
fn a_body_of_another_type_or_of_none_is_refused() {
    let server = server();
    is_refused(&server.sends(&root(), "POST", "Patient", &json!({"resourceType": "Condition"})), 400, "invalid");
    is_refused(&server.sends(&root(), "POST", "Patient", &json!({})), 400, "structure");
    is_refused(&server.sends(&root(), "POST", "Patient", &json!([])), 400, "structure");
    is_refused(
        &server.asks(&root(), "POST", "Patient", &[("content-type", "application/fhir+xml")], b"<Patient/>"),
        415,
        "not-supported",
    );
}

#[test]
fn extensions_of_primitives_are_allowed() {
    let body =
        json!({"resourceType": "Patient", "_birthDate": {"extension": [{"url": "http://x", "valueCode": "unknown"}]}});
    assert_eq!(server().sends(&root(), "POST", "Patient", &body).status, 201);
}

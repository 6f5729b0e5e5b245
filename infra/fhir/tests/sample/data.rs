//! The sample data.

use std::collections::BTreeSet;

use crate::kit::{Asks, root, server, text};

/// Somebody who died, a record that is not in use, and one that another replaced. They are only looked at, so nothing is in them.
const CLOSED: [&str; 3] = ["rafael-ortega", "nina-varga", "ingrid-olson"];

/// A file that is not listed in `data.rs` is not loaded: its patient would be missing here.
#[test]
fn every_file_in_the_data_folder_is_loaded() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "shared" && name != "closed-records")
        .chain(CLOSED.map(str::to_owned))
        .collect();
    let server = server();
    let patients: BTreeSet<String> =
        server.resources("Patient").iter().map(|patient| text(&patient["id"]).to_owned()).collect();
    assert_eq!(files, patients);
    assert!(patients.len() >= 15);
}

#[test]
fn every_reference_in_the_data_leads_somewhere() {
    let server = server();
    for resource_type in [
        "Patient",
        "Encounter",
        "Condition",
        "Observation",
        "DiagnosticReport",
        "MedicationRequest",
        "Person",
        "MedicationDispense",
        "AllergyIntolerance",
        "Immunization",
        "Procedure",
        "DocumentReference",
        "Binary",
        "CareTeam",
        "CarePlan",
        "Goal",
        "Coverage",
        "Device",
        "Provenance",
        "RelatedPerson",
        "PractitionerRole",
        "Organization",
        "Location",
    ] {
        let resources = server.resources(resource_type);
        assert!(!resources.is_empty(), "no {resource_type}");
        for resource in resources {
            for reference in references(&resource) {
                let (target, id) = reference.split_once('/').unwrap();
                assert!(server.resource(target, id).is_some(), "{resource_type}/{} has {reference}", resource["id"]);
            }
        }
    }
}

#[test]
fn every_patient_has_observations_in_every_us_core_category() {
    let server = server();
    let is_closed = |patient: &serde_json::Value| CLOSED.iter().any(|id| patient["id"] == *id);
    for patient in server.resources("Patient").into_iter().filter(|patient| !is_closed(patient)) {
        for category in ["laboratory", "vital-signs", "social-history", "survey", "sdoh", "procedure"] {
            let url = format!("Observation?patient={}&category={category}", text(&patient["id"]));
            assert!(!server.finds(&root(), &url).is_empty(), "{url}");
        }
        for category in ["problem-list-item", "encounter-diagnosis", "health-concern"] {
            let url = format!("Condition?patient={}&category={category}", text(&patient["id"]));
            assert!(!server.finds(&root(), &url).is_empty(), "{url}");
        }
    }
}

#[test]
fn a_mistake_in_a_data_file_is_named_with_the_file_and_the_resource() {
    let file = r#"[{"resourceType": "Patient", "id": "x", "gender": "purple"}]"#;
    let error = sample_fhir::Server::with_data("http://h", Default::default(), [("mine.json", file)]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "mine.json: Patient/x: Patient.gender: One of male, female, other, unknown is expected."
    );
}

fn references(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Array(values) => values.iter().flat_map(references).collect(),
        serde_json::Value::Object(fields) => {
            let own = fields.get("reference").and_then(|reference| reference.as_str()).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        _ => vec![],
    }
}

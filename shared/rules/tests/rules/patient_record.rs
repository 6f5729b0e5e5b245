//! What is said of a patient's record, and which identifier of it is shown.

use rules::patient_record::{IdentifierName, RecordStatus, Replacement, ShownIdentifier, shown_identifiers};
use serde_json::{Value, json};

#[test]
fn a_record_says_whether_its_patient_died_it_is_in_use_or_another_took_its_place() {
    let none = RecordStatus::default;
    let died = |when: &str| RecordStatus { deceased: Some(when.into()), ..none() };
    let inactive = || RecordStatus { is_inactive: true, ..none() };
    let replaced =
        |id: Option<&str>| RecordStatus { replacement: Some(Replacement { id: id.map(str::to_owned) }), ..none() };
    let link = |kind: &str, other: Value| json!({ "link": [{ "type": kind, "other": other }] });
    for (patient, status) in [
        (json!({}), none()),
        (json!({ "active": true, "deceasedBoolean": false }), none()),
        (json!({ "deceasedBoolean": true }), died("")),
        (json!({ "deceasedDateTime": "2026-03-14" }), died("2026-03-14")),
        (json!({ "deceasedDateTime": "2026-03" }), died("2026-03")),
        (json!({ "deceasedDateTime": "2026-03-14T23:59:00+01:00" }), died("2026-03-14")),
        (json!({ "_deceasedDateTime": { "extension": [{ "url": "http://x", "valueCode": "unknown" }] } }), died("")),
        (json!({ "active": false }), inactive()),
        (json!({ "active": "false" }), none()),
        (link("replaced-by", json!({ "reference": "Patient/new" })), replaced(Some("new"))),
        (link("replaced-by", json!({ "reference": "https://other.example/Patient/new" })), replaced(None)),
        (link("replaced-by", json!({ "reference": "RelatedPerson/new" })), replaced(None)),
        (link("replaced-by", json!({ "identifier": { "value": "1" } })), replaced(None)),
        (link("replaces", json!({ "reference": "Patient/old" })), none()),
        (link("refer", json!({ "reference": "Patient/main" })), none()),
        (link("seealso", json!({ "reference": "Patient/other" })), none()),
        (json!({ "link": "nonsense", "active": null, "deceasedBoolean": "yes" }), none()),
    ] {
        let found = RecordStatus::of(&patient);
        assert_eq!(found, status, "{patient}");
        assert_eq!(found.may_be_chosen(), status.replacement.is_none(), "{patient}");
    }
}

const V2: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
const SSN: &str = "http://hl7.org/fhir/sid/us-ssn";

fn identifier(system: &str, codes: &[&str], value: &str) -> Value {
    let coding: Vec<Value> = codes.iter().map(|code| json!({ "system": V2, "code": code })).collect();
    json!({ "system": system, "type": { "coding": coding }, "value": value })
}

fn shown(identifiers: &[Value], systems: &[&str]) -> String {
    let systems: Vec<String> = systems.iter().map(|system| (*system).to_owned()).collect();
    let shown = shown_identifiers(&json!({ "identifier": identifiers }), &systems);
    shown.into_iter().map(|one| one.value).collect::<Vec<_>>().join(", ")
}

#[test]
fn an_identifier_is_named_as_the_record_names_it() {
    let system = "http://a.example";
    let of = |kind: Value| json!({ "system": system, "type": kind, "value": " A1 " });
    let said = |text: &str| IdentifierName::Said(text.to_owned());
    for (kind, name) in [
        (json!({ "text": "Clinic number", "coding": [{ "display": "Other" }] }), said("Clinic number")),
        (json!({ "text": " ", "coding": [{ "display": "Driver's license" }] }), said("Driver's license")),
        (json!({ "coding": [{ "system": V2, "code": "MR" }], "text": "MRN" }), IdentifierName::MedicalRecordNumber),
        (json!({ "coding": [{ "system": V2, "code": "DL" }] }), IdentifierName::Unsaid),
        (Value::Null, IdentifierName::Unsaid),
    ] {
        let shown = shown_identifiers(&json!({ "identifier": [of(kind.clone())] }), &[system.to_owned()]);
        assert_eq!(shown, [ShownIdentifier { name, value: "A1".into() }], "{kind}");
    }
}

#[test]
fn without_the_tenants_word_a_medical_record_number_is_shown_and_nothing_else() {
    let mrn = || identifier("http://clinic.example/mrn", &["MR"], "MRN-1");
    let old = json!({ "use": "old", "system": "http://clinic.example/mrn", "value": "MRN-0", "type": mrn()["type"] });
    let of_dstu2 =
        json!({ "type": { "coding": [{ "system": "http://hl7.org/fhir/v2/0203", "code": "MR" }] }, "value": "MRN-2" });
    let of_another =
        json!({ "type": { "coding": [{ "system": "http://other.example", "code": "MR" }] }, "value": "X" });
    for (identifiers, expected) in [
        (vec![], ""),
        (vec![mrn()], "MRN-1"),
        (vec![identifier(SSN, &["SS"], "999-01-4417"), mrn()], "MRN-1"),
        (vec![old.clone(), mrn()], "MRN-1"),
        (vec![old], ""),
        (vec![of_dstu2], "MRN-2"),
        (vec![of_another], ""),
        (vec![identifier("http://clinic.example/mrn", &["MR"], "  ")], ""),
        // No medical record number: what else there is, is nobody's business.
        (vec![identifier(SSN, &["SS"], "999-01-4417")], ""),
        (vec![json!({ "system": SSN, "value": "999-01-4417" })], ""),
        (vec![json!({ "value": "999-01-4417" })], ""),
        (vec![identifier("http://fhir.nl/fhir/NamingSystem/bsn", &["NNNLD"], "123456782")], ""),
        (vec![identifier("https://fhir.nhs.uk/Id/nhs-number", &[], "9000000009")], ""),
        (vec![identifier("http://dmv.example", &["DL"], "D1")], ""),
        (vec![identifier("http://passport.example", &["PPN"], "P-1")], ""),
        // Hospitals that number records by the number of the country.
        (vec![identifier(SSN, &["MR"], "999-01-4417")], ""),
        (vec![identifier("urn:oid:2.16.840.1.113883.4.1", &["MR"], "999-01-4417")], ""),
        (vec![identifier("http://fhir.nl/fhir/NamingSystem/bsn/", &["MR"], "123456782")], ""),
        (vec![identifier("http://clinic.example/mrn", &["MR", "SS"], "999-01-4417")], ""),
        (vec![identifier("http://clinic.example/mrn", &["MR", "NNNLD"], "123456782")], ""),
    ] {
        assert_eq!(shown(&identifiers, &[]), expected, "{identifiers:?}");
    }
}

#[test]
fn the_systems_that_the_tenant_names_are_shown_in_its_order_and_no_others() {
    let all = [
        identifier("http://a.example", &["MR"], "A1"),
        identifier("http://b.example", &[], "B1"),
        identifier("http://b.example", &[], "B2"),
        identifier(SSN, &["SS"], "999-01-4417"),
    ];
    for (systems, expected) in [
        (&["http://b.example", "http://a.example"][..], "B1, B2, A1"),
        (&["http://a.example"], "A1"),
        (&["http://nobody.example"], ""),
        (&["http://A.example", "http://a.example/"], ""),
        // An operator who names it wants it.
        (&[SSN], "999-01-4417"),
    ] {
        assert_eq!(shown(&all, systems), expected, "{systems:?}");
    }
}

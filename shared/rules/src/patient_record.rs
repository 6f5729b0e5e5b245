//! What a Patient resource says that a person must know before they choose it, and which of its identifiers may be shown.

use crate::fhir_id::relative_reference;
use serde_json::Value;

/// Why a record may be the wrong one to work in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordStatus {
    /// The patient has died; empty if the record does not say when.
    pub deceased: Option<String>,
    /// `active` is false: the record is not in use.
    pub is_inactive: bool,
    pub replacement: Option<Replacement>,
}

/// Another record took this one's place (`link.type` is `replaced-by`): this one "must no longer be used" (FHIR R4, LinkType).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The id of the other record, if it is at the same FHIR server.
    pub id: Option<String>,
}

impl RecordStatus {
    pub fn of(patient: &Value) -> RecordStatus {
        RecordStatus {
            deceased: deceased(patient),
            is_inactive: patient["active"] == false,
            replacement: replacement(patient),
        }
    }

    /// A replaced record can't be chosen: what is written there, nobody reads.
    pub fn may_be_chosen(&self) -> bool {
        self.replacement.is_none()
    }
}

/// A time without a value, only with an extension that says why, is a death as well.
fn deceased(patient: &Value) -> Option<String> {
    let date = |time: &str| time.split('T').next().unwrap_or_default().chars().take(10).collect();
    match (&patient["deceasedDateTime"], &patient["_deceasedDateTime"]) {
        (Value::String(time), _) => Some(date(time)),
        (_, Value::Object(_)) => Some(String::new()),
        _ => (patient["deceasedBoolean"] == true).then(String::new),
    }
}

fn replacement(patient: &Value) -> Option<Replacement> {
    let mut replaced_by =
        patient["link"].as_array().into_iter().flatten().filter(|link| link["type"] == "replaced-by").peekable();
    replaced_by.peek()?;
    let mut references = replaced_by.filter_map(|link| link["other"]["reference"].as_str());
    let id = references.find_map(|text| relative_reference(text).filter(|(kind, _)| *kind == "Patient"));
    Some(Replacement { id: id.map(|(_, id)| id.to_owned()) })
}

/// What the pages may show of the patient's identifiers, which go by the systems that the tenant names, in its order.
/// Without any, it is a medical record number or nothing: a number that the whole country knows a person by is no business of
/// somebody who looks over a shoulder.
pub fn shown_identifiers(patient: &Value, systems: &[String]) -> Vec<ShownIdentifier> {
    let all = patient["identifier"].as_array().map(Vec::as_slice).unwrap_or_default();
    let in_use = || all.iter().filter(|identifier| identifier["use"] != "old");
    if systems.is_empty() {
        let numbers = in_use().filter(|one| is_medical_record_number(one));
        return numbers.filter_map(ShownIdentifier::of).take(1).collect();
    }
    let of = |system: &String| in_use().filter(|one| one["system"] == **system).collect::<Vec<_>>();
    systems.iter().flat_map(of).filter_map(ShownIdentifier::of).take(MOST_SHOWN).collect()
}

/// A number that a patient is known by, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownIdentifier {
    pub name: IdentifierName,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentifierName {
    MedicalRecordNumber,
    /// As the record says it, in its own language.
    Said(String),
    Unsaid,
}

impl ShownIdentifier {
    fn of(identifier: &Value) -> Option<ShownIdentifier> {
        let short = |text: &str| text.trim().chars().take(100).collect::<String>();
        let text = |value: &Value| value.as_str().map(short).filter(|text| !text.is_empty());
        let name = match is_medical_record_number(identifier) {
            true => IdentifierName::MedicalRecordNumber,
            false => {
                let kind = &identifier["type"];
                let said = text(&kind["text"]).or_else(|| text(&kind["coding"][0]["display"]));
                said.map_or(IdentifierName::Unsaid, IdentifierName::Said)
            }
        };
        Some(ShownIdentifier { name, value: text(&identifier["value"])? })
    }
}

/// More than these make a line that nobody compares.
const MOST_SHOWN: usize = 4;

/// HL7's code system of identifier types, by its name today and by that of DSTU 2.
const IDENTIFIER_TYPES: [&str; 2] = ["http://terminology.hl7.org/CodeSystem/v2-0203", "http://hl7.org/fhir/v2/0203"];

/// Some hospitals number their records by social security number: the type alone is not enough.
fn is_medical_record_number(identifier: &Value) -> bool {
    let codes = || {
        let codings = identifier["type"]["coding"].as_array().into_iter().flatten();
        let typed = codings.filter(|coding| IDENTIFIER_TYPES.iter().any(|system| coding["system"] == *system));
        typed.filter_map(|coding| coding["code"].as_str())
    };
    codes().any(|code| code == "MR")
        && !codes().any(is_national_type)
        && !identifier["system"].as_str().is_some_and(is_national_system)
}

/// Social security numbers, and numbers that a country gives out (v2-0203: SS, SB, NI, and NN with the country's code).
fn is_national_type(code: &str) -> bool {
    matches!(code, "SS" | "SB" | "NI") || (code.starts_with("NN") && code.len() > 2)
}

fn is_national_system(system: &str) -> bool {
    NATIONAL_SYSTEMS.iter().any(|known| known.eq_ignore_ascii_case(system.trim_end_matches('/')))
}

const NATIONAL_SYSTEMS: [&str; 10] = [
    // The United States: the social security number.
    "http://hl7.org/fhir/sid/us-ssn",
    "urn:oid:2.16.840.1.113883.4.1",
    // The Netherlands: BSN.
    "http://fhir.nl/fhir/NamingSystem/bsn",
    "urn:oid:2.16.840.1.113883.2.4.6.3",
    // England and Wales: the NHS number. Scotland: CHI.
    "https://fhir.nhs.uk/Id/nhs-number",
    "urn:oid:2.16.840.1.113883.2.1.4.1",
    "urn:oid:1.2.826.0.1.3680043.2.1.1.1",
    // Germany: the number of the statutory insurance. France: INS.
    "http://fhir.de/sid/gkv/kvid-10",
    "urn:oid:1.2.250.1.213.1.4.8",
    // Spain: DNI.
    "urn:oid:1.3.6.1.4.1.19126.3",
];

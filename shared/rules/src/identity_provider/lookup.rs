//! What the FHIR server has under the reference of a person whom a claim named: is it them, and are they in use?

use super::mapping::{NotMapped, Search};
use crate::user::FhirUser;
use serde_json::Value;

/// `active` is of Patient, Practitioner, PractitionerRole, RelatedPerson and Person alike; what does not say is in use (FHIR
/// R4 §8.1.2). `Patient.deceased` is no reason: those who act for them still need the record.
pub fn confirm(resource: &Value, person: &FhirUser) -> Result<(), NotMapped> {
    let kind = person.resource.as_str();
    if resource["resourceType"] != kind || resource["id"] != *person.id {
        return Err(NotMapped(format!("the FHIR server has another resource where this {kind} should be")));
    }
    if resource["active"] == false {
        return Err(NotMapped(format!("this {kind} is not active")));
    }
    Ok(())
}

/// Whether the resource has this identifier, and has not lost it (FHIR R4 §2.24.0.3, `use`).
pub fn has_identifier(resource: &Value, search: &Search) -> bool {
    let identifiers = resource["identifier"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_it = |own: &Value| own["system"] == *search.system && own["value"] == *search.value;
    identifiers.iter().any(|own| is_it(own) && own["use"] != "old")
}

/// Nothing is there: it never was (404), or is no more (410).
pub fn absent(person: &FhirUser) -> NotMapped {
    NotMapped(format!("the FHIR server has no such {}", person.resource.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::FhirUserType;
    use serde_json::json;

    #[test]
    fn the_resource_must_be_theirs_and_in_use() {
        for kind in FhirUserType::ALL {
            let person = FhirUser { resource: kind, id: "1".into() };
            let good = json!({ "resourceType": kind.as_str(), "id": "1", "active": true, "deceasedBoolean": true });
            assert_eq!(confirm(&good, &person), Ok(()));
            for (name, value, usable) in [
                ("active", json!(false), false),
                ("active", json!(null), true),
                ("id", json!("2"), false),
                ("id", json!(1), false),
                ("id", json!(null), false),
                ("resourceType", json!("OperationOutcome"), false),
                ("resourceType", json!(null), false),
            ] {
                let mut resource = good.clone();
                resource[name] = value.clone();
                assert_eq!(confirm(&resource, &person).is_ok(), usable, "{kind:?} {name} {value}");
            }
        }
        let patient = FhirUser { resource: FhirUserType::Patient, id: "1".into() };
        for other in [json!({ "resourceType": "Person", "id": "1" }), json!([]), json!(7), json!(null)] {
            assert!(confirm(&other, &patient).is_err(), "{other}");
        }
    }
}

//! Whose records a Person may open: `Person.link` names the same human as a Patient, or as the RelatedPerson of one
//! (FHIR R4 §8.4).

use super::{failed::FhirFailed, reader::FhirReader};
use rules::fhir_id::relative_reference;
use serde_json::Value;

/// What a token must open to follow the links.
pub const LINK_SCOPE: &str = "system/Person.r system/RelatedPerson.r";
/// Nobody acts for more than these; each RelatedPerson costs a request.
const MOST_LINKS: usize = 20;

impl FhirReader<'_> {
    /// Bare ids of patients: the Person's own record first, then those they are related to. Links that the server is not
    /// sure of (`assurance` level1) open nothing, and neither does who is not active.
    pub async fn patients_linked_to(&self, person: &str) -> Result<Vec<String>, FhirFailed> {
        let person = self.resource("Person", person).await?;
        let (mut own, mut related) = (Vec::new(), Vec::new());
        if person["active"] == false {
            return Ok(own);
        }
        for link in person["link"].as_array().into_iter().flatten().filter(|link| link["assurance"] != "level1") {
            match link["target"]["reference"].as_str().and_then(relative_reference) {
                Some(("Patient", id)) => own.push(id.to_owned()),
                Some(("RelatedPerson", id)) if related.len() < MOST_LINKS => related.push(id),
                _ => {}
            }
        }
        for id in related {
            own.extend(patient_of(&self.resource("RelatedPerson", id).await?));
        }
        let mut seen = std::collections::HashSet::new();
        own.retain(|id| seen.insert(id.clone()));
        Ok(own)
    }
}

fn patient_of(related: &Value) -> Option<String> {
    if related["active"] == false {
        return None;
    }
    match related["patient"]["reference"].as_str().and_then(relative_reference) {
        Some(("Patient", id)) => Some(id.to_owned()),
        _ => None,
    }
}

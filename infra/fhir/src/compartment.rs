//! The Patient compartment: whose record a resource belongs to
//! (<https://hl7.org/fhir/R4/compartmentdefinition-patient.html>).
//!
//! One difference, on the careful side: `Patient.link` does not put one Patient into the compartment of another, so a
//! token for one record of a person never opens a second one that was linked to it.

use serde_json::Value;

use crate::definitions;
use crate::elements::local_reference;

/// The ids of the patients in whose compartments the resource is.
pub fn patients_of(resource: &Value) -> Vec<&str> {
    let Some(resource_type) = resource["resourceType"].as_str().and_then(definitions::resource_type) else {
        return vec![];
    };
    if resource_type.name == "Patient" {
        return resource["id"].as_str().into_iter().collect();
    }
    let linked = resource_type.compartment.iter().flat_map(|path| path.of(resource));
    let references = linked.filter_map(|value| value["reference"].as_str()).filter_map(local_reference);
    references.filter(|(target, _)| *target == "Patient").map(|(_, id)| id).collect()
}

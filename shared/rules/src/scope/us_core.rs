//! The resource types that US Core names: what `*` can be divided into on a consent page.

use super::resource::{ResourceScope, ResourceType};

/// US Core 6.1: the types of its patient data profiles, then those that they point to.
const TYPES: [&str; 26] = [
    "AllergyIntolerance",
    "CarePlan",
    "CareTeam",
    "Condition",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Goal",
    "Immunization",
    "MedicationDispense",
    "MedicationRequest",
    "Observation",
    "Patient",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ServiceRequest",
    "Specimen",
    "Medication",
    "Location",
    "Organization",
    "Practitioner",
    "PractitionerRole",
];

/// A wildcard without a limit, type by type. It says less than `*`: nothing that other types or the future bring.
pub fn types_of(wildcard: &ResourceScope) -> impl Iterator<Item = ResourceScope> {
    let divisible = wildcard.resource == ResourceType::Any && wildcard.query.is_unlimited();
    let named = |name: &&str| ResourceScope { resource: ResourceType::Named((*name).to_owned()), ..wildcard.clone() };
    TYPES.iter().filter(move |_| divisible).map(named)
}

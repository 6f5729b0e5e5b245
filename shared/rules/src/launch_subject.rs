//! Whose record the launched things belong to. An EHR that knows a visit or a study knows its patient; without the patient, a
//! person would pick anybody beside it, and the app would show one patient's visit in another patient's record.

use crate::{fhir_id::relative_reference, launch::LaunchContext};
use serde_json::Value;

/// Whether a resource of a type belongs to a patient, as far as its type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BelongsToPatient {
    Never,
    /// A task, a list or a device may be somebody's, or nobody's.
    Perhaps,
    Always,
}

impl LaunchContext {
    /// What of this context is a patient's for certain although no patient is in it, in words for the EHR. No such context
    /// becomes a launch.
    pub fn lacks_the_patient_of(&self) -> Option<String> {
        if self.patient.is_some() {
            return None;
        }
        let item = || self.fhir_context.iter().find(|item| of_item(item) == BelongsToPatient::Always);
        match &self.encounter {
            Some(_) => Some("an encounter".to_owned()),
            None => item().map(name),
        }
    }

    /// What of this context may be a patient's although no patient is in it: beside this, none may be picked.
    pub fn allows_no_pick_beside(&self) -> Option<String> {
        if self.patient.is_some() {
            return None;
        }
        let perhaps = || self.fhir_context.iter().find(|item| of_item(item) > BelongsToPatient::Never).map(name);
        self.lacks_the_patient_of().or_else(perhaps)
    }
}

/// The `type` beside a reference may be wrong: the stricter of the two counts. What has no type may be anything; a canonical URL
/// names a definition, which is nobody's.
fn of_item(item: &Value) -> BelongsToPatient {
    let of_reference = item["reference"].as_str().and_then(relative_reference).map(|(kind, _)| kind);
    let kinds = of_reference.into_iter().chain(item["type"].as_str());
    kinds.map(belongs_to_patient).max().unwrap_or(match item.get("identifier") {
        Some(_) => BelongsToPatient::Perhaps,
        None => BelongsToPatient::Never,
    })
}

fn name(item: &Value) -> String {
    let reference = item["reference"].as_str().and_then(relative_reference).map(|(kind, id)| format!("{kind}/{id}"));
    reference
        .or_else(|| item["type"].as_str().map(|kind| format!("a {kind}")))
        .unwrap_or_else(|| "a resource".to_owned())
}

pub fn belongs_to_patient(kind: &str) -> BelongsToPatient {
    let is_among = |kinds: &str| kinds.split_ascii_whitespace().any(|known| known == kind);
    if is_among(PATIENTS_OWN) {
        BelongsToPatient::Always
    } else if is_among(NOBODYS) {
        BelongsToPatient::Never
    } else {
        BelongsToPatient::Perhaps
    }
}

/// The types of FHIR R4's Patient compartment that say something about a patient, whoever else is named in them
/// (<https://hl7.org/fhir/R4/compartmentdefinition-patient.html>).
const PATIENTS_OWN: &str = "AdverseEvent AllergyIntolerance BodyStructure CarePlan CareTeam ChargeItem Claim \
    ClaimResponse ClinicalImpression Condition Consent Coverage CoverageEligibilityRequest CoverageEligibilityResponse \
    DetectedIssue DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference Encounter \
    EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal ImagingStudy Immunization ImmunizationEvaluation \
    ImmunizationRecommendation MedicationAdministration MedicationDispense MedicationRequest MedicationStatement \
    MolecularSequence NutritionOrder Observation Patient Procedure QuestionnaireResponse RelatedPerson RequestGroup \
    ResearchSubject RiskAssessment ServiceRequest SupplyRequest VisionPrescription";

/// Definitions, products, places, organisations and the people who work there: no element of theirs names a patient.
const NOBODYS: &str = "ActivityDefinition CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem \
    CompartmentDefinition ConceptMap DeviceDefinition EffectEvidenceSynthesis Endpoint EventDefinition Evidence \
    EvidenceVariable ExampleScenario GraphDefinition HealthcareService ImplementationGuide InsurancePlan Library Location \
    Measure Medication MedicationKnowledge MedicinalProduct MessageDefinition NamingSystem ObservationDefinition \
    OperationDefinition Organization OrganizationAffiliation PlanDefinition Practitioner PractitionerRole Questionnaire \
    ResearchDefinition ResearchElementDefinition ResearchStudy SearchParameter SpecimenDefinition StructureDefinition \
    StructureMap Substance SubstanceSpecification TerminologyCapabilities TestScript ValueSet";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{authorize::context::offerable, scope::resource_types::named};

    #[test]
    fn each_type_is_one_of_fhirs_and_in_one_list() {
        let listed = || PATIENTS_OWN.split_ascii_whitespace().chain(NOBODYS.split_ascii_whitespace());
        for kind in listed() {
            assert_eq!(named(kind), Some(kind));
            assert_eq!(listed().filter(|other| *other == kind).count(), 1, "{kind}");
        }
    }

    /// What a person picks for a patient is never nobody's.
    #[test]
    fn what_can_be_picked_may_be_a_patients() {
        for kind in PATIENTS_OWN.split_ascii_whitespace().chain(NOBODYS.split_ascii_whitespace()).chain(["Task"]) {
            if offerable(kind).is_some() {
                assert_ne!(belongs_to_patient(kind), BelongsToPatient::Never, "{kind}");
            }
        }
    }
}

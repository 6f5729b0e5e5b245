//! The resource types of FHIR R4, to find the name of one however it was written.

/// The type as FHIR writes it: `imagingstudy` is `ImagingStudy`.
pub fn named(text: &str) -> Option<&'static str> {
    R4.split_ascii_whitespace().find(|name| name.eq_ignore_ascii_case(text))
}

/// FHIR R4 §2.42, resource index.
const R4: &str = "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent \
    Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry \
    ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication \
    CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage \
    CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric \
    DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis \
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable \
    ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse \
    HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation \
    ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media Medication \
    MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement \
    MedicinalProduct MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation \
    ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters \
    Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure \
    Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition \
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule \
    SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription \
    Substance SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript \
    ValueSet VerificationResult VisionPrescription";

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_type_is_found_in_any_case_and_whole() {
        assert_eq!(named("imagingstudy"), Some("ImagingStudy"));
        assert_eq!(named("Imaging"), None);
    }
}

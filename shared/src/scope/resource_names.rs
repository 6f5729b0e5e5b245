//! What FHIR's resource types are called by people who don't know FHIR. Plural, and fit to follow "See" or "Change".

pub(super) fn name_of(resource_type: &str) -> String {
    let known = NAMES.binary_search_by_key(&resource_type, |(known, _)| known).ok().and_then(|index| NAMES.get(index));
    known.map_or_else(|| split_camel_case(resource_type), |(_, name)| (*name).to_owned())
}

/// `MolecularSequence` becomes `molecular sequence records`.
fn split_camel_case(resource_type: &str) -> String {
    let mut words = String::with_capacity(resource_type.len() + 16);
    for (index, letter) in resource_type.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words + " records"
}

/// Sorted by type.
const NAMES: [(&str, &str); 78] = [
    ("Account", "billing accounts"),
    ("ActivityDefinition", "definitions of activities"),
    ("AdverseEvent", "adverse events"),
    ("AllergyIntolerance", "allergies and intolerances"),
    ("Appointment", "appointments"),
    ("AppointmentResponse", "answers to appointment requests"),
    ("AuditEvent", "logs of who looked at data"),
    ("Basic", "data kept by apps"),
    ("Binary", "files"),
    ("BodyStructure", "body sites"),
    ("Bundle", "collections of records"),
    ("CarePlan", "care plans"),
    ("CareTeam", "care teams"),
    ("ChargeItem", "charges"),
    ("Claim", "insurance claims"),
    ("ClaimResponse", "insurers' answers to claims"),
    ("ClinicalImpression", "clinical assessments"),
    ("CodeSystem", "code systems"),
    ("Communication", "messages"),
    ("CommunicationRequest", "requests to send messages"),
    ("Composition", "clinical documents"),
    ("ConceptMap", "translations between code systems"),
    ("Condition", "conditions and diagnoses"),
    ("Consent", "consents"),
    ("Contract", "contracts"),
    ("Coverage", "insurance coverage"),
    ("CoverageEligibilityRequest", "questions about insurance coverage"),
    ("CoverageEligibilityResponse", "answers about insurance coverage"),
    ("DetectedIssue", "detected issues, such as drug interactions"),
    ("Device", "medical devices and implants"),
    ("DeviceRequest", "orders of devices"),
    ("DeviceUseStatement", "the use of devices"),
    ("DiagnosticReport", "diagnostic reports"),
    ("DocumentManifest", "lists of documents"),
    ("DocumentReference", "documents and clinical notes"),
    ("Encounter", "visits and hospital stays"),
    ("Endpoint", "technical addresses"),
    ("EpisodeOfCare", "episodes of care"),
    ("ExplanationOfBenefit", "insurance benefits and payments"),
    ("FamilyMemberHistory", "family history"),
    ("Flag", "alerts and warnings"),
    ("Goal", "health goals"),
    ("Group", "groups of people"),
    ("HealthcareService", "healthcare services"),
    ("ImagingStudy", "X-rays, scans and other images"),
    ("Immunization", "immunizations"),
    ("ImmunizationRecommendation", "recommended immunizations"),
    ("InsurancePlan", "insurance plans"),
    ("Invoice", "invoices"),
    ("Library", "libraries of clinical knowledge"),
    ("List", "lists"),
    ("Location", "places of care"),
    ("Measure", "quality measures"),
    ("MeasureReport", "quality reports"),
    ("Media", "photos, videos and recordings"),
    ("Medication", "medicines"),
    ("MedicationAdministration", "medicines given"),
    ("MedicationDispense", "medicines handed out by pharmacies"),
    ("MedicationRequest", "prescriptions"),
    ("MedicationStatement", "medicines taken"),
    ("NutritionOrder", "diets ordered"),
    ("Observation", "measurements, laboratory results and other observations"),
    ("Organization", "healthcare organizations"),
    ("Patient", "patient details, such as name, birth date and address"),
    ("Person", "details of persons"),
    ("Practitioner", "doctors, nurses and other practitioners"),
    ("PractitionerRole", "the roles of practitioners"),
    ("Procedure", "procedures and operations"),
    ("Provenance", "where records come from"),
    ("Questionnaire", "questionnaires"),
    ("QuestionnaireResponse", "answers to questionnaires"),
    ("RelatedPerson", "relatives and other contacts"),
    ("RiskAssessment", "risk assessments"),
    ("Schedule", "calendars"),
    ("ServiceRequest", "orders and referrals"),
    ("Slot", "free times for appointments"),
    ("Specimen", "samples"),
    ("Task", "tasks"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_names_are_sorted_so_that_each_is_found() {
        assert!(super::NAMES.is_sorted_by(|a, b| a.0 < b.0));
    }
}

//! The codes that AuditEvents speak in: DICOM's, HL7's, and those of IHE's Basic Audit Log Patterns (BALP 1.1).

use super::{EventKind, Outcome};
use rules::extensions::uri::{coded, is_uri};
use serde_json::{Value, json};

pub const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const BALP: &str = "https://profiles.ihe.net/ITI/BALP";
const IHE_TRANSACTION: &str = "urn:ihe:event-type-code";

pub fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

pub fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [coding(system, code, display)] })
}

/// A code that an app wrote, `system#code`; anything else as it is.
pub fn said(text: &str) -> Value {
    match coded(text) {
        Some((system, code)) => json!({ "coding": [{ "system": system, "code": code }] }),
        None => json!({ "text": text }),
    }
}

/// An identifier that an app wrote: `system#value`, or a URI by itself (FHIR R4 §2.24.0.15).
pub fn identifier(text: &str) -> Value {
    match coded(text) {
        Some((system, value)) => json!({ "system": system, "value": value }),
        None if is_uri(text) => json!({ "system": "urn:ietf:rfc:3986", "value": text }),
        None => json!({ "value": text }),
    }
}

/// The canonical of one of BALP's profiles.
pub fn profile(id: &str) -> String {
    format!("{BALP}/StructureDefinition/{id}")
}

pub fn balp(system: &str, code: &str, display: &str) -> Value {
    coding(&format!("{BALP}/CodeSystem/{system}"), code, display)
}

pub fn role_type(code: &str, display: &str) -> Value {
    coding("http://terminology.hl7.org/CodeSystem/object-role", code, display)
}

pub fn entity_type(code: &str, display: &str) -> Value {
    coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", code, display)
}

/// `AuditEvent.type` and `AuditEvent.subtype`, where no profile fixes them.
pub fn event_type(kind: EventKind) -> (Value, Value) {
    let dicom = |code, display| coding(DICOM, code, display);
    let authentication = || dicom("110114", "User Authentication");
    let alert = || dicom("110113", "Security Alert");
    let rest = || coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "Restful Operation");
    let interaction = |code| coding("http://hl7.org/fhir/restful-interaction", code, code);
    match kind {
        EventKind::SignIn => (authentication(), dicom("110122", "Login")),
        EventKind::SignOut => (authentication(), dicom("110123", "Logout")),
        EventKind::Consent => (alert(), authorization_by_consent()),
        EventKind::TokenIssued => (authentication(), coding(IHE_TRANSACTION, "ITI-71", "Get Access Token")),
        EventKind::Introspection => (authentication(), coding(IHE_TRANSACTION, "ITI-102", "Introspect Token")),
        EventKind::ConsentTakenBack | EventKind::Revocation | EventKind::CredentialChange => {
            (alert(), dicom("110137", "User Security Attributes Changed"))
        }
        EventKind::Replay => (alert(), dicom("110132", "Use of Restricted Function")),
        EventKind::KeyRotation | EventKind::Operation => (alert(), dicom("110129", "Security Configuration")),
        EventKind::LaunchContext => (rest(), interaction("create")),
        EventKind::PatientSearch => (rest(), interaction("search-type")),
    }
}

pub fn authorization_by_consent() -> Value {
    balp("AuthZsubType", "AuthZ-Consent", "Authorization AuditRecord using Roles and Consent")
}

pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "0",
        Outcome::MinorFailure => "4",
        Outcome::SeriousFailure => "8",
    }
}

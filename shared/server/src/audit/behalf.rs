//! On whose behalf a token was asked for, in an AuditEvent: the organization, the purposes, and the person where the tenant wants it.

use super::codes::concept;
use rules::extensions::{
    b2b::OnBehalf,
    uri::{coded, is_uri},
};
use serde_json::{Value, json};

const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

/// What the app said of it in `hl7-b2b`, and nobody else.
#[derive(Clone, Debug)]
pub struct Behalf {
    organization: String,
    purposes: Vec<String>,
    subject: Option<Subject>,
}

#[derive(Clone, Debug)]
struct Subject {
    name: String,
    id: Option<String>,
    role: Option<String>,
}

impl Behalf {
    pub fn of(said: OnBehalf<'_>, with_subject: bool) -> Option<Behalf> {
        let text = |name: &str| said.text(name).map(str::to_owned);
        let subject = text("subject_name").filter(|_| with_subject);
        Some(Behalf {
            organization: said.organization()?.to_owned(),
            purposes: said.purposes().map(str::to_owned).collect(),
            subject: subject.map(|name| Subject { name, id: text("subject_id"), role: text("subject_role") }),
        })
    }

    /// `AuditEvent.purposeOfEvent`.
    pub fn purposes(&self) -> Value {
        self.purposes.iter().map(|purpose| code(purpose)).collect()
    }

    /// The organization by its identifier. `IRCP` is the person's in BALP's profiles: one who signed in here is known better than by
    /// what an app says.
    pub fn agents(&self, is_person_known: bool) -> Vec<Value> {
        let organization = json!({
            "type": concept(PARTICIPATION, "PRCP", "primary information recipient"),
            "who": { "type": "Organization", "identifier": identifier(&self.organization) },
            "requestor": false,
        });
        let subject = self.subject.as_ref().filter(|_| !is_person_known).map(Subject::agent);
        [Some(organization), subject].into_iter().flatten().collect()
    }
}

impl Subject {
    fn agent(&self) -> Value {
        let mut who = json!({ "display": self.name });
        if let Some(id) = &self.id {
            who["identifier"] = identifier(id);
        }
        let kind = concept(PARTICIPATION, "IRCP", "information recipient");
        let mut agent = json!({ "type": kind, "who": who, "requestor": false });
        if let Some(role) = &self.role {
            agent["role"] = json!([code(role)]);
        }
        agent
    }
}

/// `system#value`, or a URI by itself (FHIR R4 §2.24.0.15).
fn identifier(text: &str) -> Value {
    match coded(text) {
        Some((system, value)) => json!({ "system": system, "value": value }),
        None if is_uri(text) => json!({ "system": "urn:ietf:rfc:3986", "value": text }),
        None => json!({ "value": text }),
    }
}

/// `system#code`; anything else as it is.
fn code(text: &str) -> Value {
    match coded(text) {
        Some((system, code)) => json!({ "coding": [{ "system": system, "code": code }] }),
        None => json!({ "text": text }),
    }
}

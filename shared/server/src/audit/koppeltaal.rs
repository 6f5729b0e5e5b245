//! What Koppeltaal wants to know of a launch (TOP-KT-011, profile KT2_AuditEvent): four events of one type, told apart by how their
//! description begins. The profile has no room for names, purposes and details.

use super::{
    AuditRecord, EventKind, Outcome,
    codes::{self, DICOM, coding, concept, role_type},
    hex,
    scene::Scene,
    trail::uuid,
};
use aws_lc_rs::digest;
use rules::{
    fhir_id::is_id,
    hti::HtiLaunch,
    user::{FhirUser, FhirUserType},
};
use serde_json::{Value, json};

const STRUCTURE: &str = "http://koppeltaal.nl/fhir/StructureDefinition";

/// Whom and what an event of a launch is about.
#[derive(Clone, Debug)]
pub struct OfLaunch {
    pub jti: String,
    /// The same for all events of one way through the pages.
    pub correlation: Option<String>,
    pub person: FhirUser,
    /// Ids of Devices: the launched app, and this server.
    pub app: String,
    pub observer: String,
    /// The issuer of the identity provider, in the two events that are about it.
    pub provider: Option<String>,
}

impl OfLaunch {
    pub fn new(launch: &HtiLaunch, observer: &str) -> OfLaunch {
        OfLaunch {
            jti: launch.jti.clone(),
            correlation: None,
            person: launch.person.clone(),
            app: launch.device.clone(),
            observer: observer.to_owned(),
            provider: None,
        }
    }

    #[must_use]
    pub fn at(self, provider: &str) -> OfLaunch {
        OfLaunch { provider: Some(provider.to_owned()), ..self }
    }

    #[must_use]
    pub fn correlated(self, id: &str) -> OfLaunch {
        OfLaunch { correlation: Some(as_id(id)), ..self }
    }

    /// `said` begins with what it is: `authorize: …`, `idp call: …`, `idp login: …`, `introspect: …`.
    pub fn event(self, outcome: Outcome, said: &str) -> AuditRecord {
        let record = AuditRecord::yes(EventKind::SignIn).saying(Some(said));
        AuditRecord { outcome, of_launch: Some(Box::new(self)), ..record }
    }
}

pub fn event(decision: &AuditRecord, launch: &OfLaunch, scene: &Scene<'_>) -> Value {
    let trace = |name: &str, id: String| json!({ "url": format!("{STRUCTURE}/{name}"), "valueId": id });
    let request = uuid();
    let correlation = launch.correlation.clone().unwrap_or_else(|| request.clone());
    let observer = device(&launch.observer);
    json!({
        "resourceType": "AuditEvent",
        "id": scene.id,
        "meta": { "profile": [format!("{STRUCTURE}/KT2AuditEvent")] },
        "extension": [
            trace("trace-id", as_id(&launch.jti)),
            trace("request-id", request),
            trace("correlation-id", correlation),
            { "url": format!("{STRUCTURE}/resource-origin"), "valueReference": observer },
        ],
        "type": coding(DICOM, "110114", "User Authentication"),
        "subtype": [coding(DICOM, "110122", "Login")],
        "action": "E",
        "recorded": scene.now.to_string(),
        "outcome": codes::outcome(decision.outcome),
        "outcomeDesc": decision.said,
        "agent": agents(launch),
        "source": { "site": site(scene.issuer), "observer": observer },
        "entity": [{
            "what": { "reference": String::from(launch.person.clone()), "type": launch.person.resource.as_str() },
            "role": role(launch.person.resource),
        }],
    })
}

/// The app, and the provider where the event is about it.
fn agents(launch: &OfLaunch) -> Vec<Value> {
    let app = json!({
        "type": concept(DICOM, "110153", "Source Role ID"),
        "who": device(&launch.app),
        "requestor": true,
    });
    let provider = launch.provider.as_ref().map(|issuer| {
        let who = json!({ "type": "Device", "identifier": { "system": "urn:ietf:rfc:3986", "value": issuer } });
        json!({ "type": concept(DICOM, "110152", "Destination Role ID"), "who": who, "requestor": false })
    });
    [Some(app), provider].into_iter().flatten().collect()
}

fn device(id: &str) -> Value {
    json!({ "reference": format!("Device/{id}"), "type": "Device" })
}

fn role(kind: FhirUserType) -> Value {
    match kind {
        FhirUserType::Patient => role_type("1", "Patient"),
        FhirUserType::RelatedPerson => role_type("6", "User"),
        FhirUserType::Practitioner | FhirUserType::PractitionerRole | FhirUserType::Person => {
            role_type("15", "Practitioner")
        }
    }
}

/// The domain name of the server.
fn site(issuer: &str) -> String {
    let host = url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| issuer.to_owned())
}

/// What a portal chose need not be an id of FHIR; its hash is one.
fn as_id(text: &str) -> String {
    match is_id(text) {
        true => text.to_owned(),
        false => hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref()),
    }
}

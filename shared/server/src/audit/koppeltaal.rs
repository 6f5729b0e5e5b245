//! What Koppeltaal wants to know of a launch (TOP-KT-011, profile KT2_AuditEvent): four events of one type, told apart by how their
//! description begins. The profile has no room for names, purposes and details.

use super::{
    AuditRecord,
    codes::{self, DICOM, coding, concept, role_type},
    hex,
    of_launch::OfLaunch,
    scene::Scene,
};
use aws_lc_rs::digest;
use rules::{fhir_id::is_id, user::FhirUserType};
use serde_json::{Value, json};

const STRUCTURE: &str = "http://koppeltaal.nl/fhir/StructureDefinition";

pub fn event(decision: &AuditRecord, launch: &OfLaunch, scene: &Scene<'_>) -> Value {
    let trace = |name: &str, id: String| json!({ "url": format!("{STRUCTURE}/{name}"), "valueId": id });
    let correlation = launch.correlation.as_deref().map_or_else(|| scene.id.to_owned(), as_id);
    let observer = device(&launch.observer);
    json!({
        "resourceType": "AuditEvent",
        "id": scene.id,
        "meta": { "profile": [format!("{STRUCTURE}/KT2AuditEvent")] },
        "extension": [
            trace("trace-id", as_id(&launch.jti)),
            trace("request-id", scene.id.to_owned()),
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

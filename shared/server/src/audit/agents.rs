//! Who takes part in an AuditEvent: the app, the person, their organization, this server.

use super::{
    AuditRecord,
    behalf::Behalf,
    codes::{self, DICOM, concept},
    scene::Scene,
};
use serde_json::{Value, json};

const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ROLE_CLASS: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleClass";
const SECURITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/extra-security-role-type";

/// How this server appears as an agent: the profiles each have their own word for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ServerRole {
    Authorizer,
    TokenService,
    Destination,
}

/// The app or the EHR, where it came from, and which token it left with.
pub fn client(decision: &AuditRecord, scene: &Scene<'_>, server: ServerRole) -> Option<Value> {
    let parties = &decision.parties;
    let name = parties.caller.as_ref().or(parties.app.as_ref())?;
    let kind = match server {
        ServerRole::Destination => concept(DICOM, "110153", "Source Role ID"),
        ServerRole::Authorizer | ServerRole::TokenService => concept(DICOM, "110150", "Application"),
    };
    let mut agent = json!({
        "type": kind,
        "who": { "identifier": { "system": scene.issuer, "value": name } },
        "requestor": parties.user.is_none() && parties.operator.is_none(),
    });
    if let Some(address) = scene.address {
        agent["network"] = json!({ "address": address, "type": "2" });
    }
    // AuthZconsent names the token among its entities.
    if let Some(jti) = decision.jti.as_ref().filter(|_| server == ServerRole::TokenService) {
        agent["policy"] = json!([token_id(jti)]);
    }
    Some(agent)
}

/// Where an EHR vouches for its user, it and the app both have part in it, whichever of them asked.
pub fn of_vouching(decision: &AuditRecord, scene: &Scene<'_>) -> Vec<Value> {
    let parties = &decision.parties;
    let Some(ehr) = &parties.ehr else { return Vec::new() };
    let asked = parties.caller.as_ref().or(parties.app.as_ref());
    let others = [Some(ehr), parties.app.as_ref()].into_iter().flatten().filter(|name| Some(*name) != asked);
    let agent = |name: &String| {
        let who = json!({ "identifier": { "system": scene.issuer, "value": name } });
        json!({ "type": concept(DICOM, "110150", "Application"), "who": who, "requestor": false })
    };
    others.map(agent).collect()
}

pub fn user(decision: &AuditRecord, scene: &Scene<'_>) -> Option<Value> {
    let user = decision.parties.user.as_ref()?;
    let mut who = json!({ "identifier": { "system": scene.issuer, "value": user.sub } });
    if let Some(reference) = &user.fhir_user {
        who["reference"] = json!(reference);
    }
    Some(json!({ "type": concept(PARTICIPATION, "IRCP", "information recipient"), "who": who, "requestor": true }))
}

/// The operator of a command.
pub fn operator(decision: &AuditRecord) -> Option<Value> {
    let name = decision.parties.operator.as_ref()?;
    let who = json!({ "identifier": { "value": name } });
    Some(json!({ "type": concept(SECURITY_ROLE, "humanuser", "human user"), "who": who, "requestor": true }))
}

/// The organization that asks by its client.
pub fn asking(behalf: &Behalf) -> Value {
    let who = json!({ "type": "Organization", "identifier": codes::identifier(&behalf.organization) });
    json!({ "type": concept(PARTICIPATION, "PRCP", "primary information recipient"), "who": who, "requestor": false })
}

/// The person for whom it asks, as its client names them.
pub fn subject(behalf: &Behalf) -> Option<Value> {
    let subject = behalf.subject.as_ref()?;
    let mut who = json!({ "display": subject.name });
    if let Some(id) = &subject.id {
        who["identifier"] = codes::identifier(id);
    }
    let kind = concept(PARTICIPATION, "IRCP", "information recipient");
    let mut agent = json!({ "type": kind, "who": who, "requestor": false });
    if let Some(role) = &subject.role {
        agent["role"] = json!([codes::said(role)]);
    }
    Some(agent)
}

/// The organization that the tenant is.
pub fn organization(scene: &Scene<'_>) -> Value {
    let who = json!({ "identifier": { "system": "urn:ietf:rfc:3986", "value": scene.issuer }, "display": scene.name });
    json!({ "type": concept(ROLE_CLASS, "PROV", "healthcare provider"), "who": who, "requestor": false })
}

pub fn server(scene: &Scene<'_>, server: ServerRole) -> Value {
    let kind = match server {
        ServerRole::Authorizer => concept(SECURITY_ROLE, "authserver", "authorization server"),
        ServerRole::Destination => concept(DICOM, "110152", "Destination Role ID"),
        ServerRole::TokenService => concept(
            "https://profiles.ihe.net/ITI/BALP/CodeSystem/UserAgentTypes",
            "AuthzOauthService",
            "OAuth Authorization ServerRole",
        ),
    };
    let mut agent = json!({ "type": kind, "who": observer(scene), "requestor": false });
    if server != ServerRole::Authorizer {
        agent["network"] = json!({ "address": scene.issuer, "type": "5" });
    }
    agent
}

/// This server, as `source.observer` and as an agent alike (BALP, `val-audit-source`).
pub fn observer(scene: &Scene<'_>) -> Value {
    json!({ "type": "Device", "identifier": { "system": "urn:ietf:rfc:3986", "value": scene.issuer }, "display": "Admit" })
}

/// BALP: "jti SHALL be prefixed with urn:ietf:params:oauth:jti:".
pub fn token_id(jti: &str) -> String {
    format!("urn:ietf:params:oauth:jti:{jti}")
}

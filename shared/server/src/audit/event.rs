//! A decision as an AuditEvent (FHIR R4), in the pattern of IHE's BALP that fits it. A profile is claimed where everything is
//! known that it demands, and nowhere else.

use super::{
    AuditRecord, EventKind, Outcome,
    agents::{self, ServerRole},
    codes::{self, authorization_by_consent, entity_type, profile, role_type},
    koppeltaal,
    scene::Scene,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The profile that fits, if one does, and the pattern all the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pattern {
    /// `IHE.BasicAudit.AuthZconsent`
    Consent,
    /// `IHE.IUA.71`
    GetAccessToken,
    /// `IHE.BasicAudit.Create` and `IHE.BasicAudit.PatientCreate`
    Create,
    /// No profile of BALP is about this.
    Plain,
}

pub fn event(decision: &AuditRecord, scene: &Scene<'_>) -> Value {
    if let Some(launch) = &decision.of_launch {
        return koppeltaal::event(decision, launch, scene);
    }
    let pattern = pattern(decision);
    let (kind, subtype) = match pattern {
        Pattern::Consent => (codes::event_type(EventKind::Consent).0, authorization_by_consent()),
        _ => codes::event_type(decision.kind),
    };
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": scene.id,
        "type": kind,
        "subtype": [subtype],
        "action": if pattern == Pattern::Create { "C" } else { "E" },
        "recorded": scene.now.to_string(),
        "outcome": codes::outcome(decision.outcome),
        "agent": agents_of(decision, scene, pattern),
        "source": {
            "site": scene.tenant,
            "observer": agents::observer(scene),
            "type": [codes::coding("http://terminology.hl7.org/CodeSystem/security-source-type", "6", "Security ServerRole")],
        },
    });
    if let Some(behalf) = &decision.behalf {
        event["purposeOfEvent"] = behalf.purposes.iter().map(|purpose| codes::said(purpose)).collect();
    }
    if let Some(said) = &decision.said {
        event["outcomeDesc"] = json!(said);
    }
    let entities = entities(decision, scene, pattern);
    if !entities.is_empty() {
        event["entity"] = json!(entities);
    }
    if let Some(claimed) = claimed(decision, scene, pattern) {
        event["meta"] = json!({ "profile": [profile(claimed)] });
    }
    event
}

fn pattern(decision: &AuditRecord) -> Pattern {
    match decision.kind {
        EventKind::Consent => Pattern::Consent,
        // The profile of ITI-71 has no place for a patient; a token is the permit that the consent led to.
        EventKind::TokenIssued if decision.parties.patient.is_some() => Pattern::Consent,
        EventKind::TokenIssued => Pattern::GetAccessToken,
        EventKind::LaunchContext => Pattern::Create,
        _ => Pattern::Plain,
    }
}

fn claimed(decision: &AuditRecord, scene: &Scene<'_>, pattern: Pattern) -> Option<&'static str> {
    let parties = &decision.parties;
    // Every one of them demands to know where the client was.
    scene.address?;
    parties.caller.as_ref().or(parties.app.as_ref())?;
    let success = decision.outcome == Outcome::Success;
    match pattern {
        Pattern::Consent if parties.user.is_some() && parties.patient.is_some() && parties.consent.is_some() => {
            Some("IHE.BasicAudit.AuthZconsent")
        }
        // Its agents are three at most, and no organization is among them.
        Pattern::GetAccessToken if success && decision.behalf.is_none() => Some("IHE.IUA.71"),
        Pattern::Create if success && parties.patient.is_some() => Some("IHE.BasicAudit.PatientCreate"),
        Pattern::Create if success => Some("IHE.BasicAudit.Create"),
        _ => None,
    }
}

fn agents_of(decision: &AuditRecord, scene: &Scene<'_>, pattern: Pattern) -> Vec<Value> {
    let as_server = match pattern {
        Pattern::Consent => ServerRole::Authorizer,
        Pattern::Create => ServerRole::Destination,
        Pattern::GetAccessToken | Pattern::Plain => ServerRole::TokenService,
    };
    let parties = &decision.parties;
    let mut agents = vec![agents::server(scene, as_server)];
    agents.extend(agents::client(decision, scene, as_server));
    agents.extend(agents::of_vouching(decision, scene));
    agents.extend(agents::user(decision, scene));
    agents.extend(agents::operator(decision));
    agents.extend(decision.behalf.as_ref().map(agents::asking));
    // BALP's profiles have one person. Who signed in here is known better than by what an app says.
    agents.extend(decision.behalf.as_ref().filter(|_| parties.user.is_none()).and_then(agents::subject));
    if pattern == Pattern::Consent {
        agents.push(agents::organization(scene));
    }
    agents
}

fn entities(decision: &AuditRecord, scene: &Scene<'_>, pattern: Pattern) -> Vec<Value> {
    let parties = &decision.parties;
    let details = details(decision, scene);
    let with_details = |mut entity: Value| {
        if !details.is_empty() {
            entity["detail"] = json!(details);
        }
        entity
    };
    let patient = parties.patient.as_ref().map(|reference| {
        let what = json!({ "reference": reference, "type": "Patient" });
        json!({ "type": entity_type("1", "Person"), "role": role_type("1", "Patient"), "what": what })
    });
    let shown = decision.shown.iter().map(|reference| {
        let what = json!({ "reference": reference, "type": "Patient" });
        json!({ "type": entity_type("1", "Person"), "role": role_type("1", "Patient"), "what": what })
    });
    let consent = parties.consent.as_ref().map(|grant| {
        let kind = codes::coding("http://hl7.org/fhir/resource-types", "Consent", "Consent");
        with_details(json!({ "type": kind, "what": { "identifier": { "system": scene.issuer, "value": grant } } }))
    });
    let token = decision.jti.as_ref().map(|jti| {
        let kind = codes::balp("UserAgentTypes", "UserOauthAgent", "User OAuth Agent participant");
        json!({ "type": kind, "what": { "identifier": { "value": agents::token_id(jti) } } })
    });
    let object = |role: Value| json!({ "type": entity_type("2", "System Object"), "role": role });
    let about = with_details(object(role_type("13", "Security Resource")));
    match pattern {
        Pattern::Consent => [patient, consent, token].into_iter().flatten().collect(),
        Pattern::GetAccessToken => {
            let mut request = with_details(object(role_type("24", "Query")));
            request["query"] = json!(STANDARD.encode(form(decision)));
            vec![request]
        }
        Pattern::Create => {
            let mut data = with_details(object(role_type("4", "Domain Resource")));
            let launch = decision.details.iter().find(|(name, _)| *name == "launch").map(|(_, hash)| hash.as_str());
            let system = format!("{}/launchContext", scene.issuer);
            data["what"] = json!({ "identifier": { "system": system, "value": launch.unwrap_or(scene.id) } });
            [Some(data), patient].into_iter().flatten().collect()
        }
        Pattern::Plain => {
            let about = (!details.is_empty() && consent.is_none()).then_some(about);
            shown.chain([patient, consent, token, about].into_iter().flatten()).collect()
        }
    }
}

/// R4 has one value type here that fits: a string.
fn details(decision: &AuditRecord, scene: &Scene<'_>) -> Vec<Value> {
    let named = |app: &&String| Some(*app) != decision.parties.caller.as_ref() && decision.parties.ehr.is_none();
    let app = decision.parties.app.as_ref().filter(named);
    let app = app.map(|app| ("client_id", app.as_str()));
    let trace = scene.trace.map(|trace| ("trace", trace));
    let own = decision.details.iter().map(|(name, value)| (*name, value.as_str()));
    let all = own.chain(app).chain(trace).filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| json!({ "type": name, "valueString": value })).collect()
}

/// The token request as far as it is no secret: "the http request in raw form, without the code_verifier value".
fn form(decision: &AuditRecord) -> String {
    let told = decision.details.iter().filter(|(name, _)| matches!(*name, "grant_type" | "scope"));
    let client = decision.parties.caller.as_ref().map(|caller| ("client_id", caller.as_str()));
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(told.map(|(name, value)| (*name, value.as_str())).chain(client));
    form.finish()
}

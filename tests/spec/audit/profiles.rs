//! Each event is an AuditEvent, and keeps to the profile that it claims (BALP 1.1.4).

use super::of_everything;
use kit::audit::agent;
use serde_json::Value;

const BALP: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/";

#[tokio::test]
async fn each_event_is_an_audit_event_of_r4() {
    let events = of_everything().await;
    assert!(events.len() > 12, "{}", events.len());
    for event in &events {
        assert_eq!(event["resourceType"], "AuditEvent");
        assert_eq!(sample_fhir::mistakes(event), Vec::<String>::new(), "{event:#}");
        // FHIR R4, AuditEvent, sev-1: "Either a name or a query (NOT both)".
        for entity in event["entity"].as_array().into_iter().flatten() {
            assert!(entity["name"].is_null() || entity["query"].is_null());
        }
    }
    let mut ids: Vec<&Value> = events.iter().map(|event| &event["id"]).collect();
    ids.dedup();
    assert_eq!(ids.len(), events.len());
}

/// What is wrong is found: the judge of the test above is one.
#[tokio::test]
async fn an_event_with_a_fault_is_found_out() {
    let event = of_everything().await.remove(0);
    for member in ["recorded", "agent", "source", "type"] {
        let mut broken = event.clone();
        broken.as_object_mut().expect("an object").remove(member);
        assert!(!sample_fhir::mistakes(&broken).is_empty(), "{member}");
    }
}

#[tokio::test]
async fn an_event_keeps_to_the_profile_that_it_claims() {
    let mut seen = std::collections::BTreeSet::new();
    for event in of_everything().await {
        let Some(profile) = event["meta"]["profile"][0].as_str() else { continue };
        let profile = profile.strip_prefix(BALP).expect("one of BALP's");
        seen.insert(profile.to_owned());
        let good = match profile {
            "IHE.BasicAudit.AuthZconsent" => authz_consent(&event),
            "IHE.IUA.71" => get_access_token(&event),
            "IHE.BasicAudit.PatientCreate" => create(&event) && entities(&event, "1").len() == 1,
            "IHE.BasicAudit.Create" => create(&event),
            _ => false,
        };
        assert!(good, "{profile}: {event:#}");
    }
    let expected = ["IHE.BasicAudit.AuthZconsent", "IHE.BasicAudit.PatientCreate", "IHE.IUA.71"];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

fn entities<'a>(event: &'a Value, code: &str) -> Vec<&'a Value> {
    let all = event["entity"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|entity| entity["type"]["code"] == code).collect()
}

fn has_network(agent: Option<&Value>) -> bool {
    agent.is_some_and(|agent| agent["who"].is_object() && agent["network"]["address"].is_string())
}

/// "source ... see invariant val-audit-source use": whoever recorded it is an agent of it.
fn authz_consent(event: &Value) -> bool {
    let user = agent(event, "IRCP");
    let patients = entities(event, "1");
    event["type"]["code"] == "110113"
        && event["subtype"][0]["code"] == "AuthZ-Consent"
        && event["action"] == "E"
        && event["outcome"].is_string()
        && has_network(agent(event, "110150"))
        && user.is_some_and(|user| user["requestor"] == true && user["who"].is_object() && user["network"].is_null())
        && agent(event, "PROV").is_some_and(|organization| organization["who"].is_object())
        && agent(event, "authserver").is_some_and(|server| server["who"] == event["source"]["observer"])
        && patients.len() == 1
        && patients[0]["role"]["code"] == "1"
        && patients[0]["what"]["reference"].as_str().is_some_and(|reference| reference.contains("/Patient/"))
        && entities(event, "Consent").iter().all(|consent| consent["what"]["identifier"]["value"].is_string())
        && !entities(event, "Consent").is_empty()
        && entities(event, "UserOauthAgent").iter().all(|token| {
            let jti = token["what"]["identifier"]["value"].as_str().unwrap_or_default();
            jti.starts_with("urn:ietf:params:oauth:jti:")
        })
        && event["entity"].as_array().is_some_and(|all| {
            all.len() == 1 + entities(event, "Consent").len() + entities(event, "UserOauthAgent").len()
        })
}

fn get_access_token(event: &Value) -> bool {
    let agents = event["agent"].as_array().map_or(0, Vec::len);
    let known = [agent(event, "110150"), agent(event, "AuthzOauthService"), agent(event, "IRCP")];
    event["type"]["code"] == "110114"
        && event["subtype"].as_array().map_or(0, Vec::len) == 1
        && event["subtype"][0]["code"] == "ITI-71"
        && event["action"] == "E"
        && event["outcome"] == "0"
        && has_network(known[0])
        && has_network(known[1])
        && agents == known.iter().flatten().count()
        && event["entity"].as_array().map_or(0, Vec::len) == 1
        && entities(event, "2").len() == 1
        && event["entity"][0]["role"]["code"] == "24"
        && event["entity"][0]["query"].is_string()
        && event["entity"][0]["what"].is_null()
}

fn create(event: &Value) -> bool {
    event["type"]["code"] == "rest"
        && event["subtype"][0]["code"] == "create"
        && event["action"] == "C"
        && event["outcome"] == "0"
        && has_network(agent(event, "110153"))
        && has_network(agent(event, "110152"))
        && entities(event, "2").len() == 1
        && entities(event, "2")[0]["role"]["code"] == "4"
        && entities(event, "2")[0]["what"].is_object()
}

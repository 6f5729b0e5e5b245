//! What the audit trail says of it, when a token is issued (B2B-9).

use super::{NPI, NUCC, PAYER, bringing, but, fullest, payer, people, server, server_with, shows, smallest};
use kit::{TestServer, audit::agent, log::Log};
use serde_json::{Value, json};

async fn event(server: &TestServer, object: Value) -> Value {
    server.audit.take();
    let answer = shows(server, &bringing(&payer(server), json!({ "hl7-b2b": object })).sign()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let event = server.audit.takes_one("ITI-71");
    assert_eq!(sample_fhir::mistakes(&event), Vec::<String>::new(), "{event:#}");
    event
}

/// B2B-9.
#[tokio::test]
async fn the_event_of_a_token_has_the_purposes_and_the_organization_and_no_person() {
    let server = server().await;
    let event = event(&server, fullest()).await;
    let purposes = json!([
        { "coding": [{ "system": "urn:oid:2.16.840.1.113883.5.8", "code": "TREAT" }] },
        { "text": "HPAYMT" },
    ]);
    assert_eq!(event["purposeOfEvent"], purposes);
    let organization = agent(&event, "PRCP").expect("the organization");
    let identifier = json!({ "system": "urn:ietf:rfc:3986", "value": PAYER });
    assert_eq!(organization["who"], json!({ "type": "Organization", "identifier": identifier }));
    assert_eq!(agent(&event, "IRCP"), None);
    for word in ["Brand", "207R00000X", "1234567893", "Payer of"] {
        assert!(!event.to_string().contains(word), "{word}");
    }
    // The profile's agents are three at most, and closed: it is not claimed where there are more.
    assert_eq!(event["meta"], Value::Null);
}

/// B2B-9.
#[tokio::test]
async fn an_organization_known_by_a_number_has_its_system() {
    let server = server().await;
    let event = event(&server, but(smallest(), "organization_id", json!(format!("{NPI}#1234567893")))).await;
    let identifier = json!({ "system": NPI, "value": "1234567893" });
    assert_eq!(agent(&event, "PRCP").expect("the organization")["who"]["identifier"], identifier);
}

/// B2B-9.
#[tokio::test]
async fn the_person_is_in_it_if_the_tenant_says_so_and_in_no_log() {
    let (log, _guard) = Log::listen();
    let server = server_with("subject_in_audit = true").await;
    let found = event(&server, fullest()).await;
    let subject = agent(&found, "IRCP").expect("the person");
    let identifier = json!({ "system": NPI, "value": "1234567893" });
    assert_eq!(subject["who"], json!({ "display": "Dr. Zoë Brand", "identifier": identifier }));
    assert_eq!(subject["role"], json!([{ "coding": [{ "system": NUCC, "code": "207R00000X" }] }]));
    let bare = but(but(fullest(), "subject_role", Value::Null), "subject_id", json!("zoe"));
    let found = event(&server, bare).await;
    let subject = agent(&found, "IRCP").expect("the person");
    assert_eq!(subject["who"], json!({ "display": "Dr. Zoë Brand", "identifier": { "value": "zoe" } }));
    assert_eq!(subject["role"], Value::Null);
    assert_eq!(agent(&event(&server, smallest()).await, "IRCP"), None);
    assert!(!log.text().contains("Brand") && !log.text().contains(PAYER), "{}", log.text());
}

/// B2B-9: who signed in here is the person of the event, whatever the app says.
#[tokio::test]
async fn an_app_of_people_adds_its_organization_and_no_second_person() {
    let server = server_with("subject_in_audit = true").await;
    let code = people::app(&server).code("amy", people::SCOPE, None).await;
    server.audit.take();
    let answer = people::exchanges(&server, &code, Some(json!({ "hl7-b2b": fullest() }))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let event = server.audit.takes_one("AuthZ-Consent");
    assert_eq!(sample_fhir::mistakes(&event), Vec::<String>::new(), "{event:#}");
    assert_eq!(agent(&event, "PRCP").expect("the organization")["who"]["identifier"]["value"], PAYER);
    let agents = event["agent"].as_array().into_iter().flatten();
    let persons: Vec<_> = agents.filter(|agent| agent["type"]["coding"][0]["code"] == "IRCP").collect();
    assert_eq!(persons.len(), 1, "{event:#}");
    assert!(persons[0]["who"]["reference"].as_str().is_some_and(|own| own.ends_with("/Patient/amy-shaw")), "{event:#}");
    assert_eq!(event["purposeOfEvent"][1]["text"], "HPAYMT");
}

#[tokio::test]
async fn an_event_without_an_organization_is_what_it_was() {
    let server = TestServer::start().await;
    kit::App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let event = server.audit.takes_one("ITI-71");
    assert_eq!((agent(&event, "PRCP"), &event["purposeOfEvent"]), (None, &Value::Null));
    assert_eq!(event["meta"]["profile"][0], "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.IUA.71");
}

/// A line of a log ends, and an event is in it twice.
#[tokio::test]
async fn an_event_of_the_longest_object_fits_into_a_line() {
    let server = server().await;
    let purposes: Vec<String> = (0..700).map(|n| format!("u:#{n:x}")).collect();
    let object = but(smallest(), "purpose_of_use", json!(purposes));
    server.audit.take();
    let opaque = super::service(&server, "opaque-payer");
    let answer = shows(&server, &bringing(&opaque, json!({ "hl7-b2b": object })).sign()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let event = server.audit.takes_one("ITI-71");
    assert_eq!(event["purposeOfEvent"].as_array().map(Vec::len), Some(700));
    assert!(event.to_string().len() < 90_000, "{}", event.to_string().len());
}

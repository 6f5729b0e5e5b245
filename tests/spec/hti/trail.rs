//! What the audit trail holds of a launch, as Koppeltaal's profile has it (HTI-21 to HTI-23).

use super::*;

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";

/// The events of the launch, by how their description begins.
fn of_launch(server: &TestServer) -> Vec<Value> {
    let mut events = server.audit.take();
    events.retain(|event| event["extension"].is_array());
    events
}

fn prefix(event: &Value) -> &str {
    event["outcomeDesc"].as_str().expect("a text").split(':').next().unwrap_or_default()
}

fn extension<'a>(event: &'a Value, name: &str) -> &'a str {
    let url = format!("http://koppeltaal.nl/fhir/StructureDefinition/{name}");
    let all = event["extension"].as_array().expect("a list");
    all.iter().find(|one| one["url"] == *url).and_then(|one| one["valueId"].as_str()).expect("an id")
}

/// HTI-21, HTI-22, HTI-23.
#[tokio::test]
async fn each_step_leaves_an_event_of_koppeltaals_profile() {
    let domain = Domain::start().await;
    let token = domain.token().with_claim("jti", json!("launch-1"));
    domain.server.audit.take();
    domain.launched(&token, claims()).await;
    domain.module().posts("introspect", &[("token", &token.sign())]).await;
    let events = of_launch(&domain.server);
    assert_eq!(events.iter().map(prefix).collect::<Vec<_>>(), ["authorize", "idp call", "idp login", "introspect"]);
    for event in &events {
        let what = prefix(event);
        assert_eq!(event["type"], json!({ "system": DICOM, "code": "110114", "display": "User Authentication" }));
        assert_eq!(event["subtype"], json!([{ "system": DICOM, "code": "110122", "display": "Login" }]));
        assert_eq!((&event["outcome"], &event["action"]), (&json!("0"), &json!("E")), "{what}");
        assert_eq!(event["meta"]["profile"], json!(["http://koppeltaal.nl/fhir/StructureDefinition/KT2AuditEvent"]));
        assert_eq!(event["entity"][0]["what"]["reference"], "Practitioner/hannah-patel");
        assert_eq!(event["entity"][0]["role"]["code"], "15");
        assert_eq!(event["agent"][0]["who"]["reference"], "Device/es384-app");
        assert_eq!(event["agent"][0]["requestor"], true);
        assert_eq!(event["source"]["observer"]["reference"], "Device/admit");
        assert_eq!(event["source"]["site"], "auth.example");
        let second = event["agent"].get(1).map(|agent| &agent["who"]["identifier"]["value"]);
        assert_eq!(second, what.starts_with("idp").then_some(&json!(domain.provider.issuer)), "{what}");
        assert_eq!(extension(event, "trace-id"), token.claims["jti"].as_str().expect("a text"));
        assert!(!extension(event, "request-id").is_empty());
        // What the profile has no room for.
        assert_eq!(event.get("purposeOfEvent"), None, "{what}");
        for agent in event["agent"].as_array().expect("a list") {
            assert!(agent.get("name").is_none() && agent.get("altId").is_none(), "{what}");
            assert!(agent["type"].is_object() && agent["who"].is_object(), "{what}");
        }
        assert!(event["entity"].as_array().expect("a list").iter().all(|entity| entity.get("detail").is_none()));
        assert!(!event.to_string().contains("staff-4711"), "{event}");
    }
    let correlations: Vec<&str> = events[..3].iter().map(|event| extension(event, "correlation-id")).collect();
    assert!(correlations.iter().all(|id| *id == correlations[0] && id.len() <= 64), "{correlations:?}");
    let requests: std::collections::BTreeSet<&str> =
        events.iter().map(|event| extension(event, "request-id")).collect();
    assert_eq!(requests.len(), events.len());
}

#[tokio::test]
async fn a_person_has_the_role_of_their_kind_and_a_jti_that_is_no_id_is_known_by_its_hash() {
    let domain = Domain::start().await;
    for (sub, role) in [("Patient/amy-shaw", "1"), ("RelatedPerson/rosa-rivera", "6"), ("Practitioner/x", "15")] {
        domain.server.audit.take();
        let token = domain
            .token()
            .with_claim("sub", json!(sub))
            .with_claim("patient", json!("Patient/mia-rivera"))
            .with_claim("jti", json!(format!("no id: {sub}")));
        domain.opens(&token.sign()).await;
        let events = of_launch(&domain.server);
        assert_eq!(events[0]["entity"][0]["role"]["code"], role);
        let trace = extension(&events[0], "trace-id");
        assert!(trace.len() == 64 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()), "{trace}");
    }
}

/// HTI-21: outcome 8.
#[tokio::test]
async fn a_refused_login_is_in_the_trail_and_so_is_a_second_use() {
    let domain = Domain::start().await;
    let token = domain.token().sign();
    domain.server.audit.take();
    domain.ends(&mut domain.browser(), &token, json!({ "sub": "x", "employee": "1" })).await;
    let events = of_launch(&domain.server);
    let login = events.iter().find(|event| prefix(event) == "idp login").expect("an event");
    assert_eq!(login["outcome"], "8");
    let mut browser = domain.browser();
    let there = browser.opens(&authorize_url(&domain.request(&token))).await.app();
    browser.opens(&domain.provider.refuses(there.location(), "access_denied")).await;
    let events = of_launch(&domain.server);
    assert_eq!(events.last().map(|event| (prefix(event), event["outcome"].as_str())), Some(("idp login", Some("8"))));
    domain.ends(&mut domain.browser(), &token, claims()).await;
    of_launch(&domain.server);
    assert_eq!(domain.error(&token).await, "invalid_request");
    let events = of_launch(&domain.server);
    assert_eq!(
        events.iter().map(|event| (prefix(event), &event["outcome"])).collect::<Vec<_>>(),
        [("authorize", &json!("8"))]
    );
}

/// HTI-9.
#[tokio::test]
async fn a_hint_that_is_not_listed_is_in_the_trail() {
    let domain = Domain::start().await;
    domain.server.audit.take();
    domain.opens(&domain.token().with_claim("idp_hint", json!("https://nobody.example")).sign()).await;
    let events = of_launch(&domain.server);
    let said: Vec<&str> = events.iter().filter_map(|event| event["outcomeDesc"].as_str()).collect();
    assert!(said.iter().any(|text| text.contains("idp_hint")), "{said:?}");
    assert!(!events.iter().any(|event| event.to_string().contains("nobody.example")));
}

/// HTI-21: introspection of an access token or an id_token leaves no such event, and neither does a token that is no launch.
#[tokio::test]
async fn other_introspections_are_no_part_of_a_launch() {
    let domain = Domain::start().await;
    let answer = domain.launched(&domain.token(), claims()).await.json();
    of_launch(&domain.server);
    let module = domain.module();
    for token in [answer["id_token"].as_str().expect("an id_token"), "NOOP", &domain.token().signed_by_a_stranger()] {
        module.posts("introspect", &[("token", token)]).await;
    }
    assert_eq!(of_launch(&domain.server), Vec::<Value>::new());
}

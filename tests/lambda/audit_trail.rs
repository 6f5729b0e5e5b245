//! The audit trail from the function that decides, through its log, to the function that opens it.

use axum::{body::Body, http::Method};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use kit::{App, Deployed, Ehr, Person, outcome::Outcome, server::PASSWORD, signing_keys};
use serde_json::{Value, json};
use server::store::Write;
use std::{collections::BTreeSet, io::Write as _, time::Duration};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// What a subscription of CloudWatch Logs sends for these lines.
pub fn subscription(lines: &[&str]) -> Value {
    let events =
        lines.iter().enumerate().map(|(id, line)| json!({ "id": id.to_string(), "timestamp": 0, "message": line }));
    let data = json!({
        "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/admit-token", "logStream": "s",
        "subscriptionFilters": ["f"], "logEvents": events.collect::<Vec<_>>(),
    });
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(data.to_string().as_bytes()).expect("packed");
    json!({ "awslogs": { "data": STANDARD.encode(packed.finish().expect("packed")) } })
}

/// The lines that the filter of the template lets through.
fn sealed(output: &str) -> Vec<&str> {
    let is_sealed = |line: &&str| serde_json::from_str::<Value>(line).is_ok_and(|line| line["audit"] == 1);
    output.lines().filter(is_sealed).collect()
}

/// All that the functions have printed, once so many of those lines are there: what a process prints arrives a little later than
/// its answer.
async fn printed(deployed: &Deployed, lines: usize) -> String {
    for _ in 0..100 {
        let output = deployed.printed().await;
        if sealed(&output).len() >= lines {
            return output;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there are no {lines} sealed lines: {}", deployed.printed().await)
}

fn opened(output: &str) -> Vec<Value> {
    let parsed = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter(|event| event["resourceType"] == "AuditEvent").collect()
}

async fn launch(deployed: &Deployed) -> String {
    let launch = Ehr::of(&deployed.server).launches_patient("amy-shaw").await;
    let app = App::symmetric(&deployed.server);
    let url = app.with_launch("launch openid fhirUser offline_access patient/*.rs", &launch);
    let answer = Person::named(&deployed.server, "hannah").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    kit::app::introspect(&deployed.server, tokens.access_token()).await;
    app.posts("revoke", &[("token", tokens.refresh_token())]).await;
    tokens.access_token().to_owned()
}

#[tokio::test]
async fn what_is_sealed_in_the_logs_is_opened_in_the_trail_and_names_people_there_alone() {
    let deployed = Deployed::start().await;
    let token = launch(&deployed).await;
    let output = printed(&deployed, 6).await;
    let lines = sealed(&output);
    for name in ["amy-shaw", "hannah", "AuditEvent", &token] {
        let line = output.lines().find(|line| line.contains(name));
        assert_eq!(line, None, "{name} is in a function's log");
    }
    let audit = deployed.function("audit").await;
    assert!(matches!(audit.invoke(&subscription(&lines)).await, Outcome::Answer(Value::Null)));
    let trail = audit.ends();
    let events = opened(&trail);
    let subtypes: Vec<&str> = events.iter().filter_map(|event| event["subtype"][0]["code"].as_str()).collect();
    for expected in ["create", "110122", "AuthZ-Consent", "ITI-102", "110137"] {
        assert!(subtypes.contains(&expected), "{expected} in {subtypes:?}");
    }
    assert_eq!(events.len(), lines.len());
    for event in &events {
        assert_eq!(sample_fhir::mistakes(event), Vec::<String>::new());
        assert!(!event.to_string().contains(&token) && !event.to_string().contains(PASSWORD));
    }
    assert!(trail.contains("/Patient/amy-shaw") && trail.contains("/Practitioner/hannah-patel"));
}

#[tokio::test]
async fn a_line_that_was_changed_is_left_out_and_holds_up_no_other() {
    let deployed = Deployed::start().await;
    App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    let output = printed(&deployed, 1).await;
    let good = sealed(&output)[0];
    let mut changed: Value = serde_json::from_str(good).expect("a line");
    let mut bytes = STANDARD.decode(changed["sealed"].as_str().expect("sealed")).expect("base64");
    bytes[40] ^= 1;
    changed["sealed"] = json!(STANDARD.encode(bytes));
    let of_another_key =
        json!({ "audit": 1, "key": STANDARD.encode("no key"), "sealed": changed["sealed"] }).to_string();
    let audit = deployed.function("audit").await;
    let event = subscription(&[&changed.to_string(), "not a line", &of_another_key, good]);
    assert!(matches!(audit.invoke(&event).await, Outcome::Answer(_)));
    assert_eq!(opened(&audit.ends()).len(), 1);
}

#[tokio::test]
async fn without_kms_the_trail_waits_and_lambda_is_told_to_come_again() {
    let deployed = Deployed::start().await;
    App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    let output = printed(&deployed, 1).await;
    let event = subscription(&sealed(&output));
    let audit = deployed.function("audit").await;
    deployed.kms_door.shuts();
    let Outcome::Error(error) = audit.invoke(&event).await else { panic!("no error") };
    assert!(error["errorMessage"].as_str().is_some_and(|text| text.contains("could not be opened")), "{error}");
    deployed.kms_door.opens();
    assert!(matches!(audit.invoke(&event).await, Outcome::Answer(_)));
    assert_eq!(opened(&audit.ends()).len(), 1);
}

/// Rubbish, a key that a stranger made, and keys that a stranger would like KMS to be asked for.
#[tokio::test]
async fn a_line_for_another_key_is_left_out_and_holds_up_no_other() {
    let deployed = Deployed::start().await;
    App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    let output = printed(&deployed, 1).await;
    let good: Value = serde_json::from_str(sealed(&output)[0]).expect("a line");
    let strangers = signing_keys::another_audit_key().await.key;
    let with = |name: &str, value: &str| {
        let mut line = good.clone();
        line[name] = json!(value);
        line.to_string()
    };
    let lines = [
        with("key", &STANDARD.encode([7; 384])),
        with("key", &STANDARD.encode([7; 5000])),
        with("key", ""),
        with("by", strangers.rsplit('/').next().expect("an id")),
        with("by", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        with("by", &format!("arn:aws:kms:us-east-1:999999999999:key/{}", good["by"].as_str().expect("an id"))),
        with("by", "alias/somebody"),
        with("by", ""),
        good.to_string(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let audit = deployed.function("audit").await;
    assert!(matches!(audit.invoke(&subscription(&lines)).await, Outcome::Answer(_)));
    assert_eq!(opened(&audit.ends()).len(), 1);
}

#[tokio::test]
async fn what_was_sealed_for_a_key_that_was_replaced_is_opened_still() {
    let deployed = Deployed::start().await;
    let app = App::backend(&deployed.server);
    app.asks_for_itself("system/*.rs").await;
    let new = signing_keys::another_audit_key().await;
    let (store, now) = (&deployed.server.server.store, deployed.server.server.now());
    assert!(new.publish(store, now).await.expect("written"));
    // The next to start seals for the new one.
    app.posts("introspect", &[("token", "nonsense")]).await;
    let output = printed(&deployed, 2).await;
    let lines = sealed(&output);
    let by: BTreeSet<String> = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line")["by"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(by.len(), 2, "{lines:?}");
    let audit = deployed.another("audit", &[("ADMIT_AUDIT_KEY", &new.key)]).await;
    assert!(matches!(audit.invoke(&subscription(&lines)).await, Outcome::Answer(_)));
    assert_eq!(opened(&audit.ends()).len(), lines.len());
}

/// "Discovery, introspect and everything else that only verifies never calls KMS": not when they start either.
#[tokio::test]
async fn who_only_verifies_never_calls_kms_and_seals_its_events_all_the_same() {
    let deployed = Deployed::start().await;
    let app = App::symmetric(&deployed.server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let visits = deployed.kms_door.visits();
    assert!(visits > 0, "nobody has signed");
    assert_eq!(kit::app::introspect(&deployed.server, tokens.access_token()).await["active"], true);
    Ehr::of(&deployed.server).launches_patient("amy-shaw").await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(deployed.server.request(Method::GET, "/clinic/userinfo", &headers, Body::empty()).await.status, 200);
    assert_eq!(deployed.server.get("/clinic/.well-known/jwks.json").await.status, 200);
    deployed.function("healthlake").await.invoke(&json!({})).await;
    deployed.function("authorizer").await.invoke(&json!({})).await;
    app.revokes(tokens.access_token()).await;
    assert_eq!(deployed.kms_door.visits(), visits);
    for function in ["introspect", "launch-context", "revoke"] {
        assert_eq!(sealed(&deployed.function(function).await.ends()).len(), 1, "{function}");
    }
}

#[tokio::test]
async fn what_can_not_be_sealed_is_said_to_be_lost_and_holds_up_no_answer() {
    let deployed = Deployed::start().await;
    let (store, now) = (&deployed.server.server.store, deployed.server.server.now());
    let key = store.audit_key(now).await.expect("a table").expect("a key");
    store.write_unraced(vec![Write::delete(&key)]).await.expect("deleted");
    let app = App::symmetric(&deployed.server);
    let answer = app.posts("introspect", &[("token", "nonsense")]).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })));
    // It looks again, and finds the key that has come.
    signing_keys::audit_key().await.publish(store, now).await.expect("written");
    tokio::time::sleep(Duration::from_secs(5)).await;
    app.posts("introspect", &[("token", "nonsense")]).await;
    let output = printed(&deployed, 1).await;
    assert!(output.contains("an audit event is lost") && output.contains("\"AuditEventsLost\":1"), "{output}");
    assert_eq!(sealed(&output).len(), 1);
}

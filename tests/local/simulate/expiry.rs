//! Tokens that are over, and what the FHIR server and introspection say then.

use super::desk::{desk, reads, refreshes, tokens};
use kit::{Answer, App, http::basic};
use serde_json::{Value, json};
use std::time::Duration;

/// RFC 6750 §3.1.
fn is_invalid_token(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert!(challenge.contains(why), "{challenge}");
    assert_eq!(answer.header("content-type"), Some("application/fhir+json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

/// As the FHIR server does it.
async fn introspects(app: &App<'_>, tokens: &Value) -> Value {
    let authorization = basic("riverside-fhir", "riverside-fhir-sample-secret-for-a-laptop");
    let form = [("token", tokens["access_token"].as_str().unwrap())];
    app.server.post(&app.url("introspect"), &form, &[("authorization", &authorization)]).await.json()
}

#[tokio::test]
async fn an_invalid_token_stays_invalid_after_a_refresh() {
    let server = desk().await;
    let app = App::sample(&server);
    let tokens = tokens(&app, "request_invalid_token").await;
    is_invalid_token(&reads(&app, &tokens, "Patient/amy-shaw").await, "is invalid");
    let refreshed = refreshes(&app, &tokens).await.json();
    is_invalid_token(&reads(&app, &refreshed, "Patient/amy-shaw").await, "is invalid");
}

#[tokio::test]
async fn an_expired_token_is_replaced_by_a_refresh() {
    let server = desk().await;
    let app = App::sample(&server);
    let tokens = tokens(&app, "request_expired_token").await;
    is_invalid_token(&reads(&app, &tokens, "Patient/amy-shaw").await, "expired");
    assert_eq!(introspects(&app, &tokens).await, json!({ "active": false }));
    let refreshed = refreshes(&app, &tokens).await.json();
    assert_eq!(reads(&app, &refreshed, "Patient/amy-shaw").await.status, 200);
}

#[tokio::test]
async fn a_token_with_a_short_life_truly_ends() {
    let server = desk().await;
    let app = App::sample(&server);
    let tokens = tokens(&app, "short_expiry").await;
    assert_eq!(tokens["expires_in"], 5);
    assert_eq!(reads(&app, &tokens, "Patient/amy-shaw").await.status, 200);
    let said = introspects(&app, &tokens).await;
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 5);
    tokio::time::sleep(Duration::from_secs(5)).await;
    is_invalid_token(&reads(&app, &tokens, "Patient/amy-shaw").await, "expired");
    assert_eq!(introspects(&app, &tokens).await, json!({ "active": false }));
    let refreshed = refreshes(&app, &tokens).await.json();
    assert_eq!(refreshed["expires_in"], 5);
    assert_eq!(reads(&app, &refreshed, "Patient/amy-shaw").await.status, 200);
}

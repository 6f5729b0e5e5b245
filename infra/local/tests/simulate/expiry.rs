//! Tokens that are over, and what the FHIR server and introspection say then.

use crate::{app::App, desk::desk};
use reqwest::Response;
use serde_json::json;
use std::time::Duration;

/// RFC 6750 §3.1.
fn is_invalid_token(answer: &Response, why: &str) {
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert!(challenge.contains(why), "{challenge}");
    assert_eq!(answer.headers()["content-type"], "application/fhir+json");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn an_invalid_token_stays_invalid_after_a_refresh() {
    let desk = desk().await;
    let app = App::public(&desk);
    let tokens = app.tokens("request_invalid_token").await;
    is_invalid_token(&app.reads(&tokens, "Patient/amy-shaw").await, "is invalid");
    let refreshed = app.refreshes(&tokens).await.body;
    is_invalid_token(&app.reads(&refreshed, "Patient/amy-shaw").await, "is invalid");
}

#[tokio::test]
async fn an_expired_token_is_replaced_by_a_refresh() {
    let desk = desk().await;
    let app = App::public(&desk);
    let tokens = app.tokens("request_expired_token").await;
    is_invalid_token(&app.reads(&tokens, "Patient/amy-shaw").await, "expired");
    assert_eq!(app.introspects(&tokens).await, json!({ "active": false }));
    let refreshed = app.refreshes(&tokens).await.body;
    assert_eq!(app.reads(&refreshed, "Patient/amy-shaw").await.status(), 200);
}

#[tokio::test]
async fn a_token_with_a_short_life_truly_ends() {
    let desk = desk().await;
    let app = App::public(&desk);
    let tokens = app.tokens("short_expiry").await;
    assert_eq!(tokens["expires_in"], 5);
    assert_eq!(app.reads(&tokens, "Patient/amy-shaw").await.status(), 200);
    let said = app.introspects(&tokens).await;
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 5);
    tokio::time::sleep(Duration::from_secs(5)).await;
    is_invalid_token(&app.reads(&tokens, "Patient/amy-shaw").await, "expired");
    assert_eq!(app.introspects(&tokens).await, json!({ "active": false }));
    let refreshed = app.refreshes(&tokens).await.body;
    assert_eq!(refreshed["expires_in"], 5);
    assert_eq!(app.reads(&refreshed, "Patient/amy-shaw").await.status(), 200);
}

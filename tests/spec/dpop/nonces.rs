//! Nonces: no proof can be made ahead (RFC 9449 §8).

use super::*;
use axum::http::Method;
use kit::dpop::DpopKey;
use serde_json::Value;

/// DPOP-13.
#[tokio::test]
async fn a_proof_without_a_nonce_of_now_is_to_come_again_with_it_and_nothing_is_spent() {
    let server = start_with("accepted", "dpop_nonce = true").await;
    let app = App { origin: Some("https://app.example"), ..App::public(&server) };
    let key = DpopKey::new();
    let code = app.code("amy", SCOPE, None).await;
    let proof = |nonce: Option<&str>| {
        key.proof(&server, "POST", &token_endpoint()).with_claim("nonce", nonce.map_or(Value::Null, Value::from)).sign()
    };
    let answer = app.clone().with_key(&key).redeems(&code).await;
    assert_eq!(answer.refusal(), "400 use_dpop_nonce");
    let nonce = answer.header("dpop-nonce").expect("a nonce").to_owned();
    assert!(answer.header("access-control-expose-headers").expect("CORS").contains("DPoP-Nonce"));
    assert_eq!(redeems_with(&app, &code, &[&proof(Some("another"))]).await.refusal(), "400 use_dpop_nonce");
    // An instance that has never heard of it knows it.
    let elsewhere = server.second_instance();
    let there = App { server: &elsewhere, ..app.clone() };
    let answer = redeems_with(&there, &code, &[&proof(Some(&nonce))]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("dpop-nonce"), Some(nonce.as_str()));
    server.passes(300);
    let code = app.code("amy", SCOPE, None).await;
    let answer = redeems_with(&app, &code, &[&proof(Some(&nonce))]).await;
    assert_eq!(answer.refusal(), "400 use_dpop_nonce");
    assert_ne!(answer.header("dpop-nonce"), Some(nonce.as_str()));
    // Who proves no key needs none.
    assert_eq!(app.exchanges(&code).await.0["token_type"], "Bearer");
}

#[tokio::test]
async fn a_nonce_at_userinfo_is_asked_for_with_a_401() {
    let server = start_with("accepted", "dpop_nonce = true").await;
    let (app, key) = (App::public(&server), DpopKey::new());
    let code = app.code("amy", SCOPE, None).await;
    let nonce = app.clone().with_key(&key).redeems(&code).await.header("dpop-nonce").expect("a nonce").to_owned();
    let proof = key.proof(&server, "POST", &token_endpoint()).with_claim("nonce", nonce.as_str()).sign();
    let tokens = redeems_with(&app, &code, &[&proof]).await.json();
    let token = tokens["access_token"].as_str().expect("a token");
    let asks = async |nonce: &str| {
        let proof = key.proof(&server, "GET", &format!("{ISSUER}/userinfo")).of_token(token);
        let proof = proof.with_claim("nonce", nonce).sign();
        let authorization = format!("DPoP {token}");
        let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
        server.request(Method::GET, "/clinic/userinfo", &headers, "").await
    };
    let answer = asks("another").await;
    assert_eq!(answer.refusal(), "401 use_dpop_nonce");
    assert!(answer.header("www-authenticate").expect("a challenge").starts_with("DPoP "));
    assert_eq!(asks(answer.header("dpop-nonce").expect("a nonce")).await.status, 200);
}

//! Every token that is not good gets the same answer: `{"active":false}`, and nothing else (RFC 7662 §2.2).

use super::SCOPE;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    App, TestServer,
    app::{assertion_form, introspect},
    assertion::{key, sign_with},
    http::basic,
};
use serde_json::json;

/// Exactly the bytes, not only the value.
async fn assert_inactive(server: &TestServer, token: &str, case: &str) {
    let header = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let answer = server.post("/clinic/introspect", &[("token", token)], &[("authorization", &header)]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"active":false}"#), "{case}");
}

/// A good access token of the tenant next door.
pub async fn token_of_other_tenant(server: &TestServer) -> String {
    let assertion = App::backend(server).assertion().with_claim("aud", json!("https://auth.example/other/token"));
    let proof = assertion_form(&assertion.sign());
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs __introspect")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = server.post("/other/token", &form, &[]).await;
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn what_was_never_a_token() {
    let server = TestServer::start().await;
    for token in ["x", ".", "..", "a.b.c", "ä", "\u{0}", " ", &"A".repeat(10_000), &"A.".repeat(5_000)] {
        assert_inactive(&server, token, token).await;
    }
}

#[tokio::test]
async fn an_expired_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(3599);
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    server.passes(1);
    assert_inactive(&server, tokens.access_token(), "expired").await;
}

#[tokio::test]
async fn an_expired_token_of_a_backend_service() {
    let server = TestServer::start().await;
    let answer = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let token = answer["access_token"].as_str().expect("a token");
    server.passes(299);
    assert_eq!(introspect(&server, token).await["active"], true);
    server.passes(1);
    assert_inactive(&server, token, "expired").await;
}

#[tokio::test]
async fn a_revoked_token_at_once() {
    // RFR-14
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(app.revokes(second.refresh_token()).await.status, 200);
    assert_inactive(&server, first.access_token(), "first").await;
    assert_inactive(&server, second.access_token(), "second").await;
    assert_inactive(&server, second.refresh_token(), "refresh token").await;
}

#[tokio::test]
async fn a_token_of_another_tenant() {
    // AWS-5
    let server = TestServer::start().await;
    let token = token_of_other_tenant(&server).await;
    assert_inactive(&server, &token, "next door").await;
    let header = basic("other-fhir", "other-fhir-secret-of-more-than-32-characters");
    let at_home = server.post("/other/introspect", &[("token", &token)], &[("authorization", &header)]).await;
    assert_eq!(at_home.json()["active"], true);
}

#[tokio::test]
async fn a_token_with_a_changed_or_missing_signature() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let parts: Vec<&str> = tokens.access_token().split('.').collect();
    let mut claims = tokens.claims("access_token");
    claims["scope"] = json!("user/*.cruds");
    let more = URL_SAFE_NO_PAD.encode(claims.to_string());
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
    for (case, token) in [
        ("other claims", format!("{}.{more}.{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("alg none", format!("{none}.{more}.")),
        ("zeros", format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 64]))),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{}.x", tokens.access_token())),
    ] {
        assert_inactive(&server, &token, case).await;
    }
}

#[tokio::test]
async fn a_token_that_somebody_else_signed() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let stranger = key(rules::tenant::SigningAlg::ES384);
    let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": stranger.public.kid });
    assert_inactive(&server, &sign_with(stranger, &header, &tokens.claims("access_token")), "a client's key").await;
    let ours = kit::app::header(tokens.access_token());
    assert_inactive(&server, &sign_with(stranger, &ours, &tokens.claims("access_token")), "our kid").await;
}

#[tokio::test]
async fn tokens_of_other_kinds() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    assert_inactive(&server, &code, "a code").await;
    let tokens = app.exchanges(&code).await;
    assert_inactive(&server, tokens.0["id_token"].as_str().expect("an id_token"), "an id_token").await;
    assert_inactive(&server, &App::backend(&server).assertion().sign(), "an assertion").await;
}

#[tokio::test]
async fn a_missing_token_is_a_bad_request_and_no_answer() {
    let server = TestServer::start().await;
    let header = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    for form in [vec![], vec![("token", "")], vec![("tokens", "x")]] {
        let answer = server.post("/clinic/introspect", &form, &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), "400 invalid_request");
    }
}

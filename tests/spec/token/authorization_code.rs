//! The authorization_code grant: what is exchanged, and every request that deviates from a good one in one parameter.

use super::SCOPE;
use kit::{App, TestServer, app::with};

#[tokio::test]
async fn a_code_with_its_verifier_becomes_tokens() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    // TOK-8: access_token, token_type Bearer and scope, required even if equal to what was asked.
    assert!(!tokens.access_token().is_empty());
    assert_eq!(tokens.0["token_type"], "Bearer");
    assert_eq!(tokens.scope(), SCOPE);
    // TOK-13
    assert!(!tokens.refresh_token().is_empty());
    assert!(tokens.0["id_token"].is_string());
}

#[tokio::test]
async fn expires_in_is_a_number_of_at_most_an_hour() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let expires_in = tokens.0["expires_in"].as_i64().expect("TOK-9: a JSON number");
    assert!((300..=3600).contains(&expires_in), "TOK-12: {expires_in}");
}

#[tokio::test]
async fn there_is_no_id_token_without_openid_and_no_refresh_token_without_offline_access() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", "launch/patient fhirUser patient/*.rs", None).await;
    assert!(tokens.0.get("id_token").is_none());
    assert!(tokens.0.get("refresh_token").is_none());
    assert_eq!(tokens.scope(), "launch/patient patient/*.rs");
}

#[tokio::test]
async fn each_missing_parameter_is_refused_and_leaves_the_code_good() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    for (parameter, refusal) in [
        ("grant_type", "400 invalid_request"),
        ("code", "400 invalid_request"),
        ("redirect_uri", "400 invalid_grant"),
        ("code_verifier", "400 invalid_grant"),
    ] {
        let missing = with(app.exchange_form(&code), parameter, None);
        assert_eq!(app.sends("token", &missing).await.refusal(), refusal, "without {parameter}");
        // R6749-1: "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749 §3.2).
        let empty = with(app.exchange_form(&code), parameter, Some(""));
        assert_eq!(app.sends("token", &empty).await.refusal(), refusal, "with an empty {parameter}");
    }
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_public_client_must_say_its_client_id() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let form = app.exchange_form(&code);
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "400 invalid_client");
    app.exchanges(&code).await;
}

#[tokio::test]
async fn redirect_uri_must_be_identical() {
    // AUTHZ-13, R6749-6: "their values MUST be identical" (RFC 6749 §4.1.3).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    for other in [
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/callback#",
        "https://APP.example/callback",
        "https://app.example:443/callback",
        "https://app.example/other?keep=1",
        "https://evil.example/callback",
    ] {
        let form = with(app.exchange_form(&code), "redirect_uri", Some(other));
        assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_grant", "{other}");
    }
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_code_is_worthless_to_another_client() {
    // AUTHZ-13, R6749-5
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    for thief in [App::second(&server), App::symmetric(&server)] {
        assert_eq!(thief.sends("token", &app.exchange_form(&code)).await.refusal(), "400 invalid_grant");
    }
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_code_is_worthless_at_another_tenant() {
    // AUTHZ-13
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = app.exchange_form(&code);
    form.push(("client_id".into(), app.client_id.into()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(server.post("/other/token", &form, &[]).await.refusal(), "400 invalid_grant");
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_code_that_was_never_issued_is_exactly_400_invalid_grant() {
    // TOK-5
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let (grant, secret) = code.split_once('.').expect("a grant and a secret");
    let zeros = "A".repeat(secret.len());
    for unknown in [
        "x".to_owned(),
        ".".to_owned(),
        grant.to_owned(),
        secret.to_owned(),
        format!("{grant}."),
        format!("{grant}.{zeros}"),
        format!("{}.{secret}", "A".repeat(grant.len())),
        format!("{code}A"),
        format!("{code}="),
        code[..code.len() - 1].to_owned(),
        format!("{grant}#.{secret}"),
        "ä".repeat(66),
    ] {
        assert_eq!(app.redeems(&unknown).await.refusal(), "400 invalid_grant", "{unknown}");
    }
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_refresh_token_is_no_code() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    assert_eq!(app.redeems(tokens.refresh_token()).await.refusal(), "400 invalid_grant");
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let [early, late] = [app.code("amy", SCOPE, None).await, app.code("amy", SCOPE, None).await];
    server.passes(59);
    app.exchanges(&early).await;
    server.passes(1);
    assert_eq!(app.redeems(&late).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_code_lives_as_long_as_the_policy_says() {
    let server = TestServer::start_with(|toml| toml + "\n[policy]\ncode_seconds = 600\n").await;
    let app = App::public(&server);
    let [early, late] = [app.code("amy", SCOPE, None).await, app.code("amy", SCOPE, None).await];
    server.passes(599);
    app.exchanges(&early).await;
    server.passes(1);
    assert_eq!(app.redeems(&late).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_confidential_client_may_send_its_client_id_too_if_it_is_the_same() {
    // TOK-2: confidential clients leave client_id out; if sent it must match.
    let server = TestServer::start().await;
    let scope = "launch/patient patient/*.rs";
    let app = App::symmetric(&server);
    let code = app.code("amy", scope, None).await;
    let wrong = with(app.exchange_form(&code), "client_id", Some("public-app"));
    assert_eq!(app.sends("token", &wrong).await.refusal(), "400 invalid_request");
    let right = with(app.exchange_form(&code), "client_id", Some(app.client_id));
    assert_eq!(app.sends("token", &right).await.status, 200);
}

#[tokio::test]
async fn parameters_in_the_query_are_not_honoured() {
    // TOK-1: "The parameters can only be transmitted in the request-body" (RFC 6749 §2.3.1).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = app.exchange_form(&code);
    form.push(("client_id".into(), app.client_id.into()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let url = format!("/clinic/token?{}", kit::http::encode(&form));
    assert_eq!(server.post(&url, &[], &[]).await.refusal(), "400 invalid_request");
    app.exchanges(&code).await;
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    // "The authorization server MUST ignore unrecognized request parameters" (RFC 6749 §3.2).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let form = with(app.exchange_form(&code), "launch_mood", Some("happy"));
    assert_eq!(app.sends("token", &form).await.status, 200);
}

#[tokio::test]
async fn the_exchange_can_not_widen_the_scope() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", "launch/patient patient/Patient.r", None).await;
    let form = with(app.exchange_form(&code), "scope", Some("user/*.cruds"));
    assert_eq!(app.sends("token", &form).await.json()["scope"], "launch/patient patient/Patient.r");
}

#[tokio::test]
async fn a_client_without_the_refresh_grant_gets_no_refresh_token_and_no_such_scope() {
    // RFR-11: not granted, so the scope is dropped from the answer.
    let without = |toml: String| toml.replace(r#""authorization_code", "refresh_token""#, r#""authorization_code""#);
    let server = TestServer::start_with(without).await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    assert!(tokens.0.get("refresh_token").is_none());
    assert_eq!(tokens.scope(), "openid fhirUser launch/patient patient/*.rs");
}

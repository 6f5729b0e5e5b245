//! A code is good once. Who replays it with everything right shows that it leaked; who lacks the proof changes nothing.

use super::SCOPE;
use kit::{App, TestServer, Tokens, app::with};
use serde_json::json;

async fn assert_alive(app: &App<'_>, tokens: &Tokens) {
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    app.refreshes(tokens.refresh_token()).await;
}

async fn assert_dead(app: &App<'_>, tokens: &Tokens) {
    assert_eq!(app.introspected(tokens.access_token()).await, json!({ "active": false }));
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_second_use_is_refused() {
    // TOK-6: "If an authorization code is used more than once, the authorization server MUST deny the request and SHOULD
    // revoke (when possible) all tokens previously issued based on that authorization code" (RFC 6749 §4.1.2;
    // AUTHZ-13, R6749-5).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    app.exchanges(&code).await;
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_replay_with_everything_right_revokes_the_tokens() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    app.redeems(&code).await;
    assert_dead(&app, &tokens).await;
}

#[tokio::test]
async fn a_replay_also_revokes_what_was_refreshed_since() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let first = app.exchanges(&code).await;
    let second = app.refreshes(first.refresh_token()).await;
    app.redeems(&code).await;
    assert_dead(&app, &second).await;
}

#[tokio::test]
async fn a_replay_is_recognised_long_after_the_code_would_have_expired() {
    // TOK-7: the record is kept while tokens of it live.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let first = app.exchanges(&code).await;
    server.passes(30 * 86_400);
    let tokens = app.refreshes(first.refresh_token()).await;
    server.passes(1800);
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
    assert_dead(&app, &tokens).await;
}

#[tokio::test]
async fn a_replay_without_the_verifier_or_the_redirect_uri_changes_nothing() {
    // RFC 9700 §4.2.4: otherwise a stolen code alone would let a stranger end the user's grant.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    for (parameter, value) in [
        ("code_verifier", None),
        ("code_verifier", Some("another-verifier-of-43-to-128-characters-0123456789")),
        ("code_verifier", Some("short")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://app.example/other?keep=1")),
    ] {
        let form = with(app.exchange_form(&code), parameter, value);
        assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_grant", "{parameter} {value:?}");
    }
    assert_alive(&app, &tokens).await;
}

#[tokio::test]
async fn a_replay_by_another_client_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    let form = app.exchange_form(&code);
    assert_eq!(App::second(&server).sends("token", &form).await.refusal(), "400 invalid_grant");
    assert_alive(&app, &tokens).await;
}

#[tokio::test]
async fn a_replay_without_the_clients_secret_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let code = app.code("amy", "launch/patient offline_access patient/*.rs", None).await;
    let tokens = app.exchanges(&code).await;
    let form = with(app.exchange_form(&code), "client_id", Some(app.client_id));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "400 invalid_client");
    assert_alive(&app, &tokens).await;
}

#[tokio::test]
async fn a_code_with_another_secret_of_the_same_grant_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    let (grant, secret) = code.split_once('.').expect("a grant and a secret");
    let guessed = format!("{grant}.{}", "A".repeat(secret.len()));
    assert_eq!(app.redeems(&guessed).await.refusal(), "400 invalid_grant");
    assert_alive(&app, &tokens).await;
}

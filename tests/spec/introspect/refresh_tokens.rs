//! A refresh token is its client's business and nobody else's (INTR-12).

use super::SCOPE;
use kit::{App, TestServer, app::introspect};
use serde_json::{Value, json};

async fn asked_by(app: &App<'_>, token: &str) -> Value {
    let answer = app.posts("introspect", &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

const OWN_SCOPE: &str = "launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn its_own_client_learns_of_it() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
    let told = asked_by(&app, tokens.refresh_token()).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["client_id"], "symmetric-app");
    assert_eq!(told["scope"], OWN_SCOPE);
    assert_eq!(told["exp"], server.now().0 + 90 * 86_400);
}

#[tokio::test]
async fn nobody_else_does() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let inactive = json!({ "active": false });
    assert_eq!(introspect(&server, tokens.refresh_token()).await, inactive, "the FHIR server");
    assert_eq!(asked_by(&App::symmetric(&server), tokens.refresh_token()).await, inactive, "another client");
    // Even one that may see every access token.
    assert_eq!(asked_by(&App::backend(&server), tokens.refresh_token()).await, inactive, "a client with __introspect");
}

#[tokio::test]
async fn one_that_was_used_is_inactive_and_asking_revokes_nothing() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let first = app.gets_tokens("amy", OWN_SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(asked_by(&app, first.refresh_token()).await, json!({ "active": false }));
    assert_eq!(asked_by(&app, second.refresh_token()).await["active"], true);
    app.refreshes(second.refresh_token()).await;
}

#[tokio::test]
async fn one_that_expired_or_was_revoked_is_inactive() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let revoked = app.gets_tokens("amy", OWN_SCOPE, None).await;
    app.revokes(revoked.refresh_token()).await;
    assert_eq!(asked_by(&app, revoked.refresh_token()).await, json!({ "active": false }));
    let expired = app.gets_tokens("amy", OWN_SCOPE, None).await;
    server.passes(90 * 86_400);
    assert_eq!(asked_by(&app, expired.refresh_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn one_with_a_guessed_secret_is_inactive() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
    let (grant, secret) = tokens.refresh_token().split_once('.').expect("a grant and a secret");
    let guessed = format!("{grant}.{}", "A".repeat(secret.len()));
    assert_eq!(asked_by(&app, &guessed).await, json!({ "active": false }));
}

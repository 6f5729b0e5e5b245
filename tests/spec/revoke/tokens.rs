//! What revoking a token ends (RFC 7009 §2).

use super::SCOPE;
use kit::{App, TestServer, app::introspect};
use serde_json::json;

#[tokio::test]
async fn a_refresh_token_takes_the_whole_grant_with_it() {
    // R7009-4
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(app.revokes(second.refresh_token()).await.status, 200);
    assert_eq!(app.sends_refresh(second.refresh_token(), None).await.refusal(), "400 invalid_grant");
    for token in [first.access_token(), second.access_token()] {
        assert_eq!(app.introspected(token).await, json!({ "active": false }));
    }
}

#[tokio::test]
async fn a_refresh_token_that_was_used_before_ends_the_grant_too() {
    // Who holds an old token was given it, and wants the grant to end.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(app.revokes(first.refresh_token()).await.status, 200);
    assert_eq!(app.introspected(second.access_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn an_access_token_dies_alone() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(app.revokes(first.access_token()).await.status, 200);
    assert_eq!(app.introspected(first.access_token()).await, json!({ "active": false }));
    assert_eq!(app.introspected(second.access_token()).await["active"], true);
    let third = app.refreshes(second.refresh_token()).await;
    assert_eq!(app.introspected(third.access_token()).await["active"], true);
    assert_eq!(app.introspected(first.access_token()).await, json!({ "active": false }), "still, after a refresh");
}

#[tokio::test]
async fn the_access_token_of_a_backend_service_can_be_revoked() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let answer = app.asks_for_itself("system/*.rs").await.json();
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(app.revokes(token).await.status, 200);
    assert_eq!(introspect(&server, token).await, json!({ "active": false }));
}

#[tokio::test]
async fn other_grants_of_the_same_user_and_app_live_on() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let [one, two] = [app.gets_tokens("amy", SCOPE, None).await, app.gets_tokens("amy", SCOPE, None).await];
    app.revokes(one.refresh_token()).await;
    assert_eq!(app.introspected(two.access_token()).await["active"], true);
    app.refreshes(two.refresh_token()).await;
}

#[tokio::test]
async fn the_answer_is_200_for_a_token_that_is_unknown_or_long_gone() {
    // R7009-3: "invalid tokens do not cause an error response since the client cannot handle such an error in a
    // reasonable way" (RFC 7009 §2.2).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    for token in ["x", "a.b.c", &"A".repeat(109), "ä", tokens.0["id_token"].as_str().expect("an id_token")] {
        assert_eq!(app.revokes(token).await.status, 200, "{token}");
    }
    for _ in 0..2 {
        assert_eq!(app.revokes(tokens.access_token()).await.status, 200);
        assert_eq!(app.revokes(tokens.refresh_token()).await.status, 200);
    }
    server.passes(365 * 86_400);
    assert_eq!(app.revokes(tokens.access_token()).await.status, 200);
    assert_eq!(app.revokes(tokens.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn a_wrong_hint_does_not_matter() {
    // R7009-1: "If the server is unable to locate the token using the given hint, it MUST extend its search" (§2.1).
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let form = [("token", tokens.access_token()), ("token_type_hint", "refresh_token")];
    assert_eq!(app.posts("revoke", &form).await.status, 200);
    assert_eq!(app.introspected(tokens.access_token()).await, json!({ "active": false }));
    let form = [("token", tokens.refresh_token()), ("token_type_hint", "access_token")];
    assert_eq!(app.posts("revoke", &form).await.status, 200);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    let form = [("token", tokens.refresh_token()), ("token_type_hint", "nonsense")];
    assert_eq!(app.posts("revoke", &form).await.status, 200);
}

#[tokio::test]
async fn a_guessed_refresh_token_of_a_grant_revokes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let (grant, secret) = tokens.refresh_token().split_once('.').expect("a grant and a secret");
    assert_eq!(app.revokes(&format!("{grant}.{}", "A".repeat(secret.len()))).await.status, 200);
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn a_forged_access_token_revokes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let (signed, _) = tokens.access_token().rsplit_once('.').expect("a signature");
    assert_eq!(app.revokes(&format!("{signed}.{}", "A".repeat(86))).await.status, 200);
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
}

#[tokio::test]
async fn an_unused_code_is_untouched() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    assert_eq!(app.revokes(&code).await.status, 200);
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_code_of_a_revoked_grant_stays_used() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    app.revokes(tokens.refresh_token()).await;
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_missing_token_is_400_invalid_request() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    assert_eq!(app.posts("revoke", &[]).await.refusal(), "400 invalid_request");
    assert_eq!(app.revokes("").await.refusal(), "400 invalid_request");
}

//! He finds a used code, in a browser's history or a proxy's log, and redeems it again. The code is single use: its grant
//! remembers it for as long as any of its tokens lives, and a second use ends them all.

use super::*;
use kit::app::VERIFIER;

/// RFC 6749 §4.1.2: "If an authorization code is used more than once, the authorization server MUST deny the request and
/// SHOULD revoke (when possible) all tokens previously issued based on that authorization code."
#[tokio::test]
async fn a_second_use_is_refused_and_ends_all_tokens() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    assert_refused(&app.redeems(&code).await, 400, "invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await["active"], false);
    assert_refused(&app.sends_refresh(tokens.refresh_token(), None).await, 400, "invalid_grant");
}

/// TOK-7: long after the code's own minute a replay is still known for what it is, refreshed tokens or not.
#[tokio::test]
async fn a_replay_weeks_later_ends_the_tokens_too() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let first = app.exchanges(&code).await;
    server.passes(30 * 86_400);
    let later = app.refreshes(first.refresh_token()).await;
    server.passes(80 * 86_400);
    assert_refused(&app.redeems(&code).await, 400, "invalid_grant");
    assert_refused(&app.sends_refresh(later.refresh_token(), None).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_third_use_is_as_dead_as_the_second() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    app.exchanges(&code).await;
    for _ in 0..3 {
        assert_refused(&app.redeems(&code).await, 400, "invalid_grant");
    }
}

/// TOK-6: whoever has the code alone, without the verifier, must not be able to end the user's session with it.
#[tokio::test]
async fn a_replay_without_the_verifier_ends_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    let wrong = "another-verifier-of-43-to-128-characters-0123456789";
    assert_refused(&app.posts("token", &exchange_form(&app, &code, wrong)).await, 400, "invalid_grant");
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.pop();
    assert_refused(&app.posts("token", &form).await, 400, "invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    app.refreshes(tokens.refresh_token()).await;
}

/// Nor the one who is another client, whatever else he knows.
#[tokio::test]
async fn a_replay_by_another_client_ends_nothing() {
    let server = TestServer::start().await;
    let (app, second) = (App::public(&server), App::second(&server));
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    assert_refused(&second.posts("token", &exchange_form(&app, &code, VERIFIER)).await, 400, "invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
}

//! How long refresh tokens live: while they are used, until an absolute end, or as long as the session.

use super::SCOPE;
use kit::{App, Ehr, Person, TestServer, Tokens};

const DAY: i64 = 86_400;

async fn with_policy(line: &'static str) -> TestServer {
    TestServer::start_with(move |toml| format!("{toml}\n[policy]\n{line}\n")).await
}

#[tokio::test]
async fn a_refresh_token_is_good_for_three_months_and_each_use_starts_them_anew() {
    // RFR-10
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", SCOPE, None).await;
    for _ in 0..4 {
        server.passes(90 * DAY - 1);
        tokens = app.refreshes(tokens.refresh_token()).await;
    }
}

#[tokio::test]
async fn a_refresh_token_that_nobody_used_dies() {
    let server = with_policy("refresh_idle_seconds = 1000").await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(999);
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(1000);
    assert_eq!(app.sends_refresh(second.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_dead_refresh_token_does_not_take_the_access_token_with_it() {
    let server = with_policy("refresh_idle_seconds = 1000").await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(1000);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
}

#[tokio::test]
async fn an_absolute_end_comes_however_often_it_is_used() {
    let server = with_policy("refresh_absolute_seconds = 1000").await;
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", SCOPE, None).await;
    for _ in 0..3 {
        server.passes(333);
        tokens = app.refreshes(tokens.refresh_token()).await;
    }
    server.passes(1);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_client_may_have_an_idle_time_of_its_own() {
    let own = |toml: String| {
        toml.replace("client_id = \"public-app\"", "client_id = \"public-app\"\nrefresh_idle_seconds = 100")
    };
    let server = TestServer::start_with(own).await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(100);
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn the_last_access_token_outlives_its_refresh_token() {
    let server = with_policy("refresh_absolute_seconds = 1000").await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(999);
    let last = app.refreshes(first.refresh_token()).await;
    server.passes(3599);
    assert_eq!(app.introspected(last.access_token()).await["active"], true);
    server.passes(1);
    assert_eq!(app.introspected(last.access_token()).await["active"], false);
}

/// `online_access` is for EHR launches (SMART App Launch 2.2).
async fn online(app: &App<'_>) -> Tokens {
    let launch = Ehr::of(app.server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch online_access patient/*.rs", &launch);
    let answer = Person::named(app.server, "hannah").goes_through(&url, None).await;
    app.exchanges(&answer.query("code").expect("a code")).await
}

#[tokio::test]
async fn online_access_ends_with_the_session() {
    // RFR-11
    let server = with_policy("session_seconds = 1000").await;
    let app = App::public(&server);
    let first = online(&app).await;
    assert_eq!(first.scope(), "launch online_access patient/*.rs");
    server.passes(999);
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(1);
    assert_eq!(app.sends_refresh(second.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn offline_access_outlives_the_session() {
    let server = with_policy("session_seconds = 1000").await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(1001);
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn online_access_is_not_granted_to_a_standalone_launch() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", "launch/patient online_access patient/*.rs", None).await;
    assert_eq!(tokens.scope(), "launch/patient patient/*.rs");
    assert!(tokens.0.get("refresh_token").is_none());
}

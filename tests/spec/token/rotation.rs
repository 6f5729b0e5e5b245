//! Refresh tokens rotate: each is good once, and a second use ends the whole grant (RFC 9700 §4.14.2).

use super::SCOPE;
use kit::{App, TestServer};
use serde_json::json;

#[tokio::test]
async fn every_refresh_gives_a_new_refresh_token() {
    // RFR-7, R9700-4
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut seen = vec![app.gets_tokens("amy", SCOPE, None).await.refresh_token().to_owned()];
    for _ in 0..5 {
        let next = app.refreshes(seen.last().expect("one")).await.refresh_token().to_owned();
        assert!(!seen.contains(&next));
        seen.push(next);
    }
}

#[tokio::test]
async fn a_second_use_revokes_the_whole_family_and_its_access_tokens() {
    // RFR-8
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(10);
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert_eq!(app.sends_refresh(second.refresh_token(), None).await.refusal(), "400 invalid_grant");
    for token in [first.access_token(), second.access_token()] {
        assert_eq!(app.introspected(token).await, json!({ "active": false }));
    }
}

#[tokio::test]
async fn a_token_from_far_back_in_the_chain_revokes_too() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let mut latest = app.refreshes(first.refresh_token()).await;
    for _ in 0..4 {
        latest = app.refreshes(latest.refresh_token()).await;
    }
    app.sends_refresh(first.refresh_token(), None).await;
    assert_eq!(app.introspected(latest.access_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn a_second_use_leaves_other_grants_of_the_same_user_and_app_alone() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let other = app.gets_tokens("amy", SCOPE, None).await;
    app.refreshes(first.refresh_token()).await;
    server.passes(10);
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
    app.refreshes(other.refresh_token()).await;
}

#[tokio::test]
async fn garbage_with_the_id_of_a_grant_revokes_nothing() {
    // The id of a grant is no secret; only who has held a token of its family may end it.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let (grant, secret) = first.refresh_token().split_once('.').expect("a grant and a secret");
    let half = secret.len() / 2;
    for garbage in ["A".repeat(secret.len()), format!("{}{}", "A".repeat(half), &secret[half..])] {
        let answer = app.sends_refresh(&format!("{grant}.{garbage}"), None).await;
        assert_eq!(answer.refusal(), "400 invalid_grant");
    }
    app.refreshes(first.refresh_token()).await;
}

#[tokio::test]
async fn an_old_token_in_the_hands_of_another_client_revokes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(App::second(&server).sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
    app.refreshes(second.refresh_token()).await;
}

async fn with_grace(seconds: i64) -> TestServer {
    TestServer::start_with(move |toml| format!("{toml}\n[policy]\nrefresh_grace_seconds = {seconds}\n")).await
}

#[tokio::test]
async fn a_repeat_within_the_grace_time_gets_the_same_successor() {
    // RFR-9: one chain, so that neither a lost answer nor two tabs end a person's access. Ten seconds, unless the tenant says
    // otherwise.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(9);
    let again = app.refreshes(first.refresh_token()).await;
    assert_eq!(again.refresh_token(), second.refresh_token());
    assert_eq!(app.introspected(again.access_token()).await["active"], true);
    app.refreshes(again.refresh_token()).await;
}

#[tokio::test]
async fn a_repeat_after_the_grace_time_revokes() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    server.passes(10);
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert_eq!(app.sends_refresh(second.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn within_the_grace_time_only_the_last_token_may_be_repeated() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    let third = app.refreshes(second.refresh_token()).await;
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
    assert_eq!(app.sends_refresh(third.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn a_repeat_within_the_grace_time_is_for_the_same_client_alone() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    app.refreshes(first.refresh_token()).await;
    assert_eq!(App::second(&server).sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn after_a_revocation_there_is_no_grace() {
    let server = with_grace(30).await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(app.revokes(second.refresh_token()).await.status, 200);
    for token in [first.refresh_token(), second.refresh_token()] {
        assert_eq!(app.sends_refresh(token, None).await.refusal(), "400 invalid_grant");
    }
}

#[tokio::test]
async fn a_tenant_may_do_without_a_grace_time() {
    let server = with_grace(0).await;
    let app = App::public(&server);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    app.refreshes(first.refresh_token()).await;
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

//! When a document can't be had that was good before.

use super::*;
use kit::key_server::Reply;
use serde_json::json;

fn down(agent: &DocumentServer, status: &'static str) {
    agent.web.answers(Reply { status, ..Reply::text("down") });
}

/// CIMD-15, and nothing is spent meanwhile.
#[tokio::test]
async fn while_its_server_is_down_an_app_goes_on_for_a_day() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let mut refresh = tokens(&app).await.refresh_token().to_owned();
    down(&agent, "503 Service Unavailable");
    for _ in 0..2 {
        server.passes(40_000);
        refresh = app.refreshes(&refresh).await.refresh_token().to_owned();
    }
    let asked = asks(&app).await;
    assert_eq!(asked.status, 503, "a new request is for a document of now: {}", asked.body);
    server.passes(10_000);
    let refused = app.sends_refresh(&refresh, None).await;
    assert_eq!(refused.refusal(), "503 temporarily_unavailable");
    assert!(refused.header("retry-after").is_some());
    agent.gives(&agent.document());
    server.passes(2);
    app.refreshes(&refresh).await;
}

/// CIMD-15: what its server says itself, counts at once.
#[tokio::test]
async fn a_document_that_is_gone_or_bad_ends_it_and_no_later_failure_brings_it_back() {
    for reply in [
        Reply { status: "404 Not Found", ..Reply::text("") },
        Reply { status: "410 Gone", ..Reply::text("") },
        Reply { status: "302 Found", ..Reply::text("") }.with("Location", "https://evil.example/"),
        Reply::of(&json!({ "client_id": "https://another.example/" })),
    ] {
        let case = reply.status;
        let (server, agent) = (clinic().await, DocumentServer::start());
        let app = agent.app(&server);
        let tokens = tokens(&app).await;
        server.passes(301);
        agent.web.answers(reply);
        assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant", "{case}");
        server.passes(2);
        down(&agent, "500 Internal Server Error");
        let refused = app.sends_refresh(tokens.refresh_token(), None).await;
        assert_eq!(refused.refusal(), "503 temporarily_unavailable", "{case}");
        // The grant itself is as it was: the app's server may have had a bad moment.
        server.passes(2);
        agent.gives(&agent.document());
        app.refreshes(tokens.refresh_token()).await;
    }
}

/// The person who has begun is not sent away by a moment of their app's server.
#[tokio::test]
async fn a_way_that_has_begun_ends_well() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    server.passes(301);
    down(&agent, "500 Internal Server Error");
    let answer = amy.submits(&page, &[("decision", "allow")]).await.app();
    assert_eq!(app.redeems(&answer.query("code").expect("a code")).await.status, 200);
}

/// Tokens are judged by what the grant remembers, and no document is asked for.
#[tokio::test]
async fn a_token_is_judged_without_its_document() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let tokens = tokens(&agent.app(&server)).await;
    server.passes(301);
    down(&agent, "500 Internal Server Error");
    let elsewhere = server.second_instance();
    let answer = kit::app::introspect(&elsewhere, tokens.access_token()).await;
    assert_eq!((&answer["active"], &answer["scope"]), (&json!(true), &json!(SCOPE)));
    assert_eq!(elsewhere.get_with(tokens.access_token(), "/clinic/userinfo").await.status, 200);
    assert_eq!(
        kit::app::introspect(&elsewhere, tokens.refresh_token()).await,
        json!({ "active": false }),
        "not a client's"
    );
    assert_eq!(agent.fetches(), 1);
}

//! What a stranger may try with an address of their own.

use super::*;
use kit::{app::with, key_server::Reply};
use serde_json::json;
use std::time::Duration;

/// An open redirect on an honest host leads to nobody's document (CIMD-4).
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, agent, evil) = (clinic().await, DocumentServer::start(), DocumentServer::start());
    let (_log, _listening) = Log::listen();
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let reply = Reply { status, ..Reply::of(&agent.document()) };
        agent.web.answers(reply.with("Location", evil.client_id));
        assert_page(&asks(&agent.app(&server)).await, 400, status);
        server.passes(2);
    }
    assert_eq!(evil.web.connections(), 0);
}

/// CIMD-22: an address of ours is no way to send people on.
#[tokio::test]
async fn before_somebody_has_signed_in_nobody_is_redirected_to_it() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (log, _listening) = Log::listen();
    let request = agent.app(&server).request(SCOPE);
    for (name, value) in [
        ("response_type", Some("nonsense")),
        ("scope", Some("nonsense")),
        ("code_challenge", None),
        ("aud", Some("https://evil.example")),
        ("launch", Some("nonsense")),
    ] {
        let bad = with(request.clone(), name, value);
        assert_page(&server.get(&kit::app::authorize_url(&bad)).await, 400, name);
    }
    assert!(log.text().contains("invalid_scope"), "{}", log.text());
    // `prompt=none` asks for an answer without a page (OpenID Connect Core §3.1.2.6).
    let silent = with(request, "prompt", Some("none"));
    let answer = server.get(&kit::app::authorize_url(&silent)).await;
    assert_eq!(answer.query("error").as_deref(), Some("login_required"));
}

/// Slow and huge bodies (CIMD-6).
#[tokio::test]
async fn a_slow_answer_is_not_waited_for_and_a_huge_one_not_read() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    let good = Reply::of(&agent.document());
    for slow in [
        Reply { pause: Duration::from_secs(30), ..good.clone() },
        Reply { trickle: Duration::from_secs(2), ..good.clone() },
    ] {
        agent.web.answers(slow);
        let start = tokio::time::Instant::now();
        assert_page(&asks(&agent.app(&server)).await, 503, "a slow one");
        assert!(start.elapsed() < Duration::from_secs(20));
        server.passes(2);
    }
    let padded = |bytes: usize| agent.changed(&json!({ "padding": "x".repeat(bytes) }));
    let around = padded(0).to_string().len();
    for (bytes, status) in [(10_000 - around, 303), (10_001 - around, 400), (1_000_000, 400)] {
        let reply = Reply::of(&padded(bytes));
        for length in [reply.length, None] {
            agent.web.answers(Reply { length, ..reply.clone() });
            assert_eq!(asks(&agent.app(&server)).await.status, status, "{bytes} {length:?}");
            server.passes(301);
        }
    }
}

/// A request that no answer could go to costs nobody anything; nor does one that names its client twice.
#[tokio::test]
async fn a_request_that_goes_nowhere_makes_nobody_ask() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let request = agent.app(&server).request(SCOPE);
    let mut twice = request.clone();
    twice.push(("client_id".into(), agent.client_id.into()));
    for bad in [with(request, "redirect_uri", None), twice] {
        assert_page(&server.get(&kit::app::authorize_url(&bad)).await, 400, "a request that goes nowhere");
    }
    assert_eq!(agent.web.connections(), 0);
}

/// A lapsed domain: its new owner takes over the name, and the operator takes it from the list, or blocks it.
#[tokio::test]
async fn a_host_that_is_listed_no_more_has_lost_what_it_was_given() {
    for blocked in [false, true] {
        let (server, agent) = (clinic().await, DocumentServer::start());
        let app = agent.app(&server);
        let tokens = tokens(&app).await;
        server
            .tenant_becomes(|tenant| {
                let documents = tenant.client_documents.as_mut().expect("documents");
                match blocked {
                    true => documents.blocked = serde_json::from_value(json!(["127.0.0.1"])).expect("a host"),
                    false => documents.hosts = serde_json::from_value(json!(["claude.ai"])).expect("a host"),
                }
            })
            .await;
        assert_eq!(asks(&app).await.status, 400);
        let refused = app.sends_refresh(tokens.refresh_token(), None).await;
        assert_eq!(refused.refusal(), "400 invalid_client", "{blocked}");
        assert_eq!(kit::app::introspect(&server, tokens.access_token()).await, json!({ "active": false }));
        assert_eq!(server.get_with(tokens.access_token(), "/clinic/userinfo").await.status, 401);
    }
}

/// The tenant takes none any more, and an instance may have one in memory.
#[tokio::test]
async fn without_the_switch_what_was_given_is_good_no_more() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let tokens = tokens(&app).await;
    server.tenant_becomes(|tenant| tenant.client_documents = None).await;
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_client");
    assert_eq!(kit::app::introspect(&server, tokens.access_token()).await, json!({ "active": false }));
}

/// A document of another's: every address is its own client, and a code is bound to it.
#[tokio::test]
async fn a_code_of_one_address_is_of_no_use_to_another() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let other = DocumentServer::start();
    let code = agent.app(&server).code("amy", SCOPE, None).await;
    assert_eq!(other.app(&server).redeems(&code).await.refusal(), "400 invalid_grant");
    let tokens = agent.app(&server).exchanges(&code).await;
    assert_eq!(other.app(&server).sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

/// CIMD-9: what was in a document stays out of the log.
#[tokio::test]
async fn nothing_of_a_document_is_logged() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (log, _listening) = Log::listen();
    agent.gives(&agent.changed(&json!({ "client_secret": "the secret of the agent", "client_name": "Mr Smith" })));
    assert_page(&asks(&agent.app(&server)).await, 400, "with a secret");
    assert!(!log.text().contains("the secret of the agent") && !log.text().contains("Mr Smith"), "{}", log.text());
    assert!(log.text().contains("the document holds a client secret"), "{}", log.text());
}

//! How often a document is asked for, and how long it is kept.

use super::*;
use kit::{http::at_once, key_server::Reply};

/// CIMD-14: by its headers, within bounds.
#[tokio::test]
async fn a_document_is_kept_as_its_server_says_between_a_minute_and_an_hour() {
    for (cache_control, kept) in [
        ("max-age=0", 60),
        ("no-store", 60),
        ("max-age=59", 60),
        ("max-age=120", 120),
        ("max-age=3600", 3600),
        ("max-age=86400", 3600),
        ("private", 300),
    ] {
        let (server, agent) = (clinic().await, DocumentServer::start());
        agent.web.answers(Reply::of(&agent.document()).with("Cache-Control", cache_control));
        let asks_elsewhere = async || asks(&agent.app(&server.second_instance())).await;
        assert_goes_on(&asks(&agent.app(&server)).await, cache_control);
        server.passes(kept - 1);
        for answer in [asks(&agent.app(&server)).await, asks_elsewhere().await] {
            assert_goes_on(&answer, cache_control);
        }
        assert_eq!(agent.fetches(), 1, "{cache_control}");
        server.passes(1);
        for answer in [asks(&agent.app(&server)).await, asks_elsewhere().await] {
            assert_goes_on(&answer, cache_control);
        }
        assert_eq!(agent.fetches(), 2, "{cache_control}");
    }
}

/// CIMD-14: one address every two seconds, for all instances together.
#[tokio::test]
async fn an_address_that_gives_nothing_good_is_asked_every_two_seconds() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    agent.web.answers(Reply::text("nothing"));
    assert_page(&asks(&agent.app(&server)).await, 400, "the first");
    for server in [&server, &server.second_instance()] {
        let answer = asks(&agent.app(server)).await;
        assert_page(&answer, 503, "at the same moment");
        assert_eq!(answer.header("retry-after"), Some("2"));
    }
    assert_eq!(agent.fetches(), 1);
    server.passes(2);
    // An error is not kept.
    agent.gives(&agent.document());
    assert_goes_on(&asks(&agent.app(&server)).await, "two seconds later");
    assert_eq!(agent.fetches(), 2);
}

/// CIMD-14: sixty a minute of one host, however many addresses it has.
#[tokio::test]
async fn a_host_is_asked_sixty_times_a_minute() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    server.passes(60 - server.now().0.rem_euclid(60));
    for number in 0..63 {
        let client_id = format!("{}?{number}", agent.client_id);
        let app = App { client_id: Box::leak(client_id.into_boxed_str()), ..agent.app(&server) };
        let answer = asks(&app).await;
        assert_page(&answer, if number < 60 { 400 } else { 503 }, &number.to_string());
        if number >= 60 {
            assert_eq!(answer.header("retry-after"), Some("60"));
        }
    }
    assert_eq!(agent.fetches(), 60);
    server.passes(60);
    assert_goes_on(&asks(&agent.app(&server)).await, "in the next minute");
}

/// CIMD-14: whoever makes up addresses keeps out nobody whose address was good before.
#[tokio::test]
async fn an_app_whose_document_was_good_is_counted_apart_from_made_up_addresses() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    agent.web.answers(Reply::of(&agent.document()).with("Cache-Control", "max-age=0"));
    server.passes(60 - server.now().0.rem_euclid(60));
    assert_goes_on(&asks(&agent.app(&server)).await, "the first time");
    server.passes(60);
    for number in 0..61 {
        let client_id = format!("{}?{number}", agent.client_id);
        asks(&App { client_id: Box::leak(client_id.into_boxed_str()), ..agent.app(&server) }).await;
    }
    assert_goes_on(&asks(&agent.app(&server)).await, "while others are made up");
}

/// CIMD-14: of many at one moment one asks, and all of them go on.
#[tokio::test]
async fn many_at_the_same_moment_cause_one_fetch() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let others = [server.second_instance(), server.second_instance(), server.second_instance()];
    let answers = at_once(others.iter().chain([&server]).map(|server| asks_owned(&agent, server)).collect()).await;
    for answer in &answers {
        assert_goes_on(answer, "at once");
    }
    assert_eq!((answers.len(), agent.fetches()), (4, 1));
}

async fn asks_owned(agent: &DocumentServer, server: &TestServer) -> Answer {
    asks(&agent.app(server)).await
}

/// AWS-5: what one tenant fetched, blocked or takes is nothing to another.
#[tokio::test]
async fn another_tenant_knows_nothing_of_it() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    assert_goes_on(&asks(&agent.app(&server)).await, "at clinic");
    let elsewhere = App { tenant: "other", aud: "https://fhir.other.example".into(), ..agent.app(&server) };
    let answer = asks(&elsewhere).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_eq!(elsewhere.posts("token", &form).await.refusal(), "400 invalid_client");
    assert_eq!(agent.fetches(), 1);
}

/// CIMD-2: without the switch, an address is an id like any other.
#[tokio::test]
async fn a_tenant_that_takes_none_asks_nobody() {
    let (server, agent) = (TestServer::start().await, DocumentServer::start());
    let answer = asks(&agent.app(&server)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(agent.web.connections(), 0);
}

/// CIMD-15: the table is no document, either.
#[tokio::test]
async fn without_the_table_nothing_is_fetched_and_nobody_is_unknown() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    assert_eq!(server.get("/clinic/.well-known/smart-configuration").await.status, 200);
    server.loses_its_table();
    assert_page(&asks(&agent.app(&server)).await, 503, "without the table");
    assert_eq!(agent.web.connections(), 0);
    server.finds_its_table();
    assert_goes_on(&asks(&agent.app(&server)).await, "with it");
}

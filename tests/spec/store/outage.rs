//! An outage is an error, and never "not found": neither in the store nor at any endpoint (E9, E22).

use super::NOW;
use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use kit::{Answer, App, TestServer, http::basic};
use local::engine::{TABLE, config, create_table, serve_in_memory};
use rules::tenant::TenantId;
use server::store::{
    Commit, Store, StoreError, Write,
    schema::{self, RevokedAccessToken},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

/// A store whose table is at this address, impatient and without second tries.
fn store_at(endpoint: &str) -> Store {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(300))
        .operation_timeout(Duration::from_millis(500))
        .build();
    let config = config(endpoint).retry_config(RetryConfig::disabled()).timeout_config(timeouts).build();
    Store::new(Client::from_conf(config), TABLE)
}

fn item(jti: &str) -> RevokedAccessToken {
    let tenant = TenantId::parse("clinic").expect("an id");
    RevokedAccessToken { tenant, jti: jti.to_owned(), expires_at: NOW.plus(10) }
}

/// What every operation of the store says.
async fn errors(store: &Store) -> Vec<StoreError> {
    let create = |jti: &str| Write::create(&item(jti)).expect("an item");
    let key = schema::revoked_access_token(&item("x").tenant, "x");
    vec![
        store.find::<RevokedAccessToken>(key.clone(), NOW).await.expect_err("find"),
        store.partition(&key.pk).await.expect_err("partition"),
        store.commit(vec![create("x")]).await.expect_err("one write"),
        store.commit(vec![create("x"), create("y")]).await.expect_err("two writes"),
    ]
}

/// Something that answers as this says, in place of DynamoDB.
async fn impostor(status: u16, body: &'static str) -> String {
    let status = StatusCode::from_u16(status).expect("a status");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = move || async move { (status, [("content-type", "application/x-amz-json-1.0")], body) };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    endpoint
}

#[tokio::test]
async fn a_table_that_can_not_be_reached_is_unavailable() {
    for error in errors(&store_at("http://127.0.0.1:9")).await {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_unavailable() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    for error in errors(&store_at(&endpoint)).await {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_unavailable() {
    for (status, body) in
        [(500, "{}"), (503, ""), (400, "{\"__type\":\"ValidationException\"}"), (200, "<html>"), (404, "")]
    {
        for error in errors(&store_at(&impostor(status, body).await)).await {
            assert!(matches!(error, StoreError::Unavailable(_)), "{status} {body}: {error}");
        }
    }
}

#[tokio::test]
async fn throttling_is_told_apart() {
    for body in [
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException\",\"message\":\"x\"}",
        "{\"__type\":\"com.amazon.coral.availability#ThrottlingException\",\"message\":\"x\"}",
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#RequestLimitExceeded\",\"message\":\"x\"}",
    ] {
        for error in errors(&store_at(&impostor(400, body).await)).await {
            assert!(matches!(error, StoreError::Throttled), "{body}: {error}");
        }
    }
}

/// DynamoDB did the write, its answer was lost, and the SDK tries again: what it then finds in the way is its own.
#[tokio::test]
async fn a_write_whose_answer_was_lost_is_done_and_no_lost_race() {
    let engine = serve_in_memory().await.expect("the engine starts");
    create_table(&Client::from_conf(config(&engine).build())).await.expect("a table");
    let lossy = loses_one_answer(engine).await;
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let client = || Client::from_conf(config(&lossy.endpoint).retry_config(retry.clone()).build());
    for (number, writes) in [vec!["one"], vec!["two", "three"]].into_iter().enumerate() {
        let store = Store::new(client(), TABLE);
        let create = || writes.iter().map(|jti| Write::create(&item(jti)).expect("an item")).collect();
        lossy.lose_one.store(true, Ordering::SeqCst);
        assert_eq!(store.commit(create()).await.expect("an answer"), Commit::Done, "{number}");
        assert!(!lossy.lose_one.load(Ordering::SeqCst), "an answer was lost");
        assert_eq!(store.commit(create()).await.expect("an answer"), Commit::LostRace, "somebody else's is");
    }
}

struct Lossy {
    endpoint: String,
    lose_one: Arc<AtomicBool>,
}

/// Passes everything on to the engine, and says 500 in place of its next answer when told to.
async fn loses_one_answer(engine: String) -> Lossy {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let lose_one = Arc::new(AtomicBool::new(false));
    let (told, http) = (lose_one.clone(), reqwest::Client::builder().no_proxy().build().expect("a client"));
    let pass_on = move |headers: HeaderMap, body: Bytes| {
        let (told, http, engine) = (told.clone(), http.clone(), engine.clone());
        async move {
            let mut request = http.post(engine).body(body);
            for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
                request = request.header(name, headers.get(name).cloned().expect("a header"));
            }
            let answer = request.send().await.expect("the engine answers");
            let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
            let body = answer.bytes().await.expect("a body");
            if told.swap(false, Ordering::SeqCst) {
                return (StatusCode::INTERNAL_SERVER_ERROR, "lost").into_response();
            }
            (status, [("content-type", "application/x-amz-json-1.0")], body).into_response()
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass_on)).await });
    Lossy { endpoint, lose_one }
}

/// 503 in the protocol's own JSON; and neither a wrong password nor an inactive token, which would be believed.
fn assert_is_outage(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (503, "temporarily_unavailable"), "{what}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    assert_eq!(answer.header("pragma"), Some("no-cache"), "{what}");
    assert!(answer.header("retry-after").is_some(), "{what}");
    assert_eq!(answer.header("www-authenticate"), None, "{what}");
    for inside in ["127.0.0.1", "dynamodb", "admit#", "panicked", "src/", "Error("] {
        assert!(!answer.body.contains(inside), "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_endpoint_that_can_not_read_its_tenant_says_so() {
    let server = TestServer::start().await;
    server.loses_its_table();
    for endpoint in ["token", "introspect", "revoke", "launchContext"] {
        let answer = server.post(&format!("/clinic/{endpoint}"), &[("token", "x")], &[]).await;
        assert_is_outage(&answer, endpoint);
    }
}

/// The tenant and the client are still in memory; what is asked of the table is the grant, the assertion, the launch.
#[tokio::test]
async fn an_endpoint_that_loses_its_table_meanwhile_says_so() {
    let server = TestServer::start().await;
    let (app, symmetric, backend) = (App::public(&server), App::symmetric(&server), App::backend(&server));
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let code = app.code("amy", SCOPE, None).await;
    let own = backend.asks_for_itself("__launch.create").await.json()["access_token"].as_str().expect("one").to_owned();
    symmetric.sends_refresh("x", None).await;
    let fhir = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    server.loses_its_table();

    assert_is_outage(&app.redeems(&code).await, "code");
    assert_is_outage(&app.sends_refresh(tokens.refresh_token(), None).await, "refresh");
    assert_is_outage(&backend.asks_for_itself("system/*.rs").await, "assertion");
    assert_is_outage(&app.posts("revoke", &[("token", tokens.refresh_token())]).await, "revoke");
    let unknown = basic("nobody-yet", "a-secret-of-more-than-32-characters-x");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_is_outage(&server.post("/clinic/token", &form, &[("authorization", &unknown)]).await, "client");
    for token in [tokens.access_token(), &own] {
        let answer = server.post("/clinic/introspect", &[("token", token)], &[("authorization", &fhir)]).await;
        assert_is_outage(&answer, "introspect");
    }
    let bearer = format!("Bearer {own}");
    let answer = server.post("/clinic/launchContext", &[("patient", "x")], &[("authorization", &bearer)]).await;
    assert_is_outage(&answer, "launchContext");

    server.finds_its_table();
    assert_eq!(app.redeems(&code).await.status, 200, "the code was not used up");
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.status, 200, "nor the refresh token");
}

//! The handle itself: random, short-lived, shown once, kept as a hash (LCTX-5).

use super::{PATH, ehr, handle, posts_form};
use axum::http::Method;
use kit::TestServer;
use rules::{launch::Launch, secret::SecretHash, tenant::TenantId};
use server::store::schema;

#[tokio::test]
async fn two_handles_differ_and_can_not_be_guessed() {
    let server = TestServer::start().await;
    let (one, two) = (
        handle(&posts_form(&server, &[("patient", "wei-chen")]).await),
        handle(&posts_form(&server, &[("patient", "wei-chen")]).await),
    );
    assert_ne!(one, two);
    for handle in [one, two] {
        assert!(handle.len() >= 43, "256 bits");
        assert!(handle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "safe in a URL");
    }
}

#[tokio::test]
async fn the_answer_is_not_kept_and_says_how_long_the_handle_lasts() {
    let server = TestServer::start().await;
    let answer = posts_form(&server, &[("patient", "wei-chen")]).await;
    assert_eq!(answer.json()["expires_in"], 300);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
}

/// AWS-6.
#[tokio::test]
async fn the_table_has_the_hash_and_never_the_handle() {
    let server = TestServer::start().await;
    let handle = handle(&posts_form(&server, &[("patient", "wei-chen")]).await);
    let tenant = TenantId::parse("clinic").expect("an id");
    let key = schema::launch(&tenant, &SecretHash::of(&handle));
    assert!(!key.pk.contains(&handle));
    let items = server.server.store.partition(&key.pk).await.expect("an answer");
    assert_eq!(items.len(), 1);
    assert!(!format!("{items:?}").contains(&handle));
    let launch = server.server.store.find::<Launch>(key, server.now()).await.expect("an answer").expect("a launch");
    assert_eq!((launch.ehr.as_str(), launch.used), ("clinic-ehr", false));
}

#[tokio::test]
async fn a_tenant_may_give_less_time() {
    let server = TestServer::start_with(|toml| format!("{toml}\n[policy]\nlaunch_seconds = 30\n")).await;
    assert_eq!(posts_form(&server, &[]).await.json()["expires_in"], 30);
}

/// One write and no read but the tenant's.
#[tokio::test]
async fn a_launch_costs_one_write() {
    let server = TestServer::start().await;
    posts_form(&server, &[("patient", "wei-chen")]).await;
    server.calls.take();
    posts_form(&server, &[("patient", "wei-chen")]).await;
    assert_eq!(server.calls.take(), ["PutItem"]);
}

/// An EHR is a server and needs no CORS, but a registered app's page may be told so politely.
#[tokio::test]
async fn a_page_of_a_stranger_can_not_read_the_answer() {
    let server = TestServer::start().await;
    let authorization = ehr();
    let headers = [
        ("authorization", authorization.as_str()),
        ("origin", "https://evil.example"),
        ("content-type", "application/json"),
    ];
    let answer = server.request(Method::POST, PATH, &headers, "{}").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn an_outage_is_said_and_makes_no_handle() {
    let server = TestServer::start().await;
    posts_form(&server, &[("patient", "wei-chen")]).await;
    server.loses_its_table();
    let answer = posts_form(&server, &[("patient", "wei-chen")]).await;
    assert_eq!((answer.status, answer.error().as_str()), (503, "temporarily_unavailable"));
    assert!(answer.header("retry-after").is_some());
}

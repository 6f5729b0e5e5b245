//! The confidential sample apps.

use crate::launches::{authorize, launch, query};
use kit::TestServer;

#[tokio::test]
async fn a_launch_is_for_the_app_that_was_chosen_and_no_other() {
    let server = TestServer::local().await;
    let there = launch(&server, "app=symmetric-app").await;
    assert_eq!(there.path(), "/app/riverside/server/symmetric-app/launch");
    let refused = authorize(&server, "sample-app", &query(&there)["launch"]).await;
    assert_eq!(query(&refused)["error"], "invalid_request");
}

#[tokio::test]
async fn the_app_asks_with_its_own_redirect_uri_and_remembers_the_browser() {
    let server = TestServer::local().await;
    let there = launch(&server, "app=asymmetric-app").await;
    let answer = server.get(there.as_str()).await;
    assert!(answer.header("set-cookie").unwrap().contains("HttpOnly"));
    let page = answer.body;
    assert!(page.contains("code_challenge") && page.contains("/server/asymmetric-app/callback"));
}

#[tokio::test]
async fn it_speaks_to_no_server_it_does_not_know() {
    let server = TestServer::local().await;
    let answer = server.get("/app/riverside/server/symmetric-app/launch?iss=http://127.0.0.1:1/fhir").await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_refused() {
    let server = TestServer::local().await;
    let answer = server.get("/app/riverside/server/symmetric-app/callback?code=x&state=y").await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn both_backend_services_get_a_token_and_read() {
    let server = TestServer::local().await;
    for tenant in ["riverside", "home"] {
        let page = server.post(&format!("/app/{tenant}/server/backend-service/backend"), &[], &[]).await.body;
        assert!(page.contains("data-read=\"Patient\" data-status=\"200\""), "{page}");
    }
}

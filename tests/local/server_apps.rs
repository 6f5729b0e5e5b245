//! The confidential sample apps.

use crate::launches::{authorize, launch, query};
use kit::{Person, TestServer, html::elements};

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

/// The page is drawn for a while, and what was read meanwhile is kept for the next time.
#[tokio::test]
async fn whoever_signs_out_while_the_page_is_drawn_stays_signed_out() {
    let server = TestServer::local().await;
    let path = "/app/riverside/server/symmetric-app";
    let mut amy = Person::named(&server, "amy");
    let launch = "/launcher/launch?tenant=riverside&type=patient-standalone&user=amy&app=symmetric-app";
    let launched = amy.asks(&format!("{launch}&skip_sign_in=yes&skip_consent=yes")).await;
    let asks = amy.asks(launched.location()).await;
    let found = elements(&asks.body);
    let onwards = found.iter().find(|element| element.has("id", "continue")).unwrap();
    let mut next = onwards.attribute("href").unwrap().to_owned();
    while !next.ends_with("/record") {
        let answer = amy.asks(&next).await;
        assert_eq!(answer.status, 303, "{next}: {}", answer.body);
        next = answer.location().to_owned();
    }
    let cookie = format!("sample-app={}", amy.cookies["sample-app"]);
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let record = || http.get(format!("{}{path}/record", server.base)).header("cookie", &cookie).send();
    let drawn = record().await.unwrap();
    assert_eq!(drawn.status(), 200);
    let out = http.post(format!("{}{path}/sign-out", server.base)).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(out.status(), 303);
    assert!(drawn.text().await.unwrap().contains("data-ready"), "it was drawn to its end");
    assert_eq!(record().await.unwrap().headers()["location"], "/");
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

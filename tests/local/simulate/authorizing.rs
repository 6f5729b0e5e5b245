//! Problems at the authorization endpoint.

use super::desk::{SCOPE, amy, amy_with, asks, chooses, desk};
use axum::http::Method;
use kit::App;

/// RFC 6749 §4.1.2.1: "the authorization server SHOULD inform the resource owner of the error and MUST NOT automatically
/// redirect the user-agent to the invalid redirection URI".
#[tokio::test]
async fn a_bad_client_or_redirect_uri_is_an_error_page() {
    let server = desk().await;
    for (problem, words) in
        [("auth_invalid_client_id", "not registered here"), ("auth_invalid_redirect_uri", "address")]
    {
        let answer = asks(&App::sample(&server), &mut amy_with(&server, problem).await).await;
        assert_eq!((answer.status, answer.header("admit-simulated")), (400, Some(problem)));
        assert!(answer.body.contains(words) && answer.body.contains("<h1>"), "{}", answer.body);
    }
}

/// RFC 6749 §4.1.2.1, RFC 9207 §2.
#[tokio::test]
async fn a_bad_scope_is_a_redirect_with_error_state_and_iss() {
    let server = desk().await;
    let app = App::sample(&server);
    let answer = asks(&app, &mut amy_with(&server, "auth_invalid_scope").await).await;
    assert_eq!(answer.status, 303);
    assert!(answer.location().starts_with(app.redirect_uri));
    assert_eq!(answer.query("error").as_deref(), Some("invalid_scope"));
    assert_eq!(answer.query("state").as_deref(), Some(kit::app::STATE));
    assert_eq!(answer.query("iss"), Some(format!("{}/riverside", server.base)));
    assert_eq!(answer.query("code"), None);
}

#[tokio::test]
async fn an_error_is_never_redirected_to_an_address_that_is_not_registered() {
    let server = desk().await;
    let url = App::sample(&server).standalone("openid").replace("127.0.0.1%3A3000", "evil.example");
    assert!(url.contains("evil.example"), "{url}");
    assert_eq!(amy_with(&server, "auth_invalid_scope").await.asks(&url).await.status, 400);
}

#[tokio::test]
async fn a_choice_is_good_for_one_request() {
    let server = desk().await;
    let mut amy = amy_with(&server, "auth_invalid_scope").await;
    let app = App::sample(&server);
    assert!(asks(&app, &mut amy).await.query("error").is_some());
    let again = asks(&app, &mut amy).await;
    assert!(again.location().starts_with(&app.url("authorize/")));
    assert_eq!(again.header("admit-simulated"), None);
}

#[tokio::test]
async fn the_next_launch_without_a_problem_takes_the_choice_back() {
    let server = desk().await;
    let mut amy = amy(&server);
    chooses(&mut amy, "auth_invalid_scope").await;
    chooses(&mut amy, "").await;
    let app = App::sample(&server);
    assert!(asks(&app, &mut amy).await.location().starts_with(&app.url("authorize/")));
}

#[tokio::test]
async fn a_request_by_post_is_spoiled_too() {
    let server = desk().await;
    let request = App::sample(&server).standalone(SCOPE);
    let (url, form) = request.split_once('?').unwrap();
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("cookie", "admit-simulate=auth_invalid_scope")];
    let answer = server.request(Method::POST, url, &headers, form.to_owned()).await;
    assert_eq!((answer.status, answer.query("error").as_deref()), (303, Some("invalid_scope")));
}

/// The sample tenant, which takes pushed requests from now on.
async fn takes_pushes(server: &kit::TestServer) {
    let found = server.server.tenant("riverside", server.server.now()).await.unwrap().unwrap();
    let mut tenant = found.tenant.clone();
    tenant.policy.pushed_authorization_requests = rules::tenant::PushedRequests::Accepted;
    let write = server::store::Write::overwrite(&tenant).unwrap();
    server.server.store.write_unraced(vec![write]).await.unwrap();
    server.server.forget_configuration();
}

/// An app that sends its request ahead has the same bad day.
#[tokio::test]
async fn a_pushed_request_is_spoiled_too() {
    let server = desk().await;
    takes_pushes(&server).await;
    let app = App::sample(&server);
    for (problem, words) in
        [("auth_invalid_client_id", "no longer valid"), ("auth_invalid_redirect_uri", "not registered for it")]
    {
        let url = app.pushed(&app.request(SCOPE)).await;
        let answer = amy_with(&server, problem).await.asks(&url).await;
        assert_eq!((answer.status, answer.header("admit-simulated")), (400, Some(problem)));
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    let url = app.pushed(&app.request(SCOPE)).await;
    let answer = amy_with(&server, "auth_invalid_scope").await.asks(&url).await;
    assert!(answer.location().starts_with(app.redirect_uri));
    assert_eq!(answer.query("error").as_deref(), Some("invalid_scope"));
    assert_eq!(answer.query("state").as_deref(), Some(kit::app::STATE));
    let url = app.pushed(&app.request(SCOPE)).await;
    let code = amy_with(&server, "no_refresh_token").await.goes_through(&url, None).await.query("code").unwrap();
    assert!(app.exchanges(&code).await.0.get("refresh_token").is_none());
    // Without a problem nothing is spoiled.
    let url = app.pushed(&app.request(SCOPE)).await;
    let code = amy(&server).goes_through(&url, None).await.query("code").unwrap();
    app.exchanges(&code).await.refresh_token();
}

//! Headers of the token endpoint's answers, good and bad.

use super::SCOPE;
use kit::{Answer, App, TestServer};

/// TOK-11: "The authorization server MUST include the HTTP "Cache-Control" response header field with a value of
/// "no-store" in any response containing tokens, […] as well as the "Pragma" response header field with a value of
/// "no-cache"" (RFC 6749 §5.1).
fn assert_never_kept(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.body);
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn no_answer_with_tokens_may_be_kept() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let exchanged = app.redeems(&code).await;
    assert_eq!(exchanged.status, 200);
    assert_never_kept(&exchanged);
    let refresh_token = exchanged.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    let refreshed = app.sends_refresh(&refresh_token, None).await;
    assert_eq!(refreshed.status, 200);
    assert_never_kept(&refreshed);
    let own = App::backend(&server).asks_for_itself("system/*.rs").await;
    assert_eq!(own.status, 200);
    assert_never_kept(&own);
}

#[tokio::test]
async fn no_refusal_may_be_kept() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    assert_never_kept(&app.redeems("x").await);
    assert_never_kept(&app.sends_refresh("x", None).await);
    assert_never_kept(&App::backend(&server).asks_for_itself("openid").await);
    assert_never_kept(&server.post("/clinic/token", &[], &[]).await);
    assert_never_kept(&server.get("/clinic/token").await);
    assert_never_kept(&server.post("/nowhere/token", &[], &[]).await);
}

#[tokio::test]
async fn a_refusal_names_itself_for_the_operator() {
    let server = TestServer::start().await;
    let answer = App::public(&server).redeems("x").await;
    let reference = answer.header("admit-refusal").expect("a reference").to_owned();
    let description = answer.json()["error_description"].as_str().expect("a description").to_owned();
    assert!(description.contains(&reference), "{description}");
}

#[tokio::test]
async fn a_description_holds_only_the_characters_of_rfc_6749() {
    // R6749-8: "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E" (§5.2).
    let server = TestServer::start().await;
    let repeated = "\"\\\r\n<script>ä=1&\"\\\r\n<script>ä=2&grant_type=authorization_code";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.request(axum::http::Method::POST, "/clinic/token", &headers, repeated).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
    let description = answer.json()["error_description"].as_str().expect("a description").to_owned();
    assert!(description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{description}");
}

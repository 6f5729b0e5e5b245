//! Problems at the token endpoint.

use crate::{app::App, browser::Browser, desk::desk};

#[tokio::test]
async fn the_code_is_not_exchanged() {
    let desk = desk().await;
    for (problem, status, error) in [
        ("auth_invalid_client_secret", 401, "invalid_client"),
        ("token_invalid_token", 400, "invalid_grant"),
        ("token_expired_registration_token", 401, "invalid_client"),
        ("token_invalid_scope", 400, "invalid_scope"),
        ("token_invalid_jti", 401, "invalid_client"),
    ] {
        let app = App::public(&desk);
        let mut browser = Browser::new(&desk);
        browser.chooses(problem).await;
        let code = app.code(&mut browser).await;
        // Trying again does not help.
        for _ in 0..2 {
            let answer = app.exchanges(&code).await;
            answer.is_refusal(status, error);
            assert_eq!(answer.header("admit-simulated"), problem);
        }
    }
}

/// RFC 6749 §5.2: a client that used the Authorization header gets 401 with the matching `WWW-Authenticate`.
#[tokio::test]
async fn a_wrong_secret_in_the_header_is_challenged() {
    let desk = desk().await;
    let mut browser = Browser::new(&desk);
    browser.chooses("auth_invalid_client_secret").await;
    let app = App::symmetric(&desk);
    let answer = app.exchanges(&app.code(&mut browser).await).await;
    answer.is_refusal(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "));
}

#[tokio::test]
async fn an_expired_refresh_token_is_found_out_at_the_refresh() {
    let desk = desk().await;
    let app = App::public(&desk);
    let tokens = app.tokens("token_expired_refresh_token").await;
    assert_eq!(app.reads(&tokens, "Patient/amy-shaw").await.status(), 200);
    app.refreshes(&tokens).await.is_refusal(400, "invalid_grant");
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let desk = desk().await;
    let tokens = App::public(&desk).tokens("no_refresh_token").await;
    assert!(tokens.get("refresh_token").is_none());
    assert_eq!(tokens["scope"], "launch/patient openid fhirUser patient/*.rs");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers_take_five_seconds_each() {
    let desk = desk().await;
    let app = App::public(&desk);
    let mut browser = Browser::new(&desk);
    browser.chooses("slow_answers").await;
    // Long enough for the request and the redirect with the code; the pages between are a person's.
    let code = is_slow(app.code(&mut browser)).await;
    let tokens = is_slow(app.exchanges(&code)).await;
    assert_eq!(is_slow(app.reads(&tokens.body, "Patient/amy-shaw")).await.status(), 200);
}

async fn is_slow<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let soon = tokio::time::timeout(std::time::Duration::from_millis(4900), work.as_mut()).await;
    assert!(soon.is_err(), "the answer came too soon");
    tokio::time::timeout(std::time::Duration::from_secs(60), work).await.expect("an answer after a while")
}

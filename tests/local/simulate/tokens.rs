//! Problems at the token endpoint.

use super::desk::{amy_with, code, desk, is_refusal, reads, refreshes, tokens};
use kit::App;

#[tokio::test]
async fn the_code_is_not_exchanged() {
    let server = desk().await;
    for (problem, status, error) in [
        ("auth_invalid_client_secret", 400, "invalid_client"),
        ("token_invalid_token", 400, "invalid_grant"),
        ("token_expired_registration_token", 400, "invalid_client"),
        ("token_invalid_scope", 400, "invalid_scope"),
        ("token_invalid_jti", 400, "invalid_client"),
    ] {
        let app = App::sample(&server);
        let code = code(&app, &mut amy_with(&server, problem).await).await;
        // Trying again does not help.
        for _ in 0..2 {
            let answer = app.redeems(&code).await;
            is_refusal(&answer, status, error);
            assert_eq!(answer.header("admit-simulated"), Some(problem));
        }
    }
}

/// RFC 6749 §5.2: a client that used the Authorization header gets 401 with the matching `WWW-Authenticate`.
#[tokio::test]
async fn a_wrong_secret_in_the_header_is_challenged() {
    let server = desk().await;
    let app = App::sample_with_secret(&server);
    let code = code(&app, &mut amy_with(&server, "auth_invalid_client_secret").await).await;
    let answer = app.redeems(&code).await;
    is_refusal(&answer, 401, "invalid_client");
    assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
}

#[tokio::test]
async fn an_expired_refresh_token_is_found_out_at_the_refresh() {
    let server = desk().await;
    let app = App::sample(&server);
    let tokens = tokens(&app, "token_expired_refresh_token").await;
    assert_eq!(reads(&app, &tokens, "Patient/amy-shaw").await.status, 200);
    is_refusal(&refreshes(&app, &tokens).await, 400, "invalid_grant");
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let server = desk().await;
    let tokens = tokens(&App::sample(&server), "no_refresh_token").await;
    assert!(tokens.get("refresh_token").is_none());
    assert_eq!(tokens["scope"], "launch/patient openid fhirUser patient/*.rs");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers_take_five_seconds_each() {
    let server = desk().await;
    let app = App::sample(&server);
    let mut amy = amy_with(&server, "slow_answers").await;
    // Long enough for the request and the redirect with the code; the pages between are a person's.
    let code = is_slow(code(&app, &mut amy)).await;
    let tokens = is_slow(app.redeems(&code)).await;
    assert_eq!(is_slow(reads(&app, &tokens.json(), "Patient/amy-shaw")).await.status, 200);
}

async fn is_slow<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let soon = tokio::time::timeout(std::time::Duration::from_millis(4900), work.as_mut()).await;
    assert!(soon.is_err(), "the answer came too soon");
    tokio::time::timeout(std::time::Duration::from_secs(60), work).await.expect("an answer after a while")
}

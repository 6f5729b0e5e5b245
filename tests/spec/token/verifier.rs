//! The code_verifier: who asked for the code is who gets the tokens (RFC 7636; RFC 9700 §4.8).

use super::SCOPE;
use kit::{
    App, Person, TestServer,
    app::{VERIFIER, authorize_url, challenge, with},
};

/// A code for a challenge of the test's choice.
async fn code_for(app: &App<'_>, code_challenge: &str) -> String {
    let request = with(app.request(SCOPE), "code_challenge", Some(code_challenge));
    let answer = Person::named(app.server, "amy").goes_through(&authorize_url(&request), None).await;
    answer.query("code").expect("a code")
}

async fn redeems_with(app: &App<'_>, code: &str, verifier: &str) -> (u16, String) {
    let answer = app.sends("token", &with(app.exchange_form(code), "code_verifier", Some(verifier))).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_leaves_the_code_good() {
    // TOK-3, R7636-2: four of them in the ONC tests.
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    for wrong in [
        "another-verifier-of-43-to-128-characters-0123456789".to_owned(),
        challenge(VERIFIER),
        VERIFIER.to_uppercase(),
        format!("{VERIFIER}x"),
        format!("{VERIFIER}="),
        format!(" {VERIFIER}"),
        VERIFIER[..VERIFIER.len() - 1].to_owned(),
        "x".to_owned(),
    ] {
        let form = with(app.exchange_form(&code), "code_verifier", Some(&wrong));
        let answer = app.sends("token", &form).await;
        assert_eq!(answer.refusal(), "400 invalid_grant", "{wrong}");
    }
    app.exchanges(&code).await;
}

#[tokio::test]
async fn a_verifier_has_43_to_128_characters() {
    // R7636-1: "with a minimum length of 43 characters and a maximum length of 128 characters" (RFC 7636 §4.1).
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (length, status) in [(42, 400), (43, 200), (128, 200), (129, 400)] {
        let verifier = "v".repeat(length);
        let code = code_for(&app, &challenge(&verifier)).await;
        let (got, body) = redeems_with(&app, &code, &verifier).await;
        assert_eq!(got, status, "{length} characters: {body}");
    }
}

#[tokio::test]
async fn a_verifier_has_only_unreserved_characters() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    let good = code_for(&app, &challenge(all)).await;
    assert_eq!(redeems_with(&app, &good, all).await.0, 200);
    for bad in ['+', '/', '=', ' ', '%', 'ä', '\u{0}'] {
        let verifier = format!("{VERIFIER}{bad}");
        let code = code_for(&app, &challenge(&verifier)).await;
        assert_eq!(redeems_with(&app, &code, &verifier).await.0, 400, "{bad:?}");
    }
}

#[tokio::test]
async fn each_code_needs_the_verifier_of_its_own_request() {
    // AUTHZ-13, R7636-2
    let server = TestServer::start().await;
    let app = App::public(&server);
    let other = "x".repeat(43);
    let mine = app.code("amy", SCOPE, None).await;
    let theirs = code_for(&app, &challenge(&other)).await;
    assert_eq!(redeems_with(&app, &mine, &other).await.0, 400);
    assert_eq!(redeems_with(&app, &theirs, VERIFIER).await.0, 400);
    assert_eq!(redeems_with(&app, &theirs, &other).await.0, 200);
    assert_eq!(redeems_with(&app, &mine, VERIFIER).await.0, 200);
}

#[tokio::test]
async fn a_confidential_client_needs_its_verifier_too() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let code = app.code("amy", "launch/patient patient/*.rs", None).await;
    let form = with(app.exchange_form(&code), "code_verifier", None);
    assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_grant");
    app.exchanges(&code).await;
}

/// A code for an app of SMART 1.0, whose request had no challenge.
async fn code_without_challenge(app: &App<'_>) -> String {
    let request = with(app.request("launch/patient patient/*.read"), "code_challenge", None);
    let request = with(request, "code_challenge_method", None);
    let answer = Person::named(app.server, "amy").goes_through(&authorize_url(&request), None).await;
    answer.query("code").expect("a code")
}

#[tokio::test]
async fn a_smart_v1_app_gets_along_without_a_challenge_where_its_registration_says_so() {
    let server = TestServer::start().await;
    let app = App::legacy(&server);
    let code = code_without_challenge(&app).await;
    let form = with(app.exchange_form(&code), "code_verifier", None);
    assert_eq!(app.sends("token", &form).await.status, 200);
}

#[tokio::test]
async fn a_verifier_for_a_code_without_challenge_is_refused() {
    // TOK-4: "a token request containing a code_verifier parameter is accepted only if a code_challenge parameter was
    // present in the authorization request" (RFC 9700 §2.1.1).
    let server = TestServer::start().await;
    let app = App::legacy(&server);
    let code = code_without_challenge(&app).await;
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
}

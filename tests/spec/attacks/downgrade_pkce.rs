//! He makes the flow go without PKCE, or with the form of it that protects nothing, so that a stolen code is enough again
//! (RFC 9700 §4.8).

use super::*;
use kit::{
    Person,
    app::{VERIFIER, authorize_url, challenge, with},
};

async fn error_of(server: &TestServer, request: &[(String, String)]) -> Option<String> {
    let answer = Person::named(server, "amy").opens(&authorize_url(request)).await.app();
    assert_eq!(answer.query("code"), None);
    answer.query("error")
}

/// AUTHZ-9 MUST; R9700-2 MUST; RFC 9700 §2.1.1.
#[tokio::test]
async fn a_request_whose_challenge_was_stripped_is_refused() {
    let server = TestServer::start().await;
    for app in [App::public(&server), App::symmetric(&server)] {
        let stripped = with(app.request("launch/patient patient/*.rs"), "code_challenge", None);
        let both = with(stripped.clone(), "code_challenge_method", None);
        let empty = with(stripped.clone(), "code_challenge", Some(""));
        for request in [stripped, both, empty] {
            assert_eq!(error_of(&server, &request).await.as_deref(), Some("invalid_request"));
        }
    }
}

/// RFC 7636 §4.3: an absent method means `plain`.
#[tokio::test]
async fn plain_is_refused_whether_said_or_implied() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for method in
        [None, Some("plain"), Some("PLAIN"), Some("s256"), Some("S256 plain"), Some("none"), Some("S512"), Some("")]
    {
        let request = with(app.request(SCOPE), "code_challenge_method", method);
        assert_eq!(error_of(&server, &request).await.as_deref(), Some("invalid_request"), "{method:?}");
    }
}

#[tokio::test]
async fn a_challenge_that_is_no_hash_is_refused() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let padded = format!("{}=", challenge(VERIFIER));
    let standard = format!("{}+/", &challenge(VERIFIER)[..41]);
    for bad in [VERIFIER, "short", &padded, &standard, &challenge(VERIFIER)[..42], &"a".repeat(1000)] {
        let request = with(app.request(SCOPE), "code_challenge", Some(bad));
        assert_eq!(error_of(&server, &request).await.as_deref(), Some("invalid_request"), "{bad}");
    }
}

/// TOK-3: as if the challenge had been `plain`.
#[tokio::test]
async fn the_challenge_is_not_its_own_verifier() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let answer = app.posts("token", &exchange_form(&app, &code, &challenge(VERIFIER))).await;
    assert_refused(&answer, 400, "invalid_grant");
}

/// RFC 9700 §4.8.2 MUST: a verifier for a code without a challenge is refused: somebody stripped it on the way. The one app
/// that may go without PKCE is a confidential one written for SMART 1.0 (R9700-2).
#[tokio::test]
async fn a_verifier_for_a_code_without_challenge_is_refused() {
    let server = TestServer::start().await;
    let app = App::legacy(&server);
    let request = with(app.request("launch/patient patient/*.read"), "code_challenge", None);
    let request = with(request, "code_challenge_method", None);
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    let code = answer.query("code").expect("a code");
    assert_refused(&app.redeems(&code).await, 400, "invalid_grant");
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.pop();
    assert_eq!(app.posts("token", &form).await.status, 200);
}

/// Once such an app uses PKCE, it is held to it like any other.
#[tokio::test]
async fn the_exception_does_not_weaken_a_request_that_has_a_challenge() {
    let server = TestServer::start().await;
    let app = App::legacy(&server);
    let request = app.request("launch/patient patient/*.read");
    for method in [None, Some("plain")] {
        let request = with(request.clone(), "code_challenge_method", method);
        assert_eq!(error_of(&server, &request).await.as_deref(), Some("invalid_request"));
    }
    // A method without a challenge is a request that lost something.
    let lost = with(request.clone(), "code_challenge", None);
    assert_eq!(error_of(&server, &lost).await.as_deref(), Some("invalid_request"));
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    let code = answer.query("code").expect("a code");
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.pop();
    assert_refused(&app.posts("token", &form).await, 400, "invalid_grant");
    assert_eq!(app.redeems(&code).await.status, 200);
}

/// R9700-2; RFC 9700 §2.1.1: publish the support, and nothing weaker.
#[tokio::test]
async fn discovery_offers_s256_alone() {
    let server = TestServer::start().await;
    for path in ["/clinic/.well-known/smart-configuration", "/.well-known/oauth-authorization-server/clinic"] {
        let document = server.get(path).await.json();
        assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]), "{path}");
    }
}

//! S256 and nothing else (AUTHZ-9, AUTHZ-10; SMART 2.2, considerations for PKCE support).

use super::{SCOPE, is_accepted, refusal};
use kit::{
    App, Person, TestServer,
    app::{authorize_url, with},
};

/// R7636-3: the method must be named, since its default is `plain` (RFC 7636 §4.3), which SMART forbids.
#[tokio::test]
async fn no_method_but_s256_is_taken() {
    let server = TestServer::start().await;
    for method in [None, Some("plain"), Some("s256"), Some("S512"), Some("S256 ")] {
        let request = with(App::public(&server).request(SCOPE), "code_challenge_method", method);
        assert_eq!(refusal(&server, &request).await, "invalid_request", "{method:?}");
    }
}

#[tokio::test]
async fn a_challenge_is_43_characters_of_base64url() {
    let server = TestServer::start().await;
    let good = kit::app::challenge(kit::app::VERIFIER);
    let long = format!("{good}x");
    let (padded, standard) = (format!("{}=", &good[..42]), format!("{}+", &good[..42]));
    for bad in [&good[..42], &long, &padded, &standard, "é", kit::app::VERIFIER] {
        let request = with(App::public(&server).request(SCOPE), "code_challenge", Some(bad));
        assert_eq!(refusal(&server, &request).await, "invalid_request", "{bad}");
    }
}

#[tokio::test]
async fn confidential_apps_need_a_challenge_too() {
    let server = TestServer::start().await;
    let request = App::symmetric(&server).request("openid launch/patient patient/*.rs");
    let bare = with(with(request, "code_challenge", None), "code_challenge_method", None);
    assert_eq!(refusal(&server, &bare).await, "invalid_request");
}

/// AUTHZ-10: a SMART 1.0 app that proves itself by a secret, where its registration says so.
#[tokio::test]
async fn a_smart_1_app_may_do_without_if_it_is_registered_so() {
    let server = TestServer::start().await;
    let app = App::legacy(&server);
    let request = app.request("launch/patient patient/*.read");
    let bare = with(with(request.clone(), "code_challenge", None), "code_challenge_method", None);
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&bare), None).await;
    assert!(answer.query("code").is_some());
    assert!(is_accepted(&server, &request).await, "it may also use one");
}

/// A challenge that got lost must not turn into a request without one (RFC 9700 §4.8.2).
#[tokio::test]
async fn a_method_without_a_challenge_is_refused_even_there() {
    let server = TestServer::start().await;
    let request = App::legacy(&server).request("launch/patient patient/*.read");
    assert_eq!(refusal(&server, &with(request.clone(), "code_challenge", None)).await, "invalid_request");
    let plain = with(request, "code_challenge_method", Some("plain"));
    assert_eq!(refusal(&server, &plain).await, "invalid_request");
}

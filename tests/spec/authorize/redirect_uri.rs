//! Where the answer goes: to a registered URI, character by character, or nowhere (AUTHZ-3, 4, 11, 17).

use super::{SCOPE, asks, assert_is_error_page, is_accepted, refusal};
use kit::{App, Person, TestServer, app::with};

/// AUTHZ-3, R9700-1; RFC 9700 §2.1 and §4.1.3: exact string matching, against what is registered.
#[tokio::test]
async fn anything_but_the_registered_uri_gets_a_page() {
    let server = TestServer::start().await;
    for other in [
        "https://app.example/callback/",
        "https://app.example/callback?",
        "https://app.example/callback?x=1",
        "https://app.example/callback#",
        "https://app.example/callback#fragment",
        "https://app.example/Callback",
        "https://APP.example/callback",
        "HTTPS://app.example/callback",
        "http://app.example/callback",
        "https://app.example:443/callback",
        "https://app.example//callback",
        "https://app.example/./callback",
        "https://app.example/x/../callback",
        "https://app.example/callback/../evil",
        "https://app.example/%63allback",
        "https://app.example/callback%2F",
        "https://app.example/callback%00",
        "https://app.example/callback\n",
        " https://app.example/callback",
        "https://app.example/callback ",
        "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback",
        "https://evil.example/https://app.example/callback",
        "https://evil.example/callback",
        "https://app.example",
        "https://app.example/callbac",
        "https://app.example/",
        "https://app.example/other",
        "https://app.example/other?keep=1&more=2",
        "https://app.example/launch",
        "//app.example/callback",
        "/callback",
        "callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://second.example/callback",
    ] {
        let request = with(App::public(&server).request(SCOPE), "redirect_uri", Some(other));
        assert_is_error_page(&asks(&server, &request).await, other);
    }
}

#[tokio::test]
async fn a_missing_or_empty_redirect_uri_gets_a_page_even_where_one_is_registered() {
    let server = TestServer::start().await;
    for missing in [None, Some("")] {
        let request = with(App::second(&server).request(SCOPE), "redirect_uri", missing);
        assert_is_error_page(&asks(&server, &request).await, "no redirect_uri");
    }
}

#[tokio::test]
async fn an_unknown_client_gets_a_page() {
    let server = TestServer::start().await;
    let long = "x".repeat(3000);
    for id in [None, Some(""), Some("nobody"), Some("PUBLIC-APP"), Some("public-app "), Some(long.as_str())] {
        let request = with(App::public(&server).request(SCOPE), "client_id", id);
        assert_is_error_page(&asks(&server, &request).await, id.unwrap_or("none"));
    }
}

/// A bad `redirect_uri` is worse than every other fault, so the others are not even told.
#[tokio::test]
async fn a_bad_redirect_uri_gets_a_page_whatever_else_is_wrong() {
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "redirect_uri", Some("https://evil.example/"));
    for name in ["response_type", "state", "aud", "scope", "code_challenge"] {
        assert_is_error_page(&asks(&server, &with(request.clone(), name, None)).await, name);
    }
}

/// The redirection URI may have a query, "which MUST be retained when adding additional query parameters" (RFC 6749 §3.1.2;
/// AUTHZ-11, R6749-2).
#[tokio::test]
async fn the_query_of_a_registered_uri_is_kept() {
    let server = TestServer::start().await;
    let app = App { redirect_uri: "https://app.example/other?keep=1", ..App::public(&server) };
    let answer = Person::named(&server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    assert!(answer.location().starts_with("https://app.example/other?keep=1&code="), "{}", answer.location());
    let refused = asks(&server, &with(app.request(SCOPE), "aud", None)).await;
    assert!(refused.location().starts_with("https://app.example/other?keep=1&error="), "{}", refused.location());
}

fn native(server: &TestServer) -> App<'_> {
    App { client_id: "native-app", redirect_uri: "http://127.0.0.1/callback", ..App::public(server) }
}

/// "The authorization server MUST allow any port to be specified at the time of the request for loopback IP redirect
/// URIs" (RFC 8252 §7.3).
#[tokio::test]
async fn a_native_app_may_listen_on_any_port_of_its_loopback_address() {
    let server = TestServer::start().await;
    for uri in ["http://127.0.0.1/callback", "http://127.0.0.1:49152/callback", "http://127.0.0.1:1/callback"] {
        let request = with(native(&server).request(SCOPE), "redirect_uri", Some(uri));
        assert!(is_accepted(&server, &request).await, "{uri}");
    }
}

#[tokio::test]
async fn nothing_but_the_port_of_a_loopback_address_may_differ() {
    let server = TestServer::start().await;
    for uri in [
        "http://127.0.0.1:49152/other",
        "http://127.0.0.1:49152/callback?x=1",
        "http://127.0.0.1:49152/callback#x",
        "http://127.0.0.1:49152@evil.example/callback",
        "http://127.0.0.1:evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.2/callback",
        "http://localhost/callback",
        "http://[::1]/callback",
        "https://127.0.0.1/callback",
        "http://127.0.0.1:49152",
    ] {
        let request = with(native(&server).request(SCOPE), "redirect_uri", Some(uri));
        assert_is_error_page(&asks(&server, &request).await, uri);
    }
}

/// RFC 8252 §7.1.
#[tokio::test]
async fn a_scheme_of_its_own_brings_a_native_app_its_code() {
    let server = TestServer::start().await;
    let app = App { redirect_uri: "com.example.app:/callback", ..native(&server) };
    let answer = Person::named(&server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    assert!(answer.location().starts_with("com.example.app:/callback?code="), "{}", answer.location());
    let request = with(app.request(SCOPE), "redirect_uri", Some("com.example.app://callback"));
    assert_is_error_page(&asks(&server, &request).await, "another spelling");
}

#[tokio::test]
async fn every_other_fault_goes_to_the_redirect_uri() {
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "response_type", Some("token"));
    assert_eq!(refusal(&server, &request).await, "unsupported_response_type");
}

//! He uses the server's good name to send people elsewhere, or to get a code sent to himself. A redirect goes to a URI that
//! is registered, character by character, or not at all (AUTHZ-3, AUTHZ-4; RFC 9700 §4.1, §4.11).

use super::*;
use kit::{
    Person,
    app::{authorize_url, with},
    browser::Place,
    server::{BASE, PASSWORD},
};

async fn opens(server: &TestServer, request: &[(String, String)]) -> Place {
    Person::named(server, "amy").opens(&authorize_url(request)).await
}

async fn is_a_page(server: &TestServer, request: &[(String, String)]) {
    match opens(server, request).await {
        Place::End(answer) => {
            assert_eq!(answer.status, 400);
            assert_eq!(answer.header("location"), None);
            assert!(!answer.body.contains("evil.example"), "{}", answer.body);
        }
        other => panic!("{request:?} led to {other:?}"),
    }
}

/// R9700-1; RFC 9700 §2.1 MUST: exact string matching.
#[tokio::test]
async fn only_a_registered_uri_is_redirected_to() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for uri in [
        "https://evil.example/callback",
        "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback",
        "https://app.example:443/callback",
        "https://app.example:8443/callback",
        "https://APP.example/callback",
        "HTTPS://app.example/callback",
        "http://app.example/callback",
        "//app.example/callback",
        "https://app.example/callback/",
        "https://app.example/callback/../evil",
        "https://app.example/callback/..;/evil",
        "https://app.example/%63allback",
        "https://app.example/callback%00",
        "https://app.example/callback?next=https://evil.example",
        "https://app.example/callback#https://evil.example",
        "https://app.example/callback\\@evil.example",
        "https://app.example\\.evil.example/callback",
        "https://app.example/callback https://evil.example",
        "https://app.example/Callback",
        " https://app.example/callback",
        "https://app.example/callback\n",
        "https://app.example/other",
        "https://app.example/other?keep=2",
        "https://app.example",
        "https://",
        "javascript:alert(1)//https://app.example/callback",
        "data:text/html,https://app.example/callback",
        "https://second.example/callback",
        "",
        "null",
    ] {
        is_a_page(&server, &with(app.request(SCOPE), "redirect_uri", Some(uri))).await;
    }
    is_a_page(&server, &with(app.request(SCOPE), "redirect_uri", None)).await;
}

/// RFC 8252 §7.3: the port of a loopback address is the only thing that may differ.
#[tokio::test]
async fn a_native_app_may_choose_its_port_and_nothing_else() {
    let server = TestServer::start().await;
    let app = public_app(&server, "native-app", "http://127.0.0.1/callback");
    for uri in ["http://127.0.0.1:49152/callback", "com.example.app:/callback"] {
        let answer = Person::named(&server, "amy")
            .goes_through(&authorize_url(&with(app.request(SCOPE), "redirect_uri", Some(uri))), None)
            .await;
        assert!(answer.location().starts_with(uri), "{}", answer.location());
    }
    for uri in [
        "http://127.0.0.1:80@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:1234/callback/../evil",
        "http://127.0.0.1:1234/other",
        "http://127.0.0.1:/callback?x",
        "http://127.0.0.1:99a/callback",
        "http://127.0.0.2/callback",
        "http://localhost/callback",
        "http://[::1]/callback",
        "https://127.0.0.1/callback",
        "http://2130706433/callback",
        "com.example.app:/callback/evil",
        "com.example.app://evil.example/callback",
        "com.evil.app:/callback",
    ] {
        is_a_page(&server, &with(app.request(SCOPE), "redirect_uri", Some(uri))).await;
    }
}

/// AUTHZ-4 MUST: two of them are none.
#[tokio::test]
async fn a_redirect_uri_or_client_that_comes_twice_is_not_redirected_to() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (name, value) in [
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", app.redirect_uri),
        ("client_id", "second-app"),
        ("client_id", app.client_id),
        ("redirect_uri", ""),
    ] {
        let mut request = app.request(SCOPE);
        request.push((name.to_owned(), value.to_owned()));
        is_a_page(&server, &request).await;
        request.rotate_right(1);
        is_a_page(&server, &request).await;
    }
}

#[tokio::test]
async fn an_unknown_client_is_not_redirected_to() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for client_id in
        [None, Some(""), Some("unknown"), Some("PUBLIC-APP"), Some("public-app "), Some("backend"), Some("clinic-fhir")]
    {
        is_a_page(&server, &with(app.request(SCOPE), "client_id", client_id)).await;
    }
}

/// OIDC-13: nothing that would let the request, or its redirect, be somewhere else.
#[tokio::test]
async fn a_request_object_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        let request = with(app.request(SCOPE), name, Some("https://evil.example/request.jwt"));
        let answer = opens(&server, &request).await.app();
        assert!(answer.location().starts_with("https://app.example/callback?"));
        assert_eq!(answer.query("error").as_deref(), Some(error));
    }
}

/// R9700-1; RFC 9700 §4.11.1: no parameter of a page makes the server send the browser anywhere.
#[tokio::test]
async fn no_page_follows_a_link_it_was_given() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.opens(&app.standalone(SCOPE)).await.page();
    let links = [
        "next",
        "return_to",
        "returnUrl",
        "redirect",
        "redirect_uri",
        "continue",
        "url",
        "target",
        "post_logout_redirect_uri",
    ];
    let mut fields: Vec<(&str, &str)> = links.iter().map(|name| (*name, "https://evil.example/")).collect();
    fields.extend([("username", "amy"), ("password", PASSWORD)]);
    let page = person.submits(&page, &fields).await.page();
    assert!(page.url.starts_with(BASE), "{}", page.url);
    let answer = person.submits(&page, &[("decision", "allow"), ("redirect_uri", "https://evil.example/")]).await.app();
    assert!(answer.location().starts_with("https://app.example/callback?"), "{}", answer.location());
}

/// A query that was registered stays, and a parameter of ours in it is not doubled into something else.
#[tokio::test]
async fn a_registered_query_is_kept() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let uri = "https://app.example/other?keep=1";
    let request = with(app.request(SCOPE), "redirect_uri", Some(uri));
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    assert!(answer.location().starts_with(&format!("{uri}&code=")), "{}", answer.location());
}

/// R9700-1; RFC 9700 §4.12 MUST NOT: 307 would repeat the password at the app. §4.2.4: no referrer, nothing kept.
#[tokio::test]
async fn every_redirect_is_a_303_without_a_referrer() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let answer = Person::named(&server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    let begun = server.get(app.standalone(SCOPE).trim_start_matches(BASE)).await;
    let denied = opens(&server, &with(app.request(SCOPE), "aud", None)).await.app();
    for answer in [answer, begun, denied] {
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

//! CORS: which pages in a browser may call token and revoke, and read the answers (Fetch §3.2; TOK-15).

use super::SCOPE;
use axum::{body::Body, http::Method};
use kit::{Answer, App, TestServer};

const ORIGIN: &str = "https://app.example";

async fn preflight(server: &TestServer, endpoint: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    server.request(Method::OPTIONS, &format!("/clinic/{endpoint}"), &headers, Body::empty()).await
}

/// A public client's request from a page of this origin.
async fn from_page(server: &TestServer, endpoint: &str, origin: &str, form: &[(&str, &str)]) -> Answer {
    let mut form = form.to_vec();
    form.push(("client_id", "public-app"));
    server.post(&format!("/clinic/{endpoint}"), &form, &[("origin", origin)]).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn a_preflight_from_a_registered_origin_is_answered() {
    let server = TestServer::start().await;
    for endpoint in ["token", "revoke", "introspect"] {
        for origin in [ORIGIN, "https://second.example"] {
            let answer = preflight(&server, endpoint, origin).await;
            assert_eq!(answer.status, 204, "{endpoint}");
            assert_eq!(allowed(&answer), Some(origin));
            assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
            let headers = answer.header("access-control-allow-headers").expect("headers").to_ascii_lowercase();
            for header in ["content-type", "authorization", "dpop"] {
                assert!(headers.contains(header), "{header}");
            }
            assert!(answer.header("vary").is_some_and(|vary| vary.contains("Origin")));
        }
    }
}

/// TOK-15: libraries that trace requests add headers of their own. No cookies come, so nothing is given away.
#[tokio::test]
async fn a_preflight_allows_what_the_apps_libraries_add() {
    let server = TestServer::start().await;
    let asks = async |endpoint: &str, asked: &str| {
        let headers =
            [("origin", ORIGIN), ("access-control-request-method", "POST"), ("access-control-request-headers", asked)];
        let answer = server.request(Method::OPTIONS, &format!("/clinic/{endpoint}"), &headers, Body::empty()).await;
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        answer.header("access-control-allow-headers").expect("headers").to_owned()
    };
    let traces = "baggage,content-type,sentry-trace,traceparent,tracestate,x-datadog-trace-id,X-Requested-With";
    for endpoint in ["token", "revoke", "introspect", "userinfo"] {
        let allowed = asks(endpoint, traces).await.to_ascii_lowercase();
        let allowed: Vec<&str> = allowed.split(", ").collect();
        for name in traces.to_ascii_lowercase().split(',') {
            assert_eq!(allowed.iter().filter(|known| **known == name).count(), 1, "{endpoint}: {name} in {allowed:?}");
        }
    }
    // What is no name of a header is not repeated, and neither is a list that no library makes.
    let fixed = "Content-Type, Authorization, Accept, DPoP";
    for (asked, allowed) in [
        ("", fixed.to_owned()),
        ("*, x-good", format!("*, x-good, {fixed}")),
        ("x good, x-good, <script>, x:y, \"q\", ,", format!("x-good, {fixed}")),
        (&["x-a"; 512].join(","), format!("x-a, {fixed}")),
        (&"x".repeat(2049), fixed.to_owned()),
        (&["x-a"; 600].join(","), fixed.to_owned()),
    ] {
        assert_eq!(asks("token", asked).await, allowed, "{asked}");
    }
}

/// CLI-8, TOK-15.
#[tokio::test]
async fn pages_of_hybrid_apps_and_extensions_are_let_in_letter_for_letter() {
    const OWN: [&str; 4] = [
        "capacitor://localhost",
        "ionic://localhost",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "app://.",
    ];
    let server = TestServer::start_with(|toml| {
        let second = "redirect_uris = [\"https://second.example/callback\"]";
        assert!(toml.contains(second), "the second app");
        toml.replace(second, &format!("{second}\norigins = {OWN:?}"))
    })
    .await;
    for origin in OWN {
        assert_eq!(allowed(&preflight(&server, "token", origin).await), Some(origin));
    }
    for origin in [
        "null",
        "file://",
        "capacitor://localhost:80",
        "capacitor://localhost/",
        "Capacitor://localhost",
        "capacitor://LOCALHOST",
        "capacitor://localhost.evil.example",
        "ionic://evil",
        "chrome-extension://bbcdefghijklmnopabcdefghijklmnop",
        "chrome-extension://",
        "app://",
    ] {
        assert_eq!(allowed(&preflight(&server, "token", origin).await), None, "{origin}");
    }
}

#[tokio::test]
async fn a_preflight_from_elsewhere_is_not() {
    let server = TestServer::start().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://app.example/",
        "",
    ] {
        let answer = preflight(&server, "token", origin).await;
        assert_eq!(allowed(&answer), None, "{origin}");
        assert_eq!(answer.header("access-control-allow-methods"), None);
    }
}

#[tokio::test]
async fn the_apps_page_may_read_its_tokens() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let form = app.exchange_form(&code);
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = from_page(&server, "token", ORIGIN, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(allowed(&answer), Some(ORIGIN));
    assert!(answer.header("vary").is_some_and(|vary| vary.contains("Origin")));
    let refresh_token = answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    let revoked = from_page(&server, "revoke", ORIGIN, &[("token", &refresh_token)]).await;
    assert_eq!((revoked.status, allowed(&revoked)), (200, Some(ORIGIN)));
}

#[tokio::test]
async fn the_apps_page_may_read_its_refusals() {
    let server = TestServer::start().await;
    let refused = from_page(&server, "token", ORIGIN, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    assert_eq!(refused.refusal(), "400 invalid_grant");
    assert_eq!(allowed(&refused), Some(ORIGIN));
    let malformed = from_page(&server, "token", ORIGIN, &[]).await;
    assert_eq!((malformed.status, allowed(&malformed)), (400, Some(ORIGIN)));
    let get = server.request(Method::GET, "/clinic/token", &[("origin", ORIGIN)], Body::empty()).await;
    assert_eq!((get.status, allowed(&get)), (405, Some(ORIGIN)));
}

#[tokio::test]
async fn the_page_of_another_app_may_not_read_the_tokens() {
    // The preflight knows no client; the answer to the POST does.
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    let answer = from_page(&server, "token", "https://second.example", &form).await;
    assert_eq!(answer.status, 200);
    assert_eq!(allowed(&answer), None);
}

#[tokio::test]
async fn a_page_from_elsewhere_may_read_nothing() {
    let server = TestServer::start().await;
    for form in [vec![], vec![("grant_type", "refresh_token"), ("refresh_token", "x")]] {
        assert_eq!(allowed(&from_page(&server, "token", "https://evil.example", &form).await), None);
    }
}

#[tokio::test]
async fn credentials_are_never_allowed() {
    // These endpoints use no cookies.
    let server = TestServer::start().await;
    let answers = [preflight(&server, "token", ORIGIN).await, from_page(&server, "token", ORIGIN, &[]).await];
    for answer in answers {
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

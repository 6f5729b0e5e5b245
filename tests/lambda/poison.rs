//! Bad events between good ones: each gets its answer, and the process lives on.

use axum::http::Request;
use kit::{
    App, Deployed,
    deployed::answered,
    function::Function,
    gateway_event::{Front, event},
    outcome::Outcome,
};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn what_is_no_event_is_reported_and_the_next_request_is_served() {
    let deployed = Deployed::start().await;
    for binary in ["token", "discovery", "authorize"] {
        let function = deployed.function(binary).await;
        for bytes in [&b"not JSON"[..], b"", b"{}", b"[1]", b"{\"version\":\"2.0\"}", b"\xff\xfe"] {
            assert!(
                matches!(function.invoke_with_bytes(bytes.to_vec()).await, Outcome::Error(_)),
                "{binary}: {bytes:?}"
            );
        }
    }
    is_alive(&deployed).await;
}

#[tokio::test]
async fn bad_requests_get_the_protocols_own_errors() {
    let deployed = Deployed::start().await;
    let token = deployed.function("token").await;
    let form = "application/x-www-form-urlencoded";
    // In base64 it fills the 6 MiB that Lambda takes.
    let six_megabytes = vec![b'a'; (6 * 1024 * 1024 - 8 * 1024) / 4 * 3];
    for (method, kind, body, status) in [
        ("POST", form, &b"grant_type=\xff\xfe"[..], 400),
        ("POST", form, b"grant_type=%ff%fe", 400),
        ("POST", form, b"", 400),
        ("POST", form, &six_megabytes, 413),
        ("POST", "application/json", b"{}", 400),
        ("POST", "multipart/form-data; boundary=x", b"--x--", 400),
        ("GET", form, b"", 405),
        ("DELETE", form, b"grant_type=client_credentials", 405),
    ] {
        let answer = post(&token, method, kind, body).await;
        assert_eq!(answer["statusCode"], status, "{method} {kind}: {answer}");
        let body: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
        assert_eq!(body["error"], "invalid_request");
    }
    is_alive(&deployed).await;
}

/// API Gateway hands on a query as it came; a bare quotation mark in it once ended the process.
#[tokio::test]
async fn a_query_that_no_uri_may_hold_is_answered() {
    let deployed = Deployed::start().await;
    let authorize = deployed.function("authorize").await;
    for query in ["scope=\"><script>", "a=é ü", "#", "\u{0}\u{7f}", &"x".repeat(9000)] {
        let mut event = event_of(Request::get("/clinic/authorize"), b"");
        event["rawQueryString"] = json!(query);
        assert_eq!(answered(authorize.invoke(&event).await)["statusCode"], 400, "{query}");
    }
    for path in ["", "/", "//", "clinic/token", "/clinic/authorize/\u{0}", "/clinic/\"<>\\^`{|} é", "/%", "/a?b#c"] {
        let mut event = event_of(Request::get("/"), b"");
        event["rawPath"] = json!(path);
        let status = answered(authorize.invoke(&event).await)["statusCode"].as_u64();
        assert!(status.is_some_and(|status| (400..500).contains(&status)), "{path}: {status:?}");
    }
    is_alive(&deployed).await;
}

async fn post(function: &Arc<Function>, method: &str, content_type: &str, body: &[u8]) -> Value {
    let request = Request::builder().method(method).uri("/clinic/token").header("content-type", content_type);
    answered(function.invoke(&event_of(request, body)).await)
}

fn event_of(request: axum::http::request::Builder, body: &[u8]) -> Value {
    event(Front::HttpApi, &request.body(()).expect("a request").into_parts().0, body)
}

/// The same processes serve a good request.
async fn is_alive(deployed: &Deployed) {
    for binary in ["token", "discovery", "authorize"] {
        assert!(deployed.function(binary).await.is_running(), "{binary} ended");
    }
    let tokens = App::public(&deployed.server).gets_tokens("amy", "launch/patient patient/*.rs", None).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    assert_eq!(deployed.server.get("/clinic/.well-known/jwks.json").await.status, 200);
}

//! Bad input of any kind gets the protocol's own error, never a 500, a hang or a panic.

use axum::http::Method;
use kit::{Answer, App, TestServer, http::basic};

const ENDPOINTS: [&str; 3] = ["token", "introspect", "revoke"];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A refusal of RFC 6749 §5.2 with this status.
fn assert_refused(answer: &Answer, status: u16, case: &str) {
    assert_eq!(answer.status, status, "{case}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    assert!(!answer.error().is_empty(), "{case}");
}

async fn posts(server: &TestServer, endpoint: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    server.request(Method::POST, &format!("/clinic/{endpoint}"), headers, body.into()).await
}

#[tokio::test]
async fn every_method_but_post_is_405() {
    // TOK-1: "The client MUST use the HTTP "POST" method when making access token requests" (RFC 6749 §3.2).
    let server = TestServer::start().await;
    for endpoint in ENDPOINTS {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let path = format!("/clinic/{endpoint}?grant_type=client_credentials");
            let answer = server.request(method.clone(), &path, &[FORM], "grant_type=client_credentials").await;
            assert_refused(&answer, 405, &format!("{method} {endpoint}"));
            assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")));
        }
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_400() {
    let server = TestServer::start().await;
    let json = r#"{"grant_type":"client_credentials","token":"x","client_id":"public-app"}"#;
    for endpoint in ENDPOINTS {
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "nonsense"] {
            let answer = posts(&server, endpoint, &[("content-type", content_type)], json).await;
            assert_refused(&answer, 400, &format!("{content_type} at {endpoint}"));
        }
        assert_refused(&posts(&server, endpoint, &[], "grant_type=x").await, 400, "no content type");
    }
}

#[tokio::test]
async fn the_content_type_may_carry_a_charset_and_any_case() {
    let server = TestServer::start().await;
    let headers = [("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")];
    let body = "grant_type=refresh_token&refresh_token=x&client_id=public-app";
    assert_eq!(posts(&server, "token", &headers, body).await.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn an_empty_body_is_refused() {
    let server = TestServer::start().await;
    for endpoint in ENDPOINTS {
        for body in ["", "&", "=", "&&&=&=", "a", "grant_type", "token="] {
            let answer = posts(&server, endpoint, &[FORM], body).await;
            assert!(matches!(answer.status, 400 | 401), "{endpoint} {body:?}: {}", answer.status);
            assert_refused(&answer, answer.status, endpoint);
        }
    }
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_413() {
    let server = TestServer::start().await;
    for endpoint in ENDPOINTS {
        let body = format!("token={}", "x".repeat(1_000_000));
        assert_refused(&posts(&server, endpoint, &[FORM], body).await, 413, endpoint);
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_400_invalid_request() {
    // R6749-1: "Request and response parameters MUST NOT be included more than once" (RFC 6749 §3.2).
    let server = TestServer::start().await;
    let good = "grant_type=refresh_token&refresh_token=x&token=x&client_id=public-app";
    for endpoint in ENDPOINTS {
        for name in ["grant_type", "refresh_token", "token", "client_id", "unknown", "%74oken"] {
            let body = format!("{good}&{name}=1&{name}=1");
            let answer = posts(&server, endpoint, &[FORM], body).await;
            assert_eq!(answer.refusal(), "400 invalid_request", "{endpoint} {name}");
        }
    }
}

#[tokio::test]
async fn broken_utf_8_is_400_invalid_request() {
    let server = TestServer::start().await;
    for endpoint in ENDPOINTS {
        let bodies: [&[u8]; 4] = [b"token=\xff\xfe", b"token=%ff%fe", b"\xc3=1", b"token=%ed%a0%80"];
        for body in bodies {
            assert_eq!(posts(&server, endpoint, &[FORM], body).await.refusal(), "400 invalid_request", "{endpoint}");
        }
    }
}

#[tokio::test]
async fn broken_percent_signs_are_read_as_they_stand() {
    let server = TestServer::start().await;
    for body in ["grant_type=%", "grant_type=%zz", "grant_type=%4"] {
        assert_eq!(posts(&server, "token", &[FORM], body).await.refusal(), "400 unsupported_grant_type", "{body}");
    }
}

#[tokio::test]
async fn a_thousand_parameters_are_400() {
    let server = TestServer::start().await;
    let body: Vec<String> = (0..1000).map(|n| format!("p{n}=1")).collect();
    for endpoint in ENDPOINTS {
        assert_refused(&posts(&server, endpoint, &[FORM], body.join("&")).await, 400, endpoint);
    }
}

#[tokio::test]
async fn a_thousand_scopes_are_answered() {
    let server = TestServer::start().await;
    let many: Vec<String> = (0..1000).map(|n| format!("system/Patient.rs?identifier=urn:x|{n}")).collect();
    let answer = App::backend(&server).asks_for_itself(&many.join(" ")).await;
    assert!(answer.status < 500, "{}", answer.status);
    let nonsense: Vec<String> = (0..1000).map(|n| format!("nonsense-{n}")).collect();
    let answer = App::backend(&server).asks_for_itself(&nonsense.join(" ")).await;
    assert_eq!(answer.refusal(), "400 invalid_scope");
    let wildcards = vec!["system/*.cruds"; 1000].join(" ");
    assert!(App::backend(&server).asks_for_itself(&wildcards).await.status < 500);
    let tokens = App::public(&server).gets_tokens("amy", super::SCOPE, None).await;
    let answer = App::public(&server).sends_refresh(tokens.refresh_token(), Some(&nonsense.join(" "))).await;
    assert_eq!(answer.refusal(), "400 invalid_scope");
}

#[tokio::test]
async fn overlong_and_odd_values_are_refused() {
    let server = TestServer::start().await;
    let long = "x".repeat(100_000);
    for odd in [long.as_str(), "\u{0}", "\r\n", "ä€😀", "' OR 1=1 --", "../../etc/passwd", "#", "a#b"] {
        for form in [
            vec![("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", odd)],
            vec![("grant_type", "refresh_token"), ("refresh_token", odd), ("client_id", "public-app")],
            vec![("grant_type", odd), ("client_id", "public-app")],
            vec![("grant_type", "authorization_code"), ("code", odd), ("client_id", "public-app")],
            vec![
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", odd),
            ],
            vec![("grant_type", "client_credentials"), ("client_assertion_type", odd), ("client_assertion", "a.b.c")],
        ] {
            let answer = server.post("/clinic/token", &form, &[]).await;
            assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
            assert_refused(&answer, answer.status, "odd");
        }
        for endpoint in ["introspect", "revoke"] {
            let secret = basic("symmetric-app", "symmetric-secret-of-more-than-32-characters");
            let form = [("token", odd), ("token_type_hint", odd)];
            let answer = server.post(&format!("/clinic/{endpoint}"), &form, &[("authorization", &secret)]).await;
            assert_eq!(answer.status, 200, "{endpoint}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn odd_authorization_headers_are_refused() {
    let server = TestServer::start().await;
    let long = format!("Basic {}", "QUFB".repeat(5000));
    for header in ["", "Basic", "Basic ", "Basic !!!", "Basic eA==", "Basic /////w==", "Digest x", "Bearer", &long] {
        for endpoint in ENDPOINTS {
            let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("token", "x")];
            let answer = server.post(&format!("/clinic/{endpoint}"), &form, &[("authorization", header)]).await;
            assert_refused(&answer, 401, &format!("{endpoint} {header:.20}"));
            assert!(answer.header("www-authenticate").is_some());
        }
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let twice = [("authorization", "Basic eDp4"), ("authorization", "Basic eTp5")];
    assert_eq!(server.post("/clinic/token", &form, &twice).await.refusal(), "400 invalid_request");
}

#[tokio::test]
async fn an_unknown_tenant_is_404() {
    let server = TestServer::start().await;
    for tenant in ["nowhere", "CLINIC", "clinic%23", "..", "a".repeat(300).as_str()] {
        for endpoint in ENDPOINTS {
            let answer = server.post(&format!("/{tenant}/{endpoint}"), &[("token", "x")], &[]).await;
            assert_eq!(answer.status, 404, "{tenant}");
        }
    }
}

//! A 401 names what would have been accepted (RFC 9110 §11.6.1); where there is nothing to name, it is a 400 (RFC 6749 §5.2; CLI-5).

use axum::{body::Body, http::Method};
use kit::{Answer, App, TestServer, app::assertion_form, http::basic};

/// Of every endpoint that can refuse a caller: what it takes from whom.
const ENDPOINTS: [&str; 5] = ["token", "revoke", "introspect", "launchContext", "userinfo"];

type Form = Vec<(String, String)>;

/// How a caller may try: form, `Authorization`, and whether that shows any credentials.
fn tries(server: &TestServer) -> Vec<(&'static str, Form, Option<String>, bool)> {
    let form = |pairs: &[(&str, &str)]| -> Form {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let assertion = App::backend(server).assertion();
    let header = |value: &str| Some(value.to_owned());
    vec![
        ("nothing", form(&[]), None, false),
        ("an unknown client_id", form(&[("client_id", "nobody")]), None, false),
        ("a client that must prove itself", form(&[("client_id", "symmetric-app")]), None, false),
        ("Basic, unknown", form(&[]), Some(basic("nobody", "wrong")), true),
        ("Basic, wrong", form(&[]), Some(basic("symmetric-app", "wrong")), true),
        ("Basic, of another kind", form(&[]), Some(basic("backend", "wrong")), true),
        ("Basic, unreadable", form(&[]), header("Basic %%%"), true),
        ("another scheme", form(&[]), header("Digest x"), true),
        ("Bearer", form(&[]), header("Bearer x"), true),
        ("a wrong secret in the form", form(&[("client_id", "post-app"), ("client_secret", "wrong")]), None, true),
        ("an unknown one's", form(&[("client_id", "nobody"), ("client_secret", "wrong")]), None, true),
        ("a stranger's assertion", assertion_form(&assertion.signed_by_a_stranger()), None, true),
        (
            "an assertion that lives too long",
            {
                let exp = serde_json::json!(server.now().0 + 3600);
                assertion_form(&assertion.with_claim("exp", exp).sign())
            },
            None,
            true,
        ),
        ("no assertion at all", assertion_form("x"), None, true),
    ]
}

fn challenge(answer: &Answer) -> Option<&str> {
    answer.header("www-authenticate")
}

#[tokio::test]
async fn a_401_always_has_a_challenge() {
    let server = TestServer::start().await;
    for endpoint in ENDPOINTS {
        for (case, mut form, authorization, shows_credentials) in tries(&server) {
            form.extend([("grant_type", "client_credentials"), ("token", "x")].map(|(n, v)| (n.into(), v.into())));
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let headers: Vec<(&str, &str)> =
                authorization.iter().map(|value| ("authorization", value.as_str())).collect();
            let answer = server.post(&format!("/clinic/{endpoint}"), &form, &headers).await;
            assert!(matches!(answer.status, 400 | 401), "{endpoint}, {case}: {} {}", answer.status, answer.body);
            assert_eq!(
                answer.status == 401,
                challenge(&answer).is_some(),
                "{endpoint}, {case}: {:?}",
                challenge(&answer)
            );
            if matches!(endpoint, "token" | "revoke") {
                // A browser would ask its person for a password.
                assert_eq!(answer.status == 401, shows_credentials, "{endpoint}, {case}: {}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_no_401() {
    let server = TestServer::start().await;
    for endpoint in ENDPOINTS {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = server.request(method.clone(), &format!("/clinic/{endpoint}"), &[], Body::empty()).await;
            assert_eq!((answer.status, challenge(&answer)), (405, None), "{method} {endpoint}");
        }
    }
}

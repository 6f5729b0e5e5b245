//! Each parameter of the request: missing, empty, sent twice, unknown (AUTHZ-2, AUTHZ-4 to 6).

use super::{SCOPE, and, asks, assert_is_error_page, is_accepted, refusal};
use kit::{App, TestServer, app::with};

/// Those without which the app hears an error, and which error.
const REQUIRED: [(&str, &str); 6] = [
    ("response_type", "invalid_request"),
    ("scope", "invalid_scope"),
    ("state", "invalid_request"),
    ("aud", "invalid_request"),
    ("code_challenge", "invalid_request"),
    ("code_challenge_method", "invalid_request"),
];

#[tokio::test]
async fn a_request_with_all_of_its_parameters_leads_to_a_page() {
    let server = TestServer::start().await;
    assert!(is_accepted(&server, &App::public(&server).request(SCOPE)).await);
}

/// AUTHZ-2.
#[tokio::test]
async fn each_required_parameter_is_missed() {
    let server = TestServer::start().await;
    for (name, error) in REQUIRED {
        let request = with(App::public(&server).request(SCOPE), name, None);
        assert_eq!(refusal(&server, &request).await, error, "{name}");
    }
}

/// AUTHZ-6: "Parameters sent without a value MUST be treated as if they were omitted from the request" (RFC 6749 §3.1).
#[tokio::test]
async fn an_empty_parameter_is_a_missing_one() {
    let server = TestServer::start().await;
    for (name, error) in REQUIRED {
        let request = with(App::public(&server).request(SCOPE), name, Some(""));
        assert_eq!(refusal(&server, &request).await, error, "{name}");
    }
    for name in ["launch", "nonce", "prompt", "max_age", "resource", "response_mode", "login_hint", "request"] {
        let request = with(App::public(&server).request(SCOPE), name, Some(""));
        assert!(is_accepted(&server, &request).await, "{name}");
    }
}

/// AUTHZ-6: "Request and response parameters MUST NOT be included more than once" (RFC 6749 §3.1).
#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused_even_with_the_same_value() {
    let server = TestServer::start().await;
    for name in ["response_type", "scope", "aud", "code_challenge", "code_challenge_method", "nonce", "unknown"] {
        let request = App::public(&server).request(SCOPE);
        let value = super::value(&request, name).unwrap_or("x").to_owned();
        let request = and(with(request, name, Some(&value)), name, &value);
        assert_eq!(refusal(&server, &request).await, "invalid_request", "{name}");
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused_even_if_one_is_empty() {
    let server = TestServer::start().await;
    let request = and(App::public(&server).request(SCOPE), "scope", "");
    assert_eq!(refusal(&server, &request).await, "invalid_request");
}

/// Which of two states is the app's can't be known, so none is echoed.
#[tokio::test]
async fn of_two_states_none_is_echoed() {
    let server = TestServer::start().await;
    let answer = asks(&server, &and(App::public(&server).request(SCOPE), "state", "another")).await;
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
    assert_eq!(answer.query("state"), None);
}

#[tokio::test]
async fn a_client_id_or_redirect_uri_that_comes_twice_gets_a_page() {
    let server = TestServer::start().await;
    for name in ["client_id", "redirect_uri"] {
        let request = App::public(&server).request(SCOPE);
        let value = super::value(&request, name).expect("it is there").to_owned();
        for second in [value.as_str(), "https://second.example/callback", ""] {
            let answer = asks(&server, &and(request.clone(), name, second)).await;
            assert_is_error_page(&answer, &format!("{name} and {second}"));
        }
    }
}

/// AUTHZ-6: "The authorization server MUST ignore unrecognized request parameters" (RFC 6749 §3.1).
#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let server = TestServer::start().await;
    let mut request = App::public(&server).request(SCOPE);
    for name in ["utm_source", "code", "error", "iss", "user", "username", "password", "csrf", "__proto__", "é"] {
        request.push((name.to_owned(), "x".to_owned()));
    }
    assert!(is_accepted(&server, &request).await);
}

#[tokio::test]
async fn a_response_type_other_than_code_is_unsupported() {
    let server = TestServer::start().await;
    for other in ["token", "id_token", "code id_token", "none", "CODE", "code "] {
        let request = with(App::public(&server).request(SCOPE), "response_type", Some(other));
        assert_eq!(refusal(&server, &request).await, "unsupported_response_type", "{other}");
    }
}

#[tokio::test]
async fn the_response_mode_may_be_query_and_no_other() {
    let server = TestServer::start().await;
    let with_mode = |mode| with(App::public(&server).request(SCOPE), "response_mode", Some(mode));
    assert!(is_accepted(&server, &with_mode("query")).await);
    for other in ["fragment", "form_post", "query.jwt", "web_message"] {
        assert_eq!(refusal(&server, &with_mode(other)).await, "invalid_request", "{other}");
    }
}

/// Parameters are those of the method: what a POST carries in its URL is not read.
#[tokio::test]
async fn a_post_is_read_from_its_body_alone() {
    let server = TestServer::start().await;
    let request = App::public(&server).request(SCOPE);
    let url = format!("/clinic/authorize?{}", super::query_of(&request));
    assert_is_error_page(&server.post(&url, &[], &[]).await, "everything in the URL");
}

#[tokio::test]
async fn the_tenant_must_exist() {
    let server = TestServer::start().await;
    let query = super::query_of(&App::public(&server).request(SCOPE));
    for tenant in ["nobody", "CLINIC", "clinic%2F", "-", "%ff", "clinic%00"] {
        let answer = server.get(&format!("/{tenant}/authorize?{query}")).await;
        assert!((400..500).contains(&answer.status), "{tenant}: {}", answer.status);
        assert_eq!(answer.header("location"), None, "{tenant}");
    }
}

/// What belongs to one tenant does not exist for another (AWS-5).
#[tokio::test]
async fn an_app_of_another_tenant_is_unknown() {
    let server = TestServer::start().await;
    let request = App::second(&server).request(SCOPE);
    let answer = server.get(&format!("/other/authorize?{}", super::query_of(&request))).await;
    assert_is_error_page(&answer, "second-app is clinic's");
}

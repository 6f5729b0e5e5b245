//! Requests that an app sends ahead (RFC 9126): the endpoint, what its reference is worth, and what attackers make of it.

mod attacks;
mod endpoint;
mod reference;

use kit::{App, TestServer, app::Pairs};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// A tenant that takes pushed requests, with more of its policy.
async fn server_with(policy: &str) -> TestServer {
    let policy = format!("[policy]\npushed_authorization_requests = \"accepted\"\n{policy}\n[[fhir_servers]]");
    TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", &policy, 1)).await
}

async fn server() -> TestServer {
    server_with("").await
}

async fn requiring_server() -> TestServer {
    let policy = "[policy]\npushed_authorization_requests = \"required\"\n[[fhir_servers]]";
    TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", policy, 1)).await
}

fn and(mut request: Pairs, name: &str, value: &str) -> Pairs {
    request.push((name.to_owned(), value.to_owned()));
    request
}

/// The `request_uri` of a good push.
async fn reference(app: &App<'_>, request: &Pairs) -> String {
    let answer = app.pushes(request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["request_uri"].as_str().expect("a reference").to_owned()
}

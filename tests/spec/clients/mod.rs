//! Client authentication: who is calling, and how they prove it.

mod assertion_claims;
mod assertion_headers;
mod assertion_reasons;
mod assertion_reuse;
mod cells;
mod challenges;
mod documents;
mod ended;
mod everywhere;
mod long_names;
mod secrets;

use kit::{
    Answer, App, Assertion, TestServer,
    app::{Proof, assertion_form},
};
use rules::tenant::SigningAlg;

const ALGS: [SigningAlg; 2] = [SigningAlg::RS384, SigningAlg::ES384];

/// Clinic with a backend service that has an RSA key, beside the one of the fixtures with an elliptic key.
async fn server() -> TestServer {
    TestServer::start_with(|toml| {
        toml + r#"
[[clients]]
client_id = "rsa-backend"
client_name = "Another Backend Service"
token_endpoint_auth_method = "private_key_jwt"
jwks = {rs384}
grant_types = ["client_credentials"]
scope = "system/*.rs"
"#
    })
    .await
}

/// The backend service with a key of this kind.
fn backend(server: &TestServer, alg: SigningAlg) -> App<'_> {
    let client_id = if alg == SigningAlg::RS384 { "rsa-backend" } else { "backend" };
    App { client_id, redirect_uri: "", proof: Proof::Assertion(alg), ..App::backend(server) }
}

/// The answer to a client that shows this JWT.
async fn shows(server: &TestServer, jwt: &str) -> Answer {
    let proof = assertion_form(jwt);
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    server.post("/clinic/token", &form, &[]).await
}

async fn assert_accepted(server: &TestServer, assertion: &Assertion, case: &str) {
    let answer = shows(server, &assertion.sign()).await;
    assert_eq!(answer.status, 200, "{case}: {}", answer.body);
}

/// ASYM-9: every cause is `invalid_client`. What is said is in `assertion_reasons`.
async fn assert_refused(server: &TestServer, assertion: &Assertion, case: &str) {
    assert_eq!(shows(server, &assertion.sign()).await.refusal(), "401 invalid_client", "{case}");
}

/// That of one that nobody has shown to be the client's: the answer does not tell why.
async fn assert_jwt_refused(server: &TestServer, jwt: &str, case: &str) {
    let answer = shows(server, jwt).await;
    assert_eq!(answer.refusal(), "401 invalid_client", "{case}");
    let description = answer.json()["error_description"].as_str().expect("a description").to_owned();
    assert!(description.starts_with("client authentication failed (reference "), "{case}: {description}");
}

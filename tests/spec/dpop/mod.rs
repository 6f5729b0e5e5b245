//! Tokens that are bound to a key of their holder (RFC 9449).

mod code;
mod gateways;
mod issued;
mod nonces;
mod off;
mod presented;
mod proofs;

use kit::{Answer, App, TestServer, dpop::DpopProof, server::ISSUER};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// Clinic's FHIR server verifies proofs.
async fn start() -> TestServer {
    start_with("accepted", "").await
}

async fn start_with(dpop: &str, policy: &str) -> TestServer {
    TestServer::start_with(|toml| with_dpop(&toml, dpop, policy)).await
}

/// The first FHIR server of a tenant file, and lines of its policy.
fn with_dpop(toml: &str, dpop: &str, policy: &str) -> String {
    let url = "url = \"{fhir}\"\n";
    assert!(toml.contains(url) && !toml.contains("[policy]"));
    let toml = toml.replacen(url, &format!("{url}dpop = \"{dpop}\"\n"), 1);
    toml.replacen("[[fhir_servers]]", &format!("[policy]\n{policy}\n\n[[fhir_servers]]"), 1)
}

/// An exchange with this proof, or another header of that name.
async fn redeems_with(app: &App<'_>, code: &str, proofs: &[&str]) -> Answer {
    let form = app.exchange_form(code);
    let (authentication, mut headers) = app.authentication();
    let form: Vec<(&str, &str)> =
        form.iter().chain(&authentication).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.extend(proofs.iter().map(|proof| ("dpop".to_owned(), (*proof).to_owned())));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    app.server.post("/clinic/token", &form, &headers).await
}

fn token_endpoint() -> String {
    format!("{ISSUER}/token")
}

fn description(answer: &Answer) -> String {
    answer.json()["error_description"].as_str().expect("a description").to_owned()
}

type Spoil = fn(DpopProof<'_>) -> DpopProof<'_>;

//! FAPI 2.0 Security Profile: of a whole tenant, and of one client among others.

mod client;
mod ed25519;
mod tenant;

use kit::{
    App, Person, TestServer, Tokens,
    app::{Proof, VERIFIER},
    dpop::DpopKey,
};
use rules::tenant::SigningAlg;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const CALLBACK: &str = "https://bank.example/callback";

/// A client that is held to it, with a key of ES256.
const BANK: &str = "[[clients]]\nclient_id = \"bank\"\nclient_name = \"Bank\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n\
                    jwks = {es256}\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n\
                    redirect_uris = [\"https://bank.example/callback\"]\n\
                    scope = \"openid fhirUser launch launch/patient offline_access patient/*.rs\"\n";

fn bank(server: &TestServer) -> App<'_> {
    let proof = Proof::AssertionForIssuer(SigningAlg::ES256);
    App { client_id: "bank", redirect_uri: CALLBACK, proof, ..App::public(server) }
}

/// Lines for the policy and for the first FHIR server, and one client more.
fn with(toml: &str, policy: &str, dpop: &str, client: &str) -> String {
    let url = "url = \"{fhir}\"\n";
    let toml = toml.replacen(url, &format!("{url}dpop = \"{dpop}\"\n"), 1);
    let toml = toml.replacen("[[fhir_servers]]", &format!("[policy]\n{policy}\n\n[[fhir_servers]]"), 1);
    toml.replacen("[[clients]]", &format!("{client}\n[[clients]]"), 1)
}

/// Push, sign-in, exchange.
async fn gets_tokens(app: &App<'_>) -> Tokens {
    let url = app.pushed(&app.request(SCOPE)).await;
    let back = Person::named(app.server, "amy").goes_through(&url, None).await;
    app.exchanges(&back.query("code").expect("a code")).await
}

fn exchange_form(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]
}

fn key() -> DpopKey {
    DpopKey::new()
}

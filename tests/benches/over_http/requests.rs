//! The requests of the load and their answers, as tenant.toml has it.

use crate::{
    http::{self, Reply},
    served::now,
};
use kit::{Assertion, app::VERIFIER, http::basic};
use rules::tenant::SigningAlg::ES384;
use serde_json::Value;

pub const REDIRECT_URI: &str = "https://app.example/callback";

/// Its name and its secret.
pub type Client = (&'static str, &'static str);
pub const APP: Client = ("app", "load-app-secret-of-more-than-32-characters");
/// The same app, but its id_tokens are signed by ES256.
pub const ELLIPTIC: Client = ("elliptic", APP.1);
const SERVICE: Client = ("service", "load-service-secret-of-more-than-32-characters");
const FHIR_SERVER: Client = ("load-fhir", "load-fhir-secret-of-more-than-32-characters");

pub fn discovery() -> Vec<u8> {
    http::get("/load/.well-known/smart-configuration")
}

pub fn by_assertion(client_id: &str, audience: &str) -> Vec<u8> {
    let assertion = Assertion::new(ES384, client_id, audience, now().0).sign();
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.rs"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ];
    http::post("/load/token", &form, None)
}

/// Where a tenant takes a secret for it.
pub fn by_secret() -> Vec<u8> {
    token_request(SERVICE, &[("grant_type", "client_credentials"), ("scope", "system/*.rs")])
}

/// By an app with this name and secret.
pub fn exchange(app: Client, code: &str) -> Vec<u8> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    token_request(app, &form)
}

pub fn refresh(refresh_token: &str) -> Vec<u8> {
    token_request(APP, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

pub fn introspect(token: &str) -> Vec<u8> {
    http::post("/load/introspect", &[("token", token)], Some(&basic(FHIR_SERVER.0, FHIR_SERVER.1)))
}

pub fn json(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    serde_json::from_slice(&reply.body).expect("JSON")
}

pub fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}")).to_owned()
}

fn token_request((client_id, secret): Client, form: &[(&str, &str)]) -> Vec<u8> {
    http::post("/load/token", form, Some(&basic(client_id, secret)))
}

//! Organizations that ask, and what for: the objects that an assertion brings for its token (FAST Security 2.0.0 §5.2.1).

mod audited;
mod bounds;
mod carriers;
mod people;
mod shapes;
mod spent;

use kit::{
    Answer, App, Assertion, TestServer,
    app::{Proof, assertion_form},
};
use rules::tenant::SigningAlg;
use serde_json::{Value, json};

pub const PAYER: &str = "https://payer.example";
pub const NPI: &str = "urn:oid:2.16.840.1.113883.4.6";
pub const TREAT: &str = "urn:oid:2.16.840.1.113883.5.8#TREAT";
pub const NUCC: &str = "http://nucc.org/provider-taxonomy";

/// Clinic with a payer that speaks for two organizations and must say for which, one whose tokens are opaque, and an app of people
/// that may say it.
async fn server() -> TestServer {
    server_with("").await
}

/// The same, where the community has agreed on this.
async fn server_with(b2b: &str) -> TestServer {
    let b2b = format!("name = \"Test Clinic\"\nb2b = {{ {b2b} }}");
    TestServer::start_with(|toml| {
        let toml = toml.replacen("name = \"Test Clinic\"", &b2b, 1);
        let toml = toml.replacen(
            "client_id = \"es384-app\"",
            &format!("client_id = \"es384-app\"\nextensions = [\"hl7-b2b\"]\norganization_ids = [\"{PAYER}\"]"),
            1,
        );
        let services = ["payer", "opaque-payer"].map(|id| {
            let format = if id == "payer" { "jwt" } else { "reference" };
            format!(
                r#"
[[clients]]
client_id = "{id}"
client_name = "Payer"
token_endpoint_auth_method = "private_key_jwt"
jwks = {{es384}}
grant_types = ["client_credentials"]
scope = "system/*.rs"
access_token_format = "{format}"
extensions = ["hl7-b2b", "local_case"]
required_extensions = ["hl7-b2b"]
organization_ids = ["{PAYER}", "{NPI}#1234567893"]
"#
            )
        });
        format!("{toml}{}", services.concat())
    })
    .await
}

fn payer(server: &TestServer) -> App<'_> {
    service(server, "payer")
}

fn service<'s>(server: &'s TestServer, client_id: &'static str) -> App<'s> {
    App { client_id, proof: Proof::Assertion(SigningAlg::ES384), ..App::backend(server) }
}

/// As small as it may be.
fn smallest() -> Value {
    json!({ "version": "1", "organization_id": PAYER, "purpose_of_use": [TREAT] })
}

/// With everything that it may have.
fn fullest() -> Value {
    json!({
        "version": "1",
        "subject_name": "Dr. Zoë Brand",
        "subject_id": format!("{NPI}#1234567893"),
        "subject_role": format!("{NUCC}#207R00000X"),
        "organization_name": "Payer of the Test",
        "organization_id": PAYER,
        "purpose_of_use": [TREAT, "HPAYMT"],
        "consent_policy": ["urn:oid:2.16.840.1.113883.3.7204.1.1.1.1.1"],
        "consent_reference": ["https://payer.example/fhir/Consent/1"],
    })
}

/// This member becomes another; null takes it out.
fn but(mut object: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(object.as_object_mut().expect("an object").remove(name)),
        value => object[name] = value,
    }
    object
}

fn bringing(app: &App<'_>, extensions: Value) -> Assertion {
    app.assertion().with_claim("extensions", extensions)
}

/// The answer to a service that shows this JWT.
async fn shows(server: &TestServer, jwt: &str) -> Answer {
    let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    sends(server, jwt, &form).await
}

async fn sends(server: &TestServer, jwt: &str, form: &[(&str, &str)]) -> Answer {
    let proof = assertion_form(jwt);
    let proof = proof.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let form: Vec<(&str, &str)> = form.iter().copied().chain(proof).collect();
    server.post("/clinic/token", &form, &[]).await
}

/// What payer's token carries that asks with this object.
async fn carried(server: &TestServer, extensions: Value) -> Value {
    let answer = shows(server, &bringing(&payer(server), extensions.clone()).sign()).await;
    assert_eq!(answer.status, 200, "{extensions}: {}", answer.body);
    kit::app::claims(answer.json()["access_token"].as_str().expect("a token"))["extensions"].clone()
}

/// What is said to the sender of such an object. No token, and nothing of what was sent.
async fn refused(server: &TestServer, jwt: &str, case: &str) -> String {
    said(&shows(server, jwt).await, case)
}

fn said(answer: &Answer, case: &str) -> String {
    assert_eq!(answer.refusal(), "400 invalid_grant", "{case}: {}", answer.body);
    let answer = answer.json();
    let said = answer["error_description"].as_str().expect("a sentence");
    said.split(" (reference ").next().expect("a sentence").to_owned()
}

//! The EHR: hands over its context and gets a launch handle, and says who its user is where it may.

use crate::{Answer, Assertion, TestServer, http::basic, server::ISSUER};
use axum::http::Method;
use rules::tenant::SigningAlg;
use serde_json::{Value, json};

/// Seconds ago that the EHR's user signed in there.
pub const SINCE: i64 = 600;
/// How it signs for whom it vouches.
pub const ALG: SigningAlg = SigningAlg::ES384;

/// The fixtures' EHR vouches for practitioners, by these keys: a line of the file.
pub fn vouching(toml: &str, keys: &str) -> String {
    let secret = "secret = \"clinic-ehr-secret-of-more-than-32-characters\"\n";
    assert!(toml.contains(secret), "the EHR of the fixtures");
    let more = format!("{secret}vouches = true\nvouches_for = [\"Practitioner\"]\n{keys}\n");
    toml.replacen(secret, &more, 1)
}

/// Its word for Hannah, to the public app.
pub fn word(server: &TestServer) -> Assertion {
    let now = server.now().0;
    Assertion::new(ALG, "clinic-ehr", ISSUER, now)
        .with_header("typ", json!("ehr-user+jwt"))
        .with_claim("sub", json!("hannah"))
        .with_claim("client_id", json!("public-app"))
        .with_claim("exp", json!(now + 60))
        .with_claim("auth_time", json!(now - SINCE))
        .with_claim("amr", json!(["pwd"]))
}

pub struct Ehr<'a> {
    pub server: &'a TestServer,
    pub credentials: String,
}

impl<'a> Ehr<'a> {
    pub fn of(server: &'a TestServer) -> Ehr<'a> {
        Ehr { server, credentials: basic("clinic-ehr", "clinic-ehr-secret-of-more-than-32-characters") }
    }

    /// The answer to a context in JSON.
    pub async fn sends(&self, context: &Value) -> Answer {
        let headers = [("authorization", self.credentials.as_str()), ("content-type", "application/json")];
        self.server.request(Method::POST, "/clinic/launchContext", &headers, context.to_string()).await
    }

    /// The handle for a context.
    pub async fn launches(&self, context: Value) -> String {
        let answer = self.sends(&context).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["launch"].as_str().expect("a handle").to_owned()
    }

    pub async fn launches_patient(&self, patient: &str) -> String {
        self.launches(json!({ "patient": patient })).await
    }
}

//! The EHR: hands over its context and gets a launch handle.

use crate::{Answer, TestServer, http::basic};
use axum::http::Method;
use serde_json::{Value, json};

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

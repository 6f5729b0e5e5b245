//! The app: asks, exchanges, refreshes, reads.

use crate::{
    browser::{Browser, location},
    desk::Desk,
};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::collections::HashMap;
use url::Url;

pub struct App<'a> {
    pub desk: &'a Desk,
    pub tenant: &'static str,
    pub secret: Option<&'static str>,
}

pub const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";
pub const CALLBACK: &str = "http://127.0.0.1:3000/callback";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An answer of the token endpoint.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl<'a> App<'a> {
    /// `test-app`.
    pub fn public(desk: &'a Desk) -> App<'a> {
        App { desk, tenant: "riverside", secret: None }
    }

    /// `symmetric-app`.
    pub fn symmetric(desk: &'a Desk) -> App<'a> {
        App { secret: Some("growth-chart-sample-secret-for-a-laptop"), ..App::public(desk) }
    }

    pub fn at(self, tenant: &'static str) -> App<'a> {
        App { tenant, ..self }
    }

    fn client_id(&self) -> &'static str {
        if self.secret.is_some() { "symmetric-app" } else { "test-app" }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.desk.base, self.tenant)
    }

    pub fn request(&self, scope: &str) -> String {
        let members = [
            ("response_type", "code"),
            ("client_id", self.client_id()),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("state", "a state"),
            ("aud", &self.url("fhir")),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Url::parse_with_params(&self.url("authorize"), members).unwrap().into()
    }

    /// What the authorization endpoint says at first.
    pub async fn asks(&self, browser: &mut Browser<'_>) -> Response {
        browser.get(&self.request(SCOPE)).await
    }

    pub async fn code(&self, browser: &mut Browser<'_>) -> String {
        let there = browser.goes_through(&self.request(SCOPE)).await;
        assert!(there.as_str().starts_with(CALLBACK), "{there}");
        query(&there).remove("code").unwrap_or_else(|| panic!("no code: {there}"))
    }

    pub async fn exchanges(&self, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.posts("token", &form).await
    }

    /// Tokens with this problem in the flow.
    pub async fn tokens(&self, problem: &str) -> Value {
        let mut browser = Browser::new(self.desk);
        browser.chooses(problem).await;
        let answer = self.exchanges(&self.code(&mut browser).await).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub async fn refreshes(&self, tokens: &Value) -> Answer {
        let refresh_token = tokens["refresh_token"].as_str().expect("a refresh token");
        self.posts("token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    pub async fn reads(&self, tokens: &Value, path: &str) -> Response {
        let token = tokens["access_token"].as_str().expect("an access token");
        self.desk.http.get(self.url(&format!("fhir/{path}"))).bearer_auth(token).send().await.unwrap()
    }

    /// As the FHIR server does it.
    pub async fn introspects(&self, tokens: &Value) -> Value {
        let (name, secret) = ("riverside-fhir", "riverside-fhir-sample-secret-for-a-laptop");
        let form = [("token", tokens["access_token"].as_str().unwrap())];
        let request = self.desk.http.post(self.url("introspect")).basic_auth(name, Some(secret)).form(&form);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub async fn posts(&self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.desk.http.post(self.url(endpoint)).header("origin", "http://127.0.0.1:3000");
        let request = match self.secret {
            Some(secret) => request.basic_auth(self.client_id(), Some(secret)).form(form),
            None => request.form(&[form, &[("client_id", self.client_id())]].concat()),
        };
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap() }
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// RFC 6749 §5.2, and that an app on another origin can read it.
    pub fn is_refusal(&self, status: u16, error: &str) {
        assert_eq!((self.status.as_u16(), &self.body["error"]), (status, &Value::from(error)), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!((self.header("cache-control"), self.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(self.header("access-control-allow-origin"), "http://127.0.0.1:3000");
    }
}

pub fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

pub fn redirect(answer: &Response) -> HashMap<String, String> {
    assert_eq!(answer.status(), 303);
    query(&location(answer))
}

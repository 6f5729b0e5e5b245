//! Actors: a server to ask, and callers as their tokens make them.

use rules::scope::ScopeSet;
use sample_fhir::{Caller, OAuthUris, Request, Response, Server, rights_of};
use serde_json::Value;

pub const BASE: &str = "http://localhost:9000/demo/fhir";
/// 2026-12-01T12:00:00Z
pub const NOW: i64 = 1_796_126_400_000;

/// Whether the server keeps a reference that leads nowhere.
pub const TAKES_ANY_REFERENCE: bool = true;

pub fn server() -> Server {
    let oauth = OAuthUris {
        authorize: Some("http://localhost:9000/demo/authorize".to_owned()),
        token: Some("http://localhost:9000/demo/token".to_owned()),
        ..OAuthUris::default()
    };
    Server::sample(BASE, oauth).unwrap()
}

/// A caller with these scopes. One that is none, as `patient/Observation.rs?category=`, is worth nothing.
pub fn caller(scopes: &str, patient: Option<&str>, fhir_user: Option<&str>) -> Caller {
    Caller {
        patient: patient.map(str::to_owned),
        fhir_user: fhir_user.map(str::to_owned),
        rights: rights_of(ScopeSet::parse(scopes).set),
    }
}

/// Everything there is.
pub fn root() -> Caller {
    caller("system/*.cruds", None, None)
}

/// Amy Shaw's app with these scopes.
pub fn amy(scopes: &str) -> Caller {
    caller(scopes, Some("amy-shaw"), Some("Patient/amy-shaw"))
}

pub trait Asks {
    fn asks(&self, caller: &Caller, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Response;

    fn gets(&self, caller: &Caller, url: &str) -> Response {
        self.asks(caller, "GET", url, &[], b"")
    }

    fn sends(&self, caller: &Caller, method: &str, url: &str, body: &Value) -> Response {
        self.asks(caller, method, url, &[("Content-Type", "application/fhir+json")], body.to_string().as_bytes())
    }

    fn patches(&self, caller: &Caller, url: &str, operations: &Value) -> Response {
        let headers = [("Content-Type", "application/json-patch+json")];
        self.asks(caller, "PATCH", url, &headers, operations.to_string().as_bytes())
    }

    /// `Type/id` of every entry but the outcome, in order.
    fn finds(&self, caller: &Caller, url: &str) -> Vec<String> {
        let response = self.gets(caller, url);
        assert_eq!(response.status, 200, "{url}: {}", response.json());
        ids(&response.json())
    }
}

impl Asks for Server {
    fn asks(&self, caller: &Caller, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let url = url.strip_prefix(BASE).unwrap_or(url);
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        self.handle(caller, &Request { method, path, query, headers, body, now: NOW })
    }
}

pub fn ids(bundle: &Value) -> Vec<String> {
    let resources = bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    let resources = resources.filter(|resource| resource.is_object() && resource["resourceType"] != "OperationOutcome");
    resources.map(|resource| format!("{}/{}", text(&resource["resourceType"]), text(&resource["id"]))).collect()
}

/// The texts of the entry that says what was left out or passed over.
pub fn outcome_of(bundle: &Value) -> Option<String> {
    let entries = bundle["entry"].as_array()?;
    let entry = entries.iter().find(|entry| entry["search"]["mode"] == "outcome")?;
    Some(entry["resource"]["issue"].to_string())
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn is_refused(response: &Response, status: u16, code: &str) {
    let body = response.json();
    assert_eq!(response.status, status, "{body}");
    assert_eq!(body["resourceType"], "OperationOutcome");
    assert_eq!(body["issue"][0]["code"], code, "{body}");
    assert!(response.header("content-type").unwrap().starts_with("application/fhir+json"));
}

//! What a tenant publishes about itself.

mod jwks;
mod oauth;
mod policy;
mod resource;
mod smart;
mod transport;

use kit::TestServer;
use serde_json::Value;

pub const SMART: &str = "/clinic/.well-known/smart-configuration";
pub const SMART_OF_FHIR: &str = "/clinic/fhir/.well-known/smart-configuration";
pub const OPENID: &str = "/clinic/.well-known/openid-configuration";
pub const OAUTH: &str = "/.well-known/oauth-authorization-server/clinic";
pub const JWKS: &str = "/clinic/.well-known/jwks.json";
pub const ALL: [&str; 5] = [SMART, SMART_OF_FHIR, OPENID, OAUTH, JWKS];

pub async fn document(server: &TestServer, path: &str) -> Value {
    let answer = server.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// A member that is a list of texts.
pub fn texts(document: &Value, name: &str) -> Vec<String> {
    let list = document[name].as_array().unwrap_or_else(|| panic!("{name} is no list: {document}"));
    list.iter().map(|text| text.as_str().unwrap_or_else(|| panic!("{name}: {text} is no text")).to_owned()).collect()
}

/// Every member whose value is a URL.
pub fn urls(document: &Value) -> Vec<(String, String)> {
    let members = document.as_object().expect("an object").iter();
    let is_url = |name: &str| name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer";
    members
        .filter(|(name, _)| is_url(name))
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()))
        .collect()
}

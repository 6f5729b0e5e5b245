//! `/metadata` of the server behind, as far as it can be had through here, with the OAuth endpoints that open this door.

use serde_json::{Value, json};

use super::upstream::Upstream;
use crate::capability::{OAuthUris, security};
use crate::definitions;
use crate::problem::Problem;

pub async fn statement(upstream: &Upstream, base: &str, oauth: &OAuthUris) -> Result<Value, Problem> {
    let mut statement = upstream.get("metadata").await?.good()?;
    let Some(rest) = statement["rest"].as_array_mut().and_then(|rest| rest.first_mut()).filter(|rest| rest.is_object())
    else {
        return Err(Problem::new(502, "transient", "The FHIR server behind this one has no CapabilityStatement."));
    };
    rest["security"] = security(oauth);
    if let Some(resources) = rest["resource"].as_array_mut() {
        resources.retain(|resource| resource["type"].as_str().and_then(definitions::resource_type).is_some());
    }
    if let Some(fields) = rest.as_object_mut() {
        // Operations, searches over all types and the history of the whole server cannot be judged here.
        fields.remove("operation");
        fields.remove("searchParam");
        fields.insert("interaction".to_owned(), json!([{"code": "batch"}, {"code": "transaction"}]));
    }
    statement["implementation"] = json!({"description": "Behind an authorization server", "url": base});
    statement["format"] = json!(["application/fhir+json", "json"]);
    statement["patchFormat"] = json!(["application/json-patch+json"]);
    Ok(statement)
}

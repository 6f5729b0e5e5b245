//! Whether the server does what its documents say: requests that are pushed, proofs of a key, and apps that nobody registered.

use super::{
    check::{Check, ExaminedTenant, doubtful, good, wrong},
    checks::{Documents, cause},
};
use reqwest::RequestBuilder;
use serde_json::Value;

/// Of nobody, so that nothing can come of it.
const NOBODY: &str = "nobody-of-this-name";

/// RFC 9126 §5: an endpoint that is named is there, and one that is there is named.
pub async fn pushed_requests(tenant: &ExaminedTenant, documents: &Documents) -> Check {
    let name = "pushed requests";
    let named = documents.smart["pushed_authorization_request_endpoint"].as_str();
    let usual = format!("{}/par", tenant.issuer);
    let url = named.unwrap_or(&usual);
    let form = [("client_id", NOBODY), ("response_type", "code")];
    let (status, body) = match said(tenant.http.post(url).form(&form)).await {
        Ok(said) => said,
        Err(why) => return wrong(name, format!("{url}: {why}")),
    };
    let must = documents.smart["require_pushed_authorization_requests"] == true;
    match (named, status, body["error"].as_str()) {
        (None, 404, _) => good(name, "none are taken, and no document names an endpoint"),
        (None, _, Some(_)) => doubtful(name, format!("{url} takes them, and no document says so")),
        (None, _, None) => good(name, "no document names an endpoint"),
        (Some(_), 404, _) => wrong(name, format!("{url} is named, and nothing is there")),
        (Some(_), 400 | 401, Some(error)) => {
            let how = if must { "required" } else { "taken" };
            good(name, format!("{how}; a stranger's is a {status} {error}"))
        }
        (Some(_), ..) => wrong(name, format!("{url} is named, and answered {status} {}", body["error"])),
    }
}

/// RFC 9449 §5: where algorithms are named, a proof that is none is refused, before anybody is asked who they are; elsewhere it is a
/// header that nobody reads.
pub async fn proofs(tenant: &ExaminedTenant, documents: &Documents) -> Check {
    let name = "DPoP";
    let algorithms = texts(&documents.smart["dpop_signing_alg_values_supported"]);
    let form = [("grant_type", "client_credentials"), ("client_id", NOBODY)];
    let request = tenant.http.post(&documents.token_endpoint).header("dpop", "no-proof").form(&form);
    let (_, body) = match said(request).await {
        Ok(said) => said,
        Err(why) => return wrong(name, why),
    };
    match (algorithms.is_empty(), body["error"] == "invalid_dpop_proof") {
        (false, true) => good(name, format!("proofs by {}; a bad one is refused", algorithms.join(", "))),
        (true, false) => good(name, "no FHIR server of it takes bound tokens, and no document says so"),
        (false, false) => {
            wrong(name, format!("proofs are said to be verified, and a bad one led to {}", body["error"]))
        }
        (true, true) => wrong(name, "proofs are verified, and no document names the algorithms"),
    }
}

/// What apps need that come without a registration (draft-ietf-oauth-client-id-metadata-document-02 §7). None where none may come.
pub fn client_documents(documents: &Documents) -> Option<Check> {
    let name = "client documents";
    let server = &documents.authorization_server;
    if server["client_id_metadata_document_supported"] != true {
        return None;
    }
    let methods = texts(&server["token_endpoint_auth_methods_supported"]);
    let mut missing = Vec::new();
    if !methods.iter().any(|method| matches!(*method, "none" | "private_key_jwt")) {
        missing.push("a way to authenticate without a secret (none or private_key_jwt)");
    }
    if server["authorization_response_iss_parameter_supported"] != true {
        missing.push("authorization_response_iss_parameter_supported");
    }
    if server.get("authorization_endpoint").is_none() {
        missing.push("authorization_endpoint");
    }
    Some(match (missing.is_empty(), texts(&server["protected_resources"]).is_empty()) {
        (false, _) => wrong(name, format!("taken, without {}", missing.join(", "))),
        (true, true) => doubtful(name, "taken, and protected_resources names no FHIR server"),
        (true, false) => good(name, "apps that nobody registered are taken"),
    })
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Status and JSON of an answer.
async fn said(request: RequestBuilder) -> Result<(u16, Value), String> {
    let response = request.send().await.map_err(|error| cause(&error))?;
    let status = response.status().as_u16();
    Ok((status, response.json().await.unwrap_or_default()))
}

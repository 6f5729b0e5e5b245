//! A FHIR server that the tenant's tokens are for, as an app sees it that knows nothing but its address (RFC 9728).

use super::{
    advertised::texts,
    check::{Check, ExaminedTenant, doubtful, good, wrong},
    checks::{Documents, cause, fetch},
};
use reqwest::{Response, header};
use rules::oauth::protected_resource::metadata_url;
use serde_json::Value;

pub async fn fhir_server(tenant: &ExaminedTenant, documents: &Documents, resource: &str) -> Vec<Check> {
    let name = "protected resource";
    let Some(url) = metadata_url(resource) else { return vec![wrong(name, format!("{resource} is no address"))] };
    let metadata = match fetch(tenant, &url).await {
        Ok((metadata, _)) => metadata,
        Err(why) => return vec![wrong(name, why)],
    };
    let challenge = challenge(tenant, resource, &url, &metadata).await;
    vec![described(tenant, documents, resource, &metadata), challenge]
}

fn described(tenant: &ExaminedTenant, documents: &Documents, resource: &str, metadata: &Value) -> Check {
    let name = "protected resource";
    // Character by character (RFC 9728 §3.3): an app that finds another address goes no further.
    if metadata["resource"] != resource {
        return wrong(name, format!("{resource} calls itself {}", metadata["resource"]));
    }
    let servers = texts(&metadata["authorization_servers"]);
    if !servers.contains(&tenant.issuer.as_str()) {
        return wrong(name, format!("{resource} does not name this issuer, but {servers:?}"));
    }
    let member = "dpop_signing_alg_values_supported";
    let (ours, theirs) = (texts(&documents.smart[member]), texts(&metadata[member]));
    let unknown: Vec<&str> = ours.iter().filter(|alg| !theirs.is_empty() && !theirs.contains(*alg)).copied().collect();
    match (theirs.is_empty(), ours.is_empty()) {
        (false, true) => wrong(name, format!("{resource} verifies proofs, and this server binds no token to a key")),
        _ if !unknown.is_empty() => {
            wrong(name, format!("{resource} verifies no proofs by {}, and this server does", unknown.join(", ")))
        }
        (false, false) if metadata["dpop_bound_access_tokens_required"] == true => {
            good(name, format!("{resource} names this issuer, and takes bound tokens alone"))
        }
        (false, false) => good(name, format!("{resource} names this issuer, and takes bound tokens")),
        (true, _) => good(name, format!("{resource} names this issuer")),
    }
}

/// What it says to somebody without a token (RFC 9728 §5.1, RFC 9449 §7.1).
async fn challenge(tenant: &ExaminedTenant, resource: &str, metadata_url: &str, metadata: &Value) -> Check {
    let name = "challenge";
    let url = format!("{}/Patient", resource.trim_end_matches('/'));
    let response = match tenant.http.get(&url).send().await {
        Ok(response) => response,
        Err(error) => return wrong(name, format!("{url}: {}", cause(&error))),
    };
    let status = response.status().as_u16();
    let challenges = challenges(&response);
    let has_scheme = |scheme: &str| challenges.iter().any(|challenge| challenge.starts_with(scheme));
    let takes_bound = !texts(&metadata["dpop_signing_alg_values_supported"]).is_empty();
    match () {
        () if (200..300).contains(&status) => wrong(name, format!("{url} answers {status} without a token")),
        () if status != 401 => doubtful(name, format!("{url} answers {status} without a token, and not 401")),
        () if !challenges
            .iter()
            .any(|challenge| challenge.contains(&format!("resource_metadata=\"{metadata_url}\""))) =>
        {
            doubtful(name, format!("WWW-Authenticate of {url} does not say where the metadata is: {challenges:?}"))
        }
        () if takes_bound && !has_scheme("DPoP ") => {
            doubtful(name, format!("{url} takes bound tokens, and has no challenge of the scheme DPoP"))
        }
        () if metadata["dpop_bound_access_tokens_required"] == true && has_scheme("Bearer ") => {
            doubtful(name, format!("{url} takes bound tokens alone, and has a challenge of the scheme Bearer"))
        }
        () => good(name, "without a token it says where its metadata is"),
    }
}

fn challenges(response: &Response) -> Vec<String> {
    let values = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
    values.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect()
}

//! The members of the discovery documents, with the values that they have here.

use rules::{
    oauth::metadata::{authorization_server, openid_configuration, smart_configuration},
    tenant::Tenant,
};
use serde_json::Value;

pub struct Document {
    pub name: &'static str,
    pub url: String,
    pub members: Vec<Member>,
}

pub struct Member {
    pub name: String,
    pub value: String,
    pub what: &'static str,
}

pub fn documents(tenant: &Tenant) -> Vec<Document> {
    let issuer = tenant.issuer.as_str();
    let origin = tenant.issuer.origin();
    let path = issuer.strip_prefix(&origin).unwrap_or_default();
    vec![
        document(
            "SMART configuration",
            tenant.issuer.endpoint(".well-known/smart-configuration"),
            smart_configuration(tenant),
        ),
        document(
            "OpenID Connect discovery",
            tenant.issuer.endpoint(".well-known/openid-configuration"),
            openid_configuration(tenant),
        ),
        document(
            "OAuth metadata (RFC 8414)",
            format!("{origin}/.well-known/oauth-authorization-server{path}"),
            authorization_server(tenant),
        ),
    ]
}

fn document(name: &'static str, url: String, value: Value) -> Document {
    let members = value.as_object().into_iter().flatten();
    let members = members.map(|(name, value)| Member { name: name.clone(), value: shown(value), what: what(name) });
    Document { name, url, members: members.collect() }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn what(member: &str) -> &'static str {
    match member {
        "issuer" => "The iss of every token and of every answer",
        "jwks_uri" => "The public keys that tokens are signed with",
        "authorization_endpoint" => "Where the browser is sent",
        "token_endpoint" => "Where codes and refresh tokens are exchanged",
        "introspection_endpoint" => "Whether a token is good, and what for",
        "revocation_endpoint" => "Where an app gives back a token",
        "userinfo_endpoint" => "Who is behind an access token",
        "end_session_endpoint" => "Where the person signs out",
        "management_endpoint" => "Where a person sees which apps have access, and takes it away",
        "pushed_authorization_request_endpoint" => "Where an app sends its request ahead",
        "require_pushed_authorization_requests" => "Whether it must",
        "grant_types_supported" => "Values of grant_type",
        "response_types_supported" => "Values of response_type",
        "response_modes_supported" => "How the answer comes back",
        "code_challenge_methods_supported" => "PKCE methods",
        "token_endpoint_auth_methods_supported" => "How apps prove who they are at the token endpoint",
        "revocation_endpoint_auth_methods_supported" => "How they do at revocation",
        "introspection_endpoint_auth_methods_supported" => "How callers do at introspection",
        "token_endpoint_auth_signing_alg_values_supported" => "Algorithms of assertions at the token endpoint",
        "revocation_endpoint_auth_signing_alg_values_supported" => "Algorithms of assertions at revocation",
        "introspection_endpoint_auth_signing_alg_values_supported" => "Algorithms of assertions at introspection",
        "scopes_supported" => "Scopes; see Scopes",
        "capabilities" => "What of SMART is offered",
        "user_access_brand_bundle" => "The brands and FHIR base URLs, as a FHIR Bundle",
        "user_access_brand_identifier" => "Which brand of it is this server's",
        "subject_types_supported" => "A person's sub is the same for all apps",
        "id_token_signing_alg_values_supported" => "Algorithms of id_tokens",
        "claims_supported" => "Claims that id_tokens may have",
        "claims_parameter_supported" => "Whether the claims parameter is understood",
        "request_parameter_supported" => "Whether request objects are",
        "request_uri_parameter_supported" => "Whether an app's own request_uri is",
        "prompt_values_supported" => "Values of prompt",
        "acr_values_supported" => "How a person may have signed in",
        "authorization_response_iss_parameter_supported" => "Whether answers name their issuer: compare it (RFC 9207)",
        "dpop_signing_alg_values_supported" => "Algorithms of DPoP proofs",
        "client_id_metadata_document_supported" => "Whether a client_id may be the address of a document",
        "protected_resources" => "FHIR servers that tokens are for",
        "service_documentation" => "This page",
        "op_tos_uri" => "Terms of use",
        "op_policy_uri" => "What apps may do with data",
        _ => "As its specification says",
    }
}

//! The answer of introspection (RFC 7662 §2.2; SMART 2.2, token introspection).

use super::authorization_details::authorization_details;
use crate::{grant::Approval, tenant::Tenant, token::AccessTokenClaims};
use serde_json::{Map, Value, json};

/// For every token that is not good, whatever the reason, and nothing more (RFC 7662 §2.2).
pub fn inactive() -> Value {
    json!({ "active": false })
}

/// A good access token; `approval` is there when a user approved it.
pub fn active(tenant: &Tenant, claims: &AccessTokenClaims, approval: Option<&Approval>) -> Value {
    let context = approval.and_then(|approval| serde_json::to_value(&approval.context).ok());
    let mut members = match context {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.insert("active".into(), json!(true));
    members.insert("token_type".into(), json!(claims.token_type()));
    members.insert("scope".into(), json!(claims.scope));
    members.insert("client_id".into(), json!(claims.client_id));
    members.insert("iss".into(), json!(claims.iss));
    members.insert("sub".into(), json!(claims.sub));
    members.insert("aud".into(), json!(claims.aud));
    members.insert("iat".into(), json!(claims.iat));
    members.insert("nbf".into(), json!(claims.iat));
    members.insert("exp".into(), json!(claims.exp));
    members.insert("jti".into(), json!(claims.jti));
    if let Some(cnf) = &claims.cnf {
        members.insert("cnf".into(), json!(cnf));
    }
    if let Some(extensions) = &claims.extensions {
        members.insert("extensions".into(), json!(extensions));
    }
    if let Some(details) = authorization_details(tenant, &claims.aud) {
        members.insert("authorization_details".into(), details);
    }
    if let Some(fhir_user) = &claims.fhir_user {
        members.insert("fhirUser".into(), json!(fhir_user));
    }
    Value::Object(members)
}

//! The answer of the token endpoint (RFC 6749 §5.1) with the launch context beside it (SMART 2.2, launch context).

use crate::{scope::ScopeSet, secret::Secret};
use serde_json::{Map, Value, json};

pub struct TokenResponse<'a> {
    pub access_token: &'a Secret,
    pub token_type: &'static str,
    /// Seconds, as a number (TOK-9).
    pub expires_in: i64,
    pub scope: &'a ScopeSet,
    pub id_token: Option<&'a Secret>,
    pub refresh_token: Option<&'a Secret>,
    /// The launch context.
    pub context: Map<String, Value>,
    pub authorization_details: Option<Value>,
}

impl TokenResponse<'_> {
    pub fn to_json(&self) -> Value {
        let mut members = self.context.clone();
        // After the context, so that nothing in it can stand for a protocol member.
        members.insert("access_token".into(), json!(self.access_token.expose()));
        members.insert("token_type".into(), json!(self.token_type));
        members.insert("expires_in".into(), json!(self.expires_in));
        members.insert("scope".into(), json!(self.scope.to_string()));
        if let Some(details) = &self.authorization_details {
            members.insert("authorization_details".into(), details.clone());
        }
        if let Some(token) = self.id_token {
            members.insert("id_token".into(), json!(token.expose()));
        }
        if let Some(token) = self.refresh_token {
            members.insert("refresh_token".into(), json!(token.expose()));
        }
        Value::Object(members)
    }
}

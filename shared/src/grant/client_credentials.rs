//! What may a backend service do on its own? (SMART 2.2, backend services; RFC 6749 §4.4)

use crate::{
    client::{Client, ClientAuthentication},
    oauth::error::{ErrorCode, OAuthError},
    scope::{Level, Scope, ScopeSet, narrow},
};

/// Only `system/` scopes and extensions: there is no user and no patient in context (SCP-11).
pub fn grant(client: &Client, asked: Option<&str>) -> Result<ScopeSet, OAuthError> {
    if !matches!(client.authentication, ClientAuthentication::PrivateKeyJwt { .. }) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "client_credentials needs private_key_jwt authentication (SMART backend services)",
        ));
    }
    let asked = asked.ok_or_else(|| OAuthError::invalid_scope("scope is missing"))?;
    let usable = ScopeSet::parse(asked).set;
    let granted = narrow(&usable, &client.scope).granted.without(|scope| match scope {
        Scope::Resource(resource) => resource.level != Level::System,
        Scope::Extension(_) => false,
        _ => true,
    });
    if granted.is_empty() {
        return Err(OAuthError::invalid_scope("none of the scopes asked for can be granted to this client"));
    }
    Ok(granted)
}

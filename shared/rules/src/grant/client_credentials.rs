//! What may a backend service do on its own? (SMART 2.2, backend services; RFC 6749 §4.4)

use super::unknown_resource;
use crate::{
    client::Client,
    oauth::error::{ErrorCode, OAuthError},
    scope::{Level, Scope, ScopeSet, narrow},
    tenant::{AuthenticationMethod, Tenant},
};

/// The form of the request (RFC 6749 §4.4.2; RFC 8707 §2.2).
#[derive(Debug)]
pub struct ClientCredentialsRequest {
    pub scope: Option<String>,
    pub resource: Option<String>,
}

/// The FHIR server that was asked for; else the tenant's first (RFC 9068 §3: the default resource).
pub fn audience<'a>(tenant: &'a Tenant, request: &ClientCredentialsRequest) -> Result<&'a str, OAuthError> {
    match (&request.resource, tenant.fhir_servers.first()) {
        (Some(resource), _) => tenant.fhir_server(resource).map(|fhir| fhir.url.as_str()).ok_or_else(unknown_resource),
        (None, Some(first)) => Ok(&first.url),
        (None, None) => Ok(tenant.issuer.as_str()),
    }
}

/// Only `system/` scopes and extensions: there is no user and no patient in context (SCP-11).
/// A client with a role gets what the role says, whatever it asked for (KT-3).
pub fn grant(client: &Client, tenant: &Tenant, asked: Option<&str>) -> Result<ScopeSet, OAuthError> {
    if !tenant.policy.lets_act_alone(client.authentication.method()) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "client_credentials needs private_key_jwt authentication (SMART backend services)",
        ));
    }
    if let Some(own) = &client.role {
        let role = tenant.roles.iter().find(|role| role.name == own.name);
        let scope = role.map(|role| role.scope(&own.device)).unwrap_or_default();
        return if scope.is_empty() {
            Err(OAuthError::invalid_scope("the client's role allows nothing")
                .because(format!("its role: {}", own.name)))
        } else {
            Ok(scope)
        };
    }
    let asked = asked.ok_or_else(|| OAuthError::invalid_scope("scope is missing").because(registered(client)))?;
    let usable = ScopeSet::parse(asked).set;
    let granted = narrow(&usable, &client.scope).granted.without(|scope| match scope {
        Scope::Resource(resource) => resource.level != Level::System,
        Scope::Extension(_) => false,
        _ => true,
    });
    if granted.is_empty() {
        return Err(OAuthError::invalid_scope("none of the scopes asked for can be granted to this client")
            .because(registered(client)));
    }
    Ok(granted)
}

/// What each use of a secret leaves behind (`client_credentials_by_secret`).
pub fn warning(client: &Client) -> Option<&'static str> {
    let by_key = client.authentication.method() == AuthenticationMethod::PrivateKeyJwt;
    (!by_key).then_some("issued for a client's secret, where SMART App Launch 2.2 has keys alone")
}

fn registered(client: &Client) -> String {
    format!("expected among system/… and extension scopes that it is registered for: {}", client.scope)
}

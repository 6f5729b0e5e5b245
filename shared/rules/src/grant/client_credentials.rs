//! What may a backend service do on its own? (SMART 2.2, backend services; RFC 6749 §4.4)

use super::unknown_resource;
use crate::{
    client::{Client, RoleOfClient},
    dpop::{Confirmation, Thumbprint, binding},
    length::{self, bounded, grantable},
    oauth::error::{ErrorCode, OAuthError},
    scope::{Level, POWERS, Scope, ScopeSet},
    tenant::{AuthenticationMethod, Guarded, Tenant, same_server},
};

/// The form of the request (RFC 6749 §4.4.2; RFC 8707 §2.2).
#[derive(Debug)]
pub struct ClientCredentialsRequest {
    pub scope: Option<String>,
    pub resource: Option<String>,
}

/// What a service gets, and for whom.
#[derive(Debug)]
pub struct ServiceAccess<'a> {
    pub aud: TokenAudience<'a>,
    pub scope: ScopeSet,
    /// The key that its token is bound to.
    pub confirmation: Option<Confirmation>,
}

/// Whom a service's token is shown to.
#[derive(Clone, Copy, Debug)]
pub enum TokenAudience<'a> {
    Guarded(Guarded<'a>),
    /// This server, by its issuer.
    Admit(&'a str),
}

impl<'a> TokenAudience<'a> {
    pub fn as_str(self) -> &'a str {
        match self {
            TokenAudience::Guarded(guarded) => guarded.url(),
            TokenAudience::Admit(issuer) => issuer,
        }
    }

    /// Powers over this server and what is for a FHIR server are never in one token: each of the two could use what is for the
    /// other.
    fn fitting(self, scope: &ScopeSet) -> ScopeSet {
        match self {
            TokenAudience::Guarded(guarded) => guarded.within(scope.without_powers()),
            TokenAudience::Admit(_) => scope.powers(),
        }
    }
}

/// Only `system/` scopes and extensions: there is no user and no patient in context (SCP-11).
/// A client with a role gets what the role says, whatever it asked for (KT-3).
pub fn grant<'a>(
    client: &'a Client,
    tenant: &'a Tenant,
    request: &ClientCredentialsRequest,
    proof: Option<&Thumbprint>,
) -> Result<ServiceAccess<'a>, OAuthError> {
    if !tenant.policy.lets_act_alone(client.authentication.method()) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "client_credentials needs private_key_jwt authentication (SMART backend services)",
        ));
    }
    let scope = match &client.role {
        Some(own) => of_role(own, tenant)?,
        None => of_registration(client, request.scope.as_deref())?,
    };
    let aud = audience(client, tenant, request.resource.as_deref(), &scope)?;
    let fitting = aud.fitting(&scope);
    if fitting.is_empty() {
        Err(unfit(aud, tenant).because(registered(client)))
    } else {
        let confirmation = binding(client, tenant, aud.as_str(), proof)?;
        Ok(ServiceAccess { aud, scope: bounded(fitting, client, tenant, aud.as_str())?, confirmation })
    }
}

/// The resource decides (RFC 8707 §2.2). Without one, powers alone are for this server, and all else for the first FHIR server that
/// the client may have tokens for (RFC 9068 §3: the default resource).
fn audience<'a>(
    client: &'a Client,
    tenant: &'a Tenant,
    resource: Option<&str>,
    scope: &ScopeSet,
) -> Result<TokenAudience<'a>, OAuthError> {
    let issuer = TokenAudience::Admit(tenant.issuer.as_str());
    match resource {
        Some(resource) if same_server(resource, tenant.issuer.as_str()) => Ok(issuer),
        Some(resource) => client.resource(tenant, resource).map(TokenAudience::Guarded).ok_or_else(|| {
            let servers: Vec<&str> = client.guarded(tenant).map(Guarded::url).collect();
            unknown_resource().because(format!(
                "expected {} for powers over Admit, or else one of: {}",
                tenant.issuer.as_str(),
                servers.join(", ")
            ))
        }),
        None if scope.iter().all(Scope::is_power) => Ok(issuer),
        None => Ok(client.guarded(tenant).next().map_or(issuer, TokenAudience::Guarded)),
    }
}

fn unfit(aud: TokenAudience<'_>, tenant: &Tenant) -> OAuthError {
    let powers = POWERS.join(" and ");
    OAuthError::invalid_scope(match aud {
        TokenAudience::Guarded(Guarded::Resource(resource)) => {
            format!("a token for {} holds its own scopes alone: {}", resource.name, resource.scope)
        }
        TokenAudience::Guarded(Guarded::FhirServer(_)) => {
            format!("{powers} are in no token for a FHIR server: ask for them with resource={}", tenant.issuer.as_str())
        }
        TokenAudience::Admit(_) => {
            format!("a token for this server holds {powers} alone: ask for system/… with a FHIR server as the resource")
        }
    })
}

fn of_role(own: &RoleOfClient, tenant: &Tenant) -> Result<ScopeSet, OAuthError> {
    let role = tenant.roles.iter().find(|role| role.name == own.name);
    let scope = role.map(|role| role.scope(&own.device)).unwrap_or_default();
    if scope.is_empty() {
        let refused = OAuthError::invalid_scope("the client's role allows nothing");
        return Err(refused.because(format!("its role: {}", own.name)));
    }
    Ok(scope)
}

fn of_registration(client: &Client, asked: Option<&str>) -> Result<ScopeSet, OAuthError> {
    let asked = asked.ok_or_else(|| OAuthError::invalid_scope("scope is missing").because(registered(client)))?;
    let usable = length::read(asked)?.set;
    let granted = grantable(&usable, &client.scope)?.without(|scope| match scope {
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

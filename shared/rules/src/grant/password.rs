//! The resource owner password grant (RFC 6749 §4.3). Off unless tenant and client ask for it.

use super::{
    Approval, FreshSecrets, Grant, GrantId, GrantState, Issuance, Refreshable, refresh_token::new_family,
    unknown_resource,
};
use crate::{
    client::Client,
    dpop::{Thumbprint, binding},
    extensions::carried::Extensions,
    launch::LaunchContext,
    length::{self, bounded, grantable},
    oauth::error::OAuthError,
    scope::{Level, Scope, ScopeSet},
    secret::Secret,
    signed_in::SignedIn,
    tenant::{GrantType, Tenant},
    time::Timestamp,
    user::{Reach, reach},
};

/// The form of the request (RFC 6749 §4.3.2).
#[derive(Debug)]
pub struct PasswordRequest {
    pub username: String,
    pub password: Secret,
    pub scope: Option<String>,
    pub resource: Option<String>,
}

/// What the endpoint found and made before it asks.
pub struct Approving<'a> {
    pub request: &'a PasswordRequest,
    pub client: &'a Client,
    pub tenant: &'a Tenant,
    pub fresh: &'a FreshSecrets,
    /// The key of the request's DPoP proof.
    pub proof: Option<&'a Thumbprint>,
    /// What its assertion brought.
    pub extensions: Option<&'a Extensions>,
    pub now: Timestamp,
}

pub fn wrong_password() -> OAuthError {
    OAuthError::invalid_grant("the username or the password is wrong")
}

/// A grant for a user who gave the app their password: there is nobody to ask, so no patient to pick and no launch.
pub fn approve(user: &SignedIn, approving: &Approving<'_>) -> Result<(Grant, Issuance), OAuthError> {
    let &Approving { request, client, tenant, fresh, proof, extensions, now } = approving;
    let aud = match &request.resource {
        Some(resource) => client.fhir_resource(tenant, resource),
        None => client.fhir_servers(tenant).next(),
    };
    let aud = aud.ok_or_else(unknown_resource)?;
    let confirmation = binding(client, tenant, &aud.url, proof)?;
    if !user.is_known_at(&aud.url) {
        return Err(OAuthError::invalid_grant("the user is not known at this FHIR server"));
    }
    let patient = match reach(user.fhir_user.as_ref(), &user.patients) {
        Reach::Only(patients) => match patients.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        },
        Reach::Any => None,
    };
    let context = LaunchContext { patient, ..LaunchContext::default() };
    let scope = bounded(scope(request, user, client, &context)?, client, tenant, &aud.url)?;
    let access_token_seconds = client.access_token_seconds.unwrap_or(tenant.policy.access_token_seconds);
    let mut grant = Grant {
        tenant: tenant.id.clone(),
        id: GrantId::random(),
        client_id: client.client_id.clone(),
        approval: Approval {
            sub: user.sub.clone(),
            account: Some(user.account()),
            name: user.name_for(&scope),
            fhir_user: user.fhir_user_url(&aud.url),
            auth_time: now,
            approved_at: now,
            amr: user.amr.clone(),
            acr: None,
            lasts_until: None,
            vouched_by: None,
            refresh: if scope.offline_access() { Refreshable::Offline } else { Refreshable::Never },
            scope: scope.clone(),
            context,
            hti: None,
            aud: aud.url.clone(),
            resource: None,
            redirect_uri: String::new(),
            code_challenge: None,
            dpop_jkt: None,
            nonce: None,
            explanation: None,
            document: None,
        },
        listed_until: now,
        state: GrantState::redeemed(None, None, None, access_token_seconds, now),
    };
    let (family, refresh_token) = new_family(&grant, client, tenant, fresh, now).unzip();
    let family = family.map(|family| family.bound_to(confirmation.as_ref()));
    grant.state = GrantState::redeemed(None, family, extensions.cloned(), access_token_seconds, now);
    let extensions = extensions.cloned();
    Ok((grant, Issuance { scope, refresh_token, nonce: None, access_token_seconds, confirmation, extensions }))
}

fn scope(
    request: &PasswordRequest,
    user: &SignedIn,
    client: &Client,
    context: &LaunchContext,
) -> Result<ScopeSet, OAuthError> {
    let asked = match request.scope.as_deref() {
        Some(scope) => length::read(scope)?.set,
        None => client.scope.clone(),
    };
    let granted = grantable(&asked, &client.scope)?;
    let openid = granted.has_openid();
    let granted = granted.without(|scope| match scope {
        Scope::Resource(resource) => {
            resource.level == Level::System || (resource.level == Level::Patient && context.patient.is_none())
        }
        Scope::Launch(launch) => !launch.is_main("patient") || context.patient.is_none(),
        Scope::FhirUser => user.fhir_user.is_none() || !openid,
        Scope::Profile => !openid,
        Scope::OfflineAccess => !client.may_use(GrantType::RefreshToken),
        // It lasts as long as a session, and here is none.
        Scope::OnlineAccess => true,
        Scope::Extension(_) => scope.is_power(),
        _ => false,
    });
    if granted.is_empty() {
        Err(OAuthError::invalid_scope("none of the scopes asked for can be granted")
            .because(format!("what the client is registered for: {}", client.scope)))
    } else {
        Ok(granted)
    }
}

//! Access tokens: minted in the form a client is registered for, and judged whether they are good at this moment.

use crate::{
    Server,
    authority::session_is_over,
    clients::{Registered, judging},
    store::{
        Item, Key, StoreError, Write,
        schema::{self, ReferenceToken, RevokedAccessToken},
    },
};
use rules::{
    authority::{self, Lapsed},
    client::{AccessTokenFormat, Client, own::OWN_CLIENT_ID},
    grant::Grant,
    jwk::PublicKey,
    jws::{TokenKind, UnverifiedJws},
    oauth::error::OAuthError,
    scope::ScopeSet,
    secret::Secret,
    tenant::TenantRecord,
    time::Timestamp,
    token::AccessTokenClaims,
};
use std::sync::Arc;

/// An access token of ours that has not expired and was not revoked, and the grant behind it if a user gave one.
#[derive(Debug)]
pub struct LiveToken {
    pub claims: AccessTokenClaims,
    pub grant: Option<Grant>,
    /// Whose it is; this server is no client of its own.
    pub client: Option<Arc<Client>>,
}

impl LiveToken {
    pub fn has_extension(&self, name: &str) -> bool {
        ScopeSet::parse(&self.claims.scope).set.has_extension(name)
    }
}

/// Reference tokens begin like this; a JWT never does.
const REFERENCE: &str = "at_";

/// A token for these claims, signed or opaque as the client is registered, and what must be written with it.
pub async fn mint(
    server: &Server,
    tenant: &TenantRecord,
    client: &Client,
    claims: AccessTokenClaims,
) -> Result<(Secret, Option<Write>), OAuthError> {
    match client.access_token_format {
        AccessTokenFormat::Jwt | AccessTokenFormat::Noop => {
            Ok((server.signer.sign(tenant, TokenKind::AccessToken, &claims).await?, None))
        }
        AccessTokenFormat::Reference => {
            let token = Secret::new(format!("{REFERENCE}{}", Secret::random().expose()));
            let kept = ReferenceToken { tenant: tenant.id.clone(), token: token.hash(), claims };
            Ok((token, Some(Write::create(&kept)?)))
        }
    }
}

/// One read for a JWT, with its client where that is not in memory; one more for a reference token, and one more where
/// `online_access` was granted. The claims hold what the client may still have of the scope.
pub async fn find_live(
    server: &Server,
    tenant: &TenantRecord,
    token: &str,
    now: Timestamp,
) -> Result<Option<LiveToken>, StoreError> {
    let Some(claims) = find_claims(server, tenant, token, now).await? else { return Ok(None) };
    let (grant, client) = match &claims.grant_id {
        Some(id) => {
            let key = schema::grant(&tenant.id, id);
            let (grant, registered) = with_client::<Grant>(server, tenant, key, &claims, now).await?;
            let Some(grant) = grant.filter(|grant| grant.honours(&claims.jti)) else { return Ok(None) };
            let client = judging(registered, Some(&grant), tenant);
            (Some(grant), client)
        }
        None => {
            let key = schema::revoked_access_token(&tenant.id, &claims.jti);
            let (revoked, registered) = with_client::<RevokedAccessToken>(server, tenant, key, &claims, now).await?;
            if revoked.is_some() {
                return Ok(None);
            }
            (None, judging(registered, None, tenant))
        }
    };
    let of_grant = grant.as_ref().map_or(Ok(()), |grant| authority::of_tenant(grant, tenant));
    let scope = match of_grant.and_then(|()| scope_today(&claims, grant.as_ref(), client.as_deref(), tenant)) {
        Ok(scope) => scope,
        Err(why) => {
            tracing::info!(tenant = tenant.id.as_str(), why, "an access token is no longer good");
            return Ok(None);
        }
    };
    if let Some(grant) = &grant
        && session_is_over(server, grant, now).await?
    {
        return Ok(None);
    }
    Ok(Some(LiveToken { claims: AccessTokenClaims { scope, ..claims }, grant, client }))
}

/// What the token may still do. This server is no client of its own.
fn scope_today(
    claims: &AccessTokenClaims,
    grant: Option<&Grant>,
    client: Option<&Client>,
    tenant: &TenantRecord,
) -> Result<String, Lapsed> {
    authority::of_token(claims, tenant)?;
    if claims.client_id == OWN_CLIENT_ID {
        return Ok(claims.scope.clone());
    }
    authority::of_client(claims, grant, client, tenant).map(|scope| scope.to_string())
}

/// An item, and the client of the token that it is read for: in one call where the client is not in memory.
async fn with_client<T: Item>(
    server: &Server,
    tenant: &TenantRecord,
    key: Key,
    claims: &AccessTokenClaims,
    now: Timestamp,
) -> Result<(Option<T>, Registered), StoreError> {
    let id = claims.client_id.as_str();
    let remembered = server.remembered_client(&tenant.id, id, now);
    if remembered.is_some() || id == OWN_CLIENT_ID {
        let found = server.store.find::<T>(key, now).await?;
        let registered = remembered.map_or(Registered::Nothing, Registered::Client);
        return Ok((found.map(|found| found.value), registered));
    }
    let (found, client) = server.store.find_both::<T, Client>([key, schema::client(&tenant.id, id)], now).await?;
    let registered = Registered::of(server, client.map(|client| client.value), now);
    Ok((found.map(|found| found.value), registered))
}

/// What a token of ours says, if it has not expired; it may have been revoked.
pub async fn find_claims(
    server: &Server,
    tenant: &TenantRecord,
    token: &str,
    now: Timestamp,
) -> Result<Option<AccessTokenClaims>, StoreError> {
    let claims = if token.starts_with(REFERENCE) {
        let key = schema::reference_token(&tenant.id, token);
        server.store.find::<ReferenceToken>(key, now).await?.map(|found| found.value.claims)
    } else {
        let is_by = |jws: &UnverifiedJws<'_>, key: &PublicKey| server.verified.is_by(token, jws, key);
        tenant.verify_own_by::<AccessTokenClaims>(token, TokenKind::AccessToken, is_by).ok()
    };
    Ok(claims.filter(|claims| !claims.exp.is_past(now)))
}

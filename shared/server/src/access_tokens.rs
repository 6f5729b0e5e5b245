//! Access tokens: minted in the form a client is registered for, and judged whether they are good at this moment.

use crate::{
    Server, online_access,
    store::{
        StoreError, Write,
        schema::{self, ReferenceToken, RevokedAccessToken},
    },
};
use rules::{
    client::{AccessTokenFormat, Client},
    grant::Grant,
    jws::TokenKind,
    oauth::error::OAuthError,
    scope::{Scope, ScopeSet},
    secret::Secret,
    tenant::TenantRecord,
    time::Timestamp,
    token::AccessTokenClaims,
};

/// An access token of ours that has not expired and was not revoked, and the grant behind it if a user gave one.
#[derive(Debug)]
pub struct LiveToken {
    pub claims: AccessTokenClaims,
    pub grant: Option<Grant>,
}

impl LiveToken {
    pub fn has_extension(&self, name: &str) -> bool {
        has_extension(&ScopeSet::parse(&self.claims.scope).set, name)
    }
}

/// Whether an extension scope, such as `__introspect`, is in the set.
pub fn has_extension(scope: &ScopeSet, name: &str) -> bool {
    scope.iter().any(|scope| matches!(scope, Scope::Extension(extension) if extension == name))
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
        AccessTokenFormat::Jwt => Ok((server.signer.sign(tenant, TokenKind::AccessToken, &claims).await?, None)),
        AccessTokenFormat::Reference => {
            let token = Secret::new(format!("{REFERENCE}{}", Secret::random().expose()));
            let kept = ReferenceToken { tenant: tenant.id.clone(), token: token.hash(), claims };
            Ok((token, Some(Write::create(&kept)?)))
        }
    }
}

/// One read for a JWT, one more for a reference token, and one more where `online_access` was granted.
pub async fn find_live(
    server: &Server,
    tenant: &TenantRecord,
    token: &str,
    now: Timestamp,
) -> Result<Option<LiveToken>, StoreError> {
    let Some(claims) = find_claims(server, tenant, token, now).await? else { return Ok(None) };
    match &claims.grant_id {
        Some(id) => {
            let grant = server.store.find::<Grant>(schema::grant(&tenant.id, id), now).await?;
            match grant.map(|found| found.value).filter(|grant| grant.honours(&claims.jti)) {
                Some(grant) if !online_access::is_over(server, &grant, now).await? => {
                    Ok(Some(LiveToken { claims, grant: Some(grant) }))
                }
                _ => Ok(None),
            }
        }
        None => {
            let key = schema::revoked_access_token(&tenant.id, &claims.jti);
            let revoked = server.store.find::<RevokedAccessToken>(key, now).await?.is_some();
            Ok((!revoked).then_some(LiveToken { claims, grant: None }))
        }
    }
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
        tenant.verify_own::<AccessTokenClaims>(token, TokenKind::AccessToken).ok()
    };
    Ok(claims.filter(|claims| !claims.exp.is_past(now)))
}

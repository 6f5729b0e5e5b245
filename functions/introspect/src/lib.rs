//! `POST /{tenant}/introspect`: is this token good, and what may it do? (RFC 7662; SMART 2.2, token introspection)

mod caller;

use axum::{Router, http::StatusCode, response::Response};
use caller::Caller;
use serde_json::{Value, json};
use shared::{
    grant::{
        Grant, GrantState,
        token::{PresentedRefreshToken, parse_refresh_token},
    },
    keys::TokenKind,
    oauth::{
        answer::secret_json,
        error::OAuthError,
        form_post::{FormPost, endpoint},
        introspection::{active, inactive},
    },
    server::Server,
    store::{
        StoreError,
        schema::{self, RevokedAccessToken},
    },
    token::AccessTokenClaims,
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "introspect", introspect)
}

async fn introspect(post: FormPost) -> Result<Response, OAuthError> {
    let form = post.form()?;
    let caller = caller::find(&post).await?;
    let token = form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let answer = match parse_refresh_token(token) {
        Some(presented) => refresh_token(&post, &caller, presented).await?,
        None => access_token(&post, &caller, token).await?,
    };
    Ok(secret_json(StatusCode::OK, &answer))
}

async fn access_token(post: &FormPost, caller: &Caller, token: &str) -> Result<Value, OAuthError> {
    let Some((claims, grant)) = live_access_token(post, token).await? else {
        return Ok(inactive());
    };
    if !caller.may_see(&claims.client_id) {
        return Ok(inactive());
    }
    Ok(active(&claims, grant.as_ref().map(|grant| &grant.approval)))
}

/// The claims of an access token that is good at this moment: ours, not expired, not revoked. One read.
async fn live_access_token(
    post: &FormPost,
    token: &str,
) -> Result<Option<(AccessTokenClaims, Option<Grant>)>, StoreError> {
    let FormPost { server, tenant, now, .. } = post;
    let Ok(claims) = tenant.verify_own::<AccessTokenClaims>(token, TokenKind::AccessToken) else {
        return Ok(None);
    };
    if claims.exp.is_past(*now) {
        return Ok(None);
    }
    match &claims.grant_id {
        Some(id) => {
            let grant = server.store.find::<Grant>(schema::grant(&tenant.id, id), *now).await?;
            let live = grant.map(|found| found.value).filter(|grant| grant.honours(&claims.jti));
            Ok(live.map(|grant| (claims, Some(grant))))
        }
        None => {
            let key = schema::revoked_access_token(&tenant.id, &claims.jti);
            let revoked = server.store.find::<RevokedAccessToken>(key, *now).await?.is_some();
            Ok((!revoked).then_some((claims, None)))
        }
    }
}

/// A refresh token is its client's business and nobody else's (INTR-12).
async fn refresh_token(
    post: &FormPost,
    caller: &Caller,
    presented: PresentedRefreshToken,
) -> Result<Value, OAuthError> {
    let FormPost { server, tenant, now, .. } = post;
    let grant = server.store.find::<Grant>(schema::grant(&tenant.id, &presented.grant), *now).await?;
    let Some(grant) = grant.filter(|grant| caller.is_client(&grant.client_id)) else {
        return Ok(inactive());
    };
    let GrantState::Redeemed { refresh: Some(family), .. } = &grant.state else {
        return Ok(inactive());
    };
    let current =
        family.family.matches(presented.family.expose()) && family.current.matches(presented.rotation.expose());
    if !current || family.idle_until.is_past(*now) {
        return Ok(inactive());
    }
    Ok(json!({
        "active": true,
        "token_type": "refresh_token",
        "scope": grant.approval.scope.to_string(),
        "client_id": grant.client_id,
        "iss": tenant.issuer.as_str(),
        "sub": grant.approval.sub,
        "exp": family.idle_until,
    }))
}

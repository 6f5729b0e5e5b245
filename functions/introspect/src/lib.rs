//! `POST /{tenant}/introspect`: is this token good, and what may it do? (RFC 7662; SMART 2.2, token introspection)

mod caller;

use axum::{Router, http::StatusCode, response::Response};
use caller::Caller;
use rules::{
    grant::{
        Grant, GrantState,
        token::{PresentedRefreshToken, parse_refresh_token},
    },
    jws::TokenKind,
    oauth::{
        error::OAuthError,
        introspection::{active, inactive},
    },
    token::IdTokenClaims,
};
use serde_json::{Value, json};
use server::{
    Server,
    access_tokens::find_live,
    audit::{Decision, Kind},
    http::{
        form_post::{FormPost, endpoint},
        responses::secret_json,
    },
    online_access, request_notes,
    store::schema,
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
    request_notes::decided(Decision::yes(Kind::Introspection).with("active", &answer["active"]));
    Ok(secret_json(StatusCode::OK, &answer))
}

async fn access_token(post: &FormPost, caller: &Caller, token: &str) -> Result<Value, OAuthError> {
    let live = find_live(&post.server, &post.tenant, token, post.now).await?;
    if let Some(live) = live.filter(|live| caller.may_see(&live.claims.client_id, &live.claims.aud)) {
        request_notes::knows_app(&live.claims.client_id);
        if let Some(grant) = &live.grant {
            request_notes::knows_grant(grant);
        }
        return Ok(active(&post.tenant, &live.claims, live.grant.as_ref().map(|grant| &grant.approval)));
    }
    Ok(id_token(post, caller, token).unwrap_or_else(inactive))
}

/// An id_token, where the tenant's ecosystem wants that, and for clients alone: a resource server that were told "active"
/// could take it for an access token (OIDC-16, KT-I3).
fn id_token(post: &FormPost, caller: &Caller, token: &str) -> Option<Value> {
    if !post.tenant.policy.introspect_id_tokens || !matches!(caller, Caller::Client { .. }) {
        return None;
    }
    let claims: IdTokenClaims = post.tenant.verify_own(token, TokenKind::IdToken).ok()?;
    let good = !claims.exp.is_past(post.now);
    let mut members = match serde_json::to_value(&claims).ok()? {
        Value::Object(members) if good && caller.may_see(&claims.aud, &claims.aud) => members,
        _ => return None,
    };
    members.insert("active".into(), json!(true));
    Some(Value::Object(members))
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
    request_notes::knows_grant(&grant);
    let GrantState::Redeemed { refresh: Some(family), .. } = &grant.state else {
        return Ok(inactive());
    };
    let current =
        family.family.matches(presented.family.expose()) && family.current.matches(presented.rotation.expose());
    if !current || family.idle_until.is_past(*now) || online_access::is_over(server, &grant, *now).await? {
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

//! `POST /{tenant}/revoke`: a client gives back a token (RFC 7009).

use axum::{Router, http::StatusCode};
use rules::{
    client::authenticate::AuthenticatedClient,
    grant::{
        Grant, GrantId, GrantState, RevokedToken, revocation,
        token::{PresentedRefreshToken, parse_refresh_token},
    },
    oauth::error::{ErrorCode, OAuthError},
};
use serde_json::json;
use server::{
    Server,
    access_tokens::find_claims,
    audit::{AuditRecord, EventKind, Parties},
    client_auth,
    http::{
        answer::{Answer, Refusal},
        cors::ClientOrigins,
        form_post::{FormPost, endpoint},
        responses::secret_json,
    },
    store::{
        Commit, Write,
        schema::{self, RevokedAccessToken},
    },
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "revoke", revoke)
}

/// The hint is not needed: the token's form tells its kind, and a wrong hint must not matter (RFC 7009 §2.1).
async fn revoke(post: FormPost) -> Result<Answer, Refusal> {
    let form = post.form()?;
    let client = client_auth::authenticate(&post).await?;
    let caller = Parties::caller(&client.client_id);
    let revoked = async {
        let token = form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
        match parse_refresh_token(token) {
            Some(presented) => revoke_refresh_token(&post, &client, presented).await,
            None => revoke_access_token(&post, &client, token).await,
        }
    };
    let record = revoked.await.map_err(|error| Refusal::from(error).among(&caller))?;
    // Done, unknown or long gone: the same answer (RFC 7009 §2.2).
    let mut response = secret_json(StatusCode::OK, &json!({}));
    response.extensions_mut().insert(ClientOrigins(client.origins.clone()));
    Ok(match record {
        Some(record) => Answer::deciding(response, record.among(&caller)),
        None => Answer::undecided(response),
    })
}

/// Nothing is recorded where nothing was revoked.
type Revoked = Result<Option<AuditRecord>, OAuthError>;

async fn revoke_refresh_token(
    post: &FormPost,
    client: &AuthenticatedClient,
    presented: PresentedRefreshToken,
) -> Revoked {
    change(post, client, &presented.grant, |grant| match &grant.state {
        // Any token of the family will do: its holder was given it, and wants the grant to end.
        GrantState::Redeemed { refresh: Some(family), .. } if family.family.matches(presented.family.expose()) => {
            revocation::of_refresh_token(grant, post.now)
        }
        _ => None,
    })
    .await
}

async fn revoke_access_token(post: &FormPost, client: &AuthenticatedClient, token: &str) -> Revoked {
    let FormPost { server, tenant, now, .. } = post;
    let Some(claims) = find_claims(server, tenant, token, *now).await? else {
        return Ok(None);
    };
    own_token(client, &claims.client_id)?;
    let Some(id) = &claims.grant_id else {
        let revoked = RevokedAccessToken { tenant: tenant.id.clone(), jti: claims.jti, expires_at: claims.exp };
        server.store.write_unraced(vec![Write::overwrite(&revoked)?]).await?;
        return Ok(Some(AuditRecord::yes(EventKind::Revocation).token(&revoked.jti)));
    };
    change(post, client, id, |grant| {
        let token = RevokedToken { jti: claims.jti.clone(), expires_at: claims.exp };
        revocation::of_access_token(grant, token, *now)
    })
    .await
}

const MOST_RACES: usize = 8;

/// Applies a revocation to the grant as it is now, and again when another request wrote first.
async fn change(
    post: &FormPost,
    client: &AuthenticatedClient,
    id: &GrantId,
    decide: impl Fn(&Grant) -> Option<GrantState>,
) -> Revoked {
    let store = &post.server.store;
    for _ in 0..MOST_RACES {
        let Some(grant) = store.find::<Grant>(schema::grant(&post.tenant.id, id), post.now).await? else {
            return Ok(None);
        };
        let Some(state) = decide(&grant) else { return Ok(None) };
        own_token(client, &grant.client_id)?;
        let write = Write::update(&grant, &Grant { state, ..grant.value.clone() })?;
        if store.commit(vec![write]).await? == Commit::Done {
            return Ok(Some(AuditRecord::yes(EventKind::Revocation).among(&Parties::of_grant(&grant))));
        }
    }
    Err(OAuthError::new(
        ErrorCode::TemporarilyUnavailable,
        "too many requests at once for this grant; please try again",
    ))
}

/// RFC 7009 §2.1: a token of another client is refused.
fn own_token(client: &AuthenticatedClient, owner: &str) -> Result<(), OAuthError> {
    if client.client_id == owner {
        Ok(())
    } else {
        Err(OAuthError::invalid_grant("the token was not issued to this client"))
    }
}

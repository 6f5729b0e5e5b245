//! `POST /{tenant}/token`: parse, authenticate, load, decide, sign, commit, respond.

mod caller;
mod issue;
mod password;

use axum::{Router, response::Response};
use issue::{Answer, answer_client, answer_grant};
use rules::{
    client::authenticate::AuthenticatedClient,
    grant::{
        Decision, FreshSecrets, Grant, GrantId, GrantState, Issuance,
        authorization_code::{self, AuthorizationCodeRequest, Redemption},
        client_credentials,
        grant_index::kept_listed,
        refresh_token::{self, RefreshTokenRequest, Refreshing},
        token,
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        token_request::TokenRequest,
    },
    time::Timestamp,
};
use server::{
    Server,
    http::form_post::{FormPost, endpoint},
    online_access, request_notes,
    store::{Commit, Versioned, Write, schema},
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "token", token_endpoint)
}

async fn token_endpoint(post: FormPost) -> Result<Response, OAuthError> {
    let request = TokenRequest::parse(post.form()?, &post.tenant.policy.grant_types)?;
    let client = caller::find(&post, &request).await?;
    if !client.may_use(request.grant_type()) {
        let registered: Vec<&str> = client.grant_types.iter().map(|grant_type| grant_type.as_str()).collect();
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use this grant_type").because(
            format!("it came with {}, and is registered for: {}", request.grant_type().as_str(), registered.join(", ")),
        ));
    }
    match request {
        TokenRequest::AuthorizationCode(request) => exchange(&post, &client, request).await,
        TokenRequest::RefreshToken(request) => refresh(&post, &client, request).await,
        TokenRequest::Password(request) => password::answer(&post, &client, &request).await,
        TokenRequest::ClientCredentials(request) => {
            let granted = client_credentials::grant(&client, &post.tenant, request.scope.as_deref())?;
            answer_client(&post, &client, &request, granted).await
        }
    }
}

async fn exchange(
    post: &FormPost,
    client: &AuthenticatedClient,
    request: AuthorizationCodeRequest,
) -> Result<Response, OAuthError> {
    let unknown = authorization_code::unknown_code;
    let presented = token::parse_code(request.code.expose()).ok_or_else(unknown)?;
    let fresh = FreshSecrets::random();
    let redemption = Redemption {
        request: &request,
        presented: &presented,
        client,
        policy: &post.tenant.policy,
        fresh: &fresh,
        now: post.now,
    };
    let decide = |grant: &Grant| authorization_code::redeem(grant, &redemption);
    decide_and_commit(post, client, &presented.grant, decide).await?.ok_or_else(unknown)
}

async fn refresh(
    post: &FormPost,
    client: &AuthenticatedClient,
    request: RefreshTokenRequest,
) -> Result<Response, OAuthError> {
    let unknown = refresh_token::unknown_refresh_token;
    let presented = token::parse_refresh_token(request.refresh_token.expose()).ok_or_else(unknown)?;
    let fresh = FreshSecrets::random();
    let refreshing = Refreshing {
        request: &request,
        presented: &presented,
        client,
        policy: &post.tenant.policy,
        fresh: &fresh,
        now: post.now,
    };
    let decide = |grant: &Grant| refresh_token::refresh(grant, &refreshing);
    decide_and_commit(post, client, &presented.grant, decide).await?.ok_or_else(unknown)
}

/// How often a lost race is decided anew. Each loss means that another request won, so this ends.
const MOST_RACES: usize = 8;

/// Decides on what is true now, and again when somebody else wrote first. Signing comes before committing: a signed token
/// that is never sent harms nobody, a rotation without an answer would lose the app its refresh token.
async fn decide_and_commit(
    post: &FormPost,
    client: &AuthenticatedClient,
    id: &GrantId,
    decide: impl Fn(&Grant) -> Decision<Issuance>,
) -> Result<Option<Response>, OAuthError> {
    let store = &post.server.store;
    for _ in 0..MOST_RACES {
        let Some(grant) = store.find::<Grant>(schema::grant(&post.tenant.id, id), post.now).await? else {
            return Ok(None);
        };
        request_notes::knows_grant(&grant);
        let Decision { outcome, next } = match decide(&grant) {
            // `online_access` ends with its session (RFR-11).
            Decision { outcome: Ok(_), .. }
                if online_access::is_over_at_refresh(&post.server, &grant, post.now).await? =>
            {
                let error = OAuthError::invalid_grant("the user is no longer signed in");
                Decision { outcome: Err(error), next: None }
            }
            decision => decision,
        };
        // Nothing else that is presented here ends a grant.
        let replayed = matches!(next, Some(GrantState::Revoked { .. }));
        let mut writes = next.map(|state| writes(&grant, state, post.now)).transpose()?.unwrap_or_default();
        let answer = match outcome {
            Ok(issuance) => {
                let Answer { response, write, issued } = answer_grant(post, client, &grant, issuance).await?;
                writes.extend(write);
                Ok((response, issued))
            }
            Err(error) => Err(error),
        };
        if store.commit(writes).await? == Commit::Done {
            if replayed {
                request_notes::replayed("what can be used once was used again; the grant is revoked");
            }
            let (response, issued) = answer?;
            request_notes::decided(issued);
            return Ok(Some(response));
        }
    }
    Err(OAuthError::new(
        ErrorCode::TemporarilyUnavailable,
        "too many requests at once for this grant; please try again",
    ))
}

/// The grant's next state, and now and then its line in the person's list, which must outlive it.
fn writes(grant: &Versioned<Grant>, state: GrantState, now: Timestamp) -> Result<Vec<Write>, OAuthError> {
    let (next, line) = kept_listed(Grant { state, ..grant.value.clone() }, now);
    let line = line.map(|line| Write::overwrite(&line)).transpose()?;
    Ok([Some(Write::update(grant, &next)?), line].into_iter().flatten().collect())
}

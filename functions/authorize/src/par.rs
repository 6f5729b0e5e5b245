//! `POST /{tenant}/par`: an app sends its request ahead and gets a reference for its user's browser (RFC 9126). All that needs no
//! person is judged here, by what judges it at `/authorize`; nothing is used up.

use crate::{interaction::visit::Begun, request::AppRequest};
use axum::http::{HeaderMap, StatusCode};
use rules::{
    authorize::{
        pushed::{PushedRequest, may_be_pushed, of_key, request_uri},
        redirect_target::RedirectTarget,
    },
    client::{Client, authenticate::AuthenticatedClient, presented_credentials::PresentedCredentials},
    dpop::{DpopProof, proof_fits},
    extensions::brought::Brought,
    oauth::{error::OAuthError, params::Params},
    secret::Secret,
    tenant::{PushedRequests, Tenant},
};
use serde_json::json;
use server::{
    audit::Parties,
    client_auth, dpop,
    http::{
        answer::{Answer, Refusal},
        cors::ClientOrigins,
        form_post::FormPost,
        responses::secret_json,
    },
    store::{Commit, Write},
};

/// Why there is no such endpoint, where there is none.
pub fn is_off(tenant: &Tenant) -> Option<&'static str> {
    let off = tenant.policy.pushed_authorization_requests == PushedRequests::Off;
    off.then_some("this authorization server takes no pushed authorization requests")
}

pub async fn push(post: FormPost) -> Result<Answer, Refusal> {
    let form = post.form()?;
    // Before anything of the client is spent.
    let proof = dpop::of_form(&post)?;
    let fits =
        |client: &Client, _: &Brought| proof.as_ref().map_or(Ok(()), |proof| proof_fits(client, &post.tenant, proof));
    let presented = PresentedCredentials::from_request(&post.authorization(), form)?;
    let (client, ()) = client_auth::authenticate_if(&post, &presented, &fits).await?;
    let caller = Parties::caller(&client.client_id);
    accept(&post, form, &client, proof.as_ref()).await.map_err(|refusal| refusal.among(&caller))
}

async fn accept(
    post: &FormPost,
    form: &Params,
    client: &AuthenticatedClient,
    proof: Option<&DpopProof>,
) -> Result<Answer, Refusal> {
    let FormPost { server, tenant, now, .. } = post;
    server.pushes.count(client, post.address.as_ref(), *now)?;
    may_be_pushed(form, client)?;
    let form = &of_key(form, proof.map(|proof| &proof.key))?;
    let target = RedirectTarget::find(form, Some(client), tenant)
        .map_err(|error| OAuthError::invalid_request(error.to_string()))?;
    // No browser is here yet, and whose it will be is not known.
    let headers = HeaderMap::new();
    let begun = Begun { server, tenant, client: client.registered(), now: *now };
    AppRequest { begun, params: form, headers: &headers, push: None }.could_begin(target).await?;
    let (secret, seconds) = (Secret::random(), tenant.policy.pushed_request_seconds);
    let pushed = PushedRequest::new(&tenant.id, client, form, &secret, now.plus(seconds));
    let create = Write::create(&pushed)?;
    if create.bytes() > crate::request::MOST_BYTES {
        return Err(OAuthError::invalid_request("the request is too large").into());
    }
    match proof {
        None => server.store.write_unraced(vec![create]).await?,
        Some(proof) => {
            let used = dpop::note(&tenant.id, proof, *now)?;
            if server.store.commit(vec![create, used]).await? == Commit::LostRace {
                return Err(dpop::replayed());
            }
        }
    }
    let answer = json!({ "request_uri": request_uri(&secret), "expires_in": seconds });
    let mut response = secret_json(StatusCode::CREATED, &answer);
    response.extensions_mut().insert(ClientOrigins(client.origins.clone()));
    Ok(Answer::undecided(response))
}

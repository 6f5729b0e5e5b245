//! Who asks for tokens: a client that says or proves who it is, or a public one known by its refresh token.

use rules::{
    client::{Client, authenticate::AuthenticatedClient, presented_credentials::PresentedCredentials},
    dpop::{DpopProof, may_ask_with},
    extensions::{
        brought::Brought,
        judge::{Carried, judge},
    },
    grant::{Grant, token::parse_refresh_token},
    oauth::{error::OAuthError, token_request::TokenRequest},
};
use server::{
    client_auth,
    http::{answer::Refusal, form_post::FormPost},
    store::schema,
};

pub async fn find(
    post: &FormPost,
    request: &TokenRequest,
    proof: Option<&DpopProof>,
) -> Result<(AuthenticatedClient, Carried), Refusal> {
    let way = request.grant_type();
    let fits = |client: &Client, brought: &Brought| -> Result<Carried, OAuthError> {
        may_ask_with(client, &post.tenant, proof)?;
        // One that may not use this grant is told so, whatever it brings.
        if client.may_use(way) { judge(brought, client, &post.tenant, way) } else { Ok(Carried::default()) }
    };
    let presented = PresentedCredentials::from_request(&post.authorization(), post.form()?)?;
    let (PresentedCredentials::Nothing { client_id: None }, TokenRequest::RefreshToken(refresh)) =
        (&presented, request)
    else {
        return client_auth::authenticate_if(post, &presented, &fits).await;
    };
    // fhirclient.js leaves client_id out of its refresh. The token itself names the grant, and that its client; only a
    // public client gets by with this, since any other must authenticate (RFC 6749 §6).
    let client_id = match parse_refresh_token(refresh.refresh_token.expose()) {
        Some(token) => {
            let key = schema::grant(&post.tenant.id, &token.grant);
            post.server.store.find::<Grant>(key, post.now).await?.map(|grant| grant.value.client_id)
        }
        None => None,
    };
    client_auth::authenticate_if(post, &PresentedCredentials::Nothing { client_id }, &fits).await
}

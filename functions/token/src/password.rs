//! The password grant: the user's password comes from the app itself, which OAuth was made to avoid.

use crate::issue::{Answer, answer_grant};
use axum::response::Response;
use rules::{
    authorize::second_factor,
    client::authenticate::AuthenticatedClient,
    grant::{
        FreshSecrets,
        grant_index::listed,
        password::{PasswordRequest, approve, wrong_password},
    },
    oauth::error::OAuthError,
    signed_in::SignedIn,
};
use server::{
    http::form_post::FormPost,
    request_notes,
    sign_in::{Proven, SignIn},
    store::Write,
};

pub async fn answer(
    post: &FormPost,
    client: &AuthenticatedClient,
    request: &PasswordRequest,
) -> Result<Response, OAuthError> {
    let FormPost { server, tenant, now, .. } = post;
    tracing::warn!(
        tenant = tenant.id.as_str(),
        client_id = client.client_id,
        "the password grant was used, which RFC 9700 §2.4 forbids"
    );
    let sign_in = SignIn {
        server,
        tenant,
        address: post.address.as_ref(),
        username: &request.username,
        password: request.password.expose(),
        now: *now,
    };
    let Proven { user, credentials } = sign_in.user().await?.ok_or_else(wrong_password)?;
    // There is no page to ask on; and the app must not learn that the password is right.
    if second_factor::asks(&tenant.policy, &credentials).is_some() {
        return Err(wrong_password().because("the person would need a second factor"));
    }
    let user = SignedIn::by_password(&user, &credentials, *now);
    let (grant, issuance) = approve(request, &user, (tenant, client), &FreshSecrets::random(), *now)?;
    let Answer { response, write, issued } = answer_grant(post, client, &grant, issuance).await?;
    let (grant, line) = listed(grant, client, &tenant.policy, *now);
    let writes = [Some(Write::create(&grant)?), Some(Write::create(&line)?), write].into_iter().flatten().collect();
    server.store.commit(writes).await?;
    request_notes::knows_grant(&grant);
    let warning = "issued by the password grant, which RFC 9700 section 2.4 forbids";
    request_notes::decided(issued.with("grant_type", "password").saying(Some(warning)));
    Ok(response)
}

//! The password grant: the user's password comes from the app itself, so guessing is made slow.

use crate::issue::{Answer, answer_grant};
use axum::response::Response;
use shared::{
    attempts::Target,
    authorize::interaction::SignedIn,
    client::authenticate::AuthenticatedClient,
    grant::{
        FreshSecrets,
        listed::listed,
        password::{PasswordRequest, approve, wrong_password},
    },
    oauth::{error::OAuthError, form_post::FormPost},
    secret::{ChosenSecretHash, SecretHash},
    store::{Write, schema},
    user::User,
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
    let username = request.username.to_lowercase();
    let name = SecretHash::of(&format!("password#{}#{username}", client.client_id));
    let target = Target { tenant: &tenant.id, name, now: *now };
    target.check(server).await?;
    let Some(user) = sign_in(post, &username, request).await? else {
        target.failed(server).await?;
        return Err(wrong_password());
    };
    let user = SignedIn::new(&user, *now);
    let (grant, issuance) = approve(request, &user, (tenant, client), &FreshSecrets::random(), *now)?;
    let Answer { response, write } = answer_grant(post, client, &grant, issuance).await?;
    let (grant, line) = listed(grant, client, &tenant.policy, *now);
    let writes = [Some(Write::create(&grant)?), Some(Write::create(&line)?), write].into_iter().flatten().collect();
    server.store.commit(writes).await?;
    Ok(response)
}

/// An unknown name takes as long as a wrong password.
async fn sign_in(post: &FormPost, username: &str, request: &PasswordRequest) -> Result<Option<User>, OAuthError> {
    let password = request.password.expose();
    let user = match username.len() <= 255 {
        true => post.server.store.find::<User>(schema::user(&post.tenant.id, username), post.now).await?,
        false => None,
    };
    let right = match &user {
        Some(user) => user.password.matches(password),
        None => ChosenSecretHash::password_of_nobody(password),
    };
    Ok(user.filter(|_| right).map(|found| found.value))
}

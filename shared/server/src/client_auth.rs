//! Finds out who is calling: loads what the rule of `client::authenticate` needs, and burns the assertion's `jti`.

use crate::{
    audit::{AuditRecord, Parties},
    clients::{self, NoClient},
    compute::comparing,
    http::{answer::Refusal, form_post::FormPost},
    keys::{client_keys::NoKeys, of_signer::keys_of_signer},
    store::{Commit, Write, schema::UsedAssertion},
    throttle::Attempt,
};
use rules::{
    client::{
        Client, ClientAuthentication,
        assertion_audience::Addressee,
        authenticate::{self, AuthenticatedClient, refusal, refusal_of_assertion, refusal_of_nothing, refusal_to},
        document::freshness::Seek,
        presented_credentials::{PresentedCredentials, UnverifiedAssertion, form_decoded, must_be_basic},
        private_key_jwt::{self, AssertionRefused, ClaimedIdentity, VerifiedAssertion},
    },
    extensions::brought::Brought,
    jwk::KeySet,
    jws::{BadJws, UnverifiedJws},
    oauth::error::{Challenge, ErrorCode, OAuthError},
    secret::SecretHash,
};
use std::sync::Arc;

/// The client that sent this form, proven by whatever way it is registered for.
pub async fn authenticate(post: &FormPost) -> Result<AuthenticatedClient, Refusal> {
    let presented = PresentedCredentials::from_request(&post.authorization(), &post.params()?)?;
    authenticate_presented(post, &presented).await
}

pub async fn authenticate_presented(
    post: &FormPost,
    presented: &PresentedCredentials,
) -> Result<AuthenticatedClient, Refusal> {
    authenticate_if(post, presented, &|_, _| Ok(())).await.map(|(client, ())| client)
}

/// What must be true of the client for what else came, with its credentials and in its assertion; and what follows from that.
pub type Fits<'a, T> = &'a (dyn Fn(&Client, &Brought) -> Result<T, OAuthError> + Sync);

/// The same, where the rest of the request must fit the client: judged before its assertion is used up.
pub async fn authenticate_if<T>(
    post: &FormPost,
    presented: &PresentedCredentials,
    fits: Fits<'_, T>,
) -> Result<(AuthenticatedClient, T), Refusal> {
    let (client, fitting) = judge(post, presented, fits).await?;
    // Registered before the tenant turned it off.
    if !post.tenant.policy.lets_authenticate_by(client.authentication.method()) {
        let why = "the tenant does not allow this way of authentication";
        return Err(refusal_to(presented, why).into());
    }
    Ok((client, fitting))
}

/// The client, and what follows from what came with it.
async fn judge<T>(
    post: &FormPost,
    presented: &PresentedCredentials,
    fits: Fits<'_, T>,
) -> Result<(AuthenticatedClient, T), Refusal> {
    let find = |id: String| async move { find(post, &id).await };
    let work = post.tenant.refusal_work;
    let client = match presented {
        PresentedCredentials::Assertion { assertion, client_id } => {
            return by_assertion(post, assertion, client_id.as_deref(), fits).await;
        }
        PresentedCredentials::Basic { user, password } => {
            let compare = async {
                let client = match find(user.clone()).await? {
                    None if form_decoded(user) != *user => find(form_decoded(user)).await?,
                    found => found,
                };
                Ok(comparing(password.expose(), || authenticate::by_secret(presented, client, work)))
            };
            Attempt::of_secret(post, user).judge(password.expose(), compare).await??
        }
        PresentedCredentials::Post { client_id, client_secret } => {
            let compare = async {
                let client = find(client_id.clone()).await?;
                Ok(comparing(client_secret.expose(), || authenticate::by_secret(presented, client, work)))
            };
            Attempt::of_secret(post, client_id).judge(client_secret.expose(), compare).await??
        }
        PresentedCredentials::Nothing { client_id: Some(id) } => {
            authenticate::by_secret(presented, find(id.clone()).await?, work)?
        }
        PresentedCredentials::Nothing { client_id: None } => {
            return Err(refusal_of_nothing("no client_id and no credentials came").into());
        }
        PresentedCredentials::Dpop(_) => return Err(must_be_basic().into()),
        PresentedCredentials::Bearer(_) => {
            return Err(refusal("a Bearer token is no client authentication here").into());
        }
    };
    let fitting = fits(&client, &Brought::Nothing)?;
    Ok((client, fitting))
}

/// The client as it may be known at an endpoint that is called for what was given before. At the token endpoint, a document that is gone
/// is the end of that; elsewhere it is nobody who calls (CIMD-15).
async fn find(post: &FormPost, client_id: &str) -> Result<Option<Arc<Client>>, OAuthError> {
    let found = clients::find(&post.server, &post.tenant, client_id, Seek::LastGood, post.now).await;
    found.map_err(|error| match error {
        NoClient::Document(why) if post.endpoint == post.tenant.issuer.endpoint("token") => {
            OAuthError::invalid_grant("there is no good client metadata document at the address in client_id")
                .because(why)
        }
        other => other.at_endpoint(),
    })
}

/// Verify first, burn after: an assertion whose signature is bad must not burn the `jti` of a good one (ASYM-7).
async fn by_assertion<T>(
    post: &FormPost,
    assertion: &UnverifiedAssertion,
    client_id: Option<&str>,
    fits: Fits<'_, T>,
) -> Result<(AuthenticatedClient, T), Refusal> {
    let (client, verified) = verify(post, assertion, client_id).await?;
    let fitting = fits(&client, &verified.extensions)?;
    let used = UsedAssertion {
        tenant: post.tenant.id.clone(),
        client_id: verified.client_id.clone(),
        jti: SecretHash::of(&verified.jti),
        expires_at: verified.refused_from,
    };
    let write = Write::create_or_outlive(&used, post.now)?;
    if post.server.store.commit(vec![write]).await? == Commit::LostRace {
        let record = AuditRecord::replay("a client assertion was used before");
        let refused = Refusal::of(refusal_of_assertion("its jti was used before"), record);
        return Err(refused.among(&Parties::caller(&verified.client_id)));
    }
    Ok((authenticate::by_assertion(client, verified)?, fitting))
}

async fn verify(
    post: &FormPost,
    assertion: &UnverifiedAssertion,
    client_id: Option<&str>,
) -> Result<(Arc<Client>, VerifiedAssertion), OAuthError> {
    let unproven = |error: BadJws| refusal(format!("client assertion: {error}"));
    let jws = UnverifiedJws::parse_whatever_is_critical(assertion.0.expose()).map_err(unproven)?;
    let claimed: ClaimedIdentity = jws.peek().map_err(unproven)?;
    let claimed = claimed.client_id(client_id).ok_or_else(|| unproven(BadJws("it names no client".into())))?;
    let client = find(post, claimed).await.map_err(|error| match error.code {
        // To somebody who showed credentials (RFC 6749 §5.2).
        ErrorCode::InvalidClient => error.challenging(Challenge::Basic),
        _ => error,
    })?;
    let client = client.ok_or_else(|| refusal("the client is unknown"))?;
    let ClientAuthentication::PrivateKeyJwt { keys } = &client.authentication else {
        return Err(refusal("the client is registered for another way of authentication"));
    };
    let would_verify = |keys: &KeySet| private_key_jwt::is_signed_by(&jws, keys);
    let (jwks_uri, keys) =
        keys_of_signer(post.asking(), keys, &jws, &would_verify).await.map_err(|error| match error {
            NoKeys::Store(error) => error.into(),
            NoKeys::Fetch(error) => refusal(format!("the client's JWKS could not be fetched: {error}")),
        })?;
    let profile = client.profile_at(&post.tenant);
    let addressee = Addressee { tenant: &post.tenant, endpoint: &post.endpoint, profile };
    let verified = private_key_jwt::verify(&jws, &client.client_id, jwks_uri, &keys, &addressee, post.now);
    match verified {
        Ok(verified) => Ok((client.clone(), verified)),
        Err(AssertionRefused::Unproven(error)) => Err(unproven(error)),
        Err(AssertionRefused::Signed(error)) => Err(refusal_of_assertion(error)),
    }
}

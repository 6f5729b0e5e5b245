//! The keys of somebody who signs what they send: in their registration, or behind an address in it.

use crate::{
    deadline::{self, OutOfTime},
    http::form_post::FormPost,
    keys::{
        client_keys::{NoKeys, Wanted, WantedKey},
        outbound::Beyond,
    },
    store::StoreError,
};
use rules::{
    identity_provider::id_token::SigningKey,
    jwk::{KeySet, RegisteredKeys},
    jws::UnverifiedJws,
};

/// With the address that they came from, if they came from one. `would_verify` is asked of each set that is there, so that one without
/// the key is fetched again.
pub async fn keys_of_signer<'r>(
    post: &FormPost,
    registered: &'r RegisteredKeys,
    jws: &UnverifiedJws<'_>,
    would_verify: &(dyn Fn(&KeySet) -> bool + Send + Sync),
) -> Result<(Option<&'r str>, KeySet), NoKeys> {
    let url = match registered {
        RegisteredKeys::Jwks(keys) => return Ok((None, keys.clone())),
        RegisteredKeys::JwksUri(url) => url.as_str(),
    };
    let kid = jws.header.kid.as_deref().unwrap_or_default();
    let key = WantedKey::Signing(SigningKey::Named(kid));
    let beyond = Beyond::of_client(&post.tenant);
    let wanted = Wanted { tenant: &post.tenant, url, key, beyond, would_verify, now: post.now };
    match post.server.client_keys.find(&post.server.store, &post.server.outbound, &wanted).await {
        Ok(keys) => Ok((Some(url), keys)),
        Err(NoKeys::Fetch(_)) if deadline::is_over() => Err(StoreError::from(OutOfTime).into()),
        Err(error) => Err(error),
    }
}

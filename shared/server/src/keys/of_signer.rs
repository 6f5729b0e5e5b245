//! The keys of somebody who signs what they send: in their registration, or behind an address in it.

use crate::{
    Server,
    deadline::{self, OutOfTime},
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
    tenant::TenantRecord,
    time::Timestamp,
};

/// For whom they are found.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub server: &'a Server,
    pub tenant: &'a TenantRecord,
    pub now: Timestamp,
}

/// With the address that they came from, if they came from one. `would_verify` is asked of each set that is there, so that one without
/// the key is fetched again.
pub async fn keys_of_signer<'r>(
    Asking { server, tenant, now }: Asking<'_>,
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
    let beyond = Beyond::of_client(tenant);
    let wanted = Wanted { tenant, url, key, beyond, would_verify, now };
    match server.client_keys.find(&server.store, &server.outbound, &wanted).await {
        Ok(keys) => Ok((Some(url), keys)),
        Err(NoKeys::Fetch(_)) if deadline::is_over() => Err(StoreError::from(OutOfTime).into()),
        Err(error) => Err(error),
    }
}

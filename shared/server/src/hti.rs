//! An HTI token, verified with the keys of the portal that it names (TOP-KT-007, TOP-KT-021).

use crate::{
    clients::Registered,
    keys::{
        client_keys::NoKeys,
        of_signer::{Asking, keys_of_signer},
    },
    store::StoreError,
};
use rules::{
    client::{Client, ClientAuthentication},
    hti::token::{self, ClaimedPortal, ExpectedHti, HtiToken},
    jwk::KeySet,
    jws::{BadJws, UnverifiedJws},
};
use std::sync::Arc;

/// A token that holds, and who signed it.
pub struct Verified {
    pub portal: Arc<Client>,
    pub token: HtiToken,
}

/// Why a token is refused; for the log.
#[derive(Debug, thiserror::Error)]
pub enum BadHti {
    #[error(transparent)]
    Token(#[from] BadJws),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// For the app with this `Device`. Whether it was used before is asked elsewhere.
pub async fn verified(asking: Asking<'_>, hti: &str, device: &str) -> Result<Verified, BadHti> {
    let jws = UnverifiedJws::parse(hti)?;
    let ClaimedPortal { iss } = jws.peek()?;
    let portal = portal(asking, &iss).await?.ok_or_else(|| BadJws("iss is no portal of this tenant".into()))?;
    let ClientAuthentication::PrivateKeyJwt { keys } = &portal.authentication else {
        return Err(BadJws("the portal has no key".into()).into());
    };
    let uri = keys.uri();
    let would_verify = |keys: &KeySet| token::is_signed_by(&jws, keys, uri);
    let (jwks_uri, keys) = keys_of_signer(asking, keys, &jws, &would_verify).await.map_err(|error| match error {
        NoKeys::Store(error) => BadHti::from(error),
        NoKeys::Fetch(error) => BadJws(format!("the portal's keys could not be fetched: {error}")).into(),
    })?;
    let token = token::verify(&jws, &ExpectedHti { device, jwks_uri }, &keys, asking.now)?;
    Ok(Verified { portal: portal.clone(), token })
}

/// The same, where a token that is not good is nothing at all. The log says why.
pub async fn if_good(asking: Asking<'_>, hti: &str, device: &str) -> Result<Option<Verified>, StoreError> {
    match verified(asking, hti, device).await {
        Ok(verified) => Ok(Some(verified)),
        Err(BadHti::Token(why)) => {
            tracing::info!(tenant = asking.tenant.id.as_str(), %why, "this is no HTI token for the app that asks");
            Ok(None)
        }
        Err(BadHti::Store(error)) => Err(error),
    }
}

/// The client of this id, while it may launch apps.
pub async fn portal(asking: Asking<'_>, client_id: &str) -> Result<Option<Arc<Client>>, StoreError> {
    let Asking { server, tenant, now } = asking;
    Ok(match Registered::find(server, tenant, client_id, now).await? {
        Registered::Client(client) => Some(client).filter(|client| client.may_launch && client.origin.is_none()),
        Registered::Off | Registered::Nothing => None,
    })
}

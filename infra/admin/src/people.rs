//! What people have made their own, and an operator can undo.

use rules::{credentials::Credentials, tenant::TenantId, time::Timestamp, user::User};
use server::store::{Commit, KeptCredentials, Store, StoreError, Versioned, Write, schema};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    Done,
    /// There was nothing to forget.
    Nothing,
    NoSuchUser,
}

/// Takes the second factors and passkeys from somebody who has lost them all, and ends their sessions. Their password stays.
pub async fn forget_factors(
    store: &Store,
    tenant: &TenantId,
    username: &str,
    now: Timestamp,
) -> Result<Forgotten, StoreError> {
    loop {
        let Some(user) = store.find::<User>(schema::user(tenant, username), now).await? else {
            return Ok(Forgotten::NoSuchUser);
        };
        let key = schema::credentials(tenant, &Credentials::none_of(&user).id);
        let found: Option<Versioned<Credentials>> = store.find(key, now).await?;
        let own = KeptCredentials::of(&user, found);
        if !own.has_second_factor() {
            return Ok(Forgotten::Nothing);
        }
        let write: Write = own.write(&own.without_factors())?;
        if store.commit(vec![write]).await? == Commit::Done {
            return Ok(Forgotten::Done);
        }
    }
}

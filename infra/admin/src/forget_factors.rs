//! Takes second factors and passkeys away, for a person who can no longer sign in with them.

use crate::find_user::find_user;
use rules::{credentials::Credentials, tenant::TenantId, time::Timestamp};
use server::store::{Commit, KeptCredentials, Store, StoreError, Versioned, Write, schema};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgottenFactors {
    Done,
    /// There was nothing to forget.
    Nothing,
    NoSuchUser,
}

/// Removes a user's second factors and passkeys, and ends their sessions. The password stays.
pub async fn forget_factors(
    store: &Store,
    tenant: &TenantId,
    username: &str,
    now: Timestamp,
) -> Result<ForgottenFactors, StoreError> {
    loop {
        let Some(user) = find_user(store, tenant, username, now).await? else {
            return Ok(ForgottenFactors::NoSuchUser);
        };
        let key = schema::credentials(tenant, &Credentials::none_of(&user).id);
        let found: Option<Versioned<Credentials>> = store.find(key, now).await?;
        let own = KeptCredentials::of(&user, found);
        if !own.has_second_factor() {
            return Ok(ForgottenFactors::Nothing);
        }
        let write: Write = own.write(&own.without_factors())?;
        if store.commit(vec![write]).await? == Commit::Done {
            return Ok(ForgottenFactors::Done);
        }
    }
}

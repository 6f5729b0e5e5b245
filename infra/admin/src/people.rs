//! The tenant's people: what a file says of them, and what they have made their own since.

use crate::tenant_file::TenantItems;
use shared::{
    credentials::Credentials,
    store::{Commit, KeptCredentials, Store, StoreError, Versioned, Write, schema},
    tenant::TenantId,
    time::Timestamp,
    user::User,
};

/// The file's users. Where the file has the password that a user has already, the hash stays the very same: another hash
/// would be another password, which ends sessions and puts the operator's password in the place of the person's own.
pub async fn with_kept_passwords(store: &Store, items: &TenantItems, now: Timestamp) -> Result<Vec<User>, StoreError> {
    let mut users = items.users.clone();
    for user in &mut users {
        let Some(login) = items.logins.iter().find(|login| login.username == user.username) else { continue };
        let before = store.find::<User>(schema::user(&user.tenant, &user.username), now).await?;
        if let Some(before) = before.filter(|before| before.password.matches(&login.password)) {
            user.password = before.password.clone();
        }
    }
    Ok(users)
}

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

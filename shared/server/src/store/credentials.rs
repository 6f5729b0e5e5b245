//! A person's own credentials, which most people have none of: nothing in the table is the same as nothing in them.

use super::{Store, StoreError, Versioned, Write, schema};
use rules::{
    credentials::{Credentials, CredentialsId},
    tenant::TenantId,
    time::Timestamp,
    user::User,
};
use std::ops::Deref;

/// As they are in the table, to be changed there.
#[derive(Clone, Debug)]
pub struct KeptCredentials(Kept);

#[derive(Clone, Debug)]
enum Kept {
    Here(Versioned<Credentials>),
    Nothing(Credentials),
}

impl Deref for KeptCredentials {
    type Target = Credentials;

    fn deref(&self) -> &Credentials {
        match &self.0 {
            Kept::Here(found) => &found.value,
            Kept::Nothing(none) => none,
        }
    }
}

impl KeptCredentials {
    pub fn of(user: &User, found: Option<Versioned<Credentials>>) -> KeptCredentials {
        KeptCredentials(found.map_or_else(|| Kept::Nothing(Credentials::none_of(user)), Kept::Here))
    }

    /// The next state, if they are still as they were read.
    pub fn write(&self, next: &Credentials) -> Result<Write, StoreError> {
        match &self.0 {
            Kept::Here(found) => Write::update(found, next),
            Kept::Nothing(_) => Write::create(next),
        }
    }

    /// A user, if they are who they were, with their credentials: one call.
    pub async fn with_user(
        store: &Store,
        tenant: &TenantId,
        username: &str,
        sub: &str,
        now: Timestamp,
    ) -> Result<Option<(User, KeptCredentials)>, StoreError> {
        let credentials = schema::credentials(tenant, &CredentialsId::of(tenant, sub));
        let (user, found) =
            store.find_both::<User, Credentials>([schema::user(tenant, username), credentials], now).await?;
        let user = user.map(|user| user.value).filter(|user| user.sub == sub);
        Ok(user.map(|user| (user.clone(), KeptCredentials::of(&user, found))))
    }
}

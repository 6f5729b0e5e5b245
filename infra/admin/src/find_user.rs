//! A user of a tenant's own, by a name that somebody typed.

use rules::{precis, tenant::TenantId, time::Timestamp, user::User};
use server::store::{Store, StoreError, Versioned, schema};

/// As at sign-in: however a keyboard writes the name, it is the same person.
pub async fn find_user(
    store: &Store,
    tenant: &TenantId,
    typed: &str,
    now: Timestamp,
) -> Result<Option<Versioned<User>>, StoreError> {
    for name in precis::kept_under(typed) {
        if let Some(found) = store.find::<User>(schema::user(tenant, &name), now).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

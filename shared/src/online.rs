//! `online_access` lasts as long as its user stays signed in (RFR-11): the session behind a grant, where there is one.

use crate::{
    grant::Grant,
    server::Server,
    session::Session,
    store::{StoreError, schema},
    time::Timestamp,
};

/// Whether the user has signed out, or their session has come to its end. One read, and none for other grants.
pub async fn is_over(server: &Server, grant: &Grant, now: Timestamp) -> Result<bool, StoreError> {
    let Some(id) = grant.approval.session() else { return Ok(false) };
    let session = server.store.find::<Session>(schema::session(&grant.tenant, id), now).await?;
    Ok(!session.is_some_and(|session| session.is_open(now)))
}

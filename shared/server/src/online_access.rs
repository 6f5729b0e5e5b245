//! `online_access` lasts as long as its user stays signed in (RFR-11): the session behind a grant, where there is one.

use crate::{
    Server,
    store::{KeptCredentials, StoreError, schema},
};
use rules::{grant::Grant, session::Session, signed_in::SignedIn, time::Timestamp};

/// Whether the user has signed out, or their session has come to its end. One read, and none for other grants.
pub async fn is_over(server: &Server, grant: &Grant, now: Timestamp) -> Result<bool, StoreError> {
    Ok(matches!(behind(server, grant, now).await?, Behind::Nothing))
}

/// The same, and whether they sign in with what they did then: another password, or a factor less, ends the sessions of before.
/// One read more, of what no function may read that only looks at tokens: there it ends with the access token.
pub async fn is_over_at_refresh(server: &Server, grant: &Grant, now: Timestamp) -> Result<bool, StoreError> {
    let user = match behind(server, grant, now).await? {
        Behind::Nothing => return Ok(true),
        Behind::NotAsked => return Ok(false),
        // A provider's word holds as long as the session.
        Behind::Session(user) if user.provider.is_some() => return Ok(false),
        Behind::Session(user) => user,
    };
    let found = KeptCredentials::with_user(&server.store, &grant.tenant, &user.username, &user.sub, now).await?;
    Ok(!found.is_some_and(|(today, own)| user.credential == Some(own.fingerprint(&today))))
}

enum Behind {
    /// The grant lasts without one.
    NotAsked,
    Session(Box<SignedIn>),
    Nothing,
}

async fn behind(server: &Server, grant: &Grant, now: Timestamp) -> Result<Behind, StoreError> {
    let Some(id) = grant.approval.session() else { return Ok(Behind::NotAsked) };
    let session = server.store.find::<Session>(schema::session(&grant.tenant, id), now).await?;
    let user = session.as_ref().and_then(|session| session.user_if_open(now));
    Ok(user.map_or(Behind::Nothing, |user| Behind::Session(Box::new(user.clone()))))
}

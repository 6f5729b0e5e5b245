//! What each use of a person's grant asks the table about that person, as of now (`rules::authority`). Never more than one call.

use crate::{
    Server,
    store::{KeptCredentials, StoreError, Write, schema},
};
use rules::{
    authority::{self, Lapsed},
    credentials::{Credentials, CredentialsId},
    grant::Grant,
    launch::Launch,
    session::Session,
    tenant::TenantRecord,
    time::Timestamp,
    user::{Account, User},
};

/// Whether a grant of `online_access` has lost its session: its user has signed out, or the session has come to its end (RFR-11). One
/// read, and none for other grants. For those who only look at tokens, and may read no user.
pub async fn session_is_over(server: &Server, grant: &Grant, now: Timestamp) -> Result<bool, StoreError> {
    let Some(id) = grant.approval.session() else { return Ok(false) };
    let session = server.store.find::<Session>(schema::session(&grant.tenant, id), now).await?;
    Ok(session.is_none_or(|session| !session.is_open(now)))
}

/// Whether a code may be exchanged: judged where a session is read anyway, and else by the condition of the write that spends the
/// code.
pub async fn at_exchange(
    server: &Server,
    tenant: &TenantRecord,
    grant: &Grant,
    now: Timestamp,
) -> Result<Result<Option<Write>, Lapsed>, StoreError> {
    if grant.approval.session().is_some() {
        return Ok(at_refresh(server, tenant, grant, now).await?.map(|()| None));
    }
    let local = grant.approval.account.as_ref().filter(|account| account.provider.is_none());
    let is_there =
        |account: &Account| Write::while_user(schema::user(&tenant.id, &account.username), &grant.approval.sub);
    Ok(Ok(local.map(is_there)))
}

/// Whether a grant may be refreshed: its person is who they were and may open what they opened; with `online_access` they are signed
/// in as well, with the password and the factors of then.
pub async fn at_refresh(
    server: &Server,
    tenant: &TenantRecord,
    grant: &Grant,
    now: Timestamp,
) -> Result<Result<(), Lapsed>, StoreError> {
    let approval = &grant.approval;
    let Some(account) = &approval.account else { return Ok(Err("the grant does not say whose it is")) };
    let session = approval.session().map(|id| schema::session(&tenant.id, id));
    let user = account.provider.is_none().then(|| schema::user(&tenant.id, &account.username));
    let credentials = schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, &approval.sub));
    let credentials = session.is_some().then_some(credentials);
    let keys: Vec<_> = [&user, &session, &credentials].into_iter().flatten().cloned().collect();
    if keys.is_empty() {
        return Ok(Ok(()));
    }
    let found = server.store.find_together(&keys, now).await?;
    let user = user.map(|key| found.get::<User>(&key)).transpose()?;
    if let Some(today) = &user
        && let Err(why) = authority::of_person(approval, today.as_ref().map(|user| &user.value), tenant)
    {
        return Ok(Err(why));
    }
    let Some(session) = session else { return Ok(Ok(())) };
    let session = found.get::<Session>(&session)?;
    let Some(was) =
        session.as_ref().and_then(|session| session.user_if_open(now)).filter(|was| was.sub == approval.sub)
    else {
        return Ok(Err("the user is no longer signed in"));
    };
    let own = credentials.map(|key| found.get::<Credentials>(&key)).transpose()?.flatten();
    if account.provider.is_some() && session.as_ref().is_some_and(|session| session.is_signed_out(own.as_deref())) {
        return Ok(Err("the user has signed out everywhere"));
    }
    let user = user.flatten().map(|user| user.value);
    let own = user.as_ref().map(|user| KeptCredentials::of(user, own));
    let still = authority::person_today(was, user.as_ref().zip(own.as_deref()), tenant);
    Ok(still.map(|_| ()).ok_or("the user would have to sign in again"))
}

/// Whether whoever made this launch could still make it. Configuration is in memory; the client of a service mostly is.
pub async fn still_launched(
    server: &Server,
    tenant: &TenantRecord,
    launch: &Launch,
    now: Timestamp,
) -> Result<Result<(), Lapsed>, StoreError> {
    match authority::of_launch(launch, None, tenant) {
        Ok(()) => Ok(Ok(())),
        Err(_) => {
            let client = server.client(&tenant.id, &launch.ehr, now).await?;
            Ok(authority::of_launch(launch, client.as_deref(), tenant))
        }
    }
}

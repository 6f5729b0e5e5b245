//! Signs a person out everywhere: first what makes every session of theirs worthless, those too that are being made at this moment,
//! then each that is listed.

use crate::{failure::Failure, find_user::find_user, forget_factors::forget_browsers, target::Target};
use rules::{
    credentials::{Credentials, CredentialsId},
    session::Session,
    tenant::{Tenant, TenantId},
};
use server::{
    connected_apps::Person,
    sessions::end_listed,
    store::{Commit, List, ListOf, Versioned, Write, allowed::Allowed, schema},
};

/// A person as an operator names them: a username of the tenant's own, or else the `sub` of somebody of a provider.
pub struct Named {
    pub sub: String,
    /// As they are kept, if they are a user of the tenant's own.
    pub username: Option<String>,
}

impl Named {
    pub async fn find(target: &Target, tenant: &TenantId, typed: &str) -> Result<Named, Failure> {
        let own = find_user(&target.server.store, tenant, typed, target.now()).await?;
        Ok(match own {
            Some(user) => Named { sub: user.sub.clone(), username: Some(user.username.clone()) },
            None => Named { sub: typed.to_owned(), username: None },
        })
    }

    /// Somebody of whom the tenant knows anything, and not a name that was mistyped.
    pub async fn find_known(target: &Target, tenant: &Tenant, typed: &str) -> Result<Named, Failure> {
        let person = Named::find(target, &tenant.id, typed).await?;
        match person.is_known(target, tenant).await? {
            true => Ok(person),
            false => Err(Named::nobody(tenant, typed)),
        }
    }

    pub fn nobody(tenant: &Tenant, typed: &str) -> Failure {
        Failure::failed(format!("nobody of {} is known as {typed}", tenant.id.as_str()))
    }

    /// What the tenant knows of them. Nothing, for a name that was mistyped.
    pub async fn is_known(&self, target: &Target, tenant: &Tenant) -> Result<bool, Failure> {
        let store = &target.server.store;
        if self.username.is_some() || !Allowed::all_of(store, &tenant.id, &self.sub, target.now()).await?.is_empty() {
            return Ok(true);
        }
        let sessions = ListOf::of(&tenant.id, List::Sessions, &self.sub);
        target.lists_any(sessions, |_: &Session| true).await
    }
}

const MOST_RACES: usize = 8;

/// How many sessions ended.
pub async fn sign_out(target: &Target, tenant: &Tenant, person: &Named) -> Result<usize, Failure> {
    target.lists_are_complete(&tenant.id).await?;
    let (store, now) = (&target.server.store, target.now());
    let is_void = match &person.username {
        Some(username) => forget_browsers(store, &tenant.id, username, now).await?,
        None => !person.is_known(target, tenant).await? || void_of_provider(target, tenant, &person.sub).await?,
    };
    if !is_void {
        return Err(Failure::failed("their sign-in is in use without pause; try again"));
    }
    Ok(end_listed(&target.server, Person { tenant, sub: &person.sub, now }, None).await?)
}

/// False where it could not be done, because somebody writes without pause.
async fn void_of_provider(target: &Target, tenant: &Tenant, sub: &str) -> Result<bool, Failure> {
    let (store, now) = (&target.server.store, target.now());
    for _ in 0..MOST_RACES {
        let key = schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, sub));
        let found: Option<Versioned<Credentials>> = store.find(key, now).await?;
        let write = match &found {
            Some(own) => Write::update(own, &own.signed_out_at(now, None))?,
            None => Write::create(&Credentials::none_of_name(&tenant.id, sub, sub).signed_out_at(now, None))?,
        };
        if store.commit(vec![write]).await? == Commit::Done {
            return Ok(true);
        }
    }
    Ok(false)
}

//! Signs a person out everywhere: first what makes every session of theirs worthless, those too that are being made at this moment,
//! then each that is listed.

use crate::{failure::Failure, find_user::find_user, target::Target};
use rules::{
    session::Session,
    tenant::{Tenant, TenantId},
};
use server::{
    connected_apps::Person,
    sessions::sign_out_everywhere,
    store::{List, ListOf, allowed::Allowed},
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

/// How many sessions ended.
pub async fn sign_out(target: &Target, tenant: &Tenant, person: &Named) -> Result<usize, Failure> {
    target.lists_are_complete(&tenant.id).await?;
    // A name that was mistyped leaves nothing behind.
    if !person.is_known(target, tenant).await? {
        return Ok(0);
    }
    let who = Person { tenant, sub: &person.sub, now: target.now() };
    Ok(sign_out_everywhere(&target.server, who, person.username.as_deref()).await?)
}

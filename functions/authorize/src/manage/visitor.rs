//! Who sees their own page.

use crate::http::{
    responses::{PageContext, PageError, tenant_of},
    session::BrowserSession,
};
use axum::http::HeaderMap;
use rules::{secret::Secret, signed_in::SignedIn, tenant::TenantRecord, time::Timestamp};
use server::{Server, connected_apps::Person, store::StoreError};
use std::sync::Arc;

/// Somebody signed in, their session, and the tenant it is at.
pub struct Visitor {
    pub tenant: Arc<TenantRecord>,
    pub session: BrowserSession,
    pub user: SignedIn,
    pub now: Timestamp,
}

impl Visitor {
    pub fn person(&self) -> Person<'_> {
        Person { tenant: &self.tenant, sub: &self.user.sub, now: self.now }
    }
}

pub fn csrf(visitor: &Visitor) -> String {
    Secret::new(visitor.session.csrf()).successor("manage").expose().to_owned()
}

/// The person who is signed in at this browser, or the tenant to sign in at.
pub async fn find(
    server: &Server,
    tenant: &str,
    headers: &HeaderMap,
) -> Result<Result<Visitor, Arc<TenantRecord>>, PageError> {
    let now = server.now();
    let tenant = tenant_of(server, tenant, headers, now).await?;
    let outage = |error: StoreError| PageContext::of(&tenant).outage(&error);
    let (session, mut known) = BrowserSession::find(server, &tenant, headers, now).await.map_err(outage)?;
    let Some(mut session) = session else { return Ok(Err(tenant)) };
    let user = session.user_today(server, &tenant, &mut known).await.map_err(outage)?;
    let Some(user) = user else { return Ok(Err(tenant)) };
    session.use_it(server, &tenant, now).await.map_err(outage)?;
    Ok(Ok(Visitor { tenant, session, user, now }))
}

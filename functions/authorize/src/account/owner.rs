//! Who may change how they sign in: somebody who has just signed in here. A stolen session changes nothing.

use crate::http::{
    responses::{PageContext, PageError, tenant_of},
    session::{BrowserSession, LocalUser},
};
use axum::http::HeaderMap;
use rules::{
    credentials::{Setup, passkey::RelyingParty},
    secret::Secret,
    signed_in::SignedIn,
    tenant::{SecondFactor, TenantRecord},
    time::Timestamp,
};
use server::{Server, http::address::Address, store::StoreError};
use std::sync::Arc;

/// How long ago the sign-in may be (NIST SP 800-63B §6.1.2.1: a factor is bound by who has just proven the others).
const RECENT_SECONDS: i64 = 600;

/// Somebody who has just signed in here with what is theirs here.
pub struct Owner {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    pub session: BrowserSession,
    pub local: LocalUser,
    pub address: Option<Address>,
    pub now: Timestamp,
}

pub enum Found {
    Owner(Box<Owner>),
    /// Their account is at an identity provider.
    Elsewhere(Arc<TenantRecord>, Box<SignedIn>),
    /// Nobody, or too long ago; and whose session it is.
    MustSignIn(Arc<TenantRecord>, Option<String>),
}

impl Owner {
    pub fn csrf(&self) -> String {
        Secret::new(self.session.csrf()).successor("account").expose().to_owned()
    }

    /// Passkeys of the tenant, if it has them and a browser can use them here.
    pub fn passkeys(&self) -> Option<RelyingParty> {
        RelyingParty::of(&self.tenant.issuer).filter(|_| self.tenant.policy.passkeys)
    }

    pub fn may_add_app(&self) -> bool {
        self.tenant.policy.second_factor != SecondFactor::None
    }

    pub fn setup(&self) -> Option<&Setup> {
        self.session.setup()
    }
}

pub async fn find(server: &Arc<Server>, tenant: &str, headers: &HeaderMap) -> Result<Found, PageError> {
    let now = server.now();
    let tenant = tenant_of(server, tenant, headers, now).await?;
    let outage = |error: StoreError| PageContext::of(&tenant).outage(&error);
    let (session, mut known) = BrowserSession::find(server, &tenant, headers, now).await.map_err(outage)?;
    let Some(session) = session else { return Ok(Found::MustSignIn(tenant, None)) };
    if session.user.provider.is_some() {
        let today = session.user_today(server, &tenant, &mut known).await.map_err(outage)?;
        return Ok(match today {
            Some(user) => Found::Elsewhere(tenant, Box::new(user)),
            None => Found::MustSignIn(tenant, None),
        });
    }
    let recent = now.since(session.user.auth_time) <= RECENT_SECONDS;
    match session.local_user(server, &tenant, &mut known).await.map_err(outage)? {
        Some(local) if recent => {
            let server = server.clone();
            Ok(Found::Owner(Box::new(Owner { server, tenant, session, local, address: None, now })))
        }
        _ => Ok(Found::MustSignIn(tenant, Some(session.user.username.clone()))),
    }
}

//! The browser's session with this tenant, known by a cookie of the tenant's own name: two tenants on one host share nothing.

use crate::cookies::{self, of_host, reach};
use axum::{http::HeaderMap, response::Response};
use shared::{
    authorize::interaction::SignedIn,
    identity_provider::mapping::may_vouch_for,
    keys::TenantRecord,
    secret::Secret,
    server::Server,
    session::{PresentedSession, Session, SessionId},
    store::{Commit, StoreError, Versioned, Write, schema},
    time::Timestamp,
    user::User,
};

/// A session whose secret the browser has shown.
pub struct BrowserSession {
    pub item: Versioned<Session>,
    pub user: SignedIn,
    /// It was left alone too long to sign anybody in; what is being done in it may still be ended.
    pub is_idle: bool,
    secret: Secret,
}

impl BrowserSession {
    /// Cookies of the name that a neighbour planted must not hide ours, nor make us read for ever.
    const MOST_COOKIES: usize = 3;

    pub async fn find(
        server: &Server,
        tenant: &TenantRecord,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<BrowserSession>, StoreError> {
        for presented in presented(tenant, headers).take(Self::MOST_COOKIES) {
            let found = server.store.find::<Session>(schema::session(&tenant.id, &presented.id), now).await?;
            let Some(item) = found else { continue };
            let Some(open) = item.value.opened_by(&presented.secret, now) else { continue };
            let (user, is_idle) = (open.user.clone(), open.idle_until.is_past(now));
            return Ok(Some(BrowserSession { user, is_idle, item, secret: presented.secret }));
        }
        Ok(None)
    }

    /// The session that a cookie names, whether there is one or not: good for telling an old form from a stranger's alone.
    pub fn claimed(tenant: &TenantRecord, headers: &HeaderMap) -> Option<SessionId> {
        presented(tenant, headers).next().map(|presented| presented.id)
    }

    /// The token of forms that act on the session itself.
    pub fn csrf(&self) -> String {
        self.secret.successor("session csrf").expose().to_owned()
    }

    /// Whether the session may sign its user in once more: they must still exist, with the same password, or the tenant must
    /// still trust the provider that vouched for them. The session remembers who they were; what they may do is read anew.
    pub async fn user_today(
        &self,
        server: &Server,
        tenant: &TenantRecord,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, StoreError> {
        if self.is_idle {
            return Ok(None);
        }
        if let Some(id) = &self.user.provider {
            let mut providers = tenant.identity_providers.iter();
            let trusted =
                providers.any(|own| own.id == *id && may_vouch_for(own, self.user.fhir_user.as_ref()).is_ok());
            return Ok(trusted.then(|| self.user.clone()));
        }
        let user = server.store.find::<User>(schema::user(&tenant.id, &self.user.username), now).await?;
        let same = |user: &User| user.sub == self.user.sub && self.user.credential == Some(user.password.fingerprint());
        Ok(user.filter(|user| same(user)).map(|user| SignedIn {
            amr: self.user.amr.clone(),
            acr: self.user.acr.clone(),
            ..SignedIn::new(&user, self.user.auth_time)
        }))
    }

    /// Begins the idle time anew. Losing a race means that somebody else just did.
    pub async fn use_it(&mut self, server: &Server, tenant: &TenantRecord, now: Timestamp) -> Result<(), StoreError> {
        if let Some(used) = self.item.value.used(&tenant.policy, now) {
            let write = Write::update(&self.item, &used)?;
            if server.store.commit(vec![write]).await? == Commit::Done {
                self.item = Versioned { value: used, version: self.item.version + 1 };
            }
        }
        Ok(())
    }
}

fn presented<'a>(tenant: &TenantRecord, headers: &'a HeaderMap) -> impl Iterator<Item = PresentedSession> + 'a {
    cookies::named(headers, cookie_name(tenant)).filter_map(PresentedSession::parse)
}

/// Without `Max-Age` it ends with the browser, as a shared computer needs it; the server ends it in any case.
pub fn put(response: &mut Response, tenant: &TenantRecord, session: &PresentedSession) {
    set(response, tenant, session.cookie().expose(), "");
}

pub fn forget(response: &mut Response, tenant: &TenantRecord) {
    set(response, tenant, "", "; Max-Age=0");
}

fn set(response: &mut Response, tenant: &TenantRecord, value: &str, life: &str) {
    cookies::set(response, &format!("{}={value}; Path=/; HttpOnly{life}; {}", cookie_name(tenant), reach(tenant)));
}

fn cookie_name(tenant: &TenantRecord) -> String {
    of_host(tenant, &format!("session-{}", tenant.id.as_str()))
}

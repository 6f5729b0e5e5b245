//! The browser's session with this tenant, known by a cookie of the tenant's own name: two tenants on one host share nothing.

use crate::browser::cookie_reach;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use shared::{
    authorize::interaction::SignedIn,
    keys::TenantRecord,
    secret::Secret,
    server::Server,
    session::{PresentedSession, Session},
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

    /// The token of forms that act on the session itself.
    pub fn csrf(&self) -> String {
        self.secret.successor("session csrf").expose().to_owned()
    }

    /// Whether the session may sign its user in once more: they must still exist, with the same password. The session
    /// remembers who they were; what they may do is read anew.
    pub async fn user_today(
        &self,
        server: &Server,
        tenant: &TenantRecord,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, StoreError> {
        if self.is_idle {
            return Ok(None);
        }
        if self.user.provider.is_some() {
            return Ok(Some(self.user.clone()));
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
    let name = cookie_name(tenant);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(cookie, _)| *cookie == name).filter_map(|(_, value)| PresentedSession::parse(value))
}

/// Without `Max-Age` it ends with the browser, as a shared computer needs it; the server ends it in any case.
pub fn put(response: &mut Response, tenant: &TenantRecord, session: &PresentedSession) {
    set(response, tenant, session.cookie().expose(), "");
}

pub fn forget(response: &mut Response, tenant: &TenantRecord) {
    set(response, tenant, "", "; Max-Age=0");
}

fn set(response: &mut Response, tenant: &TenantRecord, value: &str, life: &str) {
    let reach = cookie_reach(tenant);
    let cookie = format!("{}={value}; Path=/; HttpOnly{life}; {reach}", cookie_name(tenant));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// `__Host-` keeps subdomains from planting one (RFC 6265bis §4.1.3.2); it needs https.
fn cookie_name(tenant: &TenantRecord) -> String {
    let prefix = if tenant.issuer.is_https() { "__Host-" } else { "" };
    format!("{prefix}admit-session-{}", tenant.id.as_str())
}

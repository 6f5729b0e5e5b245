//! The browser's session with this tenant, known by a cookie of the tenant's own name: two tenants on one host share nothing.

use super::cookies::{self, of_host};
use axum::{http::HeaderMap, response::Response};
use rules::{
    authority::person_today,
    credentials::{Credentials, CredentialsId, Setup, recovery},
    secret::Secret,
    session::{PresentedSession, Session, SessionId, SessionState},
    signed_in::SignedIn,
    tenant::TenantRecord,
    time::Timestamp,
    user::User,
};
use server::{
    Server,
    store::{Commit, KeptCredentials, Key, StoreError, Versioned, Write, schema},
};

/// A session whose secret the browser has shown.
pub struct BrowserSession {
    pub item: Versioned<Session>,
    pub user: SignedIn,
    /// It was left alone too long to sign anybody in; what is being done in it may still be ended.
    pub is_idle: bool,
    secret: Secret,
}

/// The session's user as they are today.
pub struct LocalUser {
    pub signed_in: SignedIn,
    pub user: User,
    pub credentials: KeptCredentials,
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
            if let Some(session) = Self::opened(found, presented, now) {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// The session, and somebody who has signed in as they are today, if they would still be let in: one call for both. Without a
    /// session nobody is asked for.
    pub async fn find_with_person(
        server: &Server,
        tenant: &TenantRecord,
        headers: &HeaderMap,
        was: &SignedIn,
        now: Timestamp,
    ) -> Result<Option<(BrowserSession, Option<SignedIn>)>, StoreError> {
        let presented: Vec<PresentedSession> = presented(tenant, headers).take(Self::MOST_COOKIES).collect();
        if presented.is_empty() {
            return Ok(None);
        }
        // A provider's people are no users of this tenant, whatever they are called there.
        let user = was.provider.is_none().then(|| schema::user(&tenant.id, &was.username));
        let credentials = schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, &was.sub));
        let sessions = presented.iter().map(|presented| schema::session(&tenant.id, &presented.id));
        let keys: Vec<Key> = sessions.chain(user.clone()).chain([credentials.clone()]).collect();
        let found = server.store.find_together(&keys, now).await?;
        for (presented, key) in presented.into_iter().zip(&keys) {
            let Some(session) = Self::opened(found.get(key)?, presented, now) else { continue };
            let own = found.get::<Credentials>(&credentials)?;
            if was.provider.is_some() {
                let is_out = session.item.is_signed_out(own.as_deref());
                let today = person_today(was, None, tenant).filter(|_| !is_out);
                return Ok(Some((session, today)));
            }
            let user = user.as_ref().map(|key| found.get::<User>(key)).transpose()?.flatten().map(|user| user.value);
            let own = user.as_ref().map(|user| KeptCredentials::of(user, own));
            return Ok(Some((session, person_today(was, user.as_ref().zip(own.as_deref()), tenant))));
        }
        Ok(None)
    }

    fn opened(
        found: Option<Versioned<Session>>,
        presented: PresentedSession,
        now: Timestamp,
    ) -> Option<BrowserSession> {
        let item = found?;
        let open = item.value.opened_by(&presented.secret, now)?;
        let (user, is_idle) = (open.user.clone(), open.idle_until.is_past(now));
        Some(BrowserSession { user, is_idle, item, secret: presented.secret })
    }

    /// The session that a cookie names, whether there is one or not: good for telling an old form from a stranger's alone.
    pub fn claimed(tenant: &TenantRecord, headers: &HeaderMap) -> Option<SessionId> {
        presented(tenant, headers).next().map(|presented| presented.id)
    }

    /// The token of forms that act on the session itself.
    pub fn csrf(&self) -> String {
        BrowserSession::csrf_of(&self.secret)
    }

    /// The same for a secret that the browser is about to get.
    pub fn csrf_of(secret: &Secret) -> String {
        secret.successor("session csrf").expose().to_owned()
    }

    /// Proves to the next page of this session that a word in its address is ours.
    pub fn seal(&self, word: &str) -> String {
        BrowserSession::seal_in(&self.csrf(), word)
    }

    /// The same for a session that the browser is about to get, by its token.
    pub fn seal_in(csrf: &str, word: &str) -> String {
        Secret::new(csrf).successor(&format!("said {word}")).expose().to_owned()
    }

    /// What its person is about to add to their sign-in.
    pub fn setup(&self) -> Option<&Setup> {
        match &self.item.value.state {
            SessionState::Open(open) => open.setup.as_ref(),
            SessionState::Ended { .. } => None,
        }
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
        if self.user.provider.is_some() {
            let Some(today) = person_today(&self.user, None, tenant) else { return Ok(None) };
            let key = schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, &today.sub));
            let own = server.store.find::<Credentials>(key, now).await?;
            return Ok(Some(today).filter(|_| !self.item.is_signed_out(own.as_deref())));
        }
        Ok(self.local_user(server, tenant, now).await?.map(|local| local.signed_in))
    }

    /// The same for a user of the tenant's own, with all that is known of them.
    pub async fn local_user(
        &self,
        server: &Server,
        tenant: &TenantRecord,
        now: Timestamp,
    ) -> Result<Option<LocalUser>, StoreError> {
        if self.is_idle || self.user.provider.is_some() {
            return Ok(None);
        }
        let found =
            KeptCredentials::with_user(&server.store, &tenant.id, &self.user.username, &self.user.sub, now).await?;
        Ok(found.and_then(|(user, credentials)| {
            let signed_in = person_today(&self.user, Some((&user, &credentials)), tenant)?;
            Some(LocalUser { signed_in, user, credentials })
        }))
    }

    /// The recovery codes of this salt: whoever has the cookie can be shown them again.
    pub fn recovery_codes(&self, salt: &str) -> Vec<String> {
        recovery::codes(&self.secret, salt)
    }

    /// Begins the idle time anew. Losing a race means that somebody else just did.
    pub async fn use_it(&mut self, server: &Server, tenant: &TenantRecord, now: Timestamp) -> Result<(), StoreError> {
        if let Some(used) = self.item.value.used(&tenant.policy, now) {
            let write = Write::update(&self.item, &used)?;
            if server.store.commit(vec![write]).await? == Commit::Done {
                self.item = self.item.updated(used);
            }
        }
        Ok(())
    }
}

fn presented<'a>(tenant: &TenantRecord, headers: &'a HeaderMap) -> impl Iterator<Item = PresentedSession> + 'a {
    cookies::named(headers, cookie_name(tenant)).filter_map(|value| PresentedSession::parse(&value))
}

/// Without `Max-Age` it ends with the browser, as a shared computer needs it; the server ends it in any case.
pub fn put(response: &mut Response, tenant: &TenantRecord, session: &PresentedSession) {
    cookies::set(response, tenant, cookie_name(tenant), session.cookie().expose(), None);
}

pub fn forget(response: &mut Response, tenant: &TenantRecord) {
    cookies::set(response, tenant, cookie_name(tenant), "", Some(0));
}

fn cookie_name(tenant: &TenantRecord) -> String {
    of_host(tenant, &format!("session-{}", tenant.id.as_str()))
}

//! The browser's session with this tenant, known by a cookie of the tenant's own name: two tenants on one host share nothing.

use super::cookies::{self, of_host};
use axum::{http::HeaderMap, response::Response};
use rules::{
    authority::person_today,
    credentials::{Credentials, CredentialsId, Setup, recovery},
    secret::Secret,
    session::{ClaimedPerson, PresentedSession, Session, SessionId, SessionState},
    signed_in::SignedIn,
    tenant::TenantRecord,
    time::Timestamp,
    user::User,
};
use server::{
    Server,
    connected_apps::Person,
    sessions::{self, Here},
    store::{Commit, KeptCredentials, Key, StoreError, Together, Versioned, Write, schema},
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
    /// What is read of a browser: the sessions that its cookies name, and whose they claim to be.
    pub fn keys(tenant: &TenantRecord, headers: &HeaderMap) -> Vec<Key> {
        let mut keys = Vec::new();
        for PresentedSession { id, claims, .. } in presented(tenant, headers) {
            keys.push(schema::session(&tenant.id, &id));
            let Some(ClaimedPerson { sub, username, .. }) = claims else { continue };
            keys.extend(username.map(|username| schema::user(&tenant.id, &username)));
            keys.push(credentials_key(tenant, &sub));
        }
        keys
    }

    /// Whom the browser's sessions claim to be of. Nobody has looked yet.
    pub fn claimed_people(tenant: &TenantRecord, headers: &HeaderMap) -> impl Iterator<Item = ClaimedPerson> {
        presented(tenant, headers).filter_map(|presented| presented.claims)
    }

    /// The browser's session, of what was read by its `keys`.
    pub fn among(
        known: &Together,
        tenant: &TenantRecord,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<BrowserSession>, StoreError> {
        for presented in presented(tenant, headers) {
            let found = known.get(&schema::session(&tenant.id, &presented.id))?;
            if let Some(session) = Self::opened(found, presented, now) {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// The browser's session, with what was read of its person in the same call.
    pub async fn find(
        server: &Server,
        tenant: &TenantRecord,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<(Option<BrowserSession>, Together), StoreError> {
        let known = server.store.find_together(&Self::keys(tenant, headers), now).await?;
        Ok((Self::among(&known, tenant, headers, now)?, known))
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
    /// still trust the provider that vouched for them. The session remembers who they were; what they may do is read again.
    pub async fn user_today(
        &self,
        server: &Server,
        tenant: &TenantRecord,
        known: &mut Together,
    ) -> Result<Option<SignedIn>, StoreError> {
        if self.is_idle { Ok(None) } else { user_today(server, tenant, known, &self.item, &self.user).await }
    }

    /// The same for a user of the tenant's own, with all that is known of them.
    pub async fn local_user(
        &self,
        server: &Server,
        tenant: &TenantRecord,
        known: &mut Together,
    ) -> Result<Option<LocalUser>, StoreError> {
        if self.is_idle || self.user.provider.is_some() {
            return Ok(None);
        }
        local_user(server, tenant, known, &self.user).await
    }

    /// The recovery codes of this salt: the browser with the cookie can be shown them again.
    pub fn recovery_codes(&self, salt: &str) -> Vec<String> {
        recovery::codes(&self.secret, salt)
    }

    /// The session with its idle time restarted, where that is worth a write. One that was left alone too long stays so.
    fn used(&self, tenant: &TenantRecord, now: Timestamp) -> Option<Session> {
        self.item.value.used(&tenant.policy, now).filter(|_| !self.is_idle)
    }

    /// The same as a write beside others.
    pub fn use_write(&self, tenant: &TenantRecord, now: Timestamp) -> Result<Option<Write>, StoreError> {
        self.used(tenant, now).map(|used| Write::update(&self.item, &used)).transpose()
    }

    /// Restarts the idle time. Losing a race means that somebody else just did.
    pub async fn use_it(&mut self, server: &Server, tenant: &TenantRecord, now: Timestamp) -> Result<(), StoreError> {
        if let Some(used) = self.used(tenant, now) {
            let write = Write::update(&self.item, &used)?;
            if server.store.commit(vec![write]).await? == Commit::Done {
                self.item = self.item.updated(used);
            }
        }
        Ok(())
    }

    /// Whether it is open still, to this browser.
    pub async fn is_open_now(&self, server: &Server, now: Timestamp) -> Result<bool, StoreError> {
        let key = schema::session(&self.item.tenant, &self.item.id);
        let found = server.store.find_together(std::slice::from_ref(&key), now).await?;
        let found = found.get::<Session>(&key)?;
        Ok(found.is_some_and(|session| session.opened_by(&self.secret, now).is_some()))
    }

    /// Signs its person out everywhere but here: the browser's new cookie. None where this session is over itself, because another
    /// browser was faster.
    pub async fn sign_out_elsewhere(
        &self,
        server: &Server,
        person: Person<'_>,
    ) -> Result<Option<PresentedSession>, StoreError> {
        let here = Here { id: &self.item.id, secret: &self.secret };
        sessions::sign_out_elsewhere(server, person, &self.user, here).await
    }

    /// A secret of the session's browser for one purpose.
    pub fn secret_for(&self, purpose: &str) -> Secret {
        self.secret.successor(purpose)
    }
}

/// Somebody who has signed in in this session, as they are now, if they would still be let in. What of them was not read before is read in
/// one call.
pub async fn user_today(
    server: &Server,
    tenant: &TenantRecord,
    known: &mut Together,
    session: &Session,
    was: &SignedIn,
) -> Result<Option<SignedIn>, StoreError> {
    if was.provider.is_none() {
        return Ok(local_user(server, tenant, known, was).await?.map(|local| local.signed_in));
    }
    let Some(today) = person_today(was, None, tenant) else { return Ok(None) };
    // A provider's people are no users of this tenant, whatever they are called there: all that is kept of them is that they signed out.
    let key = credentials_key(tenant, &was.sub);
    server.store.read_into(known, std::slice::from_ref(&key)).await?;
    let own = known.get::<Credentials>(&key)?;
    Ok(Some(today).filter(|_| !session.is_signed_out(own.as_deref())))
}

/// Somebody for whom an EHR vouched, as they are now, if they would still be let in. No session of any browser has part in it.
pub async fn vouched_today(
    server: &Server,
    tenant: &TenantRecord,
    known: &mut Together,
    was: &SignedIn,
) -> Result<Option<SignedIn>, StoreError> {
    Ok(local_user(server, tenant, known, was).await?.map(|local| local.signed_in))
}

async fn local_user(
    server: &Server,
    tenant: &TenantRecord,
    known: &mut Together,
    was: &SignedIn,
) -> Result<Option<LocalUser>, StoreError> {
    let keys = [schema::user(&tenant.id, &was.username), credentials_key(tenant, &was.sub)];
    server.store.read_into(known, &keys).await?;
    let [user, credentials] = &keys;
    let Some(user) = known.get::<User>(user)?.map(|user| user.value) else { return Ok(None) };
    let credentials = KeptCredentials::of(&user, known.get::<Credentials>(credentials)?);
    let signed_in = person_today(was, Some((&user, &credentials)), tenant);
    Ok(signed_in.map(|signed_in| LocalUser { signed_in, user, credentials }))
}

/// Where it is kept what they sign in with, and since when they are signed out.
fn credentials_key(tenant: &TenantRecord, sub: &str) -> Key {
    schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, sub))
}

/// Cookies of the name that a neighbour planted must not hide ours, nor make us read for ever.
const MOST_COOKIES: usize = 3;

fn presented(tenant: &TenantRecord, headers: &HeaderMap) -> impl Iterator<Item = PresentedSession> {
    let cookies = cookies::named(headers, cookie_name(tenant));
    cookies.filter_map(|value| PresentedSession::parse(&value)).take(MOST_COOKIES)
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

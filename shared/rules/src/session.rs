//! One sign-in that serves many apps: who is signed in at a browser, since when, and until when.

use crate::{
    credentials::{Credentials, Setup},
    secret::{Secret, SecretHash, random_text},
    signed_in::SignedIn,
    tenant::{Policy, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One item of the table. The browser's cookie names it in the clear and holds its secret; grants of `online_access` name it
/// too, and end with it (RFR-11).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub tenant: TenantId,
    pub id: SessionId,
    pub state: SessionState,
    /// The absolute end, however busy the browser is.
    pub ends_at: Timestamp,
}

/// 128 random bits. Not a secret: it names the session inside grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub String);

impl SessionId {
    pub fn random() -> SessionId {
        SessionId(random_text::<16>())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum SessionState {
    Open(Box<OpenSession>),
    /// Signed out, here or by somebody else's sign-in at the same browser.
    Ended {
        at: Timestamp,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenSession {
    /// Hash of the secret in the cookie, a new one at each sign-in.
    pub secret: SecretHash,
    pub user: SignedIn,
    /// When its person signed in at this browser; a provider may have asked them long before. Absent in sessions of before it was kept.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// A browser that was left alone for so long must sign in again.
    pub idle_until: Timestamp,
    /// What its person is about to add to their sign-in.
    #[serde(default)]
    pub setup: Option<Setup>,
}

/// What somebody sent as a session cookie: the session it claims to be, and its secret.
#[derive(Debug)]
pub struct PresentedSession {
    pub id: SessionId,
    pub secret: Secret,
}

/// Characters of a session's id and of its secret in base64url.
const ID: usize = 22;
const SECRET: usize = 43;

impl PresentedSession {
    pub fn parse(cookie: &str) -> Option<PresentedSession> {
        let base64url = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let (id, secret) = cookie.split_once('.')?;
        let good = id.len() == ID && secret.len() == SECRET && base64url(id) && base64url(secret);
        good.then(|| PresentedSession { id: SessionId(id.to_owned()), secret: Secret::new(secret) })
    }

    /// The cookie's value.
    pub fn cookie(&self) -> Secret {
        Secret::new(format!("{}.{}", self.id.0, self.secret.expose()))
    }
}

impl Session {
    /// The session after this sign-in: a new one, or the same one with another secret if it was this person's already, so
    /// that nobody can use a cookie that was set before (OWASP, session fixation).
    pub fn signed_in(
        before: Option<&Session>,
        tenant: &TenantId,
        user: &SignedIn,
        policy: &Policy,
        now: Timestamp,
    ) -> (Session, PresentedSession) {
        let own = before.filter(|session| session.belongs_to(user, now));
        let id = own.map_or_else(SessionId::random, |session| session.id.clone());
        let presented = PresentedSession { id: id.clone(), secret: Secret::random() };
        let ends_at = now.plus(policy.session_seconds);
        let open = OpenSession {
            secret: presented.secret.hash(),
            user: user.clone(),
            since: Some(now),
            idle_until: now.plus(policy.session_idle_seconds),
            setup: None,
        };
        (Session { tenant: tenant.clone(), id, state: SessionState::Open(Box::new(open)), ends_at }, presented)
    }

    fn belongs_to(&self, user: &SignedIn, now: Timestamp) -> bool {
        self.is_open(now)
            && matches!(&self.state, SessionState::Open(open)
                if open.user.sub == user.sub && open.user.provider == user.provider)
    }

    /// Whose it is while what was begun in this session may go on: it has not been signed out and its end has not come. A
    /// browser at rest does not end it, since an app that works with its access token is not seen here.
    pub fn user_if_open(&self, now: Timestamp) -> Option<&SignedIn> {
        match &self.state {
            SessionState::Open(open) if !self.ends_at.is_past(now) => Some(&open.user),
            _ => None,
        }
    }

    pub fn is_open(&self, now: Timestamp) -> bool {
        self.user_if_open(now).is_some()
    }

    /// The session as the holder of this secret finds it, if it is open and theirs.
    pub fn opened_by(&self, secret: &Secret, now: Timestamp) -> Option<&OpenSession> {
        match &self.state {
            SessionState::Open(open) if self.is_open(now) && open.secret.matches(secret.expose()) => Some(open),
            _ => None,
        }
    }

    /// Since when its person is signed in, while they are.
    pub fn since(&self) -> Option<Timestamp> {
        match &self.state {
            SessionState::Open(open) => Some(open.since.unwrap_or(open.user.auth_time)),
            SessionState::Ended { .. } => None,
        }
    }

    /// Whether its person has signed out everywhere since, but in another session. Also one that another instance was making at that
    /// very moment, and that no list had yet. For people of a provider; those of the tenant's own are told by their credentials
    /// (`authority::person_today`).
    pub fn is_signed_out(&self, own: Option<&Credentials>) -> bool {
        let Some(out) = own.and_then(|own| own.signed_out.as_ref()) else { return false };
        out.kept.as_ref() != Some(&self.id.0) && self.since().is_none_or(|since| since <= out.at)
    }

    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Session {
        Session { state: SessionState::Ended { at: now }, ..self.clone() }
    }

    /// The same session, with this to be set up in it.
    #[must_use]
    pub fn setting_up(&self, setup: Option<Setup>) -> Session {
        let mut next = self.clone();
        if let SessionState::Open(open) = &mut next.state {
            open.setup = setup;
        }
        next
    }

    /// The session after its person has changed what they sign in with: with another secret and the same end. All that
    /// were made with what was there before are over.
    #[must_use]
    pub fn renewed(&self, credential: SecretHash) -> (Session, PresentedSession) {
        let presented = PresentedSession { id: self.id.clone(), secret: Secret::random() };
        let mut next = self.setting_up(None);
        if let SessionState::Open(open) = &mut next.state {
            open.secret = presented.secret.hash();
            open.user.credential = Some(credential);
        }
        (next, presented)
    }

    /// The session with its idle time begun anew, where that is worth a write: after a tenth of it.
    pub fn used(&self, policy: &Policy, now: Timestamp) -> Option<Session> {
        let SessionState::Open(open) = &self.state else { return None };
        let idle_until = now.plus(policy.session_idle_seconds);
        let worth_it = idle_until.since(open.idle_until) > policy.session_idle_seconds / 10;
        let open = OpenSession { idle_until, ..OpenSession::clone(open) };
        worth_it.then(|| Session { state: SessionState::Open(Box::new(open)), ..self.clone() })
    }
}

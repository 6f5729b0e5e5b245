//! One sign-in that serves many apps: who is signed in at a browser, since when, and until when.

use crate::{
    credentials::{Credentials, Setup},
    secret::{Secret, SecretHash, random_text},
    signed_in::SignedIn,
    tenant::{Policy, TenantId},
    time::Timestamp,
    user::{Reach, reach},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
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

/// What somebody sent as a session cookie: the session it claims to be, its secret, and whose it says that it is.
#[derive(Debug)]
pub struct PresentedSession {
    pub id: SessionId,
    pub secret: Secret,
    pub claims: Option<ClaimedPerson>,
}

/// Whose a session is by the word of its cookie, so that what is known of them can be read in the same call as the session. A hint for the
/// reader and nothing else: whose the session is, the session says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPerson {
    pub sub: String,
    /// None for people of an identity provider, who are no users here.
    pub username: Option<String>,
    /// The one patient whose record they may open, where it is one.
    pub patient: Option<String>,
}

/// Characters of a session's id and of its secret in base64url.
const ID: usize = 22;
const SECRET: usize = 43;
/// Of whose it is: a name and a `sub` of 255 characters each, and an id of FHIR's 64. More takes a second call.
const MOST_CLAIMED: usize = 1024;

impl PresentedSession {
    pub fn new(id: SessionId, user: &SignedIn) -> PresentedSession {
        PresentedSession { id, secret: Secret::random(), claims: Some(ClaimedPerson::of(user)) }
    }

    pub fn parse(cookie: &str) -> Option<PresentedSession> {
        let base64url = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let (id, rest) = cookie.split_once('.')?;
        let (secret, claims) = rest.split_once('.').map_or((rest, None), |(secret, claims)| (secret, Some(claims)));
        let good = id.len() == ID && secret.len() == SECRET && base64url(id) && base64url(secret);
        // What it says of a person may be missing or senseless: the session is found all the same.
        let claims = claims.and_then(ClaimedPerson::parse);
        good.then(|| PresentedSession { id: SessionId(id.to_owned()), secret: Secret::new(secret), claims })
    }

    /// The cookie's value.
    pub fn cookie(&self) -> Secret {
        let claims = self.claims.as_ref().and_then(ClaimedPerson::written).map(|claims| format!(".{claims}"));
        Secret::new(format!("{}.{}{}", self.id.0, self.secret.expose(), claims.unwrap_or_default()))
    }
}

impl ClaimedPerson {
    fn of(user: &SignedIn) -> ClaimedPerson {
        let patient = match reach(user.fhir_user.as_ref(), &user.patients) {
            Reach::Only(patients) => <[&str; 1]>::try_from(patients).ok().map(|[only]| only.to_owned()),
            Reach::Any => None,
        };
        let username = user.provider.is_none().then(|| user.username.clone());
        ClaimedPerson { sub: user.sub.clone(), username, patient }
    }

    fn written(&self) -> Option<String> {
        let json = serde_json::to_vec(self).ok()?;
        Some(URL_SAFE_NO_PAD.encode(json)).filter(|written| written.len() <= MOST_CLAIMED)
    }

    fn parse(written: &str) -> Option<ClaimedPerson> {
        let json = URL_SAFE_NO_PAD.decode(Some(written).filter(|written| written.len() <= MOST_CLAIMED)?).ok()?;
        serde_json::from_slice(&json).ok()
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
        let presented = PresentedSession::new(id.clone(), user);
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

    /// Of somebody for whom an EHR vouched: no browser has its secret, so nobody signs in with it. It is there for what ends with it, and
    /// began when they signed in at the EHR (VOUCH-11).
    pub fn of_vouched(tenant: &TenantId, id: SessionId, user: &SignedIn, policy: &Policy) -> Session {
        let ends_at = Session::end_of_vouched(user, policy);
        let open = OpenSession {
            secret: Secret::random().hash(),
            user: user.clone(),
            since: Some(user.auth_time),
            idle_until: ends_at,
            setup: None,
        };
        Session { tenant: tenant.clone(), id, state: SessionState::Open(Box::new(open)), ends_at }
    }

    pub fn end_of_vouched(user: &SignedIn, policy: &Policy) -> Timestamp {
        user.auth_time.plus(policy.session_seconds)
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

    /// The session after its person has changed what they sign in with, or has signed out everywhere else: with another secret and the
    /// same end. All that were made with what was there before are over. People of a provider have no credential here.
    #[must_use]
    pub fn renewed(&self, credential: Option<SecretHash>) -> (Session, PresentedSession) {
        let mut presented = PresentedSession { id: self.id.clone(), secret: Secret::random(), claims: None };
        let mut next = self.setting_up(None);
        if let SessionState::Open(open) = &mut next.state {
            open.secret = presented.secret.hash();
            open.user.credential = credential;
            presented.claims = Some(ClaimedPerson::of(&open.user));
        }
        (next, presented)
    }

    /// The session with its idle time restarted, where that is worth a write: after a tenth of it.
    pub fn used(&self, policy: &Policy, now: Timestamp) -> Option<Session> {
        let SessionState::Open(open) = &self.state else { return None };
        let idle_until = now.plus(policy.session_idle_seconds);
        let worth_it = idle_until.since(open.idle_until) > policy.session_idle_seconds / 10;
        let open = OpenSession { idle_until, ..OpenSession::clone(open) };
        worth_it.then(|| Session { state: SessionState::Open(Box::new(open)), ..self.clone() })
    }
}

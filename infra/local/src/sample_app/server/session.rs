//! What a confidential app remembers of one browser, which a cookie identifies.

use super::conversation::Exchange;
use crate::{sample_app::meaning::meaning, site::cookie};
use axum::http::{HeaderMap, HeaderValue};
use rules::secret::{SecretHash, random_text};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

#[derive(Clone, Default)]
pub struct Session {
    pub iss: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    pub requested_scope: String,
    /// What the FHIR server's smart-configuration said.
    pub discovered: Value,
    /// What came back to the redirect URI.
    pub answer: Vec<Member>,
    pub token: Option<Value>,
    pub exchanges: Vec<Exchange>,
    pub reads: Vec<Read>,
    pub results: Vec<ActionResult>,
    /// The problem that answers in this session said they simulate.
    pub simulated: Option<String>,
    /// How often it was put.
    pub turn: u64,
}

#[derive(Clone)]
pub struct Member {
    pub name: String,
    pub value: String,
}

/// One request to the FHIR server and what came of it.
#[derive(Clone)]
pub struct Read {
    pub name: String,
    pub path: String,
    /// 0 where no answer came.
    pub status: u16,
    /// The resources in the answer, each in a few words.
    pub summaries: Vec<String>,
    pub reason: String,
    pub body: Value,
}

impl Read {
    /// FHIR came, and it is no account of a failure.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status) && self.body["resourceType"].is_string()
    }

    /// It was neither answered nor refused.
    pub fn has_failed(&self) -> bool {
        !self.is_good() && !matches!(self.status, 401 | 403 | 404)
    }

    pub fn status_in_words(&self) -> String {
        if self.status == 0 { "no answer".to_owned() } else { self.status.to_string() }
    }

    pub fn means(&self) -> &'static str {
        if self.is_good() { "" } else { meaning(self.status) }
    }
}

/// What a button did.
#[derive(Clone)]
pub struct ActionResult {
    pub name: String,
    pub title: &'static str,
    pub outcome: String,
    pub body: String,
}

impl ActionResult {
    pub fn new(action: &str, title: &'static str, outcome: String, body: &Value) -> ActionResult {
        ActionResult { name: action.to_owned(), title, outcome, body: pretty(body) }
    }
}

#[derive(Default)]
pub struct Sessions(Mutex<HashMap<SecretHash, Session>>);

const COOKIE: &str = "sample-app";
const MOST_REMEMBERED: usize = 100;

impl Sessions {
    /// The cookie that belongs to a new session.
    pub fn begin(&self, path: &str, session: Session) -> Option<HeaderValue> {
        let id = random_text::<32>();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST_REMEMBERED {
            sessions.clear();
        }
        sessions.insert(SecretHash::of(&id), session);
        // Lax: the way back from the sign-in comes from another site in a deployment.
        HeaderValue::from_str(&format!("{COOKIE}={id}; Path={path}; HttpOnly; SameSite=Lax")).ok()
    }

    pub fn find(&self, headers: &HeaderMap) -> Option<Session> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&id(headers)?).cloned()
    }

    /// What became of a session that was found. One that has ended since stays so.
    pub fn put(&self, headers: &HeaderMap, session: Session) {
        self.replace(headers, session, |_| true);
    }

    /// The same of something that took a while: what another request has put since is newer, and stays.
    pub fn put_if_unchanged(&self, headers: &HeaderMap, session: Session) {
        let turn = session.turn;
        self.replace(headers, session, |there| there.turn == turn);
    }

    fn replace(&self, headers: &HeaderMap, session: Session, may: impl FnOnce(&Session) -> bool) {
        let Some(id) = id(headers) else { return };
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = sessions.get_mut(&id).filter(|there| may(there)) {
            *there = Session { turn: there.turn + 1, ..session };
        }
    }

    pub fn end(&self, headers: &HeaderMap) {
        if let Some(id) = id(headers) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
    }
}

fn id(headers: &HeaderMap) -> Option<SecretHash> {
    cookie(headers, COOKIE).map(SecretHash::of)
}

pub fn pretty(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

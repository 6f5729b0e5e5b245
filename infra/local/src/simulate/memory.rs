//! Which interactions, codes and tokens of one tenant belong to a flow with a problem: hashes only, in this process only.

use super::Problem;
use rules::{secret::SecretHash, time::Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Default)]
pub struct Memory {
    followed: Mutex<HashMap<SecretHash, Followed>>,
    /// Backend services by `client_id`, for their next token request.
    armed: Mutex<HashMap<String, Armed>>,
}

#[derive(Clone, Copy, Debug)]
pub struct Followed {
    pub problem: Problem,
    /// When an access token stops being good, if the simulation says so.
    pub ends: Option<Timestamp>,
    forget_at: Timestamp,
}

struct Armed {
    problem: Problem,
    until: Timestamp,
}

impl Followed {
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends.is_some_and(|ends| ends.is_past(now))
    }
}

/// How long a backend service has for its next token request.
const ARMED_SECONDS: i64 = 600;

impl Memory {
    /// `seconds` is how long the secret itself is good.
    pub fn follow(&self, secret: &str, problem: Problem, seconds: i64, now: Timestamp) {
        self.follow_until(secret, problem, None, seconds, now);
    }

    pub fn follow_until(&self, secret: &str, problem: Problem, ends: Option<Timestamp>, seconds: i64, now: Timestamp) {
        let mut followed = lock(&self.followed);
        followed.retain(|_, entry| !entry.forget_at.is_past(now));
        followed.insert(SecretHash::of(secret), Followed { problem, ends, forget_at: now.plus(seconds) });
    }

    pub fn find(&self, secret: &str, now: Timestamp) -> Option<Followed> {
        let followed = lock(&self.followed);
        followed.get(&SecretHash::of(secret)).filter(|entry| !entry.forget_at.is_past(now)).copied()
    }

    pub fn arm(&self, client_id: &str, problem: Option<Problem>, now: Timestamp) {
        let mut armed = lock(&self.armed);
        match problem {
            Some(problem) => armed.insert(client_id.to_owned(), Armed { problem, until: now.plus(ARMED_SECONDS) }),
            None => armed.remove(client_id),
        };
    }

    /// The problem of the next token request, which uses it up.
    pub fn disarm(&self, client_id: &str, now: Timestamp) -> Option<Problem> {
        let Armed { problem, until } = lock(&self.armed).remove(client_id)?;
        (!until.is_past(now)).then_some(problem)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

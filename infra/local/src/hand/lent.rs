//! What was lent to a launch, and which interactions it goes with: in this process only.

use crate::simulate::message::Pairs;
use admin::tenant_file::Login;
use rules::{secret::SecretHash, time::Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What the launcher does for the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// The app that was launched, if it is one that is registered.
    pub client_id: Option<String>,
    pub user: String,
    pub skip_sign_in: bool,
    pub skip_consent: bool,
}

impl Help {
    /// Another app than the one that was launched is not helped.
    pub fn is_for(&self, request: &Pairs) -> bool {
        let asks = |id: &String| request.iter().any(|(name, value)| name == "client_id" && value == id);
        self.client_id.as_ref().is_none_or(asks)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    SignIn,
    Consent,
}

#[derive(Default)]
pub struct Lent(Mutex<HashMap<SecretHash, Entry>>);

struct Entry {
    to: LentTo,
    done: HashSet<Step>,
    until: Timestamp,
}

#[derive(Clone)]
pub struct LentTo {
    pub help: Help,
    pub login: Option<Login>,
}

impl Lent {
    /// Until the interaction itself is over.
    pub fn put(&self, interaction: &str, help: Help, login: Option<Login>, until: Timestamp, now: Timestamp) {
        let mut lent = self.lock();
        lent.retain(|_, entry| !entry.until.is_past(now));
        let entry = Entry { to: LentTo { help, login }, done: HashSet::new(), until };
        lent.insert(SecretHash::of(interaction), entry);
    }

    pub fn find(&self, interaction: &str, now: Timestamp) -> Option<LentTo> {
        let lent = self.lock();
        lent.get(&SecretHash::of(interaction)).filter(|entry| !entry.until.is_past(now)).map(|entry| entry.to.clone())
    }

    /// Whether this step was not done before.
    pub fn first(&self, interaction: &str, step: Step) -> bool {
        self.lock().get_mut(&SecretHash::of(interaction)).is_some_and(|entry| entry.done.insert(step))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SecretHash, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

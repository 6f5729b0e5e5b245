//! Access that was ended for many at once. It stands in the tenant's own item, which every function has at hand: what was given
//! before is refused within `CONFIGURATION_AGE`, also where the command that ends it was interrupted before it had revoked each
//! grant.

use super::lives::CONFIGURATION_AGE;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// All that was given to these until this moment is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedAccess {
    pub whose: AccessOf,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessOf {
    Everybody,
    Client(String),
    /// By their `sub`.
    Person(String),
    /// What a person's apps may do with one patient's record.
    PersonAt {
        sub: String,
        patient: String,
    },
}

/// One grant or one token, as far as it is judged here.
#[derive(Clone, Copy, Debug)]
pub struct GivenAccess<'a> {
    pub client_id: &'a str,
    pub sub: &'a str,
    pub patient: Option<&'a str>,
    pub at: Timestamp,
}

impl AccessOf {
    fn includes(&self, access: &GivenAccess<'_>) -> bool {
        match self {
            AccessOf::Everybody => true,
            AccessOf::Client(client_id) => client_id == access.client_id,
            AccessOf::Person(sub) => sub == access.sub,
            AccessOf::PersonAt { sub, patient } => sub == access.sub && access.patient == Some(patient),
        }
    }
}

impl EndedAccess {
    /// What a person gave is listed with them, so that it can be revoked one by one.
    pub fn is_of_a_person(&self) -> bool {
        matches!(self.whose, AccessOf::Person(_) | AccessOf::PersonAt { .. })
    }

    pub fn includes(&self, access: &GivenAccess<'_>) -> bool {
        access.at <= self.at && self.whose.includes(access)
    }

    /// The list with these in it. Of two ends of the same access the later says all. One after which everything that was given
    /// before has run out says nothing any more: so the list stays short. Functions go by former settings for as long as they keep
    /// them in memory.
    pub fn added(list: &[EndedAccess], new: Vec<EndedAccess>, longest_life: i64, now: Timestamp) -> Vec<EndedAccess> {
        let oldest = longest_life.saturating_add(CONFIGURATION_AGE);
        let mut all: Vec<EndedAccess> = Vec::new();
        for ended in list.iter().filter(|ended| now.since(ended.at) <= oldest).cloned().chain(new) {
            match all.iter_mut().find(|other| other.whose == ended.whose) {
                Some(same) => same.at = same.at.max(ended.at),
                None => all.push(ended),
            }
        }
        all
    }

    /// The end of all that a client had when it was removed. Functions that still have it in memory go on giving for a while, and
    /// nothing of that may come back with a client of the same id.
    pub fn of_removed_client(client_id: &str, now: Timestamp) -> EndedAccess {
        EndedAccess { whose: AccessOf::Client(client_id.to_owned()), at: now.plus(CONFIGURATION_AGE) }
    }

    /// The list when a client of this id is registered again: what it is given from now on is good.
    pub fn with_client_again(list: &[EndedAccess], client_id: &str, now: Timestamp) -> Vec<EndedAccess> {
        let own = |ended: &EndedAccess| matches!(&ended.whose, AccessOf::Client(id) if id == client_id);
        let latest = now.plus(-1);
        list.iter()
            .cloned()
            .map(|ended| if own(&ended) { EndedAccess { at: ended.at.min(latest), ..ended } } else { ended })
            .collect()
    }
}

//! The failures counted against known names, for the operator. Where somebody tried from is not in the table but as a hash, so
//! that what is counted at an address can't be listed; the API's access log has it.

use super::{Attempt, AttemptKind, UNDER_ATTACK, codes::MOST_CONSECUTIVE};
use crate::{
    Server,
    store::{Counter, Key, StoreError, schema},
};
use rules::{
    credentials::{CredentialsId, totp::Totp},
    tenant::Tenant,
    time::Timestamp,
};

/// A name whose secrets are guessed at, or might be.
pub enum Suspect<'a> {
    /// A person of the tenant's own, with their authenticator app if they have one.
    Person { username: &'a str, sub: &'a str, app: Option<&'a Totp> },
    /// A client, a FHIR server or an EHR.
    Caller { name: &'a str },
}

/// What is counted against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Wrong passwords or secrets in this hour, from anywhere.
    pub this_hour: u32,
    /// Wrong codes of an authenticator app, in a row.
    pub codes_in_a_row: u32,
}

impl Counted {
    /// So many that no address has a free try.
    pub fn is_under_attack(&self) -> bool {
        self.this_hour > UNDER_ATTACK
    }

    /// The app proves nothing any more, until a recovery code is used or an operator forgets the person's factors.
    pub fn is_locked(&self) -> bool {
        self.codes_in_a_row >= MOST_CONSECUTIVE
    }
}

/// For each of these, in their order: a hundred counters in a call.
pub async fn counted(
    server: &Server,
    tenant: &Tenant,
    suspects: &[Suspect<'_>],
    now: Timestamp,
) -> Result<Vec<Counted>, StoreError> {
    let keys: Vec<(Key, Option<Key>)> = suspects.iter().map(|suspect| keys(server, tenant, suspect, now)).collect();
    let all: Vec<Key> = keys.iter().flat_map(|(hour, codes)| [Some(hour), codes.as_ref()]).flatten().cloned().collect();
    let counters = server.store.find_counters(&all, now).await?;
    let count = |key: &Key| counters.get(key).copied().unwrap_or(Counter::NONE).count;
    let one = |(hour, codes): &(Key, Option<Key>)| Counted {
        this_hour: count(hour),
        codes_in_a_row: codes.as_ref().map_or(0, count),
    };
    Ok(keys.iter().map(one).collect())
}

fn keys(server: &Server, tenant: &Tenant, suspect: &Suspect<'_>, now: Timestamp) -> (Key, Option<Key>) {
    let name_of = |attempt: &Attempt<'_>| {
        let [_, _, (name, _)] = attempt.counters();
        name
    };
    match suspect {
        Suspect::Person { username, sub, app } => {
            let id = CredentialsId::of(&tenant.id, sub);
            let codes = app.map(|app| schema::failed_attempts(&tenant.id, &app.counted_by(&id)));
            (name_of(&Attempt::of_password(server, tenant, username, None, now)), codes)
        }
        Suspect::Caller { name } => {
            let (kind, name) = (AttemptKind::Secret, (*name).to_owned());
            (name_of(&Attempt { server, tenant, kind, name, address: None, now }), None)
        }
    }
}

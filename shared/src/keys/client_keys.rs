//! Clients' key sets behind a `jwks_uri`: fetched once for many requests, never kept longer than their server allows.

use crate::{
    client::key_set::KeySet,
    keys::{
        TenantRecord,
        outbound::{FetchFailed, Outbound},
    },
    secret::SecretHash,
    store::{
        Store, StoreError, Write,
        schema::{self, FetchedKeySet},
    },
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Kept so long where the server says nothing (ASYM-11).
const DEFAULT_AGE: i64 = 60;
/// However long the server allows, a key that was withdrawn is refused after this.
const LONGEST_AGE: i64 = 3600;
/// An unknown `kid` makes us look again, at most this often.
const REFETCH_INTERVAL: i64 = 5;
/// A server that failed is left alone for this long.
const FAILURE_AGE: i64 = 5;
const MOST_REMEMBERED: usize = 1000;

#[derive(Default)]
pub struct ClientKeys {
    remembered: Mutex<HashMap<String, Remembered>>,
}

#[derive(Clone)]
enum Remembered {
    Keys(Arc<FetchedKeySet>),
    Failed { at: Timestamp, why: String },
}

#[derive(Debug)]
pub enum NoKeys {
    Fetch(FetchFailed),
    Store(StoreError),
}

/// Whose keys, from where, and for which `kid`.
pub struct Wanted<'a> {
    pub tenant: &'a TenantRecord,
    pub url: &'a str,
    pub kid: &'a str,
    pub now: Timestamp,
}

impl ClientKeys {
    /// From memory, else from the table, else from the client's server; a `kid` nobody has seen causes one new fetch.
    pub async fn find(&self, store: &Store, outbound: &Outbound, wanted: &Wanted<'_>) -> Result<KeySet, NoKeys> {
        let Wanted { tenant, url, kid, now } = wanted;
        let name = format!("{}#{url}", tenant.id.as_str());
        let good = |set: &FetchedKeySet| {
            !set.expires_at.is_past(*now)
                && (set.keys.keys.iter().any(|key| key.kid == *kid) || now.since(set.fetched_at) < REFETCH_INTERVAL)
        };
        match self.recall(&name) {
            Some(Remembered::Keys(set)) if good(&set) => return Ok(set.keys.clone()),
            Some(Remembered::Failed { at, why }) if now.since(at) < FAILURE_AGE => {
                return Err(NoKeys::Fetch(FetchFailed(why)));
            }
            _ => {}
        }
        let stored = store.find::<FetchedKeySet>(schema::fetched_key_set(&tenant.id, url), *now).await;
        if let Some(set) = stored.map_err(NoKeys::Store)?.map(|found| found.value)
            && good(&set)
        {
            let keys = set.keys.clone();
            self.remember(name, Remembered::Keys(Arc::new(set)));
            return Ok(keys);
        }
        self.fetch(name, store, outbound, wanted).await
    }

    async fn fetch(
        &self,
        name: String,
        store: &Store,
        outbound: &Outbound,
        wanted: &Wanted<'_>,
    ) -> Result<KeySet, NoKeys> {
        let Wanted { tenant, url, now, .. } = wanted;
        let fetched = outbound.key_set(url, tenant.policy.loopback_key_sets).await;
        let parsed = fetched.and_then(|fetched| {
            let keys = KeySet::parse(&fetched.body).map_err(|error| FetchFailed(error.to_string()))?;
            Ok((keys, fetched.max_age))
        });
        let (keys, max_age) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                self.remember(name, Remembered::Failed { at: *now, why: error.0.clone() });
                return Err(NoKeys::Fetch(error));
            }
        };
        let age = max_age.unwrap_or(DEFAULT_AGE).clamp(0, LONGEST_AGE);
        let set = FetchedKeySet {
            tenant: tenant.id.clone(),
            url: SecretHash::of(url),
            keys: keys.clone(),
            fetched_at: *now,
            expires_at: now.plus(age),
        };
        if age > 0 {
            store.commit(vec![Write::overwrite(&set).map_err(NoKeys::Store)?]).await.map_err(NoKeys::Store)?;
            self.remember(name, Remembered::Keys(Arc::new(set)));
        }
        Ok(keys)
    }

    fn recall(&self, name: &str) -> Option<Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn remember(&self, name: String, what: Remembered) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(name, what);
    }
}

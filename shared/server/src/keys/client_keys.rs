//! Key sets behind a `jwks_uri`, of clients and of identity providers: fetched once for many requests, never kept longer
//! than their server allows.

use crate::{
    bounded::Bounded,
    deadline,
    keys::outbound::{Beyond, FetchFailed, Outbound},
    store::{
        Store, StoreError, Write,
        schema::{self, FetchedKeySet},
    },
};
use rules::{
    identity_provider::id_token::SigningKey, jwk::KeySet, secret::SecretHash, tenant::TenantRecord, time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::OnceCell;

/// Kept so long where the server says nothing (ASYM-11).
const DEFAULT_AGE: i64 = 60;
/// However long the server allows, a key that was withdrawn is refused after this.
const LONGEST_AGE: i64 = 3600;
/// After a fetch for an unknown `kid` or an assertion that nobody signed, and after one that failed, the server is left alone for this
/// long.
const RETRY_AFTER: i64 = 5;
const MOST_REMEMBERED: usize = 2_000;

#[derive(Default)]
pub struct ClientKeys {
    remembered: Bounded<String, Remembered, MOST_REMEMBERED>,
    /// Fetches in progress: each is gone when it has ended. A request that comes meanwhile waits for the same one.
    fetches: Mutex<HashMap<String, Arc<OnceCell<Fetch>>>>,
}

type Fetch = Result<Arc<FetchedKeySet>, FetchFailed>;

/// What is known of one key set.
#[derive(Clone)]
struct Remembered {
    /// The last one that came. A later failure does not end it before its time, or whoever can provoke a failure could
    /// lock the client out. Once its time is over, or if it had none, it still tells junk from what a new fetch could verify.
    set: Option<Arc<FetchedKeySet>>,
    tried_at: Timestamp,
    failure: Option<FetchFailed>,
}

#[derive(Debug, thiserror::Error)]
pub enum NoKeys {
    #[error("the key set could not be fetched")]
    Fetch(#[from] FetchFailed),
    #[error("the key set could not be kept")]
    Store(#[from] StoreError),
}

/// Whose keys, from where, and for which of them.
pub struct Wanted<'a> {
    pub tenant: &'a TenantRecord,
    pub url: &'a str,
    pub key: WantedKey<'a>,
    pub beyond: Beyond<'a>,
    /// Whether these keys verify the signature that they are wanted for. It decides whether a set that may not be kept is fetched once
    /// more, and never whether anybody is believed.
    pub would_verify: &'a (dyn Fn(&KeySet) -> bool + Send + Sync),
    pub now: Timestamp,
}

#[derive(Clone, Copy)]
pub enum WantedKey<'a> {
    Signing(SigningKey<'a>),
    /// None of those that are known: none of them verified a signature which names no key.
    Newer,
}

impl WantedKey<'_> {
    fn is_in(self, set: &KeySet) -> bool {
        match self {
            WantedKey::Signing(SigningKey::Named(kid)) => set.keys.iter().any(|key| key.kid == kid),
            WantedKey::Signing(SigningKey::Only(alg)) => set.find_only(alg).is_ok(),
            WantedKey::Newer => false,
        }
    }
}

impl ClientKeys {
    /// From memory, else from the table, else from the client's server; a `kid` nobody has seen causes one new fetch.
    pub async fn find(&self, store: &Store, outbound: &Outbound, wanted: &Wanted<'_>) -> Result<KeySet, NoKeys> {
        let Wanted { tenant, url, now, .. } = wanted;
        let name = format!("{}#{url}", tenant.id.as_str());
        let mut answer = self.recall(&name, wanted);
        if answer.is_none() {
            let key = schema::fetched_key_set(&tenant.id, url);
            if let Some(mut found) = store.find::<FetchedKeySet>(key, *now).await.map_err(NoKeys::Store)? {
                found.value.keys.passed_over.clone_from(&found.value.passed_over);
                self.remember(&name, Remembered::of(Arc::new(found.value)));
                answer = self.recall(&name, wanted);
            }
        }
        let answer = match answer {
            Some(answer) => answer,
            None => self.fetch_once(&name, store, outbound, wanted).await,
        };
        answer.map(|set| set.keys.clone()).map_err(NoKeys::Fetch)
    }

    /// Many requests at the same moment cause one fetch.
    async fn fetch_once(&self, name: &str, store: &Store, outbound: &Outbound, wanted: &Wanted<'_>) -> Fetch {
        let fetch = lock(&self.fetches).entry(name.to_owned()).or_default().clone();
        let fetched = fetch.get_or_init(|| self.fetch(name, store, outbound, wanted)).await.clone();
        let mut fetches = lock(&self.fetches);
        if fetches.get(name).is_some_and(|current| Arc::ptr_eq(current, &fetch)) {
            fetches.remove(name);
        }
        fetched
    }

    async fn fetch(&self, name: &str, store: &Store, outbound: &Outbound, wanted: &Wanted<'_>) -> Fetch {
        // Another fetch may have ended since this request looked.
        if let Some(answer) = self.recall(name, wanted) {
            return answer;
        }
        let Wanted { tenant, url, now, .. } = wanted;
        let for_unknown_kid = self.holds(name, *now) || self.was_just_fetched_for_junk(name, wanted);
        let fetched = outbound.key_set(url, wanted.beyond).await;
        let parsed = fetched.and_then(|fetched| {
            let keys = KeySet::parse(&fetched.body).map_err(|error| FetchFailed(error.to_string()))?;
            Ok((keys, fetched.max_age))
        });
        match parsed {
            Ok((keys, max_age)) => {
                let age = max_age.unwrap_or(DEFAULT_AGE).clamp(0, LONGEST_AGE);
                let set = Arc::new(FetchedKeySet {
                    tenant: tenant.id.clone(),
                    url: SecretHash::of(url),
                    passed_over: keys.passed_over.clone(),
                    keys,
                    fetched_at: *now,
                    for_unknown_kid,
                    expires_at: now.plus(age),
                });
                self.keep(name, store, &set).await;
                Ok(set)
            }
            // It is ours: their server may be well.
            Err(failure) if deadline::is_over() => Err(failure),
            Err(failure) => {
                let set = self.remembered.get(name).and_then(|known| known.set);
                self.remember(name, Remembered { set, tried_at: *now, failure: Some(failure.clone()) });
                self.recall(name, wanted).unwrap_or(Err(failure))
            }
        }
    }

    /// For this instance and the others. A set that may not be kept is written all the same where it takes the place of
    /// an older one, whose keys may have been withdrawn.
    async fn keep(&self, name: &str, store: &Store, set: &Arc<FetchedKeySet>) {
        let now = set.fetched_at;
        let replaces = self.holds(name, now);
        self.remember(name, Remembered::of(set.clone()));
        if set.expires_at.is_past(now) && !replaces {
            return;
        }
        let written = match Write::overwrite(&**set) {
            Ok(write) => store.commit(vec![write]).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(tenant = set.tenant.as_str(), %error, "a fetched key set could not be cached");
        }
    }

    /// What memory says, if it is enough.
    fn recall(&self, name: &str, wanted: &Wanted<'_>) -> Option<Fetch> {
        self.remembered.get(name)?.answer(wanted)
    }

    /// Whether there is a set that may still be used.
    fn holds(&self, name: &str, now: Timestamp) -> bool {
        self.remembered.get(name).is_some_and(|known| known.living(now).is_some())
    }

    /// A set that may not be kept has just come, and what it can't verify makes us ask again: once is enough.
    fn was_just_fetched_for_junk(&self, name: &str, wanted: &Wanted<'_>) -> bool {
        self.remembered.get(name).is_some_and(|known| known.tells_junk(wanted).is_some())
    }

    fn remember(&self, name: &str, what: Remembered) {
        let tried_at = what.tried_at;
        self.remembered.put_unless(name.to_owned(), what, |known| known.tried_at > tried_at);
    }
}

impl Remembered {
    fn of(set: Arc<FetchedKeySet>) -> Remembered {
        Remembered { tried_at: set.fetched_at, set: Some(set), failure: None }
    }

    fn living(&self, now: Timestamp) -> Option<&Arc<FetchedKeySet>> {
        self.set.as_ref().filter(|set| !set.expires_at.is_past(now))
    }

    fn answer(&self, wanted: &Wanted<'_>) -> Option<Fetch> {
        let Wanted { key, now, .. } = wanted;
        let just_tried = now.since(self.tried_at) < RETRY_AFTER;
        match self.living(*now) {
            Some(set) if key.is_in(&set.keys) => Some(Ok(set.clone())),
            // The first look at a new set is free: its client may have rotated its keys the moment after.
            Some(set) if just_tried && (set.for_unknown_kid || self.failure.is_some()) => Some(Ok(set.clone())),
            Some(_) => None,
            None if self.failure.is_some() => self.failure.clone().filter(|_| just_tried).map(Err),
            // Nobody is believed by keys that may not be kept; junk is refused by them, or each would cost a fetch.
            None => self.tells_junk(wanted).filter(|set| set.for_unknown_kid).map(|set| Ok(set.clone())),
        }
    }

    /// The set that came a moment ago and may be used no more, if what is wanted could not be verified by it.
    fn tells_junk(&self, wanted: &Wanted<'_>) -> Option<&Arc<FetchedKeySet>> {
        let just_tried = wanted.now.since(self.tried_at) < RETRY_AFTER;
        self.set.as_ref().filter(|set| just_tried && !(wanted.would_verify)(&set.keys))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

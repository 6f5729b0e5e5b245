//! What a function has in hand: the table, the keys, the clock, the way out.

use crate::{
    audit::Trail,
    bounded::Bounded,
    clock::Clock,
    deadline,
    keys::{
        client_keys::ClientKeys,
        outbound::Outbound,
        signer::{Custodian, Signer},
        verified::VerifiedTokens,
    },
    store::{Store, StoreError, schema},
    throttle::{blocks::Blocks, pushes::Pushes},
    upstream::documents::KnownProviders,
};
use rules::{
    client::{Client, LONGEST_CLIENT_ID},
    tenant::{TenantId, TenantRecord},
    time::Timestamp,
};
use std::{hash::Hash, sync::Arc, time::Duration};

/// Tenants, their keys and their clients are kept in memory this long, in seconds. Codes, grants, assertions and launch
/// handles never are.
pub const CONFIGURATION_AGE: i64 = 30;
/// What they take must fit into the memory of a function beside all else.
const MOST_TENANTS: usize = 2_000;
const MOST_CLIENTS: usize = 10_000;

pub struct Server {
    pub store: Store,
    pub signer: Signer,
    pub verified: VerifiedTokens,
    pub outbound: Outbound,
    pub client_keys: ClientKeys,
    pub blocks: Blocks,
    pub pushes: Pushes,
    pub providers: KnownProviders,
    pub audit: Trail,
    /// A request is answered within this time, where nobody else gives it one (`deadline`).
    pub longest_request: Duration,
    clock: Clock,
    tenants: Cache<TenantId, TenantRecord, MOST_TENANTS>,
    clients: Cache<(TenantId, String), Client, MOST_CLIENTS>,
}

impl Server {
    pub fn new(store: Store, custodian: Custodian, outbound: Outbound, clock: Clock) -> Server {
        Server {
            store,
            signer: Signer::new(custodian),
            verified: VerifiedTokens::default(),
            outbound,
            client_keys: ClientKeys::default(),
            blocks: Blocks::default(),
            pushes: Pushes::default(),
            providers: KnownProviders::default(),
            audit: Trail::default(),
            longest_request: deadline::USUAL,
            clock,
            tenants: Cache::default(),
            clients: Cache::default(),
        }
    }

    /// Ask once per request and pass it on, so that one request has one time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A tenant with its keys; one query when it is not in memory.
    pub async fn tenant(&self, name: &str, now: Timestamp) -> Result<Option<Arc<TenantRecord>>, StoreError> {
        let Some(id) = TenantId::parse(name) else { return Ok(None) };
        if let Some(found) = self.tenants.get(&id, CONFIGURATION_AGE, now) {
            return Ok(Some(found));
        }
        let (tenant, keys) = self.store.tenant_with_keys(&id, now).await?;
        let Some(tenant) = tenant else { return Ok(None) };
        let keys = keys.into_iter().map(|key| key.value).collect();
        let record = Arc::new(TenantRecord { tenant, keys });
        self.tenants.put(id, record.clone(), now);
        Ok(Some(record))
    }

    /// A tenant as it was last seen, however long ago; asks nobody.
    pub fn remembered_tenant(&self, id: &TenantId) -> Option<Arc<TenantRecord>> {
        self.tenants.last(id)
    }

    /// A client of this tenant if it is in memory; asks nobody.
    pub fn remembered_client(&self, tenant: &TenantId, client_id: &str, now: Timestamp) -> Option<Arc<Client>> {
        self.clients.get(&(tenant.clone(), client_id.to_owned()), CONFIGURATION_AGE, now)
    }

    /// Keeps a client that was read beside something else. One that is switched off is nobody's.
    pub fn remember_client(&self, client: Client, now: Timestamp) -> Option<Arc<Client>> {
        let name = (client.tenant.clone(), client.client_id.clone());
        if client.disabled {
            tracing::info!(tenant = name.0.as_str(), client_id = name.1, "this client is switched off");
            return None;
        }
        let client = Arc::new(client);
        self.clients.put(name, client.clone(), now);
        Some(client)
    }

    /// A client of this tenant that somebody registered; one read when it is not in memory. `clients::find` knows those as well that
    /// nobody did.
    pub async fn client(
        &self,
        tenant: &TenantId,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        if client_id.is_empty() || client_id.len() > LONGEST_CLIENT_ID {
            return Ok(None);
        }
        if let Some(found) = self.remembered_client(tenant, client_id, now) {
            return Ok(Some(found));
        }
        let found = self.store.find::<Client>(schema::client(tenant, client_id), now).await?;
        Ok(found.and_then(|found| self.remember_client(found.value, now)))
    }

    /// Forgets what it remembers of configuration; for the local server, which changes it while it runs.
    pub fn forget_configuration(&self) {
        self.tenants.clear();
        self.clients.clear();
    }
}

/// Configuration in memory for a short, stated time. What was not found is never remembered.
struct Cache<K, V, const MOST: usize>(Bounded<K, Kept<V>, MOST>);

/// And since when.
type Kept<V> = (Arc<V>, Timestamp);

impl<K, V, const MOST: usize> Default for Cache<K, V, MOST> {
    fn default() -> Self {
        Cache(Bounded::default())
    }
}

impl<K: Hash + Eq, V, const MOST: usize> Cache<K, V, MOST> {
    fn get(&self, key: &K, seconds: i64, now: Timestamp) -> Option<Arc<V>> {
        self.0.get(key).filter(|(_, at)| (0..seconds).contains(&now.since(*at))).map(|(value, _)| value)
    }

    fn last(&self, key: &K) -> Option<Arc<V>> {
        self.0.get(key).map(|(value, _)| value)
    }

    fn put(&self, key: K, value: Arc<V>, now: Timestamp) {
        self.0.put(key, (value, now));
    }

    fn clear(&self) {
        self.0.clear();
    }
}

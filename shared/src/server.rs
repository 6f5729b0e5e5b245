//! What a function has in hand: the table, the keys, the clock, the way out. The only place that asks the time.

use crate::{
    attempts::Blocks,
    client::Client,
    keys::{
        TenantRecord,
        client_keys::ClientKeys,
        make::KeyMaker,
        outbound::Outbound,
        rotate,
        signer::{Custodian, Signer},
    },
    providers::KnownProviders,
    store::{Store, StoreError, schema},
    tenant::TenantId,
    time::Timestamp,
};
use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use std::{
    collections::HashMap,
    error::Error,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tenants, their keys and their clients are kept in memory this long, in seconds. Codes, grants, assertions and launch
/// handles never are.
pub const CONFIGURATION_AGE: i64 = 30;
const MOST_CACHED: usize = 10_000;

pub struct Server {
    pub store: Store,
    pub signer: Signer,
    pub outbound: Outbound,
    pub client_keys: ClientKeys,
    pub blocks: Blocks,
    pub providers: KnownProviders,
    clock: Clock,
    tenants: Cache<TenantId, TenantRecord>,
    clients: Cache<(TenantId, String), Client>,
}

/// The time, or a time that a test turns.
#[derive(Clone)]
pub enum Clock {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the time")]
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
            }
            Clock::Set(seconds) => Timestamp(seconds.load(Ordering::SeqCst)),
        }
    }
}

impl Server {
    pub fn new(store: Store, custodian: Custodian, outbound: Outbound, clock: Clock) -> Server {
        Server {
            store,
            signer: Signer::new(custodian),
            outbound,
            client_keys: ClientKeys::default(),
            blocks: Blocks::default(),
            providers: KnownProviders::default(),
            clock,
            tenants: Cache::default(),
            clients: Cache::default(),
        }
    }

    /// A deployed function: the environment names the table, everything else is data in it. Touches the table once, so
    /// that the connection stands before the first request comes.
    pub async fn from_env() -> Result<Arc<Server>, Box<dyn Error + Send + Sync>> {
        Ok(Server::with_key_maker().await?.0)
    }

    /// The same, with what makes signing keys.
    pub async fn with_key_maker() -> Result<(Arc<Server>, KeyMaker), Box<dyn Error + Send + Sync>> {
        crate::log::start();
        let table = std::env::var("ADMIT_TABLE").map_err(|_| "ADMIT_TABLE must name the DynamoDB table")?;
        let config = aws_config::defaults(BehaviorVersion::latest());
        let config = config.timeout_config(timeouts()).retry_config(retries()).load().await;
        let store = Store::new(aws_sdk_dynamodb::Client::new(&config), table);
        let kms = aws_sdk_kms::Client::new(&config);
        let custodian = Custodian::Kms(kms.clone());
        let outbound = Outbound::new().map_err(|error| error.to_string())?;
        let server = Server::new(store, custodian, outbound, Clock::System);
        if let Err(error) = server.store.partition("#TENANT").await {
            tracing::warn!(%error, "the first touch of the table failed");
        }
        let sealing_key = std::env::var("ADMIT_SEALING_KEY").ok();
        Ok((Arc::new(server), KeyMaker::Kms { client: kms, sealing_key }))
    }

    /// Ask once per request and pass it on, so that one request has one time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A tenant with its keys; one query when it is not in memory.
    pub async fn tenant(&self, name: &str, now: Timestamp) -> Result<Option<Arc<TenantRecord>>, StoreError> {
        let Some(id) = TenantId::parse(name) else { return Ok(None) };
        if let Some(found) = self.tenants.get(&id, now) {
            return Ok(Some(found));
        }
        let (tenant, keys) = rotate::read(&self.store, &id, now).await?;
        let Some(tenant) = tenant else { return Ok(None) };
        let keys = keys.into_iter().map(|key| key.value).collect();
        let record = Arc::new(TenantRecord { tenant, keys });
        self.tenants.put(id, record.clone(), now);
        Ok(Some(record))
    }

    /// A client of this tenant; one read when it is not in memory.
    pub async fn client(
        &self,
        tenant: &TenantId,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        // DynamoDB keys end at 2048 bytes; no registered client_id is near it.
        if client_id.is_empty() || client_id.len() > 255 {
            return Ok(None);
        }
        let name = (tenant.clone(), client_id.to_owned());
        if let Some(found) = self.clients.get(&name, now) {
            return Ok(Some(found));
        }
        let Some(found) = self.store.find::<Client>(schema::client(tenant, client_id), now).await? else {
            return Ok(None);
        };
        let client = Arc::new(found.value);
        self.clients.put(name, client.clone(), now);
        Ok(Some(client))
    }

    /// Forgets what it remembers of configuration; for the local server, which changes it while it runs.
    pub fn forget_configuration(&self) {
        self.tenants.clear();
        self.clients.clear();
    }
}

/// An answer takes milliseconds; what takes longer than this is not coming, and the client is told so while the function
/// still has time to. No function's timeout in `infra/template.yaml` may be shorter than one operation's.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// Three attempts, with exponential backoff and jitter between them.
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(500))
}

/// Configuration in memory for a short, stated time. What was not found is never remembered.
struct Cache<K, V>(Mutex<HashMap<K, (Arc<V>, Timestamp)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Cache(Mutex::default())
    }
}

impl<K: std::hash::Hash + Eq, V> Cache<K, V> {
    fn get(&self, key: &K, now: Timestamp) -> Option<Arc<V>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached.get(key).filter(|(_, at)| (0..CONFIGURATION_AGE).contains(&now.since(*at))).map(|(v, _)| v.clone())
    }

    fn put(&self, key: K, value: Arc<V>, now: Timestamp) {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.len() >= MOST_CACHED {
            cached.clear();
        }
        cached.insert(key, (value, now));
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

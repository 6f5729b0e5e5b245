//! Writes a tenant and everything in it to the table.

use crate::tenant_file::TenantItems;
use shared::{
    keys::{KeyState, SigningKeyRecord, generate},
    store::{Item, Store, StoreError, Write, item, schema},
    tenant::{SigningAlg, Tenant},
    time::Timestamp,
};
use std::{collections::BTreeSet, fmt};

#[derive(Debug)]
pub enum ApplyError {
    Store(StoreError),
    /// No key pair could be made for this algorithm.
    NoKey(SigningAlg),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::Store(error) => error.fmt(f),
            ApplyError::NoKey(alg) => write!(f, "no {} key could be made", alg.as_str()),
        }
    }
}

impl std::error::Error for ApplyError {}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> ApplyError {
        ApplyError::Store(error)
    }
}

/// DynamoDB takes 100 items and 4 MB in a transaction; a client with many keys can have 100 kB.
const WRITES_AT_ONCE: usize = 25;

/// The tenant comes last: until then nobody sees a new one, half-written or without keys. Its signing keys stay as they
/// are; those it lacks are made, with the private half in the table. Clients and users that are no longer in the file
/// stay in the table.
pub async fn apply(store: &Store, items: &TenantItems, now: Timestamp) -> Result<(), ApplyError> {
    let mut writes = Vec::new();
    for key in missing_keys(store, &items.tenant, now).await? {
        writes.push(Write::overwrite(&key)?);
    }
    writes.extend(overwrites(&items.clients)?);
    writes.extend(overwrites(&items.users)?);
    writes.extend(overwrites(&items.provider_secrets)?);
    for some in writes.chunks(WRITES_AT_ONCE) {
        store.commit(some.to_vec()).await?;
    }
    let origins: BTreeSet<String> = items.clients.iter().flat_map(|client| client.origins.iter().cloned()).collect();
    store.commit(vec![Write::overwrite(&Tenant { origins, ..items.tenant.clone() })?]).await?;
    Ok(())
}

fn overwrites<T: Item>(items: &[T]) -> Result<Vec<Write>, StoreError> {
    items.iter().map(Write::overwrite).collect()
}

/// One active key for each algorithm that this tenant signs with; id_tokens are RS256 always (OpenID Connect Core
/// §15.1).
async fn missing_keys(store: &Store, tenant: &Tenant, now: Timestamp) -> Result<Vec<SigningKeyRecord>, ApplyError> {
    let mut active = Vec::new();
    for item in store.partition(&schema::tenant_partition(&tenant.id)).await? {
        let sort_key = item.get("sk").and_then(|sk| sk.as_s().ok());
        if sort_key.is_some_and(|sk| sk.starts_with(schema::TENANT_KEY_PREFIX))
            && let Some(key) = item::read::<SigningKeyRecord>(&item, now)?
            && key.state == KeyState::Active
        {
            active.push(key.alg);
        }
    }
    let mut made = Vec::new();
    for alg in [SigningAlg::RS256, tenant.policy.access_token_alg] {
        if !active.contains(&alg) {
            made.push(generate(&tenant.id, alg).map_err(|_| ApplyError::NoKey(alg))?);
            active.push(alg);
        }
    }
    Ok(made)
}

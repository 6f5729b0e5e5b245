//! Writes a tenant and everything in it to the table.

use crate::{people, tenant_file::TenantItems};
use shared::{
    client::Client,
    keys::{
        KeyState, SigningKeyRecord,
        make::{KeyMaker, NoKey},
        rotate, rotation,
    },
    store::{Item, Store, StoreError, Write, schema::KnownTenant},
    tenant::Tenant,
    time::Timestamp,
};
use std::{collections::BTreeSet, fmt};

#[derive(Debug)]
pub enum ApplyError {
    Store(StoreError),
    NoKey(NoKey),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::Store(error) => error.fmt(f),
            ApplyError::NoKey(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ApplyError {}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> ApplyError {
        ApplyError::Store(error)
    }
}

impl From<NoKey> for ApplyError {
    fn from(error: NoKey) -> ApplyError {
        ApplyError::NoKey(error)
    }
}

/// DynamoDB takes 100 items and 4 MB in a transaction; a client with many keys can have 100 kB.
const WRITES_AT_ONCE: usize = 25;

/// The tenant comes last: until then nobody sees a new one, half-written or without keys. Its signing keys stay as they
/// are; those it lacks are made. What people have made their own, such as another password, is theirs and stays. Clients and users that are no longer in the file stay in the table.
pub async fn apply(store: &Store, maker: &KeyMaker, items: &TenantItems, now: Timestamp) -> Result<(), ApplyError> {
    let (before, keys) = rotate::read(store, &items.tenant.id, now).await?;
    let keys: Vec<SigningKeyRecord> = keys.into_iter().map(|key| key.value).collect();
    let mut writes = overwrites(&missing_keys(maker, &items.tenant, &keys, now).await?)?;
    writes.extend(overwrites(&items.clients)?);
    writes.extend(overwrites(&people::with_kept_passwords(store, items, now).await?)?);
    writes.extend(overwrites(&items.provider_secrets)?);
    for some in writes.chunks(WRITES_AT_ONCE) {
        store.commit(some.to_vec()).await?;
    }
    let tenant = Tenant {
        origins: items.clients.iter().flat_map(|client| client.origins.iter().cloned()).collect::<BTreeSet<_>>(),
        longest_token_seconds: longest_token(&items.tenant, &items.clients, before.as_ref()),
        ..items.tenant.clone()
    };
    let known = KnownTenant { tenant: tenant.id.clone() };
    store.commit(vec![Write::overwrite(&tenant)?, Write::overwrite(&known)?]).await?;
    Ok(())
}

fn overwrites<T: Item>(items: &[T]) -> Result<Vec<Write>, StoreError> {
    items.iter().map(Write::overwrite).collect()
}

/// One active key for each algorithm that this tenant signs with. A new tenant has no token yet that anyone could hold
/// against an old JWKS, so its first keys are active at once.
async fn missing_keys(
    maker: &KeyMaker,
    tenant: &Tenant,
    keys: &[SigningKeyRecord],
    now: Timestamp,
) -> Result<Vec<SigningKeyRecord>, NoKey> {
    let mut made = Vec::new();
    for alg in rotation::algorithms(tenant) {
        if !keys.iter().any(|key| key.alg == alg && key.state == KeyState::Active) {
            made.push(maker.make(tenant, alg, KeyState::Active, now).await?);
        }
    }
    Ok(made)
}

/// Never less than it was: tokens of the former setting may still be alive.
fn longest_token(tenant: &Tenant, clients: &[Client], before: Option<&Tenant>) -> i64 {
    let policy = &tenant.policy;
    let of_clients = clients.iter().filter_map(|client| client.access_token_seconds);
    let of_policy = [policy.access_token_seconds, policy.backend_token_seconds, policy.id_token_seconds];
    of_clients.chain(of_policy).chain(before.map(|tenant| tenant.longest_token_seconds)).max().unwrap_or_default()
}

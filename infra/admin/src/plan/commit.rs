//! Writes a plan: in one transaction if it fits, and else so that nobody sees half a tenant.

use super::{Before, Named, Plan, Writes};
use crate::{apply::ApplyError, tenant_file::TenantItems};
use rules::{
    signing_keys::{KeyState, SigningKeyRecord},
    time::Timestamp,
};
use server::{
    keys::make::KeyMaker,
    store::{Commit, Store, StoreError, Write},
};

/// DynamoDB takes 100 items and 4 MB in a transaction.
const MOST_WRITES: usize = 100;
const MOST_BYTES: usize = 3_500_000;

/// All or nothing, if the plan fits into one transaction. A larger one is written in several: first what is new or changed,
/// then the tenant, which for a new one is the moment that it appears, then what is taken away. Each write holds only if
/// what it replaces is what the plan was made on. `LostRace` when somebody changed that: plan again. `told` hears how far
/// a long one is.
pub async fn commit(
    store: &Store,
    maker: &KeyMaker,
    plan: &Plan,
    now: Timestamp,
    told: impl Fn(usize, usize),
) -> Result<Commit, ApplyError> {
    let keys = make_keys(maker, plan, now).await?;
    let Writes { parts, tenant, removals } = &plan.writes;
    // A new tenant has no token yet that anyone could hold against an old JWKS, so its first keys are active at once.
    let mut writes: Vec<Write> = keys.iter().map(Write::create).collect::<Result<_, _>>()?;
    writes.extend(parts.iter().chain(tenant).chain(removals).cloned());
    let batches = batches(writes);
    let all = batches.len();
    for (done, some) in batches.into_iter().enumerate() {
        told(done, all);
        match store.commit(some).await {
            Ok(Commit::Done) => {}
            Ok(Commit::LostRace) if done == 0 => {
                for key in &keys {
                    maker.discard(key).await?;
                }
                return Ok(Commit::LostRace);
            }
            Ok(Commit::LostRace) => return Err(ApplyError::Interrupted { done, all, by: None }),
            Err(error) if done == 0 => return Err(error.into()),
            Err(error) => return Err(ApplyError::Interrupted { done, all, by: Some(error) }),
        }
    }
    Ok(Commit::Done)
}

fn batches(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut batches: Vec<Vec<Write>> = Vec::new();
    let mut bytes = 0;
    for write in writes {
        let size = write.bytes() + 1000;
        match batches.last_mut() {
            Some(last) if last.len() < MOST_WRITES && bytes + size <= MOST_BYTES => {
                bytes += size;
                last.push(write);
            }
            _ => {
                bytes = size;
                batches.push(vec![write]);
            }
        }
    }
    batches
}

async fn make_keys(maker: &KeyMaker, plan: &Plan, now: Timestamp) -> Result<Vec<SigningKeyRecord>, ApplyError> {
    let mut made: Vec<SigningKeyRecord> = Vec::new();
    for alg in &plan.missing_keys {
        match maker.make(&plan.tenant, *alg, KeyState::Active, now).await {
            Ok(key) => made.push(key),
            Err(error) => {
                for key in &made {
                    maker.discard(key).await?;
                }
                return Err(error.into());
            }
        }
    }
    Ok(made)
}

impl Named {
    pub fn of(items: &TenantItems) -> Named {
        Named {
            clients: items.clients.iter().map(|client| client.client_id.clone()).collect(),
            users: items.users.iter().map(|user| user.username.clone()).collect(),
            providers: items.provider_secrets.iter().map(|secret| secret.provider.clone()).collect(),
        }
    }
}

impl Before {
    /// As the table has what these items name.
    pub async fn of(store: &Store, items: &TenantItems, now: Timestamp) -> Result<Before, StoreError> {
        Before::read(store, &items.tenant.id, &Named::of(items), now).await
    }
}

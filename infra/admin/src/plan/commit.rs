//! Writes a plan: in one transaction if it fits, and else so that no request sees half a tenant.

use super::{
    build::{Plan, Writes},
    deleted::BeingDeleted,
    marks::{MOST_ENDS, TenantWrites, tenant_writes},
};
use rules::{
    brands::PublishedBrands,
    signing_keys::{KeyState, SigningKeyRecord},
    time::Timestamp,
};
use server::{
    keys::make::{KeyMaker, NoKey},
    store::{Commit, Store, StoreError, Write},
};
use std::{error::Error, fmt};

#[derive(Debug)]
pub enum ApplyError {
    Store(StoreError),
    NoKey(NoKey),
    /// Somebody else changed the tenant at every attempt.
    LostRaces,
    /// Somebody has begun to delete the tenant.
    BeingDeleted,
    /// So many clients and people lose access by one plan.
    TooManyEnds(usize),
    /// A plan of several transactions was cut short: by somebody else's change, or by the table.
    Interrupted {
        done: usize,
        all: usize,
        by: Option<StoreError>,
    },
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::Store(error) => error.fmt(f),
            ApplyError::NoKey(error) => error.fmt(f),
            ApplyError::LostRaces => {
                f.write_str("somebody else changed this tenant at the same moment; nothing was written. Try again")
            }
            ApplyError::BeingDeleted => f.write_str(
                "a tenant of this name is being deleted; nothing was written. `admit tenant delete` ends that, and then the name is free",
            ),
            ApplyError::TooManyEnds(ends) => write!(
                f,
                "{ends} clients, people and records lose access by this file, and {MOST_ENDS} can at once; nothing was written. Apply it in \
                 parts"
            ),
            ApplyError::Interrupted { done, all, by } => {
                match by {
                    Some(error) => write!(f, "{error}")?,
                    None => f.write_str("somebody else changed this tenant while it was written")?,
                }
                write!(f, ". {done} of {all} transactions are done: apply the file again to finish")
            }
        }
    }
}

impl Error for ApplyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ApplyError::Store(error) | ApplyError::Interrupted { by: Some(error), .. } => Some(error),
            ApplyError::NoKey(error) => Some(error),
            ApplyError::LostRaces
            | ApplyError::BeingDeleted
            | ApplyError::TooManyEnds(_)
            | ApplyError::Interrupted { by: None, .. } => None,
        }
    }
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> ApplyError {
        ApplyError::Store(error)
    }
}

impl From<BeingDeleted> for ApplyError {
    fn from(BeingDeleted: BeingDeleted) -> ApplyError {
        ApplyError::BeingDeleted
    }
}

impl From<NoKey> for ApplyError {
    fn from(error: NoKey) -> ApplyError {
        ApplyError::NoKey(error)
    }
}

/// DynamoDB takes 100 items and 4 MB in a transaction.
const MOST_WRITES: usize = 100;
const MOST_BYTES: usize = 3_500_000;

/// All or nothing, if the plan fits into one transaction. A larger one is written in several: first what ends, so that nobody keeps
/// access if this is cut short; then what is new or changed; then the tenant, so that a new one appears with everything in it; then
/// the removals. Each write holds only if what it replaces is what the plan was made on. `LostRace` says that somebody changed that:
/// plan again. `progress` is told how many transactions are done, and of how many.
pub async fn commit(
    store: &Store,
    maker: &KeyMaker,
    plan: &Plan,
    now: Timestamp,
    progress: impl Fn(usize, usize),
) -> Result<Commit, ApplyError> {
    if plan.ended.len() > MOST_ENDS {
        return Err(ApplyError::TooManyEnds(plan.ended.len()));
    }
    let keys = make_keys(maker, plan, now).await?;
    // A new tenant has no token yet that anyone could hold against an old JWKS, so its first keys are active at once.
    let mut first: Vec<Write> = keys.iter().map(Write::create).collect::<Result<_, _>>()?;
    first.extend(published(plan, now)?);
    let batches = in_batches(plan, first, tenant_writes(plan, now)?);
    let all = batches.len();
    for (done, some) in batches.into_iter().enumerate() {
        progress(done, all);
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

/// What the tenant publishes of itself, where that changes: with the moment of the write, which the bundle tells (BRAND-2).
fn published(plan: &Plan, now: Timestamp) -> Result<Option<Write>, StoreError> {
    let there = plan.published.as_ref();
    let next = PublishedBrands::next(there.map(|there| &there.value), &plan.tenant, now);
    next.map(|next| there.map_or_else(|| Write::create(&next), |there| Write::update(there, &next))).transpose()
}

fn in_batches(plan: &Plan, first: Vec<Write>, tenant: TenantWrites) -> Vec<Vec<Write>> {
    let Writes { parts, removals, .. } = &plan.writes;
    let all = |tenant: &[Write]| batches(first.iter().chain(parts).chain(tenant).chain(removals).cloned().collect());
    match (all(&tenant.at_once), tenant.apart) {
        (several, Some([first, then])) if several.len() > 1 => [vec![vec![first]], all(&[then])].concat(),
        (batches, _) => batches,
    }
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
            Err(mut error) => {
                for key in &made {
                    maker.discard(key).await?;
                }
                if let Some(key_id) = &error.made
                    && maker.give_up(key_id).await.is_ok()
                {
                    error.made = None;
                }
                return Err(error.into());
            }
        }
    }
    Ok(made)
}

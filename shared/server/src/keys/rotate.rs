//! Takes a tenant's keys as far as they are due: decide, write on condition, decide again on what is true then.

use super::make::{KeyMaker, NoKey};
use crate::store::{Commit, Store, StoreError, Versioned, Write};
use rules::{
    signing_keys::{
        KeyState, SigningKeyRecord,
        rotation::{RotationStep, Times, Urgency, algorithms, next_step},
    },
    tenant::{Tenant, TenantId},
    time::Timestamp,
};
use std::fmt;

/// More steps than this at once can't be due; whatever is left is for the next time.
const MOST_STEPS: usize = 16;

/// What was done, one line a step: a `kid` and its new state.
pub type Done = Vec<String>;

#[derive(Debug)]
pub enum NotRotated {
    Store(StoreError),
    Key(NoKey),
    UnknownTenant,
}

impl fmt::Display for NotRotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRotated::Store(error) => error.fmt(f),
            NotRotated::Key(error) => error.fmt(f),
            NotRotated::UnknownTenant => f.write_str("there is no such tenant"),
        }
    }
}

impl std::error::Error for NotRotated {}

impl From<StoreError> for NotRotated {
    fn from(error: StoreError) -> NotRotated {
        NotRotated::Store(error)
    }
}

impl From<NoKey> for NotRotated {
    fn from(error: NoKey) -> NotRotated {
        NotRotated::Key(error)
    }
}

/// Two who do this at once do no harm: each step is written on the condition that nobody else has taken it.
pub async fn rotate(
    store: &Store,
    maker: &KeyMaker,
    tenant: &TenantId,
    urgency: Urgency,
    now: Timestamp,
) -> Result<Done, NotRotated> {
    let mut done = Done::new();
    for _ in 0..MOST_STEPS {
        let (tenant, keys) = store.tenant_with_keys(tenant, now).await?;
        let tenant = tenant.ok_or(NotRotated::UnknownTenant)?;
        let Some(step) = next_step(&keys, &algorithms(&tenant), Times::of(&tenant, urgency, now), now) else { break };
        let line = line(&step);
        if take(store, maker, &tenant, step, now).await? == Commit::Done {
            done.push(line);
        }
    }
    Ok(done)
}

async fn take(
    store: &Store,
    maker: &KeyMaker,
    tenant: &Tenant,
    step: RotationStep<'_, Versioned<SigningKeyRecord>>,
    now: Timestamp,
) -> Result<Commit, NotRotated> {
    let enters = |key: &Versioned<SigningKeyRecord>, state| {
        Write::update(key, &SigningKeyRecord { state, since: now, ..key.value.clone() })
    };
    match step {
        RotationStep::Publish { alg, behind } => {
            let made = maker.make(tenant, alg, KeyState::Published, now).await?;
            let mut writes = vec![Write::create(&made)?];
            if let Some(active) = behind {
                writes.push(Write::update(active, &active.value)?);
            }
            let committed = store.commit(writes).await?;
            // After an outage the key may be in the table all the same, so only one that surely lost is given up.
            if committed == Commit::LostRace {
                maker.discard(&made).await?;
            }
            Ok(committed)
        }
        RotationStep::Promote { next, old } => {
            let mut writes = vec![enters(next, KeyState::Active)?];
            if let Some(old) = old {
                writes.push(enters(old, KeyState::Retiring)?);
            }
            Ok(store.commit(writes).await?)
        }
        RotationStep::Retire(key) => Ok(store.commit(vec![enters(key, KeyState::Retiring)?]).await?),
        RotationStep::Forget(key) => {
            let committed = store.commit(vec![Write::delete(key)]).await?;
            if committed == Commit::Done {
                maker.discard(key).await?;
            }
            Ok(committed)
        }
    }
}

fn line(step: &RotationStep<'_, Versioned<SigningKeyRecord>>) -> String {
    let kid = |key: &SigningKeyRecord| format!("{} {}", key.alg.as_str(), key.public.kid);
    match step {
        RotationStep::Publish { alg, .. } => format!("a new {} key is published", alg.as_str()),
        RotationStep::Promote { next, old: Some(old) } => format!("{} signs now, {} no more", kid(next), kid(old)),
        RotationStep::Promote { next, old: None } => format!("{} signs now", kid(next)),
        RotationStep::Retire(key) => format!("{} signs no more", kid(key)),
        RotationStep::Forget(key) => format!("{} is gone", kid(key)),
    }
}

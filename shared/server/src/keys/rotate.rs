//! Takes a tenant's keys as far as they are due: decide, write on condition, decide again on what is true then.

use super::make::{KeyMaker, NewKey, NoKey};
use crate::store::{
    Commit, Store, StoreError, Versioned, Write,
    schema::{KeyUnderWay, TenantAndKeys},
};
use rules::{
    signing_keys::{
        KeyState, SigningKeyRecord,
        rotation::{RotationStep, Times, Urgency, algorithms, next_step},
    },
    tenant::{SigningAlg, Tenant, TenantId},
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
    let work = Work { store, maker, now };
    let mut done = Done::new();
    for _ in 0..MOST_STEPS {
        let TenantAndKeys { tenant, keys, under_way } = store.tenant_and_keys(tenant, now).await?;
        let tenant = tenant.ok_or(NotRotated::UnknownTenant)?;
        let (wanted, unwanted) = under_way.into_iter().partition(|key| work.is_wanted(key, &tenant));
        work.give_up(unwanted).await?;
        let Some(step) = next_step(&keys, &algorithms(&tenant), Times::of(&tenant, urgency, now), now) else { break };
        let line = line(&step);
        if work.take(&tenant, step, wanted).await? == Commit::Done {
            done.push(line);
        }
    }
    Ok(done)
}

/// What steps are taken with.
#[derive(Clone, Copy)]
struct Work<'a> {
    store: &'a Store,
    maker: &'a KeyMaker,
    now: Timestamp,
}

type UnderWay = Versioned<KeyUnderWay>;

impl Work<'_> {
    async fn take(
        &self,
        tenant: &Tenant,
        step: RotationStep<'_, Versioned<SigningKeyRecord>>,
        under_way: Vec<UnderWay>,
    ) -> Result<Commit, NotRotated> {
        let Work { store, maker, now } = *self;
        let enters = |key: &Versioned<SigningKeyRecord>, state| {
            Write::update(key, &SigningKeyRecord { state, since: now, ..key.value.clone() })
        };
        match step {
            RotationStep::Publish { alg, behind } => self.publish(tenant, alg, behind, under_way).await,
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

    async fn publish(
        &self,
        tenant: &Tenant,
        alg: SigningAlg,
        behind: Option<&Versioned<SigningKeyRecord>>,
        under_way: Vec<UnderWay>,
    ) -> Result<Commit, NotRotated> {
        let Work { store, maker, now } = *self;
        if maker.makes_in_steps(tenant) {
            return self.publish_in_steps(tenant, alg, behind, under_way).await;
        }
        let made = maker.make(tenant, alg, KeyState::Published, now).await?;
        let committed = store.commit(self.writes(&made, behind)?).await?;
        // After an outage the key may be in the table all the same, so only one that surely lost is given up.
        if committed == Commit::LostRace {
            maker.discard(&made).await?;
        }
        Ok(committed)
    }

    /// Between the steps it is written down which key it is. If the second fails, the next run goes on with that key; and whoever loses
    /// the race for the second step has the same key as whoever wins.
    async fn publish_in_steps(
        &self,
        tenant: &Tenant,
        alg: SigningAlg,
        behind: Option<&Versioned<SigningKeyRecord>>,
        under_way: Vec<UnderWay>,
    ) -> Result<Commit, NotRotated> {
        let Work { store, maker, now } = *self;
        let key = NewKey { tenant: &tenant.id, alg, state: KeyState::Published, now };
        let begun = match under_way.into_iter().find(|begun| begun.value.alg == alg) {
            Some(begun) => begun,
            None => {
                let begun = KeyUnderWay { tenant: tenant.id.clone(), alg, key_id: maker.begin(key).await? };
                if store.commit(vec![Write::create(&begun)?]).await? == Commit::LostRace {
                    maker.give_up(&begun.key_id).await?;
                    return Ok(Commit::LostRace);
                }
                Versioned::created(begun)
            }
        };
        let made = match maker.finish(key, begun.value.key_id.clone()).await {
            Ok(made) => made,
            Err(error) => {
                if error.made.is_none() {
                    self.forget(&begun).await?;
                }
                return Err(error.into());
            }
        };
        let mut writes = self.writes(&made, behind)?;
        writes.push(Write::delete(&begun));
        Ok(store.commit(writes).await?)
    }

    fn writes(
        &self,
        made: &SigningKeyRecord,
        behind: Option<&Versioned<SigningKeyRecord>>,
    ) -> Result<Vec<Write>, StoreError> {
        let mut writes = vec![Write::create(made)?];
        if let Some(active) = behind {
            writes.push(Write::update(active, &active.value)?);
        }
        Ok(writes)
    }

    /// Since it was begun, the tenant may want another algorithm, or its keys elsewhere.
    fn is_wanted(&self, begun: &UnderWay, tenant: &Tenant) -> bool {
        self.maker.makes_in_steps(tenant) && algorithms(tenant).contains(&begun.value.alg)
    }

    async fn give_up(&self, under_way: Vec<UnderWay>) -> Result<(), NotRotated> {
        for begun in under_way {
            self.maker.give_up(&begun.value.key_id).await?;
            self.forget(&begun).await?;
        }
        Ok(())
    }

    /// Whoever was faster has done the same.
    async fn forget(&self, begun: &UnderWay) -> Result<(), StoreError> {
        let (Commit::Done | Commit::LostRace) = self.store.commit(vec![Write::delete(begun)]).await?;
        Ok(())
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

//! Rotates the keys of a tenant that are due: decide, write on condition, decide again if the condition failed.

use super::make::{KeyMaker, NewKey, NoKey};
use crate::store::{
    Commit, Store, StoreError, Versioned, Write,
    schema::{PendingKey, TenantAndKeys},
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
    /// KMS has made a key and does not show it yet: the next run goes on with it.
    NotYet(NoKey),
    UnknownTenant,
}

impl fmt::Display for NotRotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRotated::Store(error) => error.fmt(f),
            NotRotated::Key(error) => error.fmt(f),
            NotRotated::NotYet(error) => write!(f, "{error}. KMS may need some minutes; the next run goes on with it"),
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

/// So long a new key may be unknown to KMS itself, or its tag have no effect: minutes, as AWS says.
const MOST_PATIENCE_SECONDS: i64 = 3600;

/// A pending key that is no further after this is not waited for any more.
const MOST_PENDING_SECONDS: i64 = 86_400;

/// Two who do this at once do no harm: each step is written on the condition that nobody else has taken it.
pub async fn rotate(
    store: &Store,
    maker: &KeyMaker,
    tenant: &TenantId,
    urgency: Urgency,
    now: Timestamp,
) -> Result<Done, NotRotated> {
    let work = Work { store, maker, now };
    let (mut done, mut not_given_up) = (Done::new(), None);
    for _ in 0..MOST_STEPS {
        let TenantAndKeys { tenant, keys, pending } = store.tenant_with_pending_keys(tenant, now).await?;
        let tenant = tenant.ok_or(NotRotated::UnknownTenant)?;
        let (wanted, unwanted) = pending.into_iter().partition(|key| work.is_wanted(key, &tenant));
        // Housekeeping holds up no step: keys may be compromised.
        not_given_up = work.give_up(unwanted).await.err();
        let Some(step) = next_step(&keys, &algorithms(&tenant), Times::of(&tenant, urgency, now), now) else { break };
        let line = line(&step);
        if work.take(&tenant, step, wanted).await? == Commit::Done {
            done.push(line);
        }
    }
    not_given_up.map_or(Ok(done), Err)
}

#[derive(Clone, Copy)]
struct Work<'a> {
    store: &'a Store,
    maker: &'a KeyMaker,
    now: Timestamp,
}

type Pending = Versioned<PendingKey>;

struct Made {
    key: SigningKeyRecord,
    /// As it was written down, where KMS has made it.
    begun: Option<Pending>,
}

impl Work<'_> {
    async fn take(
        &self,
        tenant: &Tenant,
        step: RotationStep<'_, Versioned<SigningKeyRecord>>,
        pending: Vec<Pending>,
    ) -> Result<Commit, NotRotated> {
        let Work { store, maker, now } = *self;
        let enters = |key: &Versioned<SigningKeyRecord>, state| {
            Write::update(key, &SigningKeyRecord { state, since: now, ..key.value.clone() })
        };
        match step {
            RotationStep::Publish { alg, behind } => {
                let Some(Made { key, begun }) = self.make(tenant, alg, pending).await? else {
                    return Ok(Commit::LostRace);
                };
                let mut writes = vec![Write::create(&key)?];
                if let Some(active) = behind {
                    writes.push(Write::update(active, &active.value)?);
                }
                // Who has given it up meanwhile has taken it.
                writes.extend(begun.as_ref().map(Write::consume));
                Ok(store.commit(writes).await?)
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

    /// A new key. One of KMS is made in two steps, and between them it is written down which it is: if the second fails, the next run goes
    /// on with that key; and whoever loses the race for the second step has the same key as whoever wins. None where another run has begun one
    /// at this moment.
    async fn make(&self, tenant: &Tenant, alg: SigningAlg, pending: Vec<Pending>) -> Result<Option<Made>, NotRotated> {
        let Work { maker, now, .. } = *self;
        if !maker.makes_in_steps(tenant) {
            let key = maker.make(tenant, alg, KeyState::Published, now).await?;
            return Ok(Some(Made { key, begun: None }));
        }
        let key = NewKey { tenant: &tenant.id, alg, state: KeyState::Published, now };
        let found = pending.into_iter().find(|begun| begun.alg == alg);
        let begun = match found {
            Some(begun) => Some(begun),
            None => self.begin(key).await?,
        };
        let Some(begun) = begun else { return Ok(None) };
        match maker.finish(key, begun.key_id.clone()).await {
            Ok(key) => Ok(Some(Made { key, begun: Some(begun) })),
            // Just made, it may be unknown to KMS itself.
            Err(error) if now.since(begun.since) < MOST_PATIENCE_SECONDS => {
                let made = Some(begun.key_id.clone());
                Err(NotRotated::NotYet(NoKey { made, ..error }))
            }
            Err(error) => {
                if error.made.is_none() {
                    self.forget(&begun).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn begin(&self, key: NewKey<'_>) -> Result<Option<Pending>, NotRotated> {
        let Work { store, maker, now } = *self;
        let key_id = maker.begin(key).await?;
        let (tenant, alg) = (key.tenant.clone(), key.alg);
        let begun = PendingKey { tenant, alg, key_id, since: now, given_up: false };
        match store.commit(vec![Write::create(&begun)?]).await {
            Ok(Commit::Done) => Ok(Some(Versioned::created(begun))),
            Ok(Commit::LostRace) => {
                maker.give_up(&begun.key_id).await?;
                Ok(None)
            }
            Err(error) => Err(NoKey { why: error.to_string(), made: Some(begun.key_id) }.into()),
        }
    }

    /// Since it was begun, the tenant may want another algorithm, or its keys elsewhere; or KMS shows it to nobody.
    fn is_wanted(&self, begun: &Pending, tenant: &Tenant) -> bool {
        let is_new = self.now.since(begun.since) < MOST_PENDING_SECONDS;
        is_new && !begun.given_up && self.maker.makes_in_steps(tenant) && algorithms(tenant).contains(&begun.alg)
    }

    /// First it is said that nobody may go on with them.
    async fn give_up(&self, pending: Vec<Pending>) -> Result<(), NotRotated> {
        let mut failed = None;
        for begun in pending {
            failed = self.give_up_one(begun).await.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    async fn give_up_one(&self, begun: Pending) -> Result<(), NotRotated> {
        let begun = match begun.given_up {
            true => begun,
            false => {
                let given_up = PendingKey { given_up: true, ..begun.value.clone() };
                let writes = vec![Write::consume(&begun), Write::create(&given_up)?];
                if self.store.commit(writes).await? == Commit::LostRace {
                    return Ok(());
                }
                Versioned::created(given_up)
            }
        };
        match self.maker.give_up(&begun.key_id).await {
            Err(error) if self.now.since(begun.since) < MOST_PENDING_SECONDS => return Err(error.into()),
            // It no longer holds up its successor. The operator who reads this deletes it by hand.
            Err(error) => tracing::error!(%error, key = begun.key_id, "a KMS key that nothing uses can't be deleted"),
            Ok(()) => {}
        }
        Ok(self.forget(&begun).await?)
    }

    /// The faster run has done the same.
    async fn forget(&self, begun: &Pending) -> Result<(), StoreError> {
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

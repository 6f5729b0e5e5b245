//! New signing keys for a tenant, at once: what an operator does in an emergency, and what an app must live with.

use super::stage::Stage;
use rules::signing_keys::{KeyState, SigningKeyRecord};
use server::{
    keys::{make::KeyMaker, rotate::NotRotated},
    store::{Commit, Write},
};

/// A real change of keys in the table, without the time between that a rotation takes. The old keys stay published, so
/// tokens of others stay good.
pub async fn rotate(stage: &Stage) {
    if let Err(error) = rotate_in_table(stage).await {
        tracing::warn!(tenant = stage.tenant.id.as_str(), %error, "the signing keys could not be rotated");
    }
}

async fn rotate_in_table(stage: &Stage) -> Result<(), NotRotated> {
    let (server, now) = (&stage.server, stage.now);
    let (tenant, keys) = server.store.tenant_with_keys(&stage.tenant.id, now).await?;
    let Some(tenant) = tenant else { return Ok(()) };
    let mut writes = Vec::new();
    for old in keys.iter().filter(|key| key.state == KeyState::Active) {
        let new = KeyMaker::Laptop.make(&tenant, old.alg, KeyState::Active, now).await?;
        let retired = SigningKeyRecord { state: KeyState::Retiring, since: now, ..old.value.clone() };
        writes.extend([Write::create(&new)?, Write::update(old, &retired)?]);
    }
    match server.store.commit(writes).await? {
        // The loser of a race finds keys that somebody else has just rotated.
        Commit::Done | Commit::LostRace => server.forget_configuration(),
    }
    Ok(())
}

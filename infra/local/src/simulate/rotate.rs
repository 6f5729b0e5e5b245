//! New signing keys for a tenant, at once: what an operator does in an emergency, and what an app must live with.

use super::stage::Stage;
use admin::apply::ApplyError;
use shared::{
    keys::{KeyState, SigningKeyRecord, generate},
    store::{Write, item, schema},
};

/// A real rotation in the table. The old keys stay published, so tokens of others stay good.
pub async fn rotate(stage: &Stage) {
    if let Err(error) = rotate_in_table(stage).await {
        tracing::warn!(tenant = stage.tenant.id.as_str(), %error, "the signing keys could not be rotated");
    }
}

async fn rotate_in_table(stage: &Stage) -> Result<(), ApplyError> {
    let (server, tenant) = (&stage.server, &stage.tenant.id);
    let mut writes = Vec::new();
    for item in server.store.partition(&schema::tenant_partition(tenant)).await? {
        let sort_key = item.get("sk").and_then(|sk| sk.as_s().ok());
        if !sort_key.is_some_and(|sk| sk.starts_with(schema::TENANT_KEY_PREFIX)) {
            continue;
        }
        let Some(old) = item::read::<SigningKeyRecord>(&item, stage.now)? else { continue };
        if old.state != KeyState::Active {
            continue;
        }
        let (id, alg) = (tenant.clone(), old.alg);
        // An RSA key takes its time.
        let made = tokio::task::spawn_blocking(move || generate(&id, alg)).await;
        let new = made.ok().and_then(Result::ok).ok_or(ApplyError::NoKey(alg))?;
        writes.push(Write::create(&new)?);
        writes.push(Write::update(&old, &SigningKeyRecord { state: KeyState::Retiring, ..old.value.clone() })?);
    }
    // Whoever lost the race finds keys that somebody else has just rotated.
    server.store.commit(writes).await?;
    server.forget_configuration();
    Ok(())
}

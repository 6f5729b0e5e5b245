//! A signing key made in AWS KMS: only its public half leaves it, and that is what the tenant publishes.

use super::{
    new_key::{NewKey, NoKey, reason},
    spki,
};
use aws_sdk_kms::{
    Client,
    types::{KeySpec, KeyUsageType, Tag},
};
use rules::{
    signing_keys::{Custody, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
};

/// Every deployed function may sign with keys that bear this tag, and with no others (`infra/template.yaml`).
pub const TAG: (&str, &str) = ("admit", "signing");

/// Whose key it is: for the operator's eyes, in the console and on the bill.
pub const TENANT_TAG: &str = "admit-tenant";

/// The least that KMS waits before it deletes a key, in days.
const DAYS_TO_REGRET: i32 = 7;

/// Its `kid` is the thumbprint of RFC 7638.
pub async fn create(kms: &Client, key: NewKey<'_>) -> Result<SigningKeyRecord, NoKey> {
    let key_id = create_key(kms, key.tenant, key.alg).await?;
    let unusable = |why: String| NoKey { why, made: Some(key_id.clone()) };
    let answer = kms.get_public_key().key_id(&key_id).send().await.map_err(|error| unusable(reason(&error)))?;
    let der = answer.public_key.ok_or_else(|| unusable("an answer without a public key".into()))?;
    let numbers = spki::numbers(key.alg, der.as_ref())
        .ok_or_else(|| unusable(format!("not a public key for {}", key.alg.as_str())))?;
    let kid = numbers.thumbprint();
    Ok(key.record(kid, numbers, Custody::Kms { key_id }))
}

/// A key that no token needs any more costs a dollar a month until it is gone.
pub async fn delete(kms: &Client, key_id: &str) -> Result<(), NoKey> {
    let sent = kms.schedule_key_deletion().key_id(key_id).pending_window_in_days(DAYS_TO_REGRET).send().await;
    // Whoever was interrupted comes again for a key that is scheduled already.
    if sent.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|e| e.is_kms_invalid_state_exception())) {
        return Ok(());
    }
    sent.map(|_| ()).map_err(|error| NoKey { why: reason(&error), made: Some(key_id.to_owned()) })
}

/// The ARN, since it says region and account as well; an alias could be turned to another key under the `kid`.
async fn create_key(kms: &Client, tenant: &TenantId, alg: SigningAlg) -> Result<String, NoKey> {
    let nothing = |why: String| NoKey { why, made: None };
    let mut request = kms.create_key().key_usage(KeyUsageType::SignVerify).key_spec(spec(alg)).description(format!(
        "Admit: {} signatures of the tenant {}",
        alg.as_str(),
        tenant.as_str()
    ));
    for (name, value) in [TAG, (TENANT_TAG, tenant.as_str())] {
        request = request
            .tags(Tag::builder().tag_key(name).tag_value(value).build().map_err(|error| nothing(error.to_string()))?);
    }
    let answer = request.send().await.map_err(|error| nothing(reason(&error)))?;
    let made = answer.key_metadata.ok_or_else(|| nothing("an answer without a key".into()))?;
    Ok(made.arn.unwrap_or(made.key_id))
}

fn spec(alg: SigningAlg) -> KeySpec {
    match alg {
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 => KeySpec::Rsa2048,
        SigningAlg::ES256 => KeySpec::EccNistP256,
        SigningAlg::ES384 => KeySpec::EccNistP384,
    }
}

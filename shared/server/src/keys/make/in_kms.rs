//! A signing key made in AWS KMS: only its public half leaves it, and that is what the tenant publishes.
//!
//! KMS makes a key and tells its public half in two answers, and the second can be minutes late: permission to ask for it hangs on
//! the key's tag, and KMS needs up to five minutes until a tag counts.

use super::{
    new_key::{NewKey, NoKey, reason},
    spki,
};
use aws_sdk_kms::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{KeySpec, KeyUsageType, Tag},
};
use rules::{
    signing_keys::{Custody, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
};

/// Names the stack whose functions may sign with the key, and no others may (`infra/template.yaml`).
pub const STACK_TAG: &str = "admit-signing";

/// Whose key it is: for the operator's eyes, in the console and on the bill.
pub const TENANT_TAG: &str = "admit-tenant";

/// The longest that KMS waits before it deletes a key, in days. A key that waits costs nothing.
const DAYS_TO_REGRET: i32 = 30;

/// The key that was begun, and is now known. Its `kid` is the thumbprint of RFC 7638.
pub async fn finish(kms: &Client, key: NewKey<'_>, key_id: String) -> Result<SigningKeyRecord, NoKey> {
    let unusable = |why: String| NoKey { why, made: Some(key_id.clone()) };
    let answer = kms.get_public_key().key_id(&key_id).send().await;
    let answer = answer
        .map_err(|error| NoKey { why: reason(&error), made: Some(key_id.clone()).filter(|_| !is_gone(&error)) })?;
    let der = answer.public_key.ok_or_else(|| unusable("an answer without a public key".to_owned()))?;
    let numbers = spki::numbers(key.alg, der.as_ref())
        .ok_or_else(|| unusable(format!("not a public key for {}", key.alg.as_str())))?;
    let kid = numbers.thumbprint();
    Ok(key.record(kid, numbers, Custody::Kms { key_id }))
}

/// A key that no token needs any more costs a dollar a month until it is gone.
pub async fn delete(kms: &Client, key_id: &str) -> Result<(), NoKey> {
    match kms.schedule_key_deletion().key_id(key_id).pending_window_in_days(DAYS_TO_REGRET).send().await {
        Err(error) if !is_gone(&error) => Err(NoKey { why: reason(&error), made: Some(key_id.to_owned()) }),
        _ => Ok(()),
    }
}

/// Somebody has deleted it, or will.
fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(error.code(), Some("NotFoundException" | "KMSInvalidStateException"))
}

/// Makes a key, and returns its ARN, since that says region and account as well; an alias could be turned to another key under the
/// `kid`.
pub async fn begin(kms: &Client, stack: &str, tenant: &TenantId, alg: SigningAlg) -> Result<String, NoKey> {
    let mut request = kms.create_key().key_usage(KeyUsageType::SignVerify).key_spec(spec(alg)).description(format!(
        "Admit: {} signatures of the tenant {}",
        alg.as_str(),
        tenant.as_str()
    ));
    for (name, value) in [(STACK_TAG, stack), (TENANT_TAG, tenant.as_str())] {
        request = request.tags(
            Tag::builder().tag_key(name).tag_value(value).build().map_err(|error| NoKey::because(error.to_string()))?,
        );
    }
    let answer = request.send().await.map_err(|error| NoKey::because(reason(&error)))?;
    let made = answer.key_metadata.ok_or_else(|| NoKey::because("an answer without a key"))?;
    Ok(made.arn.unwrap_or(made.key_id))
}

fn spec(alg: SigningAlg) -> KeySpec {
    match alg {
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 | SigningAlg::PS256 => KeySpec::Rsa2048,
        SigningAlg::ES256 => KeySpec::EccNistP256,
        SigningAlg::ES384 => KeySpec::EccNistP384,
    }
}

//! A tenant's signing keys, made in AWS KMS: only their public halves leave it, and those are what the tenant publishes.

use crate::spki;
use aws_sdk_kms::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{KeySpec, KeyUsageType, Tag},
};
use shared::{
    client::key_set::PublicKey,
    keys::{Custody, KeyState, SigningKeyRecord},
    tenant::{SigningAlg, Tenant, TenantId},
};
use std::fmt;

/// Every deployed function may sign with keys that bear this tag, and with no others (`infra/template.yaml`).
pub const TAG: (&str, &str) = ("admit", "signing");

/// Whose key it is: for the operator's eyes, in the console and on the bill.
pub const TENANT_TAG: &str = "admit-tenant";

/// KMS made no key, or one that can't be used.
#[derive(Debug)]
pub struct KmsKeyError {
    pub why: String,
    /// A key that was made all the same: it costs money until it is scheduled for deletion.
    pub made: Option<String>,
}

impl fmt::Display for KmsKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KMS: {}", self.why)?;
        match &self.made {
            Some(key) => write!(f, "; the key {key} was made for nothing, schedule its deletion"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for KmsKeyError {}

/// One key for each algorithm that this tenant signs with; id_tokens are RS256 always (OpenID Connect Core §15.1).
pub async fn create_all(kms: &Client, tenant: &Tenant) -> Result<Vec<SigningKeyRecord>, KmsKeyError> {
    let mut made = vec![create(kms, &tenant.id, SigningAlg::RS256).await?];
    if tenant.policy.access_token_alg != SigningAlg::RS256 {
        made.push(create(kms, &tenant.id, tenant.policy.access_token_alg).await?);
    }
    Ok(made)
}

/// A new key, active at once. For a tenant that has none; rotation publishes before it uses.
pub async fn create(kms: &Client, tenant: &TenantId, alg: SigningAlg) -> Result<SigningKeyRecord, KmsKeyError> {
    let key_id = create_key(kms, tenant, alg).await?;
    let unusable = |why: String| KmsKeyError { why, made: Some(key_id.clone()) };
    let answer = kms.get_public_key().key_id(&key_id).send().await.map_err(|error| unusable(reason(&error)))?;
    let der = answer.public_key.ok_or_else(|| unusable("an answer without a public key".into()))?;
    let numbers =
        spki::numbers(alg, der.as_ref()).ok_or_else(|| unusable(format!("not a public key for {}", alg.as_str())))?;
    let kid = numbers.thumbprint();
    Ok(SigningKeyRecord {
        tenant: tenant.clone(),
        alg,
        public: PublicKey { numbers, kid, alg: Some(alg.as_str().to_owned()), usage: Some("sig".to_owned()) },
        custody: Custody::Kms { key_id },
        state: KeyState::Active,
    })
}

/// The ARN, since it says region and account as well; an alias could be turned to another key under the `kid`.
async fn create_key(kms: &Client, tenant: &TenantId, alg: SigningAlg) -> Result<String, KmsKeyError> {
    let nothing = |why: String| KmsKeyError { why, made: None };
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

fn reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => "it can't be reached".to_owned(),
    }
}

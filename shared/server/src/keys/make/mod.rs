//! Makes signing keys for a tenant, where its policy says they live.

pub mod in_kms;
pub mod sealed;
mod spki;

use aws_sdk_kms::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};
use rules::{
    jwk::{KeyNumbers, PublicKey},
    signing_keys::{Custody, KeyState, SigningKeyRecord, in_process::generate},
    tenant::{KeyCustody, SigningAlg, Tenant, TenantId},
    time::Timestamp,
};
use std::fmt;

/// Who makes keys in this process.
#[derive(Clone)]
pub enum KeyMaker {
    /// A laptop without KMS: every key lies in the table, whatever the policy says.
    Laptop,
    /// `sealing_key` is the symmetric KMS key that seals those that lie in the table.
    Kms { client: Client, sealing_key: Option<String> },
}

/// No key was made, or one that can't be used.
#[derive(Debug)]
pub struct NoKey {
    pub why: String,
    /// A KMS key that is there for nothing: it costs money until it is scheduled for deletion.
    pub made: Option<String>,
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no signing key: {}", self.why)?;
        match &self.made {
            Some(key) => write!(f, "; the KMS key {key} is not needed, schedule its deletion"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NoKey {}

/// What is known of a key before it is made.
#[derive(Clone, Copy)]
pub struct NewKey<'a> {
    pub tenant: &'a TenantId,
    pub alg: SigningAlg,
    pub state: KeyState,
    pub now: Timestamp,
}

impl NewKey<'_> {
    fn record(self, kid: String, numbers: KeyNumbers, custody: Custody) -> SigningKeyRecord {
        SigningKeyRecord {
            tenant: self.tenant.clone(),
            alg: self.alg,
            public: PublicKey {
                numbers,
                kid,
                alg: Some(self.alg.as_str().to_owned()),
                usage: Some("sig".to_owned()),
                key_ops: None,
            },
            custody,
            state: self.state,
            since: self.now,
        }
    }
}

impl KeyMaker {
    pub async fn make(
        &self,
        tenant: &Tenant,
        alg: SigningAlg,
        state: KeyState,
        now: Timestamp,
    ) -> Result<SigningKeyRecord, NoKey> {
        let key = NewKey { tenant: &tenant.id, alg, state, now };
        match (self, tenant.policy.signing_keys) {
            (KeyMaker::Laptop, _) => in_table(key).await,
            (KeyMaker::Kms { client, .. }, KeyCustody::Kms) => in_kms::create(client, key).await,
            (KeyMaker::Kms { client, sealing_key: Some(sealing_key) }, KeyCustody::Sealed) => {
                sealed::create(client, sealing_key, key).await
            }
            (KeyMaker::Kms { sealing_key: None, .. }, KeyCustody::Sealed) => {
                Err(NoKey { why: "the tenant wants sealed keys, and no key to seal with is known".into(), made: None })
            }
        }
    }

    /// Gives up a key that was made for nothing, or that has left the table.
    pub async fn discard(&self, key: &SigningKeyRecord) -> Result<(), NoKey> {
        match (self, &key.custody) {
            (KeyMaker::Kms { client, .. }, Custody::Kms { key_id }) => in_kms::delete(client, key_id).await,
            _ => Ok(()),
        }
    }
}

/// An RSA key takes its time.
async fn in_table(key: NewKey<'_>) -> Result<SigningKeyRecord, NoKey> {
    let (tenant, alg, now) = (key.tenant.clone(), key.alg, key.now);
    let made = tokio::task::spawn_blocking(move || generate(&tenant, alg, now)).await;
    let made = made.ok().and_then(Result::ok);
    let made = made.ok_or_else(|| NoKey { why: format!("no {} key could be made", alg.as_str()), made: None })?;
    Ok(SigningKeyRecord { state: key.state, ..made })
}

fn reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("KMS says {code}: {message}"),
        (Some(code), None) => format!("KMS says {code}"),
        (None, _) => "KMS can't be reached".to_owned(),
    }
}

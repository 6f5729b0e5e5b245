//! Makes signing keys for a tenant, where its policy says they live.

pub mod in_kms;
mod new_key;
pub mod sealed;
mod spki;

pub use new_key::{NewKey, NoKey};

use aws_sdk_kms::Client;
use rules::{
    signing_keys::{Custody, KeyState, SigningKeyRecord, in_process::generate},
    tenant::{KeyCustody, SigningAlg, Tenant},
    time::Timestamp,
};

/// Who makes keys in this process.
#[derive(Clone)]
pub enum KeyMaker {
    /// A laptop without KMS: every key lies in the table, whatever the policy says.
    Laptop,
    /// `stack` is whose functions may sign with the keys that stay in KMS, `sealing_key` the symmetric KMS key that seals those that
    /// lie in the table.
    Kms { client: Client, stack: Option<String>, sealing_key: Option<String> },
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
            (KeyMaker::Kms { .. }, KeyCustody::Kms) => {
                let key_id = self.begin(key).await?;
                self.finish(key, key_id).await
            }
            (KeyMaker::Kms { client, sealing_key: Some(sealing_key), .. }, KeyCustody::Sealed) => {
                sealed::create(client, sealing_key, key).await
            }
            (KeyMaker::Kms { sealing_key: None, .. }, KeyCustody::Sealed) => {
                Err(NoKey::because("the tenant wants sealed keys, and no key to seal with is known"))
            }
        }
    }

    /// Whether the tenant's keys are made in two steps: `begin` and `finish`.
    pub fn makes_in_steps(&self, tenant: &Tenant) -> bool {
        matches!((self, tenant.policy.signing_keys), (KeyMaker::Kms { .. }, KeyCustody::Kms))
    }

    /// A key in KMS of which nothing is known yet but its ARN.
    pub async fn begin(&self, key: NewKey<'_>) -> Result<String, NoKey> {
        let KeyMaker::Kms { client, stack, .. } = self else { return Err(NoKey::because("no KMS is known")) };
        let nobodys = || NoKey::because("the tenant wants keys of KMS, and no stack is known whose functions may sign");
        in_kms::begin(client, stack.as_deref().ok_or_else(nobodys)?, key.tenant, key.alg).await
    }

    pub async fn finish(&self, key: NewKey<'_>, key_id: String) -> Result<SigningKeyRecord, NoKey> {
        let KeyMaker::Kms { client, .. } = self else { return Err(NoKey::because("no KMS is known")) };
        in_kms::finish(client, key, key_id).await
    }

    /// Gives up a key that was made for nothing, or that has left the table.
    pub async fn discard(&self, key: &SigningKeyRecord) -> Result<(), NoKey> {
        match &key.custody {
            Custody::Kms { key_id } => self.give_up(key_id).await,
            _ => Ok(()),
        }
    }

    /// The same, by its ARN in KMS.
    pub async fn give_up(&self, key_id: &str) -> Result<(), NoKey> {
        match self {
            KeyMaker::Kms { client, .. } => in_kms::delete(client, key_id).await,
            KeyMaker::Laptop => Ok(()),
        }
    }
}

/// An RSA key takes its time.
async fn in_table(key: NewKey<'_>) -> Result<SigningKeyRecord, NoKey> {
    let (tenant, alg, now) = (key.tenant.clone(), key.alg, key.now);
    let made = tokio::task::spawn_blocking(move || generate(&tenant, alg, now)).await;
    let made = made.ok().and_then(Result::ok);
    let made = made.ok_or_else(|| NoKey::because(format!("no {} key could be made", alg.as_str())))?;
    Ok(SigningKeyRecord { state: key.state, ..made })
}

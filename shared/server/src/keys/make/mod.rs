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
    /// `sealing_key` is the symmetric KMS key that seals those that lie in the table.
    Kms { client: Client, sealing_key: Option<String> },
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

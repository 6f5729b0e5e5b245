//! The key that seals audit events: its private half stays in KMS, its public half lies in the table, where a function that
//! seals reads it at its start. So sealing calls nothing, and only opening calls KMS.

use crate::store::{Commit, Item, Key, Store, StoreError, Versioned, Write, item, schema};
use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_sdk_kms::{Client, error::ProvideErrorMetadata, types::KeyUsageType};
use base64::{Engine, engine::general_purpose::STANDARD};
use rules::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the table says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditKey {
    /// Without account and region: these the function `audit` knows, and no line of a log may say them.
    pub key_id: String,
    /// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER in base64.
    pub spki: String,
}

impl Item for AuditKey {
    fn key(&self) -> Key {
        Key { pk: schema::STACK.to_owned(), sk: schema::AUDIT_KEY.to_owned() }
    }
}

impl Store {
    /// What audit events are sealed with. It is the stack's, not a tenant's.
    pub async fn audit_key(&self, now: Timestamp) -> Result<Option<Versioned<AuditKey>>, StoreError> {
        let items = self.partition(schema::STACK).await?;
        let found = items.iter().find(|item| schema::is_audit_key(item));
        found.map(|item| item::read(item, now)).transpose().map(Option::flatten)
    }
}

impl AuditKey {
    pub(super) fn wraps(&self) -> Result<OaepPublicEncryptingKey, String> {
        let unreadable = || "the audit key in the table can't be read".to_owned();
        let der = STANDARD.decode(&self.spki).map_err(|_| unreadable())?;
        let key = PublicEncryptingKey::from_der(&der).map_err(|_| unreadable())?;
        OaepPublicEncryptingKey::new(key).map_err(|_| unreadable())
    }
}

/// Where KMS has it, for who may put it into the table.
#[derive(Clone)]
pub struct InKms {
    pub client: Client,
    pub key: String,
}

/// It is not in the table, or an older one is; the reason is for the log.
#[derive(Debug)]
pub struct NotPublished(pub String);

impl fmt::Display for NotPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotPublished {}

impl From<StoreError> for NotPublished {
    fn from(error: StoreError) -> NotPublished {
        NotPublished(error.to_string())
    }
}

impl InKms {
    /// Puts the public half into the table, if another one is there or none; says whether it did. Two at once write the same,
    /// and the second one changes nothing.
    pub async fn publish(&self, store: &Store, now: Timestamp) -> Result<bool, NotPublished> {
        let key = self.public_half().await?;
        let write = match store.audit_key(now).await? {
            Some(found) if found.value == key => return Ok(false),
            Some(other) => Write::update(&other, &key)?,
            None => Write::create(&key)?,
        };
        match store.commit(vec![write]).await? {
            Commit::Done | Commit::LostRace => Ok(true),
        }
    }

    async fn public_half(&self) -> Result<AuditKey, NotPublished> {
        let answer = self.client.get_public_key().key_id(&self.key).send().await.map_err(|error| {
            NotPublished(format!("KMS does not give the audit key: {}", error.code().unwrap_or("no answer")))
        })?;
        let der = answer.public_key.filter(|_| answer.key_usage == Some(KeyUsageType::EncryptDecrypt));
        let der = der.ok_or_else(|| NotPublished("the audit key of KMS is none that encrypts".into()))?;
        let arn = answer.key_id.as_deref().unwrap_or(&self.key);
        let key_id = arn.rsplit('/').next().unwrap_or(arn).to_owned();
        let key = AuditKey { key_id, spki: STANDARD.encode(der.as_ref()) };
        key.wraps().map_err(|_| NotPublished("the audit key of KMS is no RSA key".into()))?;
        Ok(key)
    }
}

//! AuditEvents on their way through a log that must not hold what they say: sealed by the function that decides, opened by
//! the function `audit`. One data key of KMS serves an instance for its life.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_sdk_kms::{Client, error::ProvideErrorMetadata, primitives::Blob, types::DataKeySpec};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::OnceCell;

/// KMS opens a data key for this purpose and for no other.
const PURPOSE: (&str, &str) = ("admit", "audit");
const NONCE: usize = 12;
/// A request waits for its answer meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);
const MOST_KEYS: usize = 10_000;

/// One line of a function's log. The subscription filter in `infra/template.yaml` knows it by `audit`.
#[derive(Serialize, Deserialize)]
struct Line {
    audit: u8,
    /// The data key, as only KMS can open it.
    key: String,
    sealed: String,
}

pub struct Sealer {
    kms: Client,
    key_id: String,
    data_key: OnceCell<(String, RandomizedNonceKey)>,
}

impl Sealer {
    pub fn new(kms: Client, key_id: impl Into<String>) -> Sealer {
        Sealer { kms, key_id: key_id.into(), data_key: OnceCell::new() }
    }

    /// Asks KMS for the key before it is needed. What fails is tried again then.
    pub async fn prepare(&self) {
        if let Err(why) = self.data_key().await {
            tracing::warn!(why, "no key to seal audit events with yet");
        }
    }

    pub async fn seal(&self, event: &str) -> Result<String, String> {
        let (wrapped, key) = self.data_key().await?;
        let mut sealed = event.as_bytes().to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(|_| "sealing failed")?;
        let sealed = STANDARD.encode([nonce.as_ref().as_slice(), &sealed].concat());
        serde_json::to_string(&Line { audit: 1, key: wrapped.clone(), sealed }).map_err(|error| error.to_string())
    }

    async fn data_key(&self) -> Result<&(String, RandomizedNonceKey), String> {
        self.data_key
            .get_or_try_init(|| async {
                let request = self.kms.generate_data_key().key_id(&self.key_id).key_spec(DataKeySpec::Aes256);
                let answer = request.encryption_context(PURPOSE.0, PURPOSE.1).send();
                let answer = tokio::time::timeout(PATIENCE, answer).await.map_err(|_| "KMS gave no answer in time")?;
                let answer = answer.map_err(|error| error.code().unwrap_or("KMS gave no answer").to_owned())?;
                let (Some(plain), Some(wrapped)) = (answer.plaintext, answer.ciphertext_blob) else {
                    return Err("KMS answered without a key".to_owned());
                };
                Ok((STANDARD.encode(wrapped.as_ref()), read(plain.as_ref())?))
            })
            .await
    }
}

/// Opens what a [`Sealer`] sealed; asks KMS once for each data key.
pub struct Opener {
    kms: Client,
    keys: Mutex<HashMap<String, Arc<RandomizedNonceKey>>>,
}

/// Why a line stays closed.
#[derive(Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is no line of the trail, or somebody changed it; it will never open.
    NotOurs(&'static str),
    /// KMS gave no answer; worth another try.
    Later(String),
}

impl Opener {
    pub fn new(kms: Client) -> Opener {
        Opener { kms, keys: Mutex::default() }
    }

    pub async fn open(&self, line: &str) -> Result<String, Closed> {
        let line: Line = serde_json::from_str(line.trim()).map_err(|_| Closed::NotOurs("not a line of the trail"))?;
        let mut sealed = STANDARD.decode(&line.sealed).map_err(|_| Closed::NotOurs("not base64"))?;
        let key = self.data_key(&line.key).await?;
        let (nonce, rest) = sealed.split_at_mut_checked(NONCE).ok_or(Closed::NotOurs("too short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Closed::NotOurs("too short"))?;
        let event = key.open_in_place(nonce, Aad::empty(), rest).map_err(|_| Closed::NotOurs("it was changed"))?;
        String::from_utf8(event.to_vec()).map_err(|_| Closed::NotOurs("not UTF-8"))
    }

    async fn data_key(&self, wrapped: &str) -> Result<Arc<RandomizedNonceKey>, Closed> {
        if let Some(key) = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(wrapped) {
            return Ok(key.clone());
        }
        let blob = STANDARD.decode(wrapped).map_err(|_| Closed::NotOurs("the data key is not base64"))?;
        let request = self.kms.decrypt().ciphertext_blob(Blob::new(blob)).encryption_context(PURPOSE.0, PURPOSE.1);
        let answer = request.send().await.map_err(|error| match error.code() {
            Some("InvalidCiphertextException" | "IncorrectKeyException" | "NotFoundException") => {
                Closed::NotOurs("not a data key of ours")
            }
            code => Closed::Later(code.unwrap_or("KMS gave no answer").to_owned()),
        })?;
        let plain = answer.plaintext.ok_or_else(|| Closed::Later("KMS answered without a key".to_owned()))?;
        let key = Arc::new(read(plain.as_ref()).map_err(|_| Closed::NotOurs("not a data key of ours"))?);
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        keys.insert(wrapped.to_owned(), key.clone());
        Ok(key)
    }
}

fn read(key: &[u8]) -> Result<RandomizedNonceKey, String> {
    RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| "KMS gave a key of another length".to_owned())
}

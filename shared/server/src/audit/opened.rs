//! Opens what the functions sealed for the audit trail. Anybody who can write into a log can write a line: no line chooses what
//! KMS is asked for beyond the audit keys of this stack, and none that is wrong holds up another.

use super::sealed::Line;
use crate::bounded::Bounded;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_sdk_kms::{
    Client, error::ProvideErrorMetadata, operation::decrypt::builders::DecryptFluentBuilder, primitives::Blob,
    types::EncryptionAlgorithmSpec,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::Arc;

const NONCE: usize = 12;
const MOST_KEYS: usize = 10_000;

/// Asks KMS once for each data key.
pub struct Opener {
    kms: Client,
    /// The key of now, and what stands before the ids of those that it followed: account and region.
    own: String,
    prefix: String,
    keys: Bounded<(String, String), Arc<RandomizedNonceKey>, MOST_KEYS>,
}

/// Why a line stays closed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It is no line of the trail, or somebody changed it; it will never open.
    #[error("{0}")]
    NotOurs(&'static str),
    /// KMS gave no answer; worth another try.
    #[error("{0}")]
    Later(String),
}

const NO_KEY: Closed = Closed::NotOurs("not a data key of ours");

impl Opener {
    /// `key` is the ARN of the key that events are sealed for now.
    pub fn new(kms: Client, key: impl Into<String>) -> Opener {
        let key = key.into();
        let prefix = key.rsplit_once('/').map_or(String::new(), |(prefix, _)| format!("{prefix}/"));
        let own = key.strip_prefix(&prefix).unwrap_or(&key).to_owned();
        Opener { kms, own, prefix, keys: Bounded::default() }
    }

    pub async fn open(&self, line: &str) -> Result<String, Closed> {
        let line: Line = serde_json::from_str(line.trim()).map_err(|_| Closed::NotOurs("not a line of the trail"))?;
        let mut sealed = STANDARD.decode(&line.sealed).map_err(|_| Closed::NotOurs("not base64"))?;
        let key = self.data_key((line.by, line.key)).await?;
        let (nonce, rest) = sealed.split_at_mut_checked(NONCE).ok_or(Closed::NotOurs("too short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Closed::NotOurs("too short"))?;
        let event = key.open_in_place(nonce, Aad::empty(), rest).map_err(|_| Closed::NotOurs("it was changed"))?;
        String::from_utf8(event.to_vec()).map_err(|_| Closed::NotOurs("not UTF-8"))
    }

    async fn data_key(&self, name: (String, String)) -> Result<Arc<RandomizedNonceKey>, Closed> {
        if let Some(key) = self.keys.get(&name) {
            return Ok(key);
        }
        let answer = self.question(&name.0, &name.1)?.send().await.map_err(|error| self.why(&name.0, error.code()))?;
        let plain = answer.plaintext.ok_or_else(|| Closed::Later("KMS answered without a key".to_owned()))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, plain.as_ref()).map_err(|_| NO_KEY)?;
        let key = Arc::new(key);
        self.keys.put(name, key.clone());
        Ok(key)
    }

    /// A key of before is named by the line, in our account and region; the function's role says which of those it may use.
    fn question(&self, by: &str, wrapped: &str) -> Result<DecryptFluentBuilder, Closed> {
        if by.is_empty() || by.len() > 64 || !by.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Closed::NotOurs("it names no key"));
        }
        let blob = STANDARD.decode(wrapped).map_err(|_| Closed::NotOurs("the data key is not base64"))?;
        // RSA of 4096 bits, the longest of KMS, makes 512.
        if blob.is_empty() || blob.len() > 512 {
            return Err(NO_KEY);
        }
        let request = self.kms.decrypt().key_id(format!("{}{by}", self.prefix)).ciphertext_blob(Blob::new(blob));
        Ok(request.encryption_algorithm(EncryptionAlgorithmSpec::RsaesOaepSha256))
    }

    fn why(&self, by: &str, code: Option<&str>) -> Closed {
        match code {
            Some("InvalidCiphertextException" | "IncorrectKeyException") => NO_KEY,
            // The writer of the line chose the key, and must not hold up the others. What we may not do with our own key is
            // ours to mend.
            Some("AccessDeniedException" | "NotFoundException" | "InvalidKeyUsageException") if by != self.own => {
                NO_KEY
            }
            code => Closed::Later(code.unwrap_or("KMS gave no answer").to_owned()),
        }
    }
}

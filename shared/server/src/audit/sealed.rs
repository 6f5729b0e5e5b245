//! AuditEvents on their way through a log that must not hold what they say: sealed by the function that decides, which can't
//! open them again, and opened by the function `audit`. Sealing calls nothing: the public key comes with the table.

use super::key::AuditKey;
use crate::store::Store;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, RandomizedNonceKey},
    rand,
    rsa::OAEP_SHA256_MGF1SHA256,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rules::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A request waits for its answer meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);
/// CloudWatch Logs ends an event at 256 kB with what it puts around it, and Lambda cuts a longer line in two, of which neither opens.
const MOST_LINE_BYTES: usize = 250_000;
/// Where there was no key, the table is asked again after so many seconds.
const AGAIN_AFTER: i64 = 5;

/// One line of a function's log. The subscription filter in `infra/template.yaml` knows it by `audit`.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    audit: u8,
    /// The KMS key that opens `key`.
    pub by: String,
    /// The data key of one instance of a function, encrypted by RSA-OAEP with SHA-256.
    pub key: String,
    pub sealed: String,
}

pub struct Sealer {
    store: Store,
    state: Mutex<State>,
}

enum State {
    Without { asked_at: Option<Timestamp> },
    Known(AuditKey),
    Ready(Arc<DataKey>),
}

/// Serves an instance for its life.
struct DataKey {
    by: String,
    wrapped: String,
    key: RandomizedNonceKey,
}

impl Sealer {
    pub fn new(store: Store) -> Sealer {
        Sealer { store, state: Mutex::new(State::Without { asked_at: None }) }
    }

    /// What the table held at the start.
    #[must_use]
    pub fn knowing(self, key: AuditKey) -> Sealer {
        Sealer { state: Mutex::new(State::Known(key)), ..self }
    }

    pub async fn seal(&self, event: &str, now: Timestamp) -> Result<String, String> {
        let key = match self.data_key()? {
            Some(key) => key,
            None => {
                self.look(now).await?;
                self.data_key()?.ok_or("the table holds no key to seal audit events with")?
            }
        };
        let mut sealed = event.as_bytes().to_vec();
        let nonce = key.key.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(|_| "sealing failed")?;
        let sealed = STANDARD.encode([nonce.as_ref().as_slice(), &sealed].concat());
        let line = Line { audit: 1, by: key.by.clone(), key: key.wrapped.clone(), sealed };
        let line = serde_json::to_string(&line).map_err(|error| error.to_string())?;
        if line.len() > MOST_LINE_BYTES {
            return Err(format!("a line of {} bytes would be cut in two", line.len()));
        }
        Ok(line)
    }

    /// Made when it is first needed.
    fn data_key(&self) -> Result<Option<Arc<DataKey>>, String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = match &*state {
            State::Without { .. } => return Ok(None),
            State::Ready(key) => return Ok(Some(key.clone())),
            State::Known(key) => Arc::new(DataKey::random(key)?),
        };
        *state = State::Ready(key.clone());
        Ok(Some(key))
    }

    /// The table had none when this instance started: one may have come since.
    async fn look(&self, now: Timestamp) -> Result<(), String> {
        if let State::Without { asked_at } = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            if asked_at.is_some_and(|at| (0..AGAIN_AFTER).contains(&now.since(at))) {
                return Ok(());
            }
            *asked_at = Some(now);
        }
        let found = tokio::time::timeout(PATIENCE, self.store.audit_key(now)).await;
        let found = found.map_err(|_| "the table gave no answer in time")?.map_err(|error| error.to_string())?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(key), State::Without { .. }) = (found, &*state) {
            *state = State::Known(key.value);
        }
        Ok(())
    }
}

impl DataKey {
    fn random(by: &AuditKey) -> Result<DataKey, String> {
        let public = by.wraps()?;
        let mut plain = [0; 32];
        rand::fill(&mut plain).map_err(|_| "there is no randomness")?;
        let mut wrapped = vec![0; public.ciphertext_size()];
        let wrapped = public.encrypt(&OAEP_SHA256_MGF1SHA256, &plain, &mut wrapped, None);
        let wrapped = STANDARD.encode(wrapped.map_err(|_| "the data key can't be wrapped")?);
        let key = RandomizedNonceKey::new(&AES_256_GCM, &plain).map_err(|_| "the data key is no key")?;
        Ok(DataKey { by: by.key_id.clone(), wrapped, key })
    }
}

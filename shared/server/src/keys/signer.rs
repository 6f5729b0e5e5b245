//! Makes signed JWTs with a tenant's keys, wherever those are.

use super::{kms, make::sealed};
use crate::{
    bounded::Bounded,
    deadline::{OutOfTime, in_time},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rules::{
    jws::TokenKind,
    length::most_bytes,
    secret::Secret,
    signing_keys::{Custody, SigningKeyRecord, in_process::InProcessKey, rotation::usual},
    tenant::{SigningAlg, TenantId, TenantRecord},
};
use serde::Serialize;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::OnceCell;

/// Where a private key is when it is needed.
#[derive(Clone)]
enum SigningKey {
    Kms { client: aws_sdk_kms::Client, key_id: String },
    InProcess(Arc<InProcessKey>),
}

/// Which custodies this process trusts.
#[derive(Clone)]
pub enum Custodian {
    /// A deployed function that only verifies. It has no client of KMS.
    Nobody,
    /// A deployed function: keys in KMS, or sealed by it.
    Kms(aws_sdk_kms::Client),
    /// A laptop: keys in the table, and in KMS if there is one.
    Laptop(Option<aws_sdk_kms::Client>),
}

/// A key that is opened by the first who needs it, while the others wait.
type Opened = Arc<OnceCell<SigningKey>>;

/// Of the tenants that are in memory, and more than one of some.
const MOST_OPENED: usize = 4_000;

pub struct Signer {
    custodian: Custodian,
    /// Keys that were opened: parsing one costs as much as several signatures, unsealing one is a call to KMS.
    opened: Bounded<(TenantId, String), Opened, MOST_OPENED>,
    signatures: AtomicU64,
}

/// The token could not be signed; the reason is for the log.
#[derive(Debug, thiserror::Error)]
pub enum SigningFailed {
    /// The key can't be used, or not now.
    #[error("{0}")]
    NoSignature(String),
    /// So many bytes are shown to nobody, and known to nobody here (`rules::length`).
    #[error("the token would have {0} bytes")]
    TooLong(usize),
}

impl From<OutOfTime> for SigningFailed {
    fn from(error: OutOfTime) -> SigningFailed {
        SigningFailed::NoSignature(error.to_string())
    }
}

impl Signer {
    pub fn new(custodian: Custodian) -> Signer {
        Signer { custodian, opened: Bounded::default(), signatures: AtomicU64::new(0) }
    }

    /// How many signatures were made so far: what a deployment pays for.
    pub fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }

    pub async fn sign(
        &self,
        tenant: &TenantRecord,
        kind: TokenKind,
        claims: &impl Serialize,
    ) -> Result<Secret, SigningFailed> {
        let alg = match kind {
            TokenKind::AccessToken => tenant.policy.access_token_alg,
            TokenKind::IdToken | TokenKind::ClientAssertion => usual(tenant),
        };
        self.sign_by(alg, tenant, kind, claims).await
    }

    /// The same by another of the tenant's keys than is usual for this kind.
    pub async fn sign_by(
        &self,
        alg: SigningAlg,
        tenant: &TenantRecord,
        kind: TokenKind,
        claims: &impl Serialize,
    ) -> Result<Secret, SigningFailed> {
        let record = tenant
            .active_key(alg)
            .ok_or_else(|| SigningFailed::NoSignature(format!("the tenant has no active {} key", alg.as_str())))?;
        let header = json!({ "typ": kind.typ(), "alg": alg.as_str(), "kid": record.public.kid });
        let claims = serde_json::to_vec(claims).map_err(|error| SigningFailed::NoSignature(error.to_string()))?;
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let signing_input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = match in_time(self.open(record)).await?? {
            SigningKey::InProcess(key) => key
                .sign(signing_input.as_bytes())
                .map_err(|_| SigningFailed::NoSignature("the key can't sign".into()))?,
            SigningKey::Kms { client, key_id } => {
                let asked = kms::sign(&client, &key_id, alg, signing_input.as_bytes());
                in_time(asked).await?.map_err(SigningFailed::NoSignature)?
            }
        };
        self.signatures.fetch_add(1, Ordering::Relaxed);
        let token = format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature));
        // What is issued is accepted, so nothing leaves that nobody would look at.
        if token.len() > most_bytes(kind) {
            return Err(SigningFailed::TooLong(token.len()));
        }
        Ok(Secret::new(token))
    }

    /// Once for each key in this process, however many requests ask for it at the same time.
    async fn open(&self, record: &SigningKeyRecord) -> Result<SigningKey, SigningFailed> {
        let name = (record.tenant.clone(), record.public.kid.clone());
        let cell = self.opened.get_or_put(name, Opened::default());
        cell.get_or_try_init(|| self.open_anew(record)).await.cloned()
    }

    async fn open_anew(&self, record: &SigningKeyRecord) -> Result<SigningKey, SigningFailed> {
        match (&record.custody, &self.custodian) {
            (Custody::Kms { key_id }, Custodian::Kms(client) | Custodian::Laptop(Some(client))) => {
                Ok(SigningKey::Kms { client: client.clone(), key_id: key_id.clone() })
            }
            (Custody::Sealed { sealing_key, sealed }, Custodian::Kms(client) | Custodian::Laptop(Some(client))) => {
                let key =
                    sealed::open(client, record, sealing_key, sealed).await.map_err(SigningFailed::NoSignature)?;
                Ok(SigningKey::InProcess(Arc::new(key)))
            }
            (Custody::InTable { pkcs8 }, Custodian::Laptop(_)) => {
                let unreadable = || SigningFailed::NoSignature("the key in the table can't be read".into());
                let pkcs8 = STANDARD.decode(pkcs8).map_err(|_| unreadable())?;
                let key = InProcessKey::read(record.alg, &pkcs8).map_err(|_| unreadable())?;
                Ok(SigningKey::InProcess(Arc::new(key)))
            }
            (_, Custodian::Nobody) => Err(SigningFailed::NoSignature("this function signs nothing".into())),
            (Custody::InTable { .. }, Custodian::Kms(_)) => {
                Err(SigningFailed::NoSignature("a deployed function does not sign with a key kept in the table".into()))
            }
            (Custody::Kms { .. } | Custody::Sealed { .. }, Custodian::Laptop(None)) => {
                Err(SigningFailed::NoSignature("the key is KMS's to use and this process has no KMS".into()))
            }
        }
    }
}

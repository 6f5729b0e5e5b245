//! A tenant's signing keys: who holds each, and what it is used for at this moment.

pub mod in_process;
pub mod rotation;

use crate::{
    jwk::PublicKey,
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// How long anyone may keep a tenant's JWKS, in seconds. A new key is published longer than this before it signs.
pub const JWKS_MAX_AGE: u32 = 300;

/// One key as the table has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SigningKeyRecord {
    pub tenant: TenantId,
    pub alg: SigningAlg,
    pub public: PublicKey,
    pub custody: Custody,
    pub state: KeyState,
    /// When it entered this state.
    pub since: Timestamp,
}

/// Who holds the private half.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Custody {
    /// It never leaves KMS; this is the key's id or ARN.
    Kms { key_id: String },
    /// PKCS#8 in the table, sealed by a symmetric KMS key, base64. Opened once in each instance.
    Sealed { sealing_key: String, sealed: String },
    /// PKCS#8 in the table, base64: a laptop's way. Deployed functions refuse to sign with it.
    InTable { pkcs8: String },
}

impl std::fmt::Debug for Custody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Custody::Kms { key_id } => write!(f, "Kms({key_id})"),
            Custody::Sealed { sealing_key, .. } => write!(f, "Sealed({sealing_key})"),
            Custody::InTable { .. } => f.write_str("InTable(…)"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// In the JWKS, not yet used, so that every cache has it before the first signature.
    Published,
    Active,
    /// In the JWKS while tokens it signed may live.
    Retiring,
}

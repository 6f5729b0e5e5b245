//! A tenant's signing keys: what is published, what signs, how our own tokens are verified.

mod addresses;
pub mod client_keys;
mod in_process;
mod kms;
pub mod make;
pub mod outbound;
pub mod rotate;
pub mod rotation;
pub mod signer;

pub use in_process::{InProcessKey, generate};

use crate::{
    client::key_set::{KeySet, PublicKey},
    jws::{BadJws, UnverifiedJws},
    tenant::{SigningAlg, Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

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

/// A tenant with its keys, as one query reads them.
#[derive(Clone, Debug)]
pub struct TenantRecord {
    pub tenant: Tenant,
    pub keys: Vec<SigningKeyRecord>,
}

impl std::ops::Deref for TenantRecord {
    type Target = Tenant;

    fn deref(&self) -> &Tenant {
        &self.tenant
    }
}

/// A kind of JWT that this server issues; the `typ` keeps one from passing for another (RFC 8725 §3.11, RFC 9068 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    AccessToken,
    IdToken,
    /// Not for clients: how this server itself authenticates at an identity provider (RFC 7523 §2.2).
    ClientAssertion,
}

impl TokenKind {
    pub fn typ(self) -> &'static str {
        match self {
            TokenKind::AccessToken => "at+jwt",
            TokenKind::IdToken => "JWT",
            TokenKind::ClientAssertion => "client-authentication+jwt",
        }
    }
}

impl TenantRecord {
    /// The published keys (RFC 7517 §5).
    pub fn jwks(&self) -> KeySet {
        KeySet { keys: self.keys.iter().map(|key| key.public.clone()).collect() }
    }

    pub fn active_key(&self, alg: SigningAlg) -> Option<&SigningKeyRecord> {
        self.keys.iter().find(|key| key.alg == alg && key.state == KeyState::Active)
    }

    /// The claims of a token of ours, if one of our keys signed it, it is of this kind, and it names us as its issuer: an
    /// operator may have given two tenants one key. Local: no KMS, no table.
    pub fn verify_own<T: DeserializeOwned>(&self, text: &str, kind: TokenKind) -> Result<T, BadJws> {
        let jws = UnverifiedJws::parse(text)?;
        if jws.header.typ.as_deref() != Some(kind.typ()) {
            return Err(BadJws(format!("typ is not {}", kind.typ())));
        }
        let kid = jws.header.kid.as_deref().unwrap_or_default();
        let key = self
            .keys
            .iter()
            .find(|key| key.public.kid == kid && key.alg.as_str() == jws.header.alg)
            .ok_or_else(|| BadJws("not signed by a key of this tenant".into()))?;
        let claims = jws.verify(&key.public)?;
        let issued: Issued = jws.peek()?;
        if issued.iss != self.issuer.as_str() {
            return Err(BadJws("iss is not this tenant".into()));
        }
        Ok(claims)
    }
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

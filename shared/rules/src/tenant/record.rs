//! A tenant with its keys: the published ones, the signing ones, and how our own tokens are verified.

use super::{SigningAlg, Tenant};
use crate::{
    jwk::{KeySet, PublicKey},
    jws::{BadJws, TokenKind, UnverifiedJws},
    signing_keys::{KeyState, SigningKeyRecord},
};
use serde::{Deserialize, de::DeserializeOwned};

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

impl TenantRecord {
    /// The published keys (RFC 7517 §5).
    pub fn jwks(&self) -> KeySet {
        KeySet::of(self.keys.iter().map(|key| key.public.clone()).collect())
    }

    pub fn active_key(&self, alg: SigningAlg) -> Option<&SigningKeyRecord> {
        self.keys.iter().find(|key| key.alg == alg && key.state == KeyState::Active)
    }

    /// The claims of a token of ours, if one of our keys signed it, it is of this kind, and it names us as its issuer: an
    /// operator may have given two tenants one key. Local: no KMS, no table.
    pub fn verify_own<T: DeserializeOwned>(&self, text: &str, kind: TokenKind) -> Result<T, BadJws> {
        self.verify_own_by(text, kind, |jws, key| jws.is_by(key))
    }

    /// The same, where the caller says whether this key has signed it. It is asked about none but the tenant's keys of now.
    pub fn verify_own_by<T: DeserializeOwned>(
        &self,
        text: &str,
        kind: TokenKind,
        is_by: impl FnOnce(&UnverifiedJws<'_>, &PublicKey) -> bool,
    ) -> Result<T, BadJws> {
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
        if !is_by(&jws, &key.public) {
            return Err(BadJws("the signature does not verify".into()));
        }
        let issued: Issued = jws.peek()?;
        if issued.iss != self.issuer.as_str() {
            return Err(BadJws("iss is not this tenant".into()));
        }
        jws.peek()
    }
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

//! Under which name a person's credentials are kept.

use crate::{secret::SecretHash, tenant::TenantId};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// Hash of tenant and `sub`. Authenticators keep it as the user handle, so it must say nothing about the person (WebAuthn
/// §14.6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialsId(pub(super) SecretHash);

impl CredentialsId {
    /// A tenant's id has no `#`, so no two pairs read the same.
    pub fn of(tenant: &TenantId, sub: &str) -> CredentialsId {
        CredentialsId(SecretHash::of(&format!("{}#{sub}", tenant.as_str())))
    }

    /// What an authenticator says; anything, until it was looked up.
    pub fn of_handle(handle: &str) -> Option<CredentialsId> {
        let bytes = URL_SAFE_NO_PAD.decode(handle).ok().filter(|bytes| bytes.len() == 32)?;
        serde_json::from_value(URL_SAFE_NO_PAD.encode(bytes).into()).ok()
    }

    /// 32 bytes as base64url.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

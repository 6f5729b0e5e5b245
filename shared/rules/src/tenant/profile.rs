//! To which profile of OAuth a tenant, or one client of it, is held.

use super::SigningAlg;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// SMART App Launch 2.2.
    #[default]
    Smart,
    /// FAPI 2.0 Security Profile. Where it contradicts SMART, it is the one that holds.
    Fapi2,
}

impl Profile {
    pub fn is_smart(&self) -> bool {
        *self == Profile::Smart
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Smart => "smart",
            Profile::Fapi2 => "fapi2",
        }
    }

    /// What client assertions may be signed with, as the metadata says it (FAPI 2.0 §5.4.1).
    pub fn assertion_algorithms(self) -> &'static [&'static str] {
        match self {
            Profile::Smart => &["RS384", "ES384", "RS256", "RS512", "PS256", "PS384", "PS512", "ES256"],
            Profile::Fapi2 => &["PS256", "ES256", "EdDSA"],
        }
    }

    /// The same of DPoP proofs.
    pub fn proof_algorithms(self) -> &'static [&'static str] {
        match self {
            Profile::Smart => &["ES256", "ES384", "PS256", "EdDSA"],
            Profile::Fapi2 => &["ES256", "PS256", "EdDSA"],
        }
    }

    /// Whether it lets this server sign with this.
    pub fn may_sign_with(self, alg: SigningAlg) -> bool {
        match self {
            Profile::Smart => true,
            Profile::Fapi2 => matches!(alg, SigningAlg::PS256 | SigningAlg::ES256),
        }
    }

    /// Whether a refresh gets another refresh token (FAPI 2.0 §5.3.2.1 item 9 forbids it).
    pub fn rotates_refresh_tokens(self) -> bool {
        self.is_smart()
    }
}

//! What a tenant decides about tokens that are bound to a key (RFC 9449).

use serde::{Deserialize, Serialize};

/// What a FHIR server does with bound tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DpopUse {
    /// It verifies no proofs, so its tokens are bound to nothing.
    #[default]
    Off,
    /// A token is bound where its client proves a key.
    Accepted,
    /// There are no others.
    Required,
}

impl DpopUse {
    pub fn is_off(&self) -> bool {
        *self == DpopUse::Off
    }

    pub fn as_str(self) -> &'static str {
        match self {
            DpopUse::Off => "off",
            DpopUse::Accepted => "accepted",
            DpopUse::Required => "required",
        }
    }
}

/// How a FHIR server of this project knows that a proof was used before. The authorization server always keeps what was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DpopReplay {
    /// It keeps what was used: one write a request.
    #[default]
    Store,
    /// It doesn't. A proof is good again for as long as its nonce is (RFC 9449 §11.1).
    Nonce,
}

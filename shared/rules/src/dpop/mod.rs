//! Access tokens bound to a key of their holder (RFC 9449). Each request brings a proof that its sender has the key which the token
//! names, so a stolen token is of no use.

mod binding;
mod nonce;
mod presented;
mod proof;
mod target;

pub use binding::{Confirmation, DpopReplay, DpopUse, binding, refresh_key};
pub use nonce::{NonceFor, NonceKey, Nonces};
pub use presented::{NotHeld, TokenScheme, held};
pub use proof::{ALGORITHMS, Asked, Proof, ProofRefused, verify};

use serde::{Deserialize, Serialize};

/// SHA-256 of a public key, by which everybody knows it (RFC 7638): 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Thumbprint(String);

impl Thumbprint {
    pub fn parse(text: &str) -> Option<Thumbprint> {
        let base64url = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (text.len() == 43 && base64url).then(|| Thumbprint(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Thumbprint, &'static str> {
        Thumbprint::parse(&text).ok_or("a thumbprint has 43 characters of base64url")
    }
}

/// What the header `WWW-Authenticate` says of the algorithms of proofs (RFC 9449 §7.1).
pub fn algorithms() -> String {
    ALGORITHMS.join(" ")
}

//! Passkeys (Web Authentication Level 3): what a browser is asked for, and the key that is kept.
//!
//! The two ceremonies are `register` and `assert`, each a list of the specification's steps. The answer of a browser comes
//! as four or five form fields in base64url. No attestation is asked for and none is judged: whose device it is says the
//! person, not its maker.

mod assert;
mod authenticator_data;
mod client_data;
mod public_key;
mod refused;
mod register;
mod relying_party;
#[cfg(test)]
mod tests;

pub use assert::{Asserted, Assertion};
pub use public_key::CredentialPublicKey;
pub use refused::PasskeyRefused;
pub use register::Registration;
pub use relying_party::{Ceremony, RelyingParty};

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Somebody has a handful of devices.
pub const MOST_PASSKEYS: usize = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passkey {
    /// The credential id, base64url.
    pub id: String,
    pub key: CredentialPublicKey,
    /// What the authenticator last said; it stays 0 where keys are copied between devices.
    pub sign_count: u32,
    /// Whether the key may be copied to other devices (`BE`).
    pub copied: bool,
    pub created_at: Timestamp,
    pub last_used: Option<Timestamp>,
}

//! Passkeys (Web Authentication Level 3): what a browser is asked for, and the key that is kept.
//!
//! The two ceremonies are `register` and `assert`, each a list of the specification's steps. The answer of a browser comes
//! as four or five form fields in base64url. No attestation is asked for and none is judged: whose device it is says the
//! person, not its maker.

mod assert;
mod authenticator_data;
mod client_data;
mod public_key;
mod register;
#[cfg(test)]
mod tests;

pub use assert::{Asserted, Assertion};
pub use public_key::PublicKey;
pub use register::Registration;

use super::Credentials;
use crate::{tenant::Issuer, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Somebody has a handful of devices.
pub const MOST_PASSKEYS: usize = 10;
/// How long a browser waits for its person, in milliseconds.
const TIMEOUT: u32 = 300_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passkey {
    /// The credential id, base64url.
    pub id: String,
    pub key: PublicKey,
    /// What the authenticator last said; it stays 0 where keys are copied between devices.
    pub sign_count: u32,
    /// Whether the key may be copied to other devices (`BE`).
    pub copied: bool,
    pub created_at: Timestamp,
    pub last_used: Option<Timestamp>,
}

/// This server to a browser: exactly this host, and pages of exactly this origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    pub id: String,
    pub origin: String,
}

/// Why an answer is not accepted; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl RelyingParty {
    /// None where no browser would do it: at a bare address, and without https anywhere but at `localhost` (WebAuthn §5.1.3).
    pub fn of(issuer: &Issuer) -> Option<RelyingParty> {
        let url = url::Url::parse(issuer.as_str()).ok()?;
        let host = url.domain()?.to_owned();
        let good = issuer.is_https() || host == "localhost";
        good.then(|| RelyingParty { id: host, origin: issuer.origin() })
    }

    /// `PublicKeyCredentialCreationOptions`: a key that its device finds by itself, and that it uses after it has checked
    /// who holds it.
    pub fn creation_options(&self, rp_name: &str, person: (&Credentials, &str), challenge: &str) -> Value {
        let (credentials, name) = person;
        let key = |alg: i32| json!({ "type": "public-key", "alg": alg });
        let known = |passkey: &Passkey| json!({ "type": "public-key", "id": passkey.id });
        json!({
            "challenge": challenge,
            "rp": { "id": self.id, "name": rp_name },
            "user": { "id": credentials.id.as_str(), "name": credentials.username, "displayName": name },
            "pubKeyCredParams": PublicKey::ALGORITHMS.map(key),
            "excludeCredentials": credentials.passkeys.iter().map(known).collect::<Vec<_>>(),
            "authenticatorSelection":
                { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
            "attestation": "none",
            "timeout": TIMEOUT,
        })
    }

    /// `PublicKeyCredentialRequestOptions`, without a list of keys: nobody learns who has one.
    pub fn request_options(&self, challenge: &str) -> Value {
        json!({ "challenge": challenge, "rpId": self.id, "userVerification": "required", "timeout": TIMEOUT })
    }
}

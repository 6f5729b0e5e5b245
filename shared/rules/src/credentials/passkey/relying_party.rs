//! This server as a browser knows it, and what it asks of an authenticator.

use super::{CredentialPublicKey, Passkey};
use crate::{credentials::Credentials, tenant::Issuer};
use serde_json::{Value, json};

/// How long a browser waits for its person, in milliseconds.
const TIMEOUT: u32 = 300_000;

/// This server to a browser: exactly this host, and pages of exactly this origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    pub id: String,
    pub origin: String,
}

/// What a browser was asked to sign, and for whom.
#[derive(Clone, Copy)]
pub struct Ceremony<'a> {
    pub challenge: &'a str,
    pub rp: &'a RelyingParty,
}

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
            "pubKeyCredParams": CredentialPublicKey::ALGORITHMS.map(key),
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

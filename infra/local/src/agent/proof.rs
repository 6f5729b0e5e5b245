//! The key of an agent, and the proofs that it signs with it: one for each request (RFC 9449 §4.2).

use admin::private_key::{PrivateKey, new_pair};
use rules::{
    secret::{SecretHash, random_text},
    tenant::SigningAlg,
    time::Timestamp,
};
use serde_json::{Value, json};

pub struct ProofKey {
    key: PrivateKey,
    public: Value,
}

/// The request that a proof is for.
#[derive(Clone, Copy)]
pub struct ProvedRequest<'a> {
    pub method: &'static str,
    pub url: &'a str,
    /// The token that it brings.
    pub token: Option<&'a str>,
    /// What the server has asked to be in the next proof.
    pub nonce: Option<&'a str>,
}

impl ProofKey {
    /// A new one, which nobody else has and nobody keeps.
    pub fn new() -> Option<ProofKey> {
        let pair = new_pair(SigningAlg::ES256)?;
        let public = json!({ "kty": "EC", "crv": pair.public["crv"], "x": pair.public["x"], "y": pair.public["y"] });
        Some(ProofKey { key: PrivateKey::read(&pair.private.to_string())?, public })
    }

    pub fn proof(&self, request: ProvedRequest<'_>, now: Timestamp) -> Option<String> {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.public });
        let mut claims = json!({ "jti": random_text::<16>(), "htm": request.method, "htu": request.url, "iat": now });
        if let Some(token) = request.token {
            // SHA-256 in base64url, which is what a SecretHash is.
            claims["ath"] = SecretHash::of(token).as_str().into();
        }
        if let Some(nonce) = request.nonce {
            claims["nonce"] = nonce.into();
        }
        self.key.jwt(&header, &claims)
    }
}

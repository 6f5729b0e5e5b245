//! A client's key and its DPoP proofs: good ones, and every way to spoil one (RFC 9449 §4).

use crate::{
    TestServer,
    assertion::{set, sign_with, stranger},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{secret::random_text, signing_keys::SigningKeyRecord, tenant::SigningAlg};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key that its client keeps to itself.
pub struct DpopKey(SigningKeyRecord);

impl DpopKey {
    pub fn new() -> DpopKey {
        DpopKey(stranger(SigningAlg::ES256))
    }

    /// The SHA-256 thumbprint (RFC 7638).
    pub fn jkt(&self) -> String {
        self.0.public.numbers.thumbprint()
    }

    /// For one request at this moment, with a `jti` of its own.
    pub fn proof(&self, server: &TestServer, method: &str, url: &str) -> DpopProof<'_> {
        let jwk = serde_json::to_value(&self.0.public.numbers).expect("a JWK");
        DpopProof {
            key: self,
            header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }),
            claims: json!({ "jti": random_text::<16>(), "htm": method, "htu": url, "iat": server.now().0 }),
        }
    }
}

impl Default for DpopKey {
    fn default() -> DpopKey {
        DpopKey::new()
    }
}

pub struct DpopProof<'k> {
    key: &'k DpopKey,
    header: Value,
    claims: Value,
}

impl DpopProof<'_> {
    /// Null removes the claim.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// For a request that brings this access token.
    #[must_use]
    pub fn of_token(self, token: &str) -> Self {
        self.with_claim("ath", URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes())))
    }

    pub fn sign(&self) -> String {
        sign_with(&self.key.0, &self.header, &self.claims)
    }
}

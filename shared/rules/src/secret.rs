//! Secrets as types: random, shown once, stored as a hash, compared in constant time, never printed.

use crate::precis;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Something only its holder may know: a code, a token, a launch handle, a password.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits, URL-safe; RFC 6749 §10.10 asks for 128.
    pub fn random() -> Secret {
        Secret(random_text::<32>())
    }

    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The one way to read it; look for this word to see where secrets leave.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// A secret that only the holder of this one and of `salt` can know, and that is the same every time:
    /// the successor of a refresh token (RFC 6749 §6).
    pub fn successor(&self, salt: &str) -> Secret {
        let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
        Secret(URL_SAFE_NO_PAD.encode(hmac::sign(&key, self.0.as_bytes())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a random secret: enough, since 256 random bits can't be guessed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl SecretHash {
    pub fn of(secret: &str) -> SecretHash {
        SecretHash(URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes())))
    }

    pub fn matches(&self, presented: &str) -> bool {
        same(&SecretHash::of(presented).0, &self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hash of a secret that a person may have chosen: Argon2id, unless it is as long as a random one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenSecretHash {
    Sha256(SecretHash),
    Argon2id(String),
}

/// A secret of this many characters is taken for a generated one (base64url of 192 bits and more).
const GENERATED_LENGTH: usize = 32;

impl ChosenSecretHash {
    /// Whether it is taken for one of a machine's making.
    pub fn is_generated(secret: &str) -> bool {
        secret.len() >= GENERATED_LENGTH
    }

    /// For client secrets: they are on the hot path, so a long one is hashed fast.
    pub fn of_client_secret(secret: &str) -> Result<ChosenSecretHash, HashingFailed> {
        if ChosenSecretHash::is_generated(secret) {
            Ok(ChosenSecretHash::Sha256(SecretHash::of(secret)))
        } else {
            ChosenSecretHash::slow(secret)
        }
    }

    /// Of a person's password, in the one form that all keyboards make.
    pub fn of_password(password: &str) -> Result<ChosenSecretHash, HashingFailed> {
        ChosenSecretHash::slow(&precis::password(password))
    }

    fn slow(secret: &str) -> Result<ChosenSecretHash, HashingFailed> {
        let hash = Argon2::default().hash_password(secret.as_bytes()).map_err(|_| HashingFailed)?;
        Ok(ChosenSecretHash::Argon2id(hash.to_string()))
    }

    pub fn matches(&self, presented: &str) -> bool {
        match self {
            ChosenSecretHash::Sha256(hash) => hash.matches(presented),
            ChosenSecretHash::Argon2id(phc) => PasswordHash::new(phc)
                .is_ok_and(|hash| Argon2::default().verify_password(presented.as_bytes(), &hash).is_ok()),
        }
    }

    /// Tells whether it is still the same hash, without being it.
    pub fn fingerprint(&self) -> SecretHash {
        match self {
            ChosenSecretHash::Sha256(hash) => SecretHash::of(hash.as_str()),
            ChosenSecretHash::Argon2id(phc) => SecretHash::of(phc),
        }
    }

    /// Whether comparing with it is meant to take long.
    pub fn is_slow(&self) -> bool {
        matches!(self, ChosenSecretHash::Argon2id(_))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the secret could not be hashed")]
pub struct HashingFailed;

/// Equal or not, in time that depends on the length alone.
pub fn same(a: &str, b: &str) -> bool {
    verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
}

/// `BYTES` random bytes as base64url without padding.
pub fn random_text<const BYTES: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<BYTES>())
}

#[expect(clippy::expect_used, reason = "an operating system without randomness can't run this server at all")]
pub fn random_bytes<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0u8; BYTES];
    rand::fill(&mut bytes).expect("the system's random number generator answers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn a_chosen_secret_matches_itself_alone() {
        for secret in ["short", "a-generated-secret-of-more-than-32-characters"] {
            let hash = ChosenSecretHash::of_client_secret(secret).unwrap();
            assert!(hash.matches(secret));
            assert!(!hash.matches("other"));
        }
    }

    #[test]
    fn the_successor_depends_on_the_secret_and_on_the_salt() {
        let secret = Secret::new("one");
        assert_eq!(secret.successor("s").expose(), secret.successor("s").expose());
        assert_ne!(secret.successor("s").expose(), secret.successor("t").expose());
        assert_ne!(secret.successor("s").expose(), Secret::new("two").successor("s").expose());
    }
}

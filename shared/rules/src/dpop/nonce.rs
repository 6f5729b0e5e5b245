//! Nonces that are not stored: the minute of their making, under a key of the tenant (RFC 9449 §8, §9).

use crate::{
    secret::{random_text, same},
    time::Timestamp,
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Each tenant has its own, made once and kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NonceKey(String);

impl NonceKey {
    pub fn random() -> NonceKey {
        NonceKey(random_text::<32>())
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(…)")
    }
}

/// Who gives a nonce. That of one is nothing to the other (RFC 9449 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceFor {
    AuthorizationServer,
    ResourceServer,
}

/// A nonce is good in the minute of its making and in the three that follow.
const MINUTES: i64 = 3;

/// The nonces of this moment.
#[derive(Clone, Copy)]
pub struct Nonces<'a> {
    pub key: &'a NonceKey,
    pub of: NonceFor,
    pub now: Timestamp,
}

impl Nonces<'_> {
    pub fn current(&self) -> String {
        self.of_minute(self.minute())
    }

    pub fn know(&self, nonce: &str) -> bool {
        (0..=MINUTES).any(|ago| same(nonce, &self.of_minute(self.minute() - ago)))
    }

    fn minute(&self) -> i64 {
        self.now.0.div_euclid(60)
    }

    fn of_minute(&self, minute: i64) -> String {
        let who = match self.of {
            NonceFor::AuthorizationServer => "authorization server",
            NonceFor::ResourceServer => "resource server",
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("{who} {minute}").as_bytes()))
    }
}

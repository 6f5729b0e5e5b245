//! Which tokens of ours this instance has verified: the same token comes with each request of an app, and its signature does not change.

use crate::bounded::Bounded;
use aws_lc_rs::digest::{Context, SHA256};
use rules::{
    jwk::{KeyNumbers, PublicKey},
    jws::UnverifiedJws,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Signatures that were found good, by the hash of key and token together. The caller names a key that the tenant has now
/// (`TenantRecord::verify_own_by`), so a token of a key that was removed or is compromised is not looked up, and another key under the
/// same `kid` finds nothing. A signature says nothing about whether its token has expired or was revoked.
#[derive(Default)]
pub struct VerifiedTokens {
    seen: Bounded<Hash, (), MOST>,
    verifications: AtomicU64,
}

type Hash = [u8; 32];

/// A megabyte.
const MOST: usize = 16_384;

impl VerifiedTokens {
    /// Whether the token, which is this text, is signed by this key.
    pub fn is_by(&self, text: &str, token: &UnverifiedJws<'_>, key: &PublicKey) -> bool {
        let hash = hash(text, key);
        if self.seen.get(&hash).is_some() {
            return true;
        }
        self.verifications.fetch_add(1, Ordering::Relaxed);
        let is_good = token.is_by(key);
        // What a stranger made up takes no place.
        if is_good {
            self.seen.put(hash, ());
        }
        is_good
    }

    /// How many signatures were verified so far.
    pub fn verifications(&self) -> u64 {
        self.verifications.load(Ordering::Relaxed)
    }
}

/// No number of a key holds a space, and no part of a token does.
fn hash(text: &str, key: &PublicKey) -> Hash {
    let mut hash = Context::new(&SHA256);
    let parts: [&str; 3] = match &key.numbers {
        KeyNumbers::Rsa { n, e } => ["RSA", n, e],
        KeyNumbers::Ec { crv, x, y } => [crv, x, y],
        KeyNumbers::Okp { crv, x } => ["OKP", crv, x],
    };
    for part in parts.into_iter().chain([text]) {
        hash.update(part.as_bytes());
        hash.update(b" ");
    }
    let mut finished = [0; 32];
    finished.copy_from_slice(hash.finish().as_ref());
    finished
}

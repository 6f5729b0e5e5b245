//! Which tokens of ours this instance has verified: the same token comes with each request of an app, and its signature does not change.

use aws_lc_rs::digest::{Context, SHA256};
use rules::{
    jwk::{KeyNumbers, PublicKey},
    jws::UnverifiedJws,
};
use std::{
    collections::HashSet,
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Signatures that were found good, by the hash of key and token together. The caller names a key that the tenant has now
/// (`TenantRecord::verify_own_by`), so a token of a key that was removed or is compromised is not looked up, and another key under the
/// same `kid` finds nothing. A signature says nothing about whether its token has expired or was revoked.
#[derive(Default)]
pub struct VerifiedTokens {
    seen: Mutex<Seen>,
    verifications: AtomicU64,
}

/// Two generations: when the newest is full it becomes the one before, and what is asked for there moves into the newest.
#[derive(Default)]
struct Seen {
    newest: HashSet<Hash>,
    before: HashSet<Hash>,
}

type Hash = [u8; 32];

/// Of each of the two: a megabyte at most.
const MOST: usize = 8_192;

impl VerifiedTokens {
    /// Whether the token, which is this text, is signed by this key.
    pub fn is_by(&self, text: &str, token: &UnverifiedJws<'_>, key: &PublicKey) -> bool {
        let hash = hash(text, key);
        if self.seen().holds(&hash) {
            return true;
        }
        self.verifications.fetch_add(1, Ordering::Relaxed);
        let is_good = token.is_by(key);
        // What a stranger made up takes no place.
        if is_good {
            self.seen().add(hash);
        }
        is_good
    }

    /// How many signatures were verified so far.
    pub fn verifications(&self) -> u64 {
        self.verifications.load(Ordering::Relaxed)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn holds(&mut self, hash: &Hash) -> bool {
        if self.newest.contains(hash) {
            return true;
        }
        let held = self.before.remove(hash);
        if held {
            self.add(*hash);
        }
        held
    }

    fn add(&mut self, hash: Hash) {
        if self.newest.len() >= MOST {
            self.before = mem::take(&mut self.newest);
        }
        self.newest.insert(hash);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(n: usize) -> Hash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&n.to_be_bytes());
        hash
    }

    #[test]
    fn however_many_tokens_come_so_many_are_kept_and_those_that_are_asked_about_stay() {
        let mut seen = Seen::default();
        seen.add(hash_of(0));
        for n in 1..5 * MOST {
            seen.add(hash_of(n));
            assert!(seen.newest.len() + seen.before.len() <= 2 * MOST, "{n}");
            assert!(n % 1_000 != 0 || seen.holds(&hash_of(0)), "{n}");
        }
        assert!(!seen.holds(&hash_of(1)), "nobody asked about it");
    }
}

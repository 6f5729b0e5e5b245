//! How much work a slow hash is. A refusal takes the same work for every name and every kind of hash, so that time doesn't tell
//! which names exist (RFC 6749 §10.10; OWASP Authentication Cheat Sheet, "Authentication Responses").

use crate::{precis, secret::ChosenSecretHash};
use argon2::{Algorithm, Argon2, Params, Version, password_hash::phc::PasswordHash};
use serde::{Deserialize, Serialize};

/// Memory that Argon2 fills, in KiB, times its passes: what its time depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HashWork(u64);

/// Memory in KiB and passes, each pair as good as the others (OWASP Password Storage Cheat Sheet, Argon2id).
const OWASP_LEAST: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// Argon2 knows no less memory than this, in KiB.
const LEAST_MEMORY: u64 = 8;

impl Default for HashWork {
    fn default() -> HashWork {
        HashWork::OF_OUR_HASHES
    }
}

impl HashWork {
    /// Of a hash that this server makes itself: OWASP's second pair, which is what the crate does by default.
    pub const OF_OUR_HASHES: HashWork = HashWork(Params::DEFAULT_M_COST as u64 * Params::DEFAULT_T_COST as u64);

    /// Of comparing with this hash.
    pub fn of(hash: &ChosenSecretHash) -> HashWork {
        match params(hash) {
            Some(params) => HashWork(u64::from(params.m_cost()) * u64::from(params.t_cost())),
            None => HashWork(0),
        }
    }

    /// Of comparing with each of these, as it is done where several are live.
    pub fn of_all<'a>(hashes: impl IntoIterator<Item = &'a ChosenSecretHash>) -> HashWork {
        HashWork(hashes.into_iter().map(|hash| HashWork::of(hash).0).sum())
    }

    /// What is left to do after `done`, as memory in KiB and passes. It takes no more memory than our own hashes.
    pub fn left_after(self, done: HashWork) -> Option<(u32, u32)> {
        let left = self.0.saturating_sub(done.0);
        if left < LEAST_MEMORY {
            return None;
        }
        let most = u64::from(Params::DEFAULT_M_COST);
        let passes = left.div_ceil(most).max(u64::from(Params::DEFAULT_T_COST).min(left / LEAST_MEMORY));
        Some((u32::try_from(left / passes).ok()?, u32::try_from(passes).ok()?))
    }

    /// Does what is left, for a secret that matched nothing.
    fn make_up(self, done: HashWork, presented: &str) {
        let Some((memory, passes)) = self.left_after(done) else { return };
        let Ok(params) = Params::new(memory, passes, 1, None) else { return };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobodys = [0; 32];
        let _ = argon2.hash_password_into(presented.as_bytes(), b"nobody-has-this", &mut nobodys);
    }
}

/// Whether this is the password, in any form in which it may have been hashed. Each wrong form takes this work, whatever hash there is
/// and even if there is none; how many there are is the typed password's doing alone.
pub fn is_password(stored: Option<&ChosenSecretHash>, presented: &str, refusal: HashWork) -> bool {
    precis::password_forms(presented).iter().any(|form| {
        let matches = stored.is_some_and(|hash| hash.matches(form));
        if !matches {
            refusal.make_up(stored.map_or(HashWork(0), HashWork::of), form);
        }
        matches
    })
}

/// Whether this is one of a client's secrets. A generated one is compared with generated ones alone and costs next to nothing; a
/// short one is compared with short ones, and if it is wrong, takes the work of every refusal.
pub fn is_client_secret(stored: &[ChosenSecretHash], presented: &str, refusal: HashWork) -> bool {
    let generated = ChosenSecretHash::is_generated(presented);
    let comparable: Vec<&ChosenSecretHash> = stored.iter().filter(|hash| hash.is_slow() != generated).collect();
    // No short cut: each live secret is compared, so time doesn't tell which one matched.
    let matches = comparable.iter().fold(false, |found, hash| hash.matches(presented) | found);
    if !matches && !generated {
        refusal.make_up(HashWork::of_all(comparable), presented);
    }
    matches
}

/// Whether a person's stored hash is weaker than OWASP's minimum, and should be made again.
pub fn is_weak(hash: &ChosenSecretHash) -> bool {
    let is_current = parsed(hash).is_some_and(|hash| hash.version.is_none_or(|version| version == 0x13));
    let Some(params) = params(hash).filter(|_| is_current) else { return true };
    let at_least = |(memory, passes)| params.m_cost() >= memory && params.t_cost() >= passes;
    !OWASP_LEAST.into_iter().any(at_least)
}

fn params(hash: &ChosenSecretHash) -> Option<Params> {
    Params::try_from(&parsed(hash)?).ok()
}

/// None of what is no Argon2id.
fn parsed(hash: &ChosenSecretHash) -> Option<PasswordHash> {
    let ChosenSecretHash::Argon2id(phc) = hash else { return None };
    PasswordHash::new(phc).ok().filter(|hash| hash.algorithm.as_str() == "argon2id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretHash;

    fn phc(memory: u32, passes: u32) -> ChosenSecretHash {
        ChosenSecretHash::Argon2id(format!(
            "$argon2id$v=19$m={memory},t={passes},p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng"
        ))
    }

    /// Hash operations are counted here, not seconds: what was stored and what is made up for come to one sum.
    #[test]
    fn every_refusal_is_the_same_work() {
        let kinds =
            [phc(8, 1), phc(4_096, 3), phc(19_456, 2), phc(65_536, 3), ChosenSecretHash::Sha256(SecretHash::of("x"))];
        let refusal = kinds.iter().map(HashWork::of).max().unwrap();
        assert_eq!(refusal, HashWork(196_608));
        for refusal in [refusal, HashWork::OF_OUR_HASHES, HashWork(19_456)] {
            for done in kinds.iter().map(HashWork::of).chain([HashWork(0)]).filter(|done| *done <= refusal) {
                let left = refusal.left_after(done).map_or(0, |(m, t)| u64::from(m) * u64::from(t));
                assert!((done.0 + left).abs_diff(refusal.0) < 32, "{done:?} {left} of {refusal:?}");
            }
        }
    }

    #[test]
    fn what_is_made_up_takes_no_more_memory_than_our_own_hashes() {
        for work in [8, 16, 100, 19_456, 38_912, 1_000_000] {
            let (memory, passes) = HashWork(work).left_after(HashWork(0)).unwrap();
            assert!(Params::new(memory, passes, 1, None).is_ok() && memory <= Params::DEFAULT_M_COST, "{work}");
        }
        assert_eq!(HashWork(7).left_after(HashWork(0)), None);
        assert_eq!(HashWork(8).left_after(HashWork(100)), None);
    }

    #[test]
    fn weak_is_what_is_below_owasps_minimum() {
        for (memory, passes, weak) in [
            (4_096, 3, true),
            (19_456, 1, true),
            (19_455, 2, true),
            (7_167, 5, true),
            (19_456, 2, false),
            (47_104, 1, false),
            (7_168, 5, false),
            (65_536, 3, false),
        ] {
            assert_eq!(is_weak(&phc(memory, passes)), weak, "m={memory}, t={passes}");
        }
        assert!(!is_weak(&ChosenSecretHash::of_password("anything").unwrap()), "ours");
        let argon2i = "$argon2i$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng";
        let old = "$argon2id$v=16$m=65536,t=3,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng";
        assert_eq!(
            HashWork::of(&ChosenSecretHash::Argon2id(old.to_owned())),
            HashWork(196_608),
            "as much work as a new one"
        );
        for other in [argon2i, old, "", "$argon2id$v=19$", "nonsense"] {
            assert!(is_weak(&ChosenSecretHash::Argon2id(other.to_owned())), "{other}");
        }
    }

    #[test]
    fn a_generated_secret_is_compared_with_generated_ones_alone() {
        let long = "a-generated-secret-of-more-than-32-characters";
        let work = HashWork(64);
        let both = ["short", long].map(|secret| ChosenSecretHash::of_client_secret(secret).unwrap());
        for (secret, good) in [("short", true), (long, true), ("other", false), (&long[1..], false)] {
            assert_eq!(is_client_secret(&both, secret, work), good, "{secret}");
        }
        assert!(
            !is_client_secret(&[ChosenSecretHash::of_password(long).unwrap()], long, work),
            "it was never given out"
        );
        assert!(!is_client_secret(&[], "short", work) && !is_password(None, "short", work));
    }
}

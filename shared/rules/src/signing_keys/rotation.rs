//! When a signing key is published, used, retired and forgotten: one rule, asked again after every step.
//!
//! Published → active → retiring → gone. A key is published before its first use for at least as long as anyone may keep
//! the JWKS, and kept after its last use for as long as its longest token lives, so that every token can be verified at
//! any time of its life with a JWKS that is as old as it may be.

use super::{JWKS_MAX_AGE, KeyState, SigningKeyRecord};
use crate::{
    tenant::{CONFIGURATION_AGE, SigningAlg, Tenant},
    time::Timestamp,
};
use std::ops::Deref;

/// What is due for a tenant's keys.
#[derive(Debug)]
pub enum RotationStep<'a, K> {
    /// Make a new key and publish it. `behind` is the one that signs now: writing it too keeps two who do this at once
    /// from publishing two.
    Publish { alg: SigningAlg, behind: Option<&'a K> },
    /// The published key signs from now on, and the old one no more.
    Promote { next: &'a K, old: Option<&'a K> },
    /// It signs no more, and none takes its place: the tenant has changed its algorithm, or has two.
    Retire(&'a K),
    /// No token that it signed is alive.
    Forget(&'a K),
}

/// Whether an operator asked for new keys before their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    OnSchedule,
    /// A new key is published now and used as soon as every JWKS may have it.
    Soon,
    /// The old key is no longer trusted: it leaves the JWKS at once, and every token it signed dies with it.
    Compromised,
}

/// In seconds.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub in_use: i64,
    pub published_before: i64,
    pub kept_after: i64,
}

/// Clocks differ, and so do the moments at which two instances read the table.
const SLACK: i64 = 60;

/// As long as any JWKS with the old keys alone may be about: in an instance of ours, and then in a verifier's cache.
pub const LEAST_PUBLISHED: i64 = JWKS_MAX_AGE as i64 + CONFIGURATION_AGE + SLACK;

impl Times {
    pub fn of(tenant: &Tenant, urgency: Urgency, now: Timestamp) -> Times {
        let policy = &tenant.policy;
        let published_before = policy.key_published_seconds.max(LEAST_PUBLISHED);
        // An instance may sign with the old key until its memory of the configuration is over.
        let kept_after = tenant.longest_token(now) + CONFIGURATION_AGE + SLACK;
        match urgency {
            Urgency::OnSchedule => {
                let in_use = match policy.key_rotation_days {
                    0 => i64::MAX,
                    days => days.saturating_mul(86_400).max(published_before),
                };
                Times { in_use, published_before, kept_after }
            }
            // Any key is due that was not taken into use at this very moment.
            Urgency::Soon => Times { in_use: 1, published_before: LEAST_PUBLISHED, kept_after },
            Urgency::Compromised => Times { in_use: 1, published_before: 0, kept_after: 0 },
        }
    }
}

/// The algorithms that a tenant signs with. Each has a key of RS256 (OpenID Connect Core §15.1), but for FAPI 2.0, which forbids it
/// (§5.4.1).
pub fn algorithms(tenant: &Tenant) -> Vec<SigningAlg> {
    let mut algorithms = vec![SigningAlg::RS256];
    if tenant.policy.access_token_alg != SigningAlg::RS256 {
        algorithms.push(tenant.policy.access_token_alg);
    }
    algorithms.retain(|alg| tenant.policy.profile.may_sign_with(*alg));
    algorithms
}

/// What id_tokens are signed with unless their client asks for something else, and what this server authenticates with elsewhere:
/// every OpenID client verifies RS256, and SMART asks for it.
pub fn usual(tenant: &Tenant) -> SigningAlg {
    match tenant.policy.profile.may_sign_with(SigningAlg::RS256) {
        true => SigningAlg::RS256,
        false => tenant.policy.access_token_alg,
    }
}

/// Those of them that id_tokens can be signed with, RS256 first. Their `at_hash` is half a SHA-256 (OpenID Connect Core §3.1.3.6).
pub fn id_token_algorithms(tenant: &Tenant) -> Vec<SigningAlg> {
    algorithms(tenant)
        .into_iter()
        .filter(|alg| matches!(alg, SigningAlg::RS256 | SigningAlg::ES256 | SigningAlg::PS256))
        .collect()
}

/// `K` is a record as its holder read it, with whatever the holder needs to write it.
pub fn next_step<'a, K: Deref<Target = SigningKeyRecord>>(
    keys: &'a [K],
    algorithms: &[SigningAlg],
    times: Times,
    now: Timestamp,
) -> Option<RotationStep<'a, K>> {
    let is_over = |key: &&K| key.state == KeyState::Retiring && now.since(key.since) >= times.kept_after;
    if let Some(key) = keys.iter().find(is_over) {
        return Some(RotationStep::Forget(key));
    }
    let not_wanted = |key: &&K| key.state != KeyState::Retiring && !algorithms.contains(&key.alg);
    if let Some(key) = keys.iter().find(not_wanted) {
        return Some(RotationStep::Retire(key));
    }
    algorithms.iter().find_map(|alg| step_of(keys, *alg, times, now))
}

fn step_of<'a, K: Deref<Target = SigningKeyRecord>>(
    keys: &'a [K],
    alg: SigningAlg,
    times: Times,
    now: Timestamp,
) -> Option<RotationStep<'a, K>> {
    let of = |state| keys.iter().filter(move |key| key.alg == alg && key.state == state);
    let newest = |state| of(state).max_by_key(|key| (key.since, &key.public.kid));
    let (active, published) = (newest(KeyState::Active), newest(KeyState::Published));
    let (Some(old), Some(next)) = (active, published) else {
        return match (active, published) {
            // A tenant that can't sign has waited long enough.
            (None, Some(next)) => Some(RotationStep::Promote { next, old: None }),
            (None, None) => Some(RotationStep::Publish { alg, behind: None }),
            (Some(old), None) if now.since(old.since) >= (times.in_use - times.published_before).max(1) => {
                Some(RotationStep::Publish { alg, behind: Some(old) })
            }
            (Some(old), _) => {
                of(KeyState::Active).find(|key| key.public.kid != old.public.kid).map(RotationStep::Retire)
            }
        };
    };
    let is_known = now.since(next.since) >= times.published_before;
    let is_due = now.since(old.since) >= times.in_use;
    (is_known && is_due).then_some(RotationStep::Promote { next, old: Some(old) })
}

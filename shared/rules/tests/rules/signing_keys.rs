//! When a signing key is published, used, retired and forgotten.

use crate::given::{NOW, tenant};
use rules::{
    jwk::{KeyNumbers, PublicKey},
    signing_keys::{
        Custody,
        KeyState::{self, *},
        SigningKeyRecord,
        rotation::{LEAST_PUBLISHED, RotationStep, Times, Urgency, algorithms, next_step},
    },
    tenant::SigningAlg::{self, ES256, ES384, RS256},
};

/// Easy to count with.
const TIMES: Times = Times { in_use: 100, published_before: 10, kept_after: 50 };

/// A key by this name that has been in its state for so long.
fn key(kid: &str, alg: SigningAlg, state: KeyState, seconds: i64) -> Box<SigningKeyRecord> {
    let numbers = KeyNumbers::Ec { crv: "P-256".into(), x: String::new(), y: String::new() };
    Box::new(SigningKeyRecord {
        tenant: tenant().id,
        alg,
        public: PublicKey { numbers, kid: kid.into(), alg: None, usage: None, key_ops: None },
        custody: Custody::Kms { key_id: "arn".into() },
        state,
        since: NOW.plus(-seconds),
    })
}

/// The next step for a tenant that signs with these algorithms, in words.
fn next(keys: &[Box<SigningKeyRecord>], algorithms: &[SigningAlg], times: Times) -> String {
    let kid = |key: &SigningKeyRecord| key.public.kid.clone();
    match next_step(keys, algorithms, times, NOW) {
        None => "nothing".into(),
        Some(RotationStep::Publish { alg, behind: None }) => format!("publish {alg:?}"),
        Some(RotationStep::Publish { alg, behind: Some(old) }) => format!("publish {alg:?} behind {}", kid(old)),
        Some(RotationStep::Promote { next, old: None }) => format!("promote {}", kid(next)),
        Some(RotationStep::Promote { next, old: Some(old) }) => format!("promote {} for {}", kid(next), kid(old)),
        Some(RotationStep::Retire(key)) => format!("retire {}", kid(key)),
        Some(RotationStep::Forget(key)) => format!("forget {}", kid(key)),
    }
}

#[test]
fn a_key_goes_from_published_to_forgotten_each_at_its_second() {
    let key = |kid, state, seconds| key(kid, ES256, state, seconds);
    for (keys, step) in [
        (vec![], "publish ES256"),
        (vec![key("a", Published, 0)], "promote a"),
        (vec![key("a", Active, 89)], "nothing"),
        (vec![key("a", Active, 90)], "publish ES256 behind a"),
        (vec![key("a", Active, 99), key("b", Published, 10)], "nothing"),
        (vec![key("a", Active, 100), key("b", Published, 9)], "nothing"),
        (vec![key("a", Active, 100), key("b", Published, 10)], "promote b for a"),
        (vec![key("a", Retiring, 49), key("b", Active, 0)], "nothing"),
        (vec![key("a", Retiring, 50), key("b", Active, 0)], "forget a"),
    ] {
        assert_eq!(next(&keys, &[ES256], TIMES), step, "{keys:?}");
    }
}

/// Two rotations at once may have made two.
#[test]
fn of_two_keys_in_one_state_the_newer_counts() {
    let key = |kid, state, seconds| key(kid, ES256, state, seconds);
    for (keys, step) in [
        (vec![key("a", Active, 5), key("b", Active, 4)], "retire a"),
        (vec![key("b", Active, 4), key("a", Active, 5)], "retire a"),
        (vec![key("a", Active, 5), key("b", Active, 5)], "retire a"),
        (vec![key("a", Active, 200), key("b", Active, 95)], "publish ES256 behind b"),
        (vec![key("a", Active, 100), key("b", Published, 20), key("c", Published, 9)], "nothing"),
        (vec![key("a", Active, 100), key("c", Published, 10), key("b", Published, 20)], "promote c for a"),
    ] {
        assert_eq!(next(&keys, &[ES256], TIMES), step, "{keys:?}");
    }
}

#[test]
fn each_algorithm_has_its_own_keys_and_one_that_is_no_longer_used_is_retired() {
    for (keys, step) in [
        (vec![key("a", RS256, Active, 0), key("b", ES256, Active, 0)], "nothing"),
        (vec![key("a", RS256, Active, 0)], "publish ES256"),
        (vec![key("b", ES256, Active, 0)], "publish RS256"),
        (vec![key("a", RS256, Active, 0), key("b", ES256, Published, 0)], "promote b"),
        (vec![key("a", RS256, Active, 0), key("b", ES256, Active, 0), key("c", ES384, Active, 0)], "retire c"),
        (vec![key("a", RS256, Active, 0), key("b", ES256, Active, 0), key("c", ES384, Published, 0)], "retire c"),
        (vec![key("a", RS256, Active, 0), key("b", ES256, Active, 0), key("c", ES384, Retiring, 0)], "nothing"),
        (vec![key("c", ES384, Retiring, 50)], "forget c"),
    ] {
        assert_eq!(next(&keys, &[RS256, ES256], TIMES), step, "{keys:?}");
    }
}

/// OpenID Connect Core §15.1: id_tokens are RS256 always.
#[test]
fn a_tenant_signs_with_rs256_and_with_what_its_access_tokens_are_in() {
    let with = |alg| {
        let mut tenant = tenant();
        tenant.policy.access_token_alg = alg;
        algorithms(&tenant)
    };
    assert_eq!(with(ES256), [RS256, ES256]);
    assert_eq!(with(RS256), [RS256]);
}

fn times(days: i64, published: i64, urgency: Urgency) -> (i64, i64, i64) {
    let mut tenant = tenant();
    (tenant.policy.key_rotation_days, tenant.policy.key_published_seconds) = (days, published);
    tenant.longest_token_seconds = 7200;
    let Times { in_use, published_before, kept_after } = Times::of(&tenant, urgency, NOW);
    (in_use, published_before, kept_after)
}

/// A key set may be kept for 300 seconds, a tenant for 30, and clocks may differ by a minute.
#[test]
fn a_key_is_known_everywhere_before_it_signs_and_until_its_last_token_is_dead() {
    const DAY: i64 = 86_400;
    let kept = 7200 + 30 + 60;
    assert_eq!(LEAST_PUBLISHED, 390);
    assert_eq!(times(90, DAY, Urgency::OnSchedule), (90 * DAY, DAY, kept));
    assert_eq!(times(90, 0, Urgency::OnSchedule), (90 * DAY, 390, kept));
    assert_eq!(times(1, 2 * DAY, Urgency::OnSchedule), (2 * DAY, 2 * DAY, kept), "no sooner than it is known");
    assert_eq!(times(0, DAY, Urgency::OnSchedule), (i64::MAX, DAY, kept), "when an operator says so");
    assert_eq!(times(90, DAY, Urgency::Soon), (1, 390, kept));
    assert_eq!(times(90, DAY, Urgency::Compromised), (1, 0, 0));
}

#[test]
fn in_an_emergency_every_key_but_that_of_this_second_is_replaced() {
    let soon = Times { in_use: 1, published_before: 390, kept_after: 50 };
    assert_eq!(next(&[key("a", ES256, Active, 0)], &[ES256], soon), "nothing");
    assert_eq!(next(&[key("a", ES256, Active, 1)], &[ES256], soon), "publish ES256 behind a");
}

/// Whoever logs a key logs who holds it, and never what it is.
#[test]
fn a_private_key_is_never_printed() {
    for (custody, shown) in [
        (Custody::Kms { key_id: "arn".into() }, "Kms(arn)"),
        (Custody::Sealed { sealing_key: "arn".into(), sealed: "secret".into() }, "Sealed(arn)"),
        (Custody::InTable { pkcs8: "secret".into() }, "InTable(…)"),
    ] {
        assert_eq!(format!("{custody:?}"), shown);
    }
}

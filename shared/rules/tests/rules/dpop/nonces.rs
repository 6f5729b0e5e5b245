//! Nonces that nobody stores (DPOP-13, DPOP-4).

use super::*;
use rules::dpop::{NonceFor, NonceKey, Nonces};

fn nonces(key: &NonceKey, of: NonceFor, later: i64) -> Nonces<'_> {
    Nonces { key, of, now: NOW.plus(later) }
}

#[test]
fn a_nonce_is_good_for_three_minutes_at_its_own_server_and_tenant() {
    use NonceFor::{AuthorizationServer, ResourceServer};
    let (key, other) = (NonceKey::random(), NonceKey::random());
    let nonce = nonces(&key, AuthorizationServer, 0).current();
    let start = NOW.0.rem_euclid(60);
    for (later, good) in [(0, true), (59 - start, true), (239 - start, true), (240 - start, false), (-1 - start, false)]
    {
        assert_eq!(nonces(&key, AuthorizationServer, later).know(&nonce), good, "{later}");
    }
    assert_eq!(nonces(&key, AuthorizationServer, 59 - start).current(), nonce);
    assert_ne!(nonces(&key, AuthorizationServer, 60 - start).current(), nonce);
    assert!(!nonces(&key, ResourceServer, 0).know(&nonce));
    assert!(!nonces(&other, AuthorizationServer, 0).know(&nonce));
    assert!(!nonces(&key, AuthorizationServer, 0).know(""));
}

#[test]
fn the_key_of_the_nonces_is_kept_and_never_printed() {
    let key = NonceKey::random();
    let again: NonceKey = serde_json::from_value(serde_json::to_value(&key).unwrap()).unwrap();
    assert_eq!(again, key);
    assert_eq!(format!("{key:?}"), "NonceKey(…)");
    assert_eq!(serde_json::to_value(&key).unwrap().as_str().unwrap().len(), 43);
}

/// DPOP-13.
#[test]
fn where_nonces_are_asked_for_a_proof_without_a_good_one_is_to_come_again_with_it() {
    let (key, of) = (NonceKey::random(), NonceFor::AuthorizationServer);
    let nonces = nonces(&key, of, 0);
    let asked = || Asked { nonces: Some(nonces), ..asked() };
    let own = Key::ec("ES256");
    let with = |nonce: Value, iat: i64| {
        verify(&[&proof(&own, &[], &[("nonce", nonce), ("iat", json!(NOW.0 + iat))])], &asked())
    };
    assert_eq!(with(Value::Null, 0), Err(ProofRefused::NeedsNonce));
    assert_eq!(with(json!("another"), 0), Err(ProofRefused::NeedsNonce));
    // Its time is known, so that the client's clock counts for less (DPOP-4).
    let old = with(json!(nonces.current()), -300).unwrap().unwrap();
    assert_eq!(old.refused_from, NOW.plus(2));
    let too_old = with(json!(nonces.current()), -301);
    assert_eq!(too_old.unwrap_err().to_string(), "iat is more than 300 seconds ago");
    // What is wrong all the same is not mended by a nonce.
    let other = verify(&[&proof(&own, &[], &[("htm", json!("GET"))])], &asked());
    assert_eq!(other.unwrap_err().to_string(), "htm must be POST");
    // Where none are asked for, one more claim is nothing.
    assert!(judged(&proof(&own, &[], &[("nonce", json!("n"))])).is_ok());
}

#[test]
fn a_tenant_asks_for_nonces_where_its_policy_says_so_and_it_has_a_key() {
    let nonces = |policy: bool, key: bool| {
        let mut tenant = crate::given::tenant();
        tenant.policy.dpop_nonce = policy;
        tenant.dpop_nonce_key = key.then(NonceKey::random);
        tenant.dpop_nonces(NonceFor::ResourceServer, NOW).map(|nonces| (nonces.of, nonces.now))
    };
    assert_eq!(nonces(true, true), Some((NonceFor::ResourceServer, NOW)));
    assert_eq!((nonces(true, false), nonces(false, true)), (None, None));
}

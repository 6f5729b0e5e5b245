//! Whether somebody who presents a token is its holder (DPOP-14, DPOP-15).

use super::*;
use rules::dpop::{Confirmation, NotHeld, TokenScheme, held};
use sha2::{Digest, Sha256};

const TOKEN: &str = "an-access-token";

fn hash(token: &str) -> Value {
    json!(base64url(&Sha256::digest(token.as_bytes())))
}

#[test]
fn a_bound_token_needs_its_scheme_and_a_proof_by_its_key_for_this_token() {
    use TokenScheme::{Bearer, Dpop};
    let (key, thief) = (Key::ec("ES256"), Key::ec("ES256"));
    let bound = |key: &Key| Confirmation { jkt: judged(&proof(key, &[], &[])).unwrap().key };
    let cnf = bound(&key);
    let by = |key: &Key, ath: Value| proof(key, &[], &[("ath", ath)]);
    let good = by(&key, hash(TOKEN));
    let asked = || Asked { access_token: Some(TOKEN), ..asked() };
    let judged = |cnf: Option<&Confirmation>, scheme, proofs: &[&str]| held(cnf, scheme, proofs, &asked());
    assert_eq!(judged(Some(&cnf), Dpop, &[&good]).unwrap().unwrap().key, cnf.jkt);
    assert_eq!(judged(None, Bearer, &[]), Ok(None));
    assert_eq!(judged(None, Bearer, &["junk"]), Ok(None), "a Bearer token is nobody's in particular");
    assert_eq!(judged(Some(&cnf), Bearer, &[&good]), Err(NotHeld::IsBound));
    assert_eq!(judged(None, Dpop, &[&good]), Err(NotHeld::IsUnbound));
    assert_eq!(judged(Some(&cnf), Dpop, &[]), Err(NotHeld::NoProof));
    assert_eq!(judged(Some(&cnf), Dpop, &[&by(&thief, hash(TOKEN))]), Err(NotHeld::AnotherKey));
    for (ath, expected) in [
        (Value::Null, "ath is missing: the hash of the access token"),
        (hash("another-token"), "ath is the hash of another access token"),
    ] {
        let refused = judged(Some(&cnf), Dpop, &[&by(&key, ath)]).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}

#[test]
fn the_scheme_of_a_header_is_known_in_any_case_and_others_are_none() {
    let of = |header: &'static str| TokenScheme::of_header(header);
    assert_eq!(of("bearer  abc "), Some((TokenScheme::Bearer, "abc")));
    assert_eq!(of("DPOP abc"), Some((TokenScheme::Dpop, "abc")));
    for other in ["Basic abc", "abc", "", "Bearerabc"] {
        assert_eq!(of(other), None, "{other}");
    }
}

/// RFC 7800 §3.1.
#[test]
fn a_binding_that_is_not_understood_spoils_the_token() {
    let read = |cnf: Value| serde_json::from_value::<Confirmation>(cnf);
    let jkt = "A".repeat(43);
    assert_eq!(read(json!({ "jkt": jkt })).unwrap().jkt.as_str(), jkt);
    for other in [
        json!({}),
        json!({ "jkt": jkt, "x5t#S256": "a" }),
        json!({ "x5t#S256": "a" }),
        json!({ "jkt": "A".repeat(42) }),
        json!({ "jkt": "+".repeat(43) }),
        json!(null),
    ] {
        assert!(read(other.clone()).is_err(), "{other}");
    }
}

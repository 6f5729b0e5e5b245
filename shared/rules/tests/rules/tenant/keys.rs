//! A tenant with its keys: what signs, and which tokens are its own (TOK-16, OIDC-16).

use crate::given::{ISSUER, key, signed, tenant};
use rules::{
    jws::TokenKind,
    signing_keys::{KeyState, SigningKeyRecord},
    tenant::{SigningAlg, TenantRecord},
};
use serde_json::{Value, json};

fn record(keys: Vec<SigningKeyRecord>) -> TenantRecord {
    TenantRecord { tenant: tenant(), keys }
}

fn in_state(alg: SigningAlg, state: KeyState) -> SigningKeyRecord {
    SigningKeyRecord { state, ..key(alg) }
}

#[test]
fn the_active_key_of_an_algorithm_signs() {
    let (published, active) = (in_state(SigningAlg::ES256, KeyState::Published), key(SigningAlg::ES256));
    let other = key(SigningAlg::ES384);
    let record = record(vec![published, other.clone(), active.clone()]);
    let kid = |alg| record.active_key(alg).map(|key| key.public.kid.clone());
    assert_eq!(kid(SigningAlg::ES256), Some(active.public.kid));
    assert_eq!(kid(SigningAlg::ES384), Some(other.public.kid));
    assert_eq!(kid(SigningAlg::RS256), None);
    assert_eq!(record.jwks().keys.len(), 3, "all of them are published");
}

/// A token by a key of the tenant, with these changes, read as an access token.
fn read(change: impl FnOnce(&mut Value, &mut Value)) -> Result<Value, String> {
    let (own, other) = (key(SigningAlg::ES256), key(SigningAlg::ES256));
    let mut header = json!({ "alg": "ES256", "kid": own.public.kid, "typ": "at+jwt" });
    let mut claims = json!({ "iss": ISSUER, "sub": "s" });
    change(&mut header, &mut claims);
    let text = signed(&own, &header, &claims);
    record(vec![other, own]).verify_own(&text, TokenKind::AccessToken).map_err(|bad| bad.0)
}

#[test]
fn a_token_that_this_tenant_has_signed_is_its_own() {
    assert_eq!(read(|_, _| {}).unwrap()["sub"], "s");
}

/// OIDC-16; RFC 8725 §3.11.
#[test]
fn a_token_of_another_kind_key_or_issuer_is_not() {
    const NO_KEY: &str = "not signed by a key of this tenant";
    for (name, value, why) in [
        ("typ", json!("JWT"), "typ is not at+jwt"),
        ("typ", json!(null), "typ is not at+jwt"),
        ("kid", json!("another"), NO_KEY),
        ("kid", json!(null), NO_KEY),
        ("alg", json!("ES384"), NO_KEY),
        ("alg", json!("none"), NO_KEY),
    ] {
        assert_eq!(read(|header, _| header[name] = value.clone()).unwrap_err(), why, "{name} {value}");
    }
    assert_eq!(
        read(|_, claims| claims["iss"] = json!("https://auth.example/other")).unwrap_err(),
        "iss is not this tenant"
    );
    assert!(read(|_, claims| claims["iss"] = json!(null)).is_err());
}

#[test]
fn a_token_by_the_right_name_and_the_wrong_key_is_nobodys() {
    let (own, thief) = (key(SigningAlg::ES256), key(SigningAlg::ES256));
    let header = json!({ "alg": "ES256", "kid": own.public.kid, "typ": "at+jwt" });
    let text = signed(&thief, &header, &json!({ "iss": ISSUER }));
    let read = record(vec![own]).verify_own::<Value>(&text, TokenKind::AccessToken);
    assert_eq!(read.unwrap_err().0, "the signature does not verify");
}

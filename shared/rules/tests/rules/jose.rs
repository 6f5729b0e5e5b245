//! Signed JWTs and the keys that verify them (ASYM-3, ASYM-8, ASYM-12, ASYM-13; RFC 7515, RFC 7517).

use crate::given::{key, signed};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use rules::{
    jwk::{KeyNumbers, KeySet, PublicKey},
    jws::{Audience, TokenKind, UnverifiedJws},
    signing_keys::SigningKeyRecord,
    tenant::SigningAlg,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn rsa(bits: usize) -> PublicKey {
    public(KeyNumbers::Rsa { n: base64url(&vec![0xff; bits / 8]), e: "AQAB".into() })
}

fn ec(crv: &str, x: usize, y: usize) -> PublicKey {
    public(KeyNumbers::Ec { crv: crv.into(), x: base64url(&vec![1; x]), y: base64url(&vec![1; y]) })
}

fn public(numbers: KeyNumbers) -> PublicKey {
    PublicKey { numbers, kid: "k".into(), alg: None, usage: None, key_ops: None }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many keys of this set are used.
fn used(keys: Value) -> Result<usize, String> {
    let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    set.map(|set| set.keys.len()).map_err(|why| why.to_string())
}

fn as_json(key: &PublicKey) -> Value {
    serde_json::to_value(key).unwrap()
}

/// ASYM-12.
#[test]
fn a_key_that_is_weak_or_for_something_else_is_not_used() {
    let with = |change: fn(&mut PublicKey)| {
        let mut key = rsa(2048);
        change(&mut key);
        key
    };
    let numbers = |n: Vec<u8>, e: &[u8]| public(KeyNumbers::Rsa { n: base64url(&n), e: base64url(e) });
    let operations =
        |ops: &[&str]| PublicKey { key_ops: Some(ops.iter().map(|op| (*op).to_owned()).collect()), ..rsa(2048) };
    const SIZE: Option<&str> = Some("RSA keys must have 2048 to 4096 bits");
    const COORDINATES: Option<&str> = Some("coordinates of the wrong length");
    for (key, weakness) in [
        (rsa(2048), None),
        (rsa(4096), None),
        (rsa(2040), SIZE),
        (rsa(4104), SIZE),
        (numbers([vec![0], vec![0xff; 256]].concat(), &[1]), SIZE),
        (numbers(vec![0xff; 256], &[1; 8]), None),
        (numbers(vec![0xff; 256], &[1; 9]), SIZE),
        (with(|key| key.numbers = KeyNumbers::Rsa { n: "not+base64url".into(), e: "AQAB".into() }), SIZE),
        (ec("P-256", 32, 32), None),
        (ec("P-384", 48, 48), None),
        (ec("P-256", 31, 32), COORDINATES),
        (ec("P-256", 32, 31), COORDINATES),
        (ec("P-384", 32, 32), COORDINATES),
        (ec("P-521", 66, 66), Some("unsupported curve")),
        (ec("secp256k1", 32, 32), Some("unsupported curve")),
        (with(|key| key.kid = String::new()), Some("no kid")),
        (with(|key| key.usage = Some("sig".into())), None),
        (with(|key| key.usage = Some("enc".into())), Some("not for signatures")),
        (operations(&["verify"]), None),
        (operations(&["sign", "verify"]), None),
        (operations(&["sign"]), Some("not for verifying signatures")),
        (operations(&[]), Some("not for verifying signatures")),
    ] {
        assert_eq!(key.weakness(), weakness, "{key:?}");
        assert_eq!(used(json!([as_json(&key)])), Ok(usize::from(weakness.is_none())), "{key:?}");
    }
}

/// RFC 7517 §5: one bad neighbour does not lock a client out.
#[test]
fn a_key_of_another_kind_is_passed_over() {
    assert_eq!(used(json!([{ "kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "o" }, as_json(&rsa(2048)), 7])), Ok(1));
}

/// ASYM-12, KT-11: it has leaked.
/// Whoever signs with it is told why it does not do; of a name that is in no set, nothing can be told.
#[test]
fn a_key_that_was_passed_over_is_told_by_its_kid() {
    let keys = json!({ "keys": [as_json(&PublicKey { kid: "large".into(), ..ec("P-521", 66, 66) })] });
    let set = KeySet::parse(keys.to_string().as_bytes()).unwrap();
    let why = |kid| set.find(kid, Algorithm::ES256).unwrap_err().to_string();
    assert_eq!(why("large"), "the key with this kid can't be used: unsupported curve");
    assert_eq!(why("another"), "no usable key with this kid and a fitting kty");
}

#[test]
fn a_private_key_spoils_its_set() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut leaked = as_json(&rsa(2048));
        leaked[member] = json!("AA");
        let why = used(json!([as_json(&rsa(2048)), leaked])).unwrap_err();
        assert!(why.contains("private or symmetric key"), "{member}: {why}");
    }
}

#[test]
fn a_set_has_at_most_a_hundred_keys() {
    let keys = |count: usize| Value::from(vec![as_json(&rsa(2048)); count]);
    assert_eq!(used(keys(100)), Ok(100));
    assert!(used(keys(101)).unwrap_err().contains("more than 100 keys"));
}

/// OpenID Connect Core §10.1: a signature may name no key where only one can be meant. Clients name theirs always, so a key
/// without a name is none of theirs (ASYM-8).
#[test]
fn without_a_kid_the_only_key_for_an_alg_is_meant() {
    use Algorithm::{ES256, ES384, RS256};
    let unnamed = |key: PublicKey| {
        let mut key = as_json(&key);
        key.as_object_mut().unwrap().remove("kid");
        key
    };
    let only = |keys: Value, alg| {
        let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        // As the table keeps it.
        let kept: KeySet = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
        assert_eq!(kept, set);
        set.find_only(alg).is_ok()
    };
    let for_alg = |alg: &str| PublicKey { alg: Some(alg.into()), ..rsa(2048) };
    let encrypts = PublicKey { usage: Some("enc".into()), ..rsa(2048) };
    for (keys, alg, good) in [
        (json!([]), RS256, false),
        (json!([as_json(&rsa(2048))]), RS256, true),
        (json!([unnamed(rsa(2048))]), RS256, true),
        (json!([unnamed(rsa(2048))]), ES256, false),
        (json!([unnamed(rsa(2048)), as_json(&ec("P-256", 32, 32))]), RS256, true),
        (json!([unnamed(rsa(2048)), unnamed(ec("P-256", 32, 32))]), ES256, true),
        (json!([unnamed(rsa(2048)), unnamed(ec("P-256", 32, 32))]), ES384, false),
        (json!([unnamed(rsa(2048)), as_json(&rsa(4096))]), RS256, false),
        (json!([unnamed(for_alg("RS384")), unnamed(rsa(2048))]), RS256, true),
        (json!([unnamed(encrypts), unnamed(rsa(2048))]), RS256, true),
        (json!([unnamed(rsa(2040))]), RS256, false),
    ] {
        assert_eq!(only(keys.clone(), alg), good, "{keys} {alg:?}");
    }
    let set = KeySet::parse(json!({ "keys": [unnamed(rsa(2048))] }).to_string().as_bytes()).unwrap();
    assert!(set.keys.is_empty() && set.find("", RS256).is_err());
    let leaked = json!({ "keys": [{ "kty": "RSA", "d": "AA" }] }).to_string();
    assert!(KeySet::parse(leaked.as_bytes()).is_err());
}

/// ASYM-8; RFC 8725 §3.1.
#[test]
fn exactly_one_key_fits_a_kid_and_an_alg() {
    use Algorithm::*;
    let all = [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, HS256, EdDSA];
    let one_alone = PublicKey { alg: Some("PS384".into()), ..rsa(2048) };
    for (key, fits) in [
        (rsa(2048), vec![RS256, RS384, RS512, PS256, PS384, PS512]),
        (one_alone, vec![PS384]),
        (ec("P-256", 32, 32), vec![ES256]),
        (ec("P-384", 48, 48), vec![ES384]),
        (PublicKey { alg: Some("ES384".into()), ..ec("P-256", 32, 32) }, vec![]),
    ] {
        let set = KeySet::of(vec![key.clone()]);
        let found: Vec<Algorithm> = all.into_iter().filter(|alg| set.find("k", *alg).is_ok()).collect();
        assert_eq!(found, fits, "{key:?}");
        assert!(set.find("another", fits.first().copied().unwrap_or(ES256)).is_err());
    }
    let twice = KeySet::of(vec![rsa(2048), rsa(4096)]);
    assert_eq!(twice.find("k", RS256).unwrap_err().to_string(), "several keys with this kid");
    let two_kinds = KeySet::of(vec![rsa(2048), ec("P-256", 32, 32)]);
    assert_eq!(two_kinds.find("k", ES256).unwrap(), &two_kinds.keys[1]);
}

/// RFC 7638 §3.1, whose example this is.
#[test]
fn the_same_key_has_the_same_name_everywhere() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3\
             oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgd\
             AZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCu\
             r-kEgU8awapJzKnqDKgw";
    let rsa = KeyNumbers::Rsa { n: n.into(), e: "AQAB".into() };
    assert_eq!(rsa.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ec = KeyNumbers::Ec { crv: "P-256".into(), x: "X".into(), y: "Y".into() };
    let members = r#"{"crv":"P-256","kty":"EC","x":"X","y":"Y"}"#;
    assert_eq!(ec.thumbprint(), base64url(&Sha256::digest(members)));
}

/// With every algorithm that this server signs with itself.
#[test]
fn a_signature_verifies_with_its_own_key_alone() {
    let rsa = key(SigningAlg::RS256);
    let with = |alg| SigningKeyRecord { alg, ..rsa.clone() };
    let keys =
        [key(SigningAlg::ES256), key(SigningAlg::ES384), with(SigningAlg::RS384), with(SigningAlg::RS512), rsa.clone()];
    for own in keys {
        let text = signed(&own, &json!({ "alg": own.alg.as_str() }), &json!({ "sub": "s" }));
        let jws = UnverifiedJws::parse(&text).unwrap();
        assert_eq!(jws.verify::<Value>(&own.public), Ok(json!({ "sub": "s" })), "{:?}", own.alg);
        assert!(jws.verify::<Value>(&key(SigningAlg::ES256).public).is_err(), "{:?}", own.alg);
        assert_eq!(own.public.weakness(), None, "{:?}", own.alg);
    }
}

/// RFC 7515 §4.1.11, RFC 7797.
#[test]
fn an_extension_that_nobody_understands_is_told_as_such() {
    for extension in [json!({ "crit": ["exp"] }), json!({ "crit": null }), json!({ "b64": false })] {
        let mut header = json!({ "alg": "ES256" });
        header.as_object_mut().unwrap().extend(extension.as_object().unwrap().clone());
        let text = format!("{}.e30.AA", base64url(header.to_string().as_bytes()));
        assert_eq!(UnverifiedJws::parse(&text).unwrap_err().0, "the header has critical extensions", "{extension}");
    }
}

#[test]
fn a_jwt_has_at_most_sixteen_kilobytes() {
    let start = format!("{}.e30.", base64url(br#"{"alg":"ES256"}"#));
    let of = |length: usize| format!("{start}{}", "A".repeat(length - start.len()));
    assert!(UnverifiedJws::parse(&of(16 * 1024)).is_ok());
    assert_eq!(UnverifiedJws::parse(&of(16 * 1024 + 1)).unwrap_err().0, "larger than 16 kB");
}

/// RFC 8725 §3.11, RFC 9068 §2.1, OIDC-16.
#[test]
fn each_kind_of_token_has_a_type_of_its_own() {
    let kinds = [TokenKind::AccessToken, TokenKind::IdToken, TokenKind::ClientAssertion];
    assert_eq!(kinds.map(TokenKind::typ), ["at+jwt", "JWT", "client-authentication+jwt"]);
}

/// RFC 7519 §4.1.3.
#[test]
fn an_audience_is_sole_as_a_text_or_as_the_only_one_of_a_list() {
    for (aud, sole) in [
        (json!("a"), Some("a")),
        (json!(["a"]), Some("a")),
        (json!(["a", "b"]), None),
        (json!(["a", "a"]), None),
        (json!([]), None),
    ] {
        let audience: Audience = serde_json::from_value(aud.clone()).unwrap();
        assert_eq!(audience.sole(), sole, "{aud}");
    }
}

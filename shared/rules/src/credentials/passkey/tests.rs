//! Keys of every kind that is asked for, and answers that are cut off, go on or say something else.

use super::{CredentialPublicKey, PasskeyRefused, RelyingParty, authenticator_data, client_data};
use crate::tenant::Issuer;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use ciborium::{Value, cbor};
use sha2::{Digest, Sha256};

fn rp() -> RelyingParty {
    RelyingParty::of(&Issuer::parse("https://auth.example/clinic").unwrap()).unwrap()
}

fn key() -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (Value::Bytes(point[1..33].to_vec()), Value::Bytes(point[33..].to_vec()));
    cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y }).unwrap()
}

/// Authenticator data with a new key and, by its flag, extensions.
fn data(key: &Value, flags: u8, extensions: &[u8]) -> Vec<u8> {
    let mut cose = Vec::new();
    ciborium::into_writer(key, &mut cose).unwrap();
    let rp: [u8; 32] = Sha256::digest(b"auth.example").into();
    [&rp[..], &[flags], &[0, 0, 0, 7], &[0; 16], &[0, 4], b"key1", &cose, extensions].concat()
}

fn why(bytes: &[u8]) -> Option<&'static str> {
    authenticator_data::check(bytes, &rp()).err().map(|PasskeyRefused(why)| why)
}

#[test]
fn a_browser_does_it_at_names_with_https_and_at_localhost() {
    let of = |issuer: &str| RelyingParty::of(&Issuer::parse(issuer).unwrap()).map(|rp| (rp.id, rp.origin));
    let pair = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
    assert_eq!(of("https://auth.example/clinic"), pair("auth.example", "https://auth.example"));
    assert_eq!(of("https://auth.example:8443/c"), pair("auth.example", "https://auth.example:8443"));
    assert_eq!(of("http://localhost:9000/c"), pair("localhost", "http://localhost:9000"));
    for none in ["http://auth.example/c", "http://127.0.0.1:9000/c", "https://192.0.2.1/c", "https://[::1]/c"] {
        assert_eq!(of(none), None, "{none}");
    }
}

#[test]
fn authenticator_data_is_read_to_its_last_byte() {
    let good = data(&key(), 0x45, &[]);
    let read = authenticator_data::check(&good, &rp()).unwrap();
    assert_eq!((read.sign_count, read.new_key.unwrap().0), (7, &b"key1"[..]));
    for end in 0..good.len() {
        assert!(why(&good[..end]).is_some(), "cut off at {end}");
    }
    assert_eq!(why(&[&good[..], &[0]].concat()), Some("the authenticator data goes on after its end"));
    assert_eq!(why(&data(&key(), 0xc5, &[0xa0])), None, "extensions are read over");
    assert_eq!(why(&data(&key(), 0xc5, &[])), Some("the extensions can't be read"));
    assert_eq!(why(&data(&key(), 0x44, &[])), Some("nobody was there"));
    assert_eq!(why(&data(&key(), 0x41, &[])), Some("the authenticator has not checked who holds it"));
    assert_eq!(why(&data(&key(), 0x55, &[])), Some("the key is copied and can't be copied"));
}

#[test]
fn keys_of_other_kinds_and_lengths_are_refused() {
    let short = Value::Bytes(vec![1; 31]);
    let whole = Value::Bytes(vec![1; 32]);
    for (odd, is) in [
        (cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => short, -3 => whole }).unwrap(), "the new key has a wrong length"),
        (cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => whole }).unwrap(), "the new key has no point"),
        (
            cbor!({ 1 => 2, 3 => -35, -1 => 2, -2 => whole, -3 => whole }).unwrap(),
            "the new key is of an algorithm that was not asked for",
        ),
        (
            cbor!({ 1 => 1, 3 => -7, -1 => 6, -2 => whole }).unwrap(),
            "the new key is of an algorithm that was not asked for",
        ),
        (cbor!([1, 2]).unwrap(), "the new key is no map"),
    ] {
        assert_eq!(why(&data(&odd, 0x45, &[])), Some(is));
    }
}

#[test]
fn signatures_of_all_three_kinds_are_verified() {
    let (message, random) = (b"authenticator data and hash", SystemRandom::new());
    let ed = Ed25519KeyPair::generate().unwrap();
    let x = Value::Bytes(ed.public_key().as_ref().to_vec());
    let of_ed = CredentialPublicKey::of_cose(cbor!({ 1 => 1, 3 => -8, -1 => 6, -2 => x }).unwrap()).unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (n, e) = (rsa.public_key().modulus(), rsa.public_key().exponent());
    let (n, e) = (n.big_endian_without_leading_zero().to_vec(), e.big_endian_without_leading_zero().to_vec());
    let (n, e) = (Value::Bytes(n), Value::Bytes(e));
    let of_rsa = CredentialPublicKey::of_cose(cbor!({ 1 => 3, 3 => -257, -1 => n, -2 => e }).unwrap()).unwrap();
    let mut by_rsa = vec![0; rsa.public_modulus_len()];
    rsa.sign(&RSA_PKCS1_SHA256, &random, message, &mut by_rsa).unwrap();
    let by_ed = ed.sign(message).as_ref().to_vec();
    for (key, signature, other) in [(&of_ed, &by_ed, &by_rsa), (&of_rsa, &by_rsa, &by_ed)] {
        assert!(key.verifies(message, signature));
        assert!(!key.verifies(message, other) && !key.verifies(b"another message", signature));
        let kept: CredentialPublicKey = serde_json::from_str(&serde_json::to_string(key).unwrap()).unwrap();
        assert_eq!(kept, *key);
    }
}

#[test]
fn client_data_must_say_what_was_asked_word_for_word() {
    let said = |ceremony: &str, challenge: &str, origin: &str| {
        let json = serde_json::json!({ "type": ceremony, "challenge": challenge, "origin": origin });
        client_data::check(json.to_string().as_bytes(), "webauthn.get", "abc", &rp()).is_ok()
    };
    assert!(said("webauthn.get", "abc", "https://auth.example"));
    assert!(!said("webauthn.create", "abc", "https://auth.example"));
    assert!(!said("webauthn.get", "abd", "https://auth.example"));
    assert!(!said("webauthn.get", "abc", "https://auth.example/"));
    assert!(client_data::check(b"{}", "webauthn.get", "abc", &rp()).is_err());
    let empty = br#"{"type":"webauthn.get","challenge":"","origin":"https://auth.example"}"#;
    assert!(client_data::check(empty, "webauthn.get", "", &rp()).is_err());
}

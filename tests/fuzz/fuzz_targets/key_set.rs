//! A client's key set as its server sent it: no private key, no weak key, no surprise when it is used.
#![no_main]

use fuzz::{KID, jwt};
use libfuzzer_sys::fuzz_target;
use rules::{
    jwk::{KeyNumbers, KeySet, PublicKey},
    jws::UnverifiedJws,
};
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    // The whole body as a set, and as the one key of a set.
    read(body);
    let one = [br#"{"keys":["#, body, b"]}"].concat();
    read(&one);
});

fn read(body: &[u8]) {
    let Ok(set) = KeySet::parse(body) else { return };
    assert!(set.keys.len() <= 100);
    let sent: Value = serde_json::from_slice(body).expect("what was read is JSON");
    let sent = sent["keys"].as_array().expect("a list of keys");
    assert!(sent.iter().all(|key| ["d", "p", "q", "k"].iter().all(|member| key.get(member).is_none())));
    let written = serde_json::to_vec(&set).expect("a key set is JSON");
    assert_eq!(KeySet::parse(&written).expect("what was read can be read again"), set);
    for key in &set.keys {
        assert!(key.weakness().is_none() && !key.kid.is_empty());
        assert_eq!(key.numbers.thumbprint().len(), 43);
        verify_with(key);
    }
}

/// A key may be nonsense, a point beside its curve perhaps; then nothing verifies with it.
fn verify_with(key: &PublicKey) {
    let alg = match &key.numbers {
        KeyNumbers::Rsa { .. } => "RS384",
        KeyNumbers::Ec { crv, .. } if crv == "P-256" => "ES256",
        KeyNumbers::Ec { .. } => "ES384",
    };
    let text = jwt(format!(r#"{{"alg":"{alg}","kid":"{KID}"}}"#).as_bytes(), b"{}", &[1; 64]);
    let jws = UnverifiedJws::parse(&text).expect("a JWS");
    assert!(jws.verify::<Value>(key).is_err());
}

//! Passkeys, from a browser's form to what is kept (WebAuthn §7.1, §7.2).

use super::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::{Value, cbor};
use rules::{
    credentials::passkey::{Asserted, Assertion, Ceremony, MOST_PASSKEYS, Registration, RelyingParty},
    oauth::params::Params,
    tenant::Issuer,
};
use serde_json::json;
use sha2::{Digest, Sha256};

const CHALLENGE: &str = "challenge";
/// Present, verified; the key is of one device.
const HELD: u8 = 0x05;
const NEW_KEY: u8 = 0x40;
const COPYABLE: u8 = 0x08;

fn rp() -> RelyingParty {
    RelyingParty::of(&Issuer::parse("https://auth.example/clinic").unwrap()).unwrap()
}

/// Somebody's device, with one key.
struct Device {
    key: Ed25519KeyPair,
    id: Vec<u8>,
    flags: u8,
    count: u32,
}

impl Device {
    fn new() -> Device {
        Device { key: Ed25519KeyPair::generate().unwrap(), id: b"credential".to_vec(), flags: HELD, count: 5 }
    }

    fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    fn data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let site: [u8; 32] = Sha256::digest(b"auth.example").into();
        [&site[..], &[self.flags | flags], &self.count.to_be_bytes(), rest].concat()
    }

    fn new_key(&self) -> Vec<u8> {
        let x = Value::Bytes(self.key.public_key().as_ref().to_vec());
        let mut cose = Vec::new();
        ciborium::into_writer(&cbor!({ 1 => 1, 3 => -8, -1 => 6, -2 => x }).unwrap(), &mut cose).unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        self.data(NEW_KEY, &[&[0; 16][..], &length, &self.id, &cose].concat())
    }

    /// The form of a new key, with this as the attestation object.
    fn registration(&self, attestation: &Value) -> Registration {
        let mut bytes = Vec::new();
        ciborium::into_writer(attestation, &mut bytes).unwrap();
        let client_data = client_data("webauthn.create");
        Registration::read(&form(&[("client_data", &client_data), ("attestation", &bytes)])).unwrap()
    }

    fn registers(&self, credentials: &Credentials) -> Result<Credentials, &'static str> {
        let data = Value::Bytes(self.new_key());
        let object = cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => data }).unwrap();
        let accepted =
            self.registration(&object).accept(credentials, Ceremony { challenge: CHALLENGE, rp: &rp() }, NOW);
        accepted.map_err(|refused| refused.0)
    }

    fn signs(&self, credentials: &Credentials, data: &[u8]) -> Result<Asserted, &'static str> {
        let client_data = client_data("webauthn.get");
        let message = [data, Sha256::digest(&client_data).as_slice()].concat();
        let signature = self.key.sign(&message);
        let handle = URL_SAFE_NO_PAD.decode(credentials.id.as_str()).unwrap();
        let form = form(&[
            ("user_handle", &handle),
            ("credential", &self.id),
            ("client_data", &client_data),
            ("authenticator_data", data),
            ("signature", signature.as_ref()),
        ]);
        let assertion = Assertion::read(&form).unwrap();
        assert_eq!(assertion.of, credentials.id);
        assertion
            .accept(credentials, Ceremony { challenge: CHALLENGE, rp: &rp() }, NOW.plus(60))
            .map_err(|refused| refused.0)
    }

    fn signs_in(&self, credentials: &Credentials) -> Result<Asserted, &'static str> {
        self.signs(credentials, &self.data(0, &[]))
    }
}

fn client_data(ceremony: &str) -> Vec<u8> {
    let said = json!({ "type": ceremony, "challenge": CHALLENGE, "origin": "https://auth.example" });
    said.to_string().into_bytes()
}

fn form(fields: &[(&str, &[u8])]) -> Params {
    let fields = fields.iter().map(|(name, bytes)| format!("{name}={}", URL_SAFE_NO_PAD.encode(bytes)));
    Params::parse(fields.collect::<Vec<_>>().join("&").as_bytes()).unwrap()
}

#[test]
fn a_new_passkey_is_kept_as_its_device_said_it() {
    for (flags, copied) in [(HELD, false), (HELD | COPYABLE, true)] {
        let device = Device { flags, ..Device::new() };
        let credentials = device.registers(&nothing()).unwrap();
        let [passkey] = credentials.passkeys.as_slice() else { panic!("one passkey") };
        assert_eq!((&passkey.id, passkey.sign_count, passkey.copied), (&device.id(), 5, copied));
        assert_eq!((passkey.created_at, passkey.last_used), (NOW, None));
    }
}

#[test]
fn a_passkey_is_registered_once_and_at_most_ten_are() {
    let device = Device::new();
    let credentials = device.registers(&nothing()).unwrap();
    assert_eq!(device.registers(&credentials).unwrap_err(), "the passkey is here already");
    let with = |count: usize| {
        let passkeys = (0..count).map(|number| super::passkey(&number.to_string())).collect();
        Credentials { passkeys, ..nothing() }
    };
    assert_eq!(device.registers(&with(MOST_PASSKEYS - 1)).unwrap().passkeys.len(), 10);
    assert_eq!(device.registers(&with(MOST_PASSKEYS)).unwrap_err(), "there are too many passkeys");
}

/// WebAuthn §6.5.4.
#[test]
fn an_attestation_is_a_map_with_authenticator_data_and_nothing_after_it() {
    let device = Device::new();
    let data = Value::Bytes(device.new_key());
    for odd in [cbor!([1]).unwrap(), cbor!({ "other" => data }).unwrap(), cbor!({ "authData" => "text" }).unwrap()] {
        assert!(
            device.registration(&odd).accept(&nothing(), Ceremony { challenge: CHALLENGE, rp: &rp() }, NOW).is_err(),
            "{odd:?}"
        );
    }
    assert!(Registration::read(&form(&[("client_data", b"x")])).is_none());
    let without_key = Value::Bytes(device.data(0, &[]));
    let object = cbor!({ "authData" => without_key }).unwrap();
    let refused =
        device.registration(&object).accept(&nothing(), Ceremony { challenge: CHALLENGE, rp: &rp() }, NOW).unwrap_err();
    assert_eq!(refused.0, "there is no new key");
}

/// WebAuthn §7.1: "Verify that the credentialId is ≤ 1023 bytes".
#[test]
fn a_credential_id_has_1_to_1023_bytes() {
    for (length, good) in [(0, false), (1, true), (1023, true), (1024, false)] {
        let device = Device { id: vec![7; length], ..Device::new() };
        assert_eq!(device.registers(&nothing()).is_ok(), good, "{length}");
    }
}

#[test]
fn a_passkey_signs_its_person_in() {
    let mut device = Device::new();
    let credentials = device.registers(&nothing()).unwrap();
    device.count = 6;
    let Asserted { credentials, copied } = device.signs_in(&credentials).unwrap();
    assert!(!copied);
    assert_eq!((credentials.passkeys[0].sign_count, credentials.passkeys[0].last_used), (6, Some(NOW.plus(60))));
}

#[test]
fn of_several_passkeys_the_one_that_was_named_is_used() {
    let mut device = Device::new();
    let mut credentials = nothing();
    credentials.passkeys.push(super::passkey("another"));
    let credentials = device.registers(&credentials).unwrap();
    device.count = 6;
    let next = device.signs_in(&credentials).unwrap().credentials;
    assert_eq!(next.passkeys[0].last_used, None);
    assert_eq!(next.passkeys[1].last_used, Some(NOW.plus(60)));
    assert_eq!(device.signs_in(&nothing()).unwrap_err(), "the person has no such passkey");
}

/// WebAuthn §6.1.1: two devices have the key, and one of them should not. One that does not count says 0.
#[test]
fn a_counter_goes_up_or_stays_at_nothing() {
    const BACK: Option<&str> = Some("the signature counter went back");
    for (before, now, refused) in [(5, 6, None), (5, 5, BACK), (5, 4, BACK), (5, 0, BACK), (0, 0, None), (0, 1, None)] {
        let mut device = Device { count: before, ..Device::new() };
        let credentials = device.registers(&nothing()).unwrap();
        device.count = now;
        assert_eq!(device.signs_in(&credentials).err(), refused, "{before} {now}");
    }
}

#[test]
fn a_signature_is_the_passkeys_own_and_its_kind_never_changes() {
    let mut device = Device::new();
    let credentials = device.registers(&nothing()).unwrap();
    device.count = 6;
    let thief = Device { count: 6, ..Device::new() };
    assert_eq!(thief.signs_in(&credentials).unwrap_err(), "the signature is wrong");
    assert_eq!(device.signs(&credentials, &device.new_key()).unwrap_err(), "there is a new key in an assertion");
    device.flags = HELD | COPYABLE;
    assert_eq!(device.signs_in(&credentials).unwrap_err(), "the key has become another kind of key");
}

/// The words of the Web Authentication API.
#[test]
fn a_browser_is_asked_for_a_key_that_its_device_finds_and_guards() {
    let mut credentials = nothing();
    credentials.passkeys.push(super::passkey("one"));
    let key = |alg: i32| json!({ "type": "public-key", "alg": alg });
    let expected = json!({
        "challenge": "c",
        "rp": { "id": "auth.example", "name": "Clinic" },
        "user": { "id": credentials.id.as_str(), "name": "amy", "displayName": "Amy Shaw" },
        "pubKeyCredParams": [key(-8), key(-7), key(-257)],
        "excludeCredentials": [{ "type": "public-key", "id": "one" }],
        "authenticatorSelection":
            { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
        "attestation": "none",
        "timeout": 300_000,
    });
    assert_eq!(rp().creation_options("Clinic", (&credentials, "Amy Shaw"), "c"), expected);
    let expected =
        json!({ "challenge": "c", "rpId": "auth.example", "userVerification": "required", "timeout": 300_000 });
    assert_eq!(rp().request_options("c"), expected);
}

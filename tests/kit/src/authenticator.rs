//! A device that keeps passkeys, with a browser before it: answers as WebAuthn has it, or with one thing wrong.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Whether somebody was there, was checked, and the key can be copied.
pub const PRESENT: u8 = 0x01;
pub const VERIFIED: u8 = 0x04;
pub const COPYABLE: u8 = 0x08;
const NEW_KEY: u8 = 0x40;

pub struct Authenticator {
    key: EcdsaKeyPair,
    pub id: Vec<u8>,
    pub user_handle: String,
    pub rp_id: String,
    pub origin: String,
    pub flags: u8,
    pub sign_count: u32,
    pub cross_origin: bool,
}

pub type Fields = Vec<(String, String)>;

impl Authenticator {
    /// At the test server's own site.
    pub fn new() -> Authenticator {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let id = Sha256::digest(key.public_key().as_ref()).to_vec();
        Authenticator {
            key,
            id,
            user_handle: String::new(),
            rp_id: "auth.example".into(),
            origin: "https://auth.example".into(),
            flags: PRESENT | VERIFIED,
            sign_count: 0,
            cross_origin: false,
        }
    }

    /// `navigator.credentials.create`.
    pub fn creates(&mut self, options: &Value) -> Fields {
        self.user_handle = options["user"]["id"].as_str().expect("a user handle").to_owned();
        let client_data = self.client_data("webauthn.create", options);
        let point = self.key.public_key().as_ref();
        let length = u16::try_from(self.id.len()).expect("a short id").to_be_bytes();
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], &point[1..33], &[0x22, 0x58, 32], &point[33..]];
        let new_key = [&[0; 16][..], &length, &self.id, &cose.concat()].concat();
        let data = [self.data(NEW_KEY), new_key].concat();
        let size = u16::try_from(data.len()).expect("short data").to_be_bytes();
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let attestation = [b"\xa3cfmtdnonegattStmt\xa0hauthData\x59", &size[..], &data].concat();
        fields(&[("client_data", client_data.as_bytes()), ("attestation", &attestation)])
    }

    /// `navigator.credentials.get`.
    pub fn asserts(&mut self, options: &Value) -> Fields {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let message = [&data[..], &Sha256::digest(client_data.as_bytes())].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("a signature");
        let mut sent = fields(&[
            ("credential", &self.id),
            ("client_data", client_data.as_bytes()),
            ("authenticator_data", &data),
            ("signature", signature.as_ref()),
        ]);
        sent.push(("user_handle".to_owned(), self.user_handle.clone()));
        sent
    }

    fn client_data(&self, ceremony: &str, options: &Value) -> String {
        json!({
            "type": ceremony,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        })
        .to_string()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let rp = Sha256::digest(self.rp_id.as_bytes());
        [&rp[..], &[self.flags | more], &self.sign_count.to_be_bytes()].concat()
    }
}

impl Default for Authenticator {
    fn default() -> Authenticator {
        Authenticator::new()
    }
}

fn fields(bytes: &[(&str, &[u8])]) -> Fields {
    bytes.iter().map(|(name, value)| ((*name).to_owned(), URL_SAFE_NO_PAD.encode(value))).collect()
}

//! Client assertions: a good one, and every way to spoil it.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rules::signing_keys::in_process;
use rules::{
    jwk::{KeyNumbers, PublicKey},
    secret::{Secret, random_text},
    signing_keys::{Custody, SigningKeyRecord, in_process::InProcessKey},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A JWT to be signed by a client's key; change its members before it is signed.
#[derive(Clone, Debug)]
pub struct Assertion {
    pub header: Value,
    pub claims: Value,
    alg: SigningAlg,
}

impl Assertion {
    /// As a strict client makes it: five minutes, a `jti` of its own.
    pub fn new(alg: SigningAlg, client_id: &str, aud: &str, now: i64) -> Assertion {
        let kid = &key(alg).public.kid;
        Assertion {
            header: json!({ "alg": alg.as_str(), "typ": "JWT", "kid": kid }),
            claims: json!({
                "iss": client_id, "sub": client_id, "aud": aud, "iat": now, "exp": now + 300, "jti": random_text::<16>(),
            }),
            alg,
        }
    }

    #[must_use]
    pub fn with_claim(mut self, name: &str, value: Value) -> Assertion {
        set(&mut self.claims, name, value);
        self
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: Value) -> Assertion {
        set(&mut self.header, name, value);
        self
    }

    pub fn sign(&self) -> String {
        sign_with(key(self.alg), &self.header, &self.claims)
    }

    /// The same claims, with more of them written by hand: what no JSON library writes, some client does.
    pub fn sign_with(&self, written: &str) -> String {
        let claims = self.claims.to_string();
        let claims = format!("{},{written}}}", claims.trim_end_matches('}'));
        sign_text(key(self.alg), &self.header, &claims)
    }

    /// The registered `kid`, and a signature by a key that nobody registered.
    pub fn signed_by_a_stranger(&self) -> String {
        sign_with(&stranger(self.alg), &self.header, &self.claims)
    }

    /// The first two parts.
    pub fn unsigned(&self) -> String {
        signing_input(&self.header, &self.claims.to_string())
    }

    /// HMAC with what everybody knows, the public key, as its secret (RFC 8725 §2.1).
    pub fn signed_with_the_public_key(&self) -> String {
        let public = serde_json::to_string(&key(self.alg).public).expect("a JWK");
        let input = self.unsigned();
        format!("{input}.{}", Secret::new(&input).successor(&public).expose())
    }
}

/// Null removes the member.
pub(crate) fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().expect("an object");
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
}

/// A JWS by this key, whatever the header says.
pub fn sign_with(key: &SigningKeyRecord, header: &Value, claims: &Value) -> String {
    sign_text(key, header, &claims.to_string())
}

fn sign_text(key: &SigningKeyRecord, header: &Value, claims: &str) -> String {
    let input = signing_input(header, claims);
    let Custody::InTable { pkcs8 } = &key.custody else { panic!("a key in the process") };
    let pair = InProcessKey::read(key.alg, &STANDARD.decode(pkcs8).expect("base64")).expect("a key");
    let signature = pair.sign(input.as_bytes()).expect("a signature");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn signing_input(header: &Value, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims))
}

/// A new key pair that nobody registered.
pub fn stranger(alg: SigningAlg) -> SigningKeyRecord {
    in_process::generate(&TenantId::parse("t").expect("an id"), alg, Timestamp(0)).expect("a key")
}

/// The key pair of the fixtures' clients, made once a run.
pub fn key(alg: SigningAlg) -> &'static SigningKeyRecord {
    static KEYS: [OnceLock<SigningKeyRecord>; 4] = [const { OnceLock::new() }; 4];
    let index = match alg {
        SigningAlg::RS384 => 0,
        SigningAlg::ES384 => 1,
        SigningAlg::ES256 => 2,
        SigningAlg::PS256 => 3,
        _ => panic!("the fixtures' clients sign RS384 and ES384, or ES256 and PS256"),
    };
    KEYS[index].get_or_init(|| stranger(alg))
}

/// The public half.
pub fn jwk(alg: SigningAlg) -> Value {
    let PublicKey { numbers, kid, .. } = &key(alg).public;
    let mut jwk = serde_json::to_value(numbers).expect("a JWK");
    set(&mut jwk, "kid", kid.as_str().into());
    jwk
}

/// The public half as the inline table of a tenant file.
pub fn jwks(alg: SigningAlg) -> String {
    let PublicKey { numbers, kid, .. } = &key(alg).public;
    let numbers = match numbers {
        KeyNumbers::Rsa { n, e } => format!(r#"kty = "RSA", n = "{n}", e = "{e}""#),
        KeyNumbers::Ec { crv, x, y } => format!(r#"kty = "EC", crv = "{crv}", x = "{x}", y = "{y}""#),
        KeyNumbers::Okp { .. } => panic!("the fixtures' clients have keys of RSA and NIST curves"),
    };
    format!(r#"{{ keys = [ {{ {numbers}, kid = "{kid}", alg = "{}", use = "sig" }} ] }}"#, alg.as_str())
}

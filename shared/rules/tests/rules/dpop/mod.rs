//! Tokens bound to a key of their holder (RFC 9449).

mod binding;
mod holders;
mod nonces;
mod proofs;

use crate::given::NOW;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        RSA_PSS_SHA256,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    dpop::{Asked, DpopProof, ProofRefused, Thumbprint, verify},
    signing_keys::Custody,
    tenant::{Profile, SigningAlg},
};
use serde_json::{Value, json};
use std::sync::OnceLock;

const URL: &str = "https://auth.example/clinic/token";

/// A key pair of a client.
enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed(Ed25519KeyPair),
}

struct Key {
    alg: &'static str,
    jwk: Value,
    pair: Pair,
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    fn ec(alg: &'static str) -> Key {
        let (signing, crv, half) = match alg {
            "ES256" => (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32),
            _ => (&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", 48),
        };
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let point = pair.public_key().as_ref()[1..].to_vec();
        let (x, y) = point.split_at(half);
        Key { alg, jwk: json!({ "kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y) }), pair: Pair::Ec(pair) }
    }

    fn ed() -> Key {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = base64url(pair.public_key().as_ref());
        Key { alg: "EdDSA", jwk: json!({ "kty": "OKP", "crv": "Ed25519", "x": x }), pair: Pair::Ed(pair) }
    }

    /// RSA keys are slow to make, so there is one.
    fn rsa() -> Key {
        static RSA: OnceLock<(Vec<u8>, Value)> = OnceLock::new();
        let (pkcs8, jwk) = RSA.get_or_init(|| {
            let record = crate::given::key(SigningAlg::RS256);
            let Custody::InTable { pkcs8 } = &record.custody else { panic!("a key in this process") };
            let jwk = serde_json::to_value(&record.public.numbers).unwrap();
            (base64::engine::general_purpose::STANDARD.decode(pkcs8).unwrap(), jwk)
        });
        Key { alg: "PS256", jwk: jwk.clone(), pair: Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).unwrap()) }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let input =
            format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let signature = match &self.pair {
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{input}.{}", base64url(&signature))
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk })
    }
}

/// A proof for the token endpoint that is right in every way. `null` takes a member away.
fn proof(key: &Key, header: &[(&str, Value)], claims: &[(&str, Value)]) -> String {
    let with = |mut object: Value, changes: &[(&str, Value)]| {
        for (name, value) in changes {
            match value {
                Value::Null => object.as_object_mut().unwrap().remove(*name),
                value => object.as_object_mut().unwrap().insert((*name).to_owned(), value.clone()),
            };
        }
        object
    };
    let right = json!({ "jti": "j", "htm": "POST", "htu": URL, "iat": NOW.0 });
    key.sign(&with(key.header(), header), &with(right, claims))
}

fn asked<'a>() -> Asked<'a> {
    Asked {
        method: "POST",
        url: URL,
        access_token: None,
        nonces: None,
        algorithms: Profile::Smart.proof_algorithms(),
        now: NOW,
    }
}

fn judged(text: &str) -> Result<DpopProof, ProofRefused> {
    verify(&[text], &asked()).map(|proof| proof.unwrap())
}

fn why(text: &str) -> String {
    judged(text).unwrap_err().to_string()
}

fn thumbprint(letter: char) -> Thumbprint {
    Thumbprint::parse(&letter.to_string().repeat(43)).unwrap()
}

//! The bare cryptography on this machine: aws-lc-rs with a key it has parsed, a short message, and nothing else.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
        ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RsaKeyPair, VerificationAlgorithm,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rules::{
    signing_keys::{Custody, in_process::generate},
    tenant::{SigningAlg, TenantId},
};

/// As long as a client assertion.
const MESSAGE: &[u8] = &[b'm'; 400];

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>),
}

pub struct Floor {
    alg: SigningAlg,
    pair: Pair,
    public: ParsedPublicKey,
    signature: Vec<u8>,
}

impl Floor {
    pub fn of(alg: SigningAlg) -> Floor {
        let record = generate(&TenantId::parse("t").expect("an id"), alg, rules::time::Timestamp(0)).expect("a key");
        let Custody::InTable { pkcs8 } = &record.custody else { unreachable!("made in this process") };
        let pkcs8 = STANDARD.decode(pkcs8).expect("base64");
        let ecdsa = |curve| Pair::Ecdsa(Box::new(EcdsaKeyPair::from_pkcs8(curve, &pkcs8).expect("a key")));
        let rsa = || Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(&pkcs8).expect("a key")));
        let (pair, verification): (Pair, &'static dyn VerificationAlgorithm) = match alg {
            SigningAlg::ES256 => (ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING), &ECDSA_P256_SHA256_FIXED),
            SigningAlg::ES384 => (ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING), &ECDSA_P384_SHA384_FIXED),
            SigningAlg::RS384 => (rsa(), &RSA_PKCS1_2048_8192_SHA384),
            _ => (rsa(), &RSA_PKCS1_2048_8192_SHA256),
        };
        let public = match &pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ecdsa(pair) => pair.public_key().as_ref().to_vec(),
        };
        let public = ParsedPublicKey::new(verification, public).expect("a key");
        let mut floor = Floor { alg, pair, public, signature: Vec::new() };
        floor.signature = floor.sign();
        floor
    }

    pub fn sign(&self) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&random, MESSAGE).expect("a signature").as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding = if self.alg == SigningAlg::RS384 { &RSA_PKCS1_SHA384 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, MESSAGE, &mut signature).expect("a signature");
                signature
            }
        }
    }

    pub fn verify(&self) {
        self.public.verify_sig(MESSAGE, &self.signature).expect("its own signature");
    }
}

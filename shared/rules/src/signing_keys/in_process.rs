//! Signing in this process: the laptop's keys, and the tests'.

use crate::{
    jwk::{KeyNumbers, PublicKey},
    signing_keys::{Custody, KeyState, SigningKeyRecord},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

pub enum InProcessKey {
    Rsa(Box<RsaKeyPair>, SigningAlg),
    Ecdsa(Box<EcdsaKeyPair>),
}

/// The key can't be made or read.
#[derive(Debug, thiserror::Error)]
#[error("the key can't be made or read")]
pub struct UnusableKey;

impl InProcessKey {
    pub fn read(alg: SigningAlg, pkcs8: &[u8]) -> Result<InProcessKey, UnusableKey> {
        match curve(alg) {
            Some(curve) => {
                let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8).map_err(|_| UnusableKey)?;
                Ok(InProcessKey::Ecdsa(Box::new(pair)))
            }
            None => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| UnusableKey)?;
                Ok(InProcessKey::Rsa(Box::new(pair), alg))
            }
        }
    }

    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, UnusableKey> {
        let random = SystemRandom::new();
        match self {
            InProcessKey::Ecdsa(pair) => {
                pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(|_| UnusableKey)
            }
            InProcessKey::Rsa(pair, alg) => {
                let padding: &dyn RsaEncoding = match alg {
                    SigningAlg::PS256 => &RSA_PSS_SHA256,
                    SigningAlg::RS384 => &RSA_PKCS1_SHA384,
                    SigningAlg::RS512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map_err(|_| UnusableKey)?;
                Ok(signature)
            }
        }
    }
}

/// A new key pair, active at once. For a tenant that has none; rotation publishes before it uses.
pub fn generate(tenant: &TenantId, alg: SigningAlg, now: Timestamp) -> Result<SigningKeyRecord, UnusableKey> {
    let (pkcs8, numbers) = match curve(alg) {
        Some(curve) => ecdsa(alg, curve)?,
        None => rsa_2048()?,
    };
    let kid = numbers.thumbprint();
    Ok(SigningKeyRecord {
        tenant: tenant.clone(),
        alg,
        public: PublicKey {
            numbers,
            kid,
            alg: Some(alg.as_str().to_owned()),
            usage: Some("sig".to_owned()),
            key_ops: None,
        },
        custody: Custody::InTable { pkcs8: STANDARD.encode(pkcs8) },
        state: KeyState::Active,
        since: now,
    })
}

fn curve(alg: SigningAlg) -> Option<&'static EcdsaSigningAlgorithm> {
    match alg {
        SigningAlg::ES256 => Some(&ECDSA_P256_SHA256_FIXED_SIGNING),
        SigningAlg::ES384 => Some(&ECDSA_P384_SHA384_FIXED_SIGNING),
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 | SigningAlg::PS256 => None,
    }
}

fn ecdsa(alg: SigningAlg, curve: &'static EcdsaSigningAlgorithm) -> Result<(Vec<u8>, KeyNumbers), UnusableKey> {
    let document = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map_err(|_| UnusableKey)?;
    let pair = EcdsaKeyPair::from_pkcs8(curve, document.as_ref()).map_err(|_| UnusableKey)?;
    // An uncompressed point: 0x04, x, y (SEC 1 §2.3.3).
    let point = pair.public_key().as_ref().get(1..).ok_or(UnusableKey)?;
    let (x, y) = point.split_at(point.len() / 2);
    let crv = if alg == SigningAlg::ES256 { "P-256" } else { "P-384" };
    let numbers = KeyNumbers::Ec { crv: crv.to_owned(), x: URL_SAFE_NO_PAD.encode(x), y: URL_SAFE_NO_PAD.encode(y) };
    Ok((document.as_ref().to_vec(), numbers))
}

fn rsa_2048() -> Result<(Vec<u8>, KeyNumbers), UnusableKey> {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| UnusableKey)?;
    let document = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| UnusableKey)?;
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let numbers = KeyNumbers::Rsa { n: URL_SAFE_NO_PAD.encode(public.n), e: URL_SAFE_NO_PAD.encode(public.e) };
    Ok((document.as_ref().to_vec(), numbers))
}

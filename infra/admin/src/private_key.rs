//! An app's private key, and the assertions that it signs: each is good for one server and a few minutes.

use aws_lc_rs::{
    encoding::{AsBigEndian, EcPrivateKeyBin},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
        RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rules::{
    secret::random_text,
    signing_keys::{Custody, in_process::generate},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use serde_json::{Value, json};

pub struct PrivateKey {
    pub kid: String,
    pub alg: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ec(Box<EcdsaKeyPair>),
}

impl PrivateKey {
    /// A private JWK (RFC 7518 §6.2.2, §6.3.2).
    pub fn read(jwk: &str) -> Option<PrivateKey> {
        let jwk: Value = serde_json::from_str(jwk).ok()?;
        let text = |name: &str| jwk[name].as_str();
        let number = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let alg = text("alg")?.to_owned();
        let pair = match alg.as_str() {
            "ES256" | "ES384" => {
                let curve =
                    if alg == "ES256" { &ECDSA_P256_SHA256_FIXED_SIGNING } else { &ECDSA_P384_SHA384_FIXED_SIGNING };
                // An uncompressed point (SEC 1 §2.3.3).
                let point = [vec![4], number("x")?, number("y")?].concat();
                Pair::Ec(Box::new(EcdsaKeyPair::from_private_key_and_public_key(curve, &number("d")?, &point).ok()?))
            }
            "RS256" | "RS384" | "RS512" => {
                let padding: &'static dyn RsaEncoding = match alg.as_str() {
                    "RS256" => &RSA_PKCS1_SHA256,
                    "RS384" => &RSA_PKCS1_SHA384,
                    _ => &RSA_PKCS1_SHA512,
                };
                let components = KeyPairComponents {
                    public_key: PublicKeyComponents { n: number("n")?, e: number("e")? },
                    d: number("d")?,
                    p: number("p")?,
                    q: number("q")?,
                    dP: number("dp")?,
                    dQ: number("dq")?,
                    qInv: number("qi")?,
                };
                Pair::Rsa(Box::new(RsaKeyPair::from_components(&components).ok()?), padding)
            }
            _ => return None,
        };
        Some(PrivateKey { kid: text("kid")?.to_owned(), alg, pair })
    }

    /// The client assertion of SMART App Launch 2.2 (asymmetric authentication) for this audience.
    pub fn assertion(&self, client_id: &str, audience: &str, now: Timestamp) -> Option<String> {
        let header = json!({ "typ": "JWT", "alg": self.alg, "kid": self.kid });
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now,
            // At most five minutes.
            "exp": now.plus(240),
            "jti": random_text::<16>(),
        });
        self.jwt(&header, &claims)
    }

    /// A JWT of this header and these claims (RFC 7515 §7.1).
    pub fn jwt(&self, header: &Value, claims: &Value) -> Option<String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes())?)))
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Pair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

/// Both halves of a new key, as JWKs.
pub struct NewPair {
    pub public: Value,
    pub private: Value,
}

/// A new pair on an elliptic curve.
pub fn new_pair(alg: SigningAlg) -> Option<NewPair> {
    let made = generate(&TenantId::parse("client")?, alg, Timestamp(0)).ok()?;
    let public = serde_json::to_value(&made.public).ok()?;
    let Custody::InTable { pkcs8 } = &made.custody else { return None };
    let mut private = public.clone();
    private["d"] = private_number(alg, pkcs8)?.into();
    Some(NewPair { public, private })
}

/// The `d` of an elliptic-curve key that is written as PKCS#8 in base64 (RFC 7518 §6.2.2.1).
pub fn private_number(alg: SigningAlg, pkcs8: &str) -> Option<String> {
    let curve = match alg {
        SigningAlg::ES256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
        SigningAlg::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 | SigningAlg::PS256 => return None,
    };
    let pair = EcdsaKeyPair::from_pkcs8(curve, &STANDARD.decode(pkcs8).ok()?).ok()?;
    let number = AsBigEndian::<EcPrivateKeyBin<'_>>::as_be_bytes(&pair.private_key()).ok()?;
    Some(URL_SAFE_NO_PAD.encode(number.as_ref()))
}
